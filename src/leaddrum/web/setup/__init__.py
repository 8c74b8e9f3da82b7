"""Set-up: the pages by which heads and administrators change the company, each edit looked at before it is saved."""
