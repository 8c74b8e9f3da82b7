"""How fast LeadDrum is, side by side with the database's own limit and with its peers: `script/bench`."""
