"""What is fast and how we know: each against its limit and a peer, measured in one run.

`python -m benchmarks` runs every module here that has a function `measure(bench)`; `--only NAME` one of them.
"""
