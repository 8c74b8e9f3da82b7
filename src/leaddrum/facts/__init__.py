"""The star schema of facts and dimensions (S-50) and the seal over the journal (S-49), kept behind the engine."""
