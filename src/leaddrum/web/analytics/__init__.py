"""The analytics pages: what the journal says about people and deadlines (S-10)."""
