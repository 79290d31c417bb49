"""The demo market: a seeded simulation of ten coins across all four ledgers, up to now and going on live.

Nothing in it is real. Any window of any feed is a pure function of the seed, the feed and the time.
"""

from collectors.demo.seeding import seed
from collectors.demo.serve import SEED

__all__ = ["SEED", "seed"]
