"""The same hand-over as one job per lead, by libraries for background jobs. Each module is one of them.

`python -m benchmarks.jobs.NAME fill` adds the jobs, `… work` runs a worker until it is told to stop.
"""
