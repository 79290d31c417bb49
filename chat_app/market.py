"""Whether there is a live market to show: asked by `omc up` where nothing was collected yet."""

import asyncio
from datetime import UTC, datetime

from collectors.availability import why_disabled
from collectors.catalogue import sources_of
from collectors.config import CollectSettings
from collectors.http import Fetcher, Limits, Terms
from collectors.source import Source, SourceContext
from ledgers.errors import OmcError

PATIENCE_SECONDS = 2.5
ASKED = 4  # so many sources are asked whether they answer


async def any_source_answers(feeds: CollectSettings, redis_url: str) -> bool:
    """Whether a source can be reached now; the first answer decides."""
    enabled = [source for source in sources_of(simulated=False).values() if not why_disabled(source, {}, feeds)]
    limits = Limits(attempts=1, attempt_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS)
    async with Fetcher(redis_url, contact=feeds.contact, limits=limits) as fetcher:
        asking = [asyncio.create_task(_answers(source, feeds, fetcher)) for source in enabled[:ASKED]]
        try:
            for answer in asyncio.as_completed(asking):
                if await answer:
                    return True
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
    return False


async def _answers(source: Source, feeds: CollectSettings, fetcher: Fetcher) -> bool:
    now = datetime.now(UTC)
    base_url = feeds.source_urls.get(source.name, source.base_url).rstrip("/")
    requests = source.requests(SourceContext(now=now, slot=now, base_url=base_url, symbols=feeds.coins))
    if not requests:
        return False
    try:
        await fetcher.fetch(requests[0], Terms(source.name, source.requests_per_minute, source.max_bytes))
    except OmcError:
        return False
    return True
