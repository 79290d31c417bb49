"""From the ledgers' facts to a verdict on each source, and on each series of price bars."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from collectors import consistency
from collectors import quality as judging
from collectors.availability import standing_by, why_disabled
from collectors.config import CollectSettings, QualitySettings
from collectors.quality import GAPS_LISTED, Facts, Judgement, judge
from collectors.slots import slot_of
from collectors.source import Source
from ledgers import collecting, glass, quality
from ledgers import consistency as beside
from ledgers.bars import interval_length
from ledgers.health import SourceState
from ledgers.prices import CANDLE_SERIES
from ledgers.quality import WHOLE, Runs
from ledgers.store import Ledger

LEAST_SLOTS: Final = 4
LEAST_BARS: Final = 30
ENDED: Final = 10  # times as old as worthless: nobody publishes that series any more
SETTLED: Final = timedelta(hours=3)  # so old a moment's bars are there
POLLS_LATE, POLLS_LOST = 3, 12  # a bar may be so many polls late before it is stale, and before it is given up


@dataclass(frozen=True)
class Judged:
    """A verdict with the facts it rests on."""

    source: Source
    series: str
    facts: Facts
    judgement: Judgement

    def row(self) -> dict[str, Any]:
        """The verdict as it is kept."""
        facts = self.facts
        listed = [[start.isoformat(), end.isoformat()] for start, end in facts.gaps[-GAPS_LISTED:]]
        told = {
            **facts.told,
            "warn_after_seconds": facts.warn_after.total_seconds(),
            "error_after_seconds": facts.error_after.total_seconds(),
            "expected": facts.expected,
            "present": facts.present,
            "flaws": dict(facts.flaws),
            "gaps": listed,
            "gap_count": len(facts.gaps),
        }
        scores = vars(self.judgement)
        own = {"ledger": self.source.ledger, "source": self.source.name, "series": self.series, "facts": told}
        return {**own, **scores, "judged_at": facts.now, "newest_observed_at": facts.newest_at}

    def sentence(self) -> str:
        """The verdict for a person."""
        facts, scores = self.facts, self.judgement
        about = self.source.name if self.series == WHOLE else f"{self.source.name} {self.series}"
        if facts.newest_at is None:
            old = "never brought anything"
        else:
            late = f", past its {length(facts.warn_after)}" if scores.state != "fresh" else ""
            old = f"is {length(facts.now - facts.newest_at)} old{late}"
        parts = f"completeness {scores.completeness:.2f}, timeliness {scores.timeliness:.2f}"
        return f"{about} {old}: score {scores.score:.2f} ({parts}, accuracy {scores.accuracy:.2f})"


def length(span: timedelta) -> str:
    """A length of time in its largest sensible unit."""
    minutes = round(span.total_seconds() / 60)
    for size, unit in ((48 * 60, "d"), (120, "h")):
        if minutes >= size:
            return f"{minutes // (1440 if unit == 'd' else 60)} {unit}"
    return f"{minutes} min"


def judged(
    ledger: Ledger,
    session: Any,
    sources: Mapping[str, Source],
    settings: CollectSettings,
    criteria: QualitySettings,
    *,
    now: datetime,
) -> list[Judged]:
    """A verdict on each source that is on and ever ran, and on each of its series of bars.

    A source that stands by for another one is not judged: it has nothing to bring.
    """
    states = collecting.source_states(session)
    on = {n: s for n, s in sources.items() if not why_disabled(s, states, settings)}
    on = {n: s for n, s in on.items() if not standing_by(s, sources, states, settings)}
    ran = quality.runs(session, {name: slots_since(source, criteria, now) for name, source in on.items()})
    desk = Desk(ledger, {name: on[name] for name in ran}, states, ran, criteria, now, settings.coins)
    return [*desk.whole(), *desk.bars()]


def slots_since(source: Source, criteria: QualitySettings, now: datetime) -> datetime:
    """From when on a source's slots are counted."""
    return now - max(timedelta(hours=criteria.slot_hours), LEAST_SLOTS * source.every)


