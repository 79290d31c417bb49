"""Ask a source's requests and follow-ups, read the replies, and gather what they yield; nothing is written here."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from collectors.errors import SourceChanged, SourceUnavailable
from collectors.http import REFUSED, Fetcher, Terms
from collectors.reading import bad
from collectors.redaction import Redactor
from collectors.sift import sift
from collectors.source import BadItem, Parsed, Reply, Request, Row, Source, SourceContext

FEW = 4  # so many bad items alone do not mean that a feed has changed
DOWN = 3  # so many requests without an answer, one after the other, and the rest is not asked
NOT_MODIFIED = 304


@dataclass
class Harvest:
    """What one poll, or one window of history, yielded."""

    rows: list[Row] = field(default_factory=list)
    rejects: list[BadItem] = field(default_factory=list)
    cursor: dict[str, Any] = field(default_factory=dict)
    validators: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    fetched: int = 0  # items, good and bad

    @property
    def repeated(self) -> int:
        """Items that said what another item of the same harvest says."""
        return self.fetched - len(self.rows) - len(self.rejects)


@dataclass
class Harvester:
    """Gathers for one source in one run."""

    source: Source
    fetcher: Fetcher
    redact: Redactor
    clock: Callable[[], datetime]
    validators: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0  # HTTP requests that are not booked on the run yet

    async def gather(self, context: SourceContext) -> Harvest:
        """Ask and read everything.

        Raises:
            SourceUnavailable: not one request was answered.
            SourceChanged: a reply has lost its shape, or too many items are bad.
        """
        harvest = Harvest()
        waiting = deque(self.source.requests(context))
        asked, answered, in_a_row = 0, 0, 0
        while waiting:
            if asked == self.source.max_requests or in_a_row == DOWN:
                harvest.failures.append(f"stopped after {asked} requests, {len(waiting)} not made")
                break
            request = waiting.popleft()
            asked += 1
            try:
                waiting.extend(await self._ask(request, context, harvest))
                answered, in_a_row = answered + 1, 0
            except SourceUnavailable as error:
                in_a_row += 1
                harvest.failures.append(self.redact(str(error)))
        if asked and not answered:
            raise SourceUnavailable(harvest.failures[0])
        self._sift(harvest)
        return harvest

    async def _ask(self, request: Request, context: SourceContext, harvest: Harvest) -> list[Request]:
        reply = await self._reply(request, context, harvest)
        if reply is None:
            return []
        parsed = await asyncio.to_thread(self._parse, reply)
        harvest.fetched += len(parsed.rows) + len(parsed.rejects)
        harvest.rows += [self._addressed(row, request) for row in parsed.rows]
        harvest.rejects += parsed.rejects
        harvest.cursor.update(parsed.cursor)
        return parsed.follow

    async def _reply(self, request: Request, context: SourceContext, harvest: Harvest) -> Reply | None:
        if self.source.simulator is not None:
            body = await asyncio.to_thread(self.source.simulator, request, context.now)
            return Reply(request, 200, {}, body, context.now, context.slot)
        name = self.redact(request.url + (f"?{dict(request.params)}" if request.params else ""))
        conditional = context.window is None and request.method == "GET"
        known = self.validators.get(name, {}) if conditional else {}

        def attempted() -> None:
            self.attempts += 1

        answer = await self.fetcher.fetch(request, self._terms(request, context, attempted), known)
        if conditional and (fresh := known if answer.status == NOT_MODIFIED else validators_of(answer.headers)):
            harvest.validators[name] = fresh
        if answer.status == NOT_MODIFIED:
            return None
        if answer.status in REFUSED:
            harvest.fetched += 1
            harvest.rejects.append(bad(f"HTTP {answer.status}: {name}", answer.body[:500].decode(errors="replace")))
            return None
        return Reply(request, answer.status, answer.headers, answer.body, self.clock(), context.slot)

    def _terms(self, request: Request, context: SourceContext, attempted: Callable[[], None]) -> Terms:
        # The bucket is the feed's own also where its base URL is overridden.
        own = request.url.startswith(context.base_url)
        host = urlsplit(self.source.base_url if own else request.url).netloc.rpartition("@")[2]
        return Terms(host, self.source.requests_per_minute, self.source.max_bytes, attempted)

    def _parse(self, reply: Reply) -> Parsed:
        try:
            return self.source.parse(reply)
        except (SourceChanged, SourceUnavailable) as error:
            raise type(error)(self.redact(str(error))) from None
        except Exception as error:
            # Whatever a parser stumbles over is a reply that does not look as it used to.
            raise SourceChanged(self.redact(f"the reply could not be read: {type(error).__name__} {error}")) from error

    def _addressed(self, row: Row, request: Request) -> Row:
        values = {"url": request.url, **row.values}
        clean = {name: self.redact.known(value) for name, value in values.items()}
        clean["url"] = clean["url"] and self.redact(clean["url"])
        return Row(row.model, clean)

    def _sift(self, harvest: Harvest) -> None:
        harvest.rows, refused = sift(harvest.rows, now=self.clock())
        harvest.rejects = [
            BadItem(self.redact(item.reason), self.redact(item.payload)) for item in (*harvest.rejects, *refused)
        ]
        harvest.cursor = self.redact.known(harvest.cursor)
        wrong, share = len(harvest.rejects), len(harvest.rejects) / max(1, harvest.fetched)
        if wrong and (not harvest.rows or (wrong > FEW and share > self.source.max_reject_share)):
            reason = f"{wrong} of {harvest.fetched} items are bad, such as: {harvest.rejects[0].reason}"
            raise SourceChanged(reason, harvest.rejects)


def validators_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that make the next request for the same thing conditional."""
    pairs = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
    return {ask: headers[given] for given, ask in pairs if given in headers}
