"""A company as one reviewed file: read, check, compare, apply."""
