"""`omc collect` with rhythms so quick that ten minutes pass in half a minute, for the sources that it is told.

Nothing else differs: the same command, schedule, runner, database and HTTP.
"""

import json
import os
from dataclasses import replace
from datetime import timedelta
from functools import partial

import chat_app.feeds
import collectors.schedule
from chat_app.cli import main
from collectors.catalogue import sources_of
from collectors.http import Fetcher, Limits
from collectors.source import Source

TOLD = json.loads(os.environ["QUICK_COLLECT"])


def quick(*, simulated: bool) -> dict[str, Source]:
    every = timedelta(seconds=TOLD["every"])
    known = sources_of(simulated=simulated)
    return {name: replace(known[name], every=every, requests_per_minute=60_000) for name in TOLD["sources"]}


if __name__ == "__main__":
    chat_app.feeds.sources_of = quick
    collectors.schedule.FIRST_LOOK = timedelta(seconds=TOLD["every"])
    chat_app.feeds.Fetcher = partial(Fetcher, limits=Limits(**TOLD["limits"]))
    main()