@dataclass(frozen=True)
class Desk:
    """All that is judged at one moment."""

    ledger: Ledger
    sources: Mapping[str, Source]
    states: Mapping[str, SourceState]
    ran: Mapping[str, Runs]
    criteria: QualitySettings
    now: datetime
    coins: tuple[str, ...]

    def promise(self, source: Source) -> tuple[timedelta, timedelta]:
        """warn_after and error_after: as the settings say, else as the source declares."""
        if chosen := self.criteria.freshness.get(source.name):
            return timedelta(minutes=chosen[0]), timedelta(minutes=chosen[1])
        return source.warn_after, source.error_after

    def whole(self) -> Iterator[Judged]:
        """A verdict on all that each source brings, and on each measured series of it."""
        measured = quality.newest_measured(self.ledger)
        newest = {row[0]: row[1] for row in measured.group_by("source").agg(pl.col("observed_at").max()).iter_rows()}
        quotes = quality.recent_quotes(self.ledger, since=self.now - timedelta(hours=self.criteria.quote_hours))
        by_source = {str(name): rows for (name,), rows in quotes.group_by("source", maintain_order=True)}
        crossing = self.crossing(quotes)
        for name, source in self.sources.items():
            facts = self.source_facts(source, newest.get(name), by_source.get(name))
            facts = facts_with(facts, **crossing.get(name, {}))
            yield Judged(source, WHOLE, facts, judge(facts, self.criteria))
        yield from self.series(measured)

    def crossing(self, quotes: pl.DataFrame) -> consistency.Flaws:
        """Where the ledgers disagree, by the source whose row it is."""
        since = self.now - timedelta(days=self.criteria.bar_days)
        closes = beside.newest_closes(self.ledger, since=self.now - timedelta(hours=self.criteria.quote_hours))
        events = beside.events_beside_bars(self.ledger, symbols=self.coins, since=since, until=self.now - SETTLED)
        return consistency.together(
            consistency.of_fills(beside.fills_beside_bars(self.ledger, since=since), self.criteria),
            consistency.of_quotes(quotes.filter(pl.col("symbol").is_in(self.coins)), closes, self.criteria),
            consistency.of_events(events, self.criteria),
        )

    def series(self, measured: pl.DataFrame) -> Iterator[Judged]:
        """A verdict on the age of each series of a followed coin, or of no coin.

        One that has been silent for very long has ended; a list of tokens that changes by nature is no series.
        """
        followed = pl.col("symbol").is_null() | pl.col("symbol").is_in([*self.coins, "*"])
        for one in measured.filter(followed, ~pl.col("series").str.starts_with("flow:")).to_dicts():
            source = self.sources.get(one["source"])
            if source is None:
                continue
            warn, error = (limit + source.publication_lag for limit in self.promise(source))
            if self.now - one["observed_at"] > ENDED * error:
                continue
            facts = Facts(self.now, one["observed_at"], warn, error, 0, 0, told={"counted": "rows", "measured": True})
            yield Judged(source, one["series"], facts, judge(facts, self.criteria))

    def source_facts(self, source: Source, measured: datetime | None, quotes: pl.DataFrame | None) -> Facts:
        """What is known of a source; news and events need not happen, so what counts is when they were looked for."""
        state, ran = self.states.get(source.name), self.ran[source.name]
        warn, error = self.promise(source)
        if measured is not None:
            warn, error = warn + source.publication_lag, error + source.publication_lag
        # Polls are judged by whole slots that are over: the present one may still be running.
        begins = max(slots_since(source, self.criteria, self.now), ran.first_slot or self.now)
        last = slot_of(self.now - source.delay, source.every)
        flaws = judging.flaws_of_quotes(quotes, self.criteria) if quotes is not None else {}
        rejected = judging.graded(ran.rejected, ran.fetched, self.criteria)
        return Facts(
            now=self.now,
            newest_at=measured or (state.last_success_at if state else None),
            warn_after=warn,
            error_after=error,
            expected=max(0, (last - begins) // source.every),
            present=ran.slots,
            flaws=flaws | judging.found(rejected=rejected),
            told={"counted": "slots", "measured": measured is not None},
        )

    def bars(self) -> Iterator[Judged]:
        """A verdict on each series of bars whose newest bar one of the sources brought."""
        held = glass.candle_series(self.ledger).filter(pl.col("source").is_in(list(self.sources)))
        for (interval,), series in held.group_by("interval", maintain_order=True):
            step = interval_length(str(interval))
            since = self.now - max(timedelta(days=self.criteria.bar_days), LEAST_BARS * step)
            rows = quality.recent_bars(self.ledger, interval=str(interval), since=since)
            kept = dict(rows.group_by(*CANDLE_SERIES, maintain_order=True))
            astray = self.astray(kept)
            for one in series.to_dicts():
                names = tuple(one[name] for name in CANDLE_SERIES)
                facts = self.bar_facts(one, kept.get(names, rows.clear()), since, step)
                if names in astray:
                    facts = facts_with(facts, divergence=1.0)
                told = f"candle:{one['symbol']}/{interval}/{one['venue']}:{one['quote']}"
                yield Judged(self.sources[one["source"]], told, facts, judge(facts, self.criteria))

    def bar_facts(self, one: dict[str, Any], bars: pl.DataFrame, since: datetime, step: timedelta) -> Facts:
        """What is known of a series of bars: which are missing between the first and those that are due."""
        source = self.sources[one["source"]]
        warn, error = self.promise(source)
        warn = max(warn, step + POLLS_LATE * source.every) + source.publication_lag
        error = max(error, step + POLLS_LOST * source.every) + source.publication_lag
        first, last = one["first"], one["last"]
        anchor = first if first >= since else first + -((first - since) // step) * step
        expected = judging.expected_bars(anchor, self.now - (warn - step), step)
        opens = bars["open_time"].to_list()
        missing = judging.gaps(opens, anchor, anchor + expected * step, step)
        absent = sum((end - start) // step for start, end in missing)
        return Facts(
            now=self.now,
            newest_at=last + step,
            warn_after=warn,
            error_after=error,
            expected=expected,
            present=expected - absent,
            flaws=judging.flaws_of_bars(bars, self.criteria),
            gaps=missing,
            told={"counted": "bars", "measured": True},
        )

    def astray(self, kept: Mapping[tuple[Any, ...], pl.DataFrame]) -> set[tuple[Any, ...]]:
        """The series whose newest close is far from that of the same bar at other venues."""
        same_bar: dict[tuple[Any, ...], dict[str, float]] = defaultdict(dict)
        for (symbol, interval, quote, venue), bars in kept.items():
            at, close = bars["open_time"][-1], bars["close"][-1]
            same_bar[symbol, interval, quote, at][venue] = close
        return {
            (symbol, interval, quote, venue)
            for (symbol, interval, quote, _), closes in same_bar.items()
            for venue in judging.diverging(closes, self.criteria.divergence_pct)
        }


def facts_with(facts: Facts, **flaws: float) -> Facts:
    """The facts with further flaws."""
    return Facts(**{**vars(facts), "flaws": {**facts.flaws, **flaws}})
