"""What the past says about a drum's settings: which budget (S-51), what else would have happened (S-52), how long a
lead can go round at most (S-53). The reckoning is in `core`; here are its figures from the tables, and its words.
"""
