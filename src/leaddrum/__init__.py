"""LeadDrum makes sure that no incoming lead is forgotten."""

__version__ = "0.1.0"
