"""Charts of prices and indicators."""

from collections.abc import Sequence
from typing import Any

from agents.artifacts import save
from agents.bars import Bars, read_bars
from agents.computed import Computed, compute
from agents.context import RunContext
from agents.finding import Evidence, Finding
from agents.formulas import chosen
from agents.period import Window, interval, window
from agents.plots import MIME, Panel, as_bytes, candles, figure, line
from agents.sheet import plain
from agents.subject import several_coins
from agents.together import read_together
from agents.words import count, fitted, listed
from ledgers.errors import BadArgument, NotCollected

__all__ = ["make_chart"]

KINDS = ("candles", "line", "normalised", "indicator")


def make_chart(
    run: RunContext,
    symbols: list[str],
    kind: str = "line",
    timeframe: str = "1d",
    days: float | str | None = None,
    start: str | None = None,
    *,
    end: str | None = None,
    indicators: list[str] | None = None,
) -> Finding:
    """Draw a chart of prices or indicators, shown to the person beside the answer.

    Args:
        run: the run.
        symbols: one to ten coins, such as ["BTC", "ETH"]; candles and indicator charts show exactly one.
        kind: "candles" (with volume), "line" (closes), "normalised" (each coin starts at 100) or "indicator"
            (closes, and the named indicators over or below them).
        timeframe: length of a bar, such as "5m", "1h", "1d".
        days: length of the window in days up to now or `end`, such as 30.
        start: first day or moment in UTC, such as "2024-04-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-04-20".
        indicators: for kind "indicator": up to eight names, such as ["rsi_14", "sma_50"].

    Returns:
        What the chart shows, and the chart as an artifact.

    Raises:
        BadArgument: unknown coin, kind or range.
        NotCollected: no bars in the window.
        NeedsAnswer: no coin or no period, or a name that several coins carry.
    """
    if kind not in KINDS:
        raise BadArgument(f"kind must be one of {', '.join(KINDS)}, not '{kind[:20]}'.")
    coins = several_coins(run, symbols)
    if kind in {"candles", "indicator"} and len(coins) > 1:
        raise BadArgument(
            f"A chart of kind {kind} shows one coin; draw {len(coins)} charts, or use line or normalised."
        )
    asked = window(run, days, start, end)
    bars, notes = drawn_bars(run, coins, timeframe, asked, kind)
    cited = [read.evidence for read in bars]
    if kind == "candles":
        panels = candle_panels(bars[0], notes)
    elif kind == "indicator":
        computed = compute(run, bars[0], chosen(indicators or [], interval(timeframe)))
        panels, cited = indicator_panels(computed), [computed.evidence]
        notes += computed.notes
    else:
        panels = [line_panel(bars, normalised=kind == "normalised")]
    arguments = {"symbols": coins, "kind": kind, "timeframe": timeframe, "days": days, "start": start, "end": end}
    return finished(run, panels, bars, cited=cited, notes=notes, arguments={**arguments, "indicators": indicators})


def drawn_bars(
    run: RunContext, coins: list[str], timeframe: str, asked: Window, kind: str
) -> tuple[list[Bars], list[str]]:
    """The bars of each coin, and what to know about them; a common start of 100 is of what can be compared."""
    if kind != "normalised" or len(coins) == 1:
        bars = [read_bars(run, coin, timeframe, asked) for coin in coins]
        return bars, [note for read in bars for note in read.notes]
    together = read_together(run, coins, timeframe, asked)
    if together.missing:
        raise NotCollected(" ".join(together.missing))
    return together.bars, [*together.notes, *(note for read in together.bars for note in read.notes)]


def candle_panels(bars: Bars, notes: list[str]) -> list[Panel]:
    """Candlesticks, and volume below where it is stored; adds a note when candles had to be joined."""
    if any(bars.frame[name].null_count() for name in ("open", "high", "low")):
        raise NotCollected(f"{bars.name} holds closes only, so there are no candles to draw; a line can be drawn.")
    sticks, volume, joined = candles(bars.frame, bars.symbol)
    if joined > 1:
        notes.append(f"Each candle joins {joined} bars of {bars.timeframe}.")
    top = Panel(bars.quote, [sticks], weight=3)
    return [top, Panel(f"volume {bars.symbol}", [volume])] if volume else [top]


def line_panel(bars: Sequence[Bars], *, normalised: bool) -> Panel:
    """Closes of each coin, in its quote or from a common 100."""
    traces = []
    for place, read in enumerate(bars):
        closes = read.frame["close"].to_numpy()
        values = 100 * closes / closes[0] if normalised else closes
        traces.append(line(read.frame["open_time"], values, f"{read.symbol}/{read.quote}", place=place))
    return Panel("first close = 100" if normalised else listed(dict.fromkeys(b.quote for b in bars)), traces)


def indicator_panels(computed: Computed) -> list[Panel]:
    """Closes with what is drawn over them on top, then one panel for each other indicator."""
    times = computed.bars.frame["open_time"]
    top = Panel(computed.bars.quote, [line(times, computed.bars.frame["close"].to_numpy(), "close")], weight=2.5)
    below: dict[str, Panel] = {}
    for place, drawn in enumerate(computed.lines):
        over = drawn.chosen.indicator.overlay
        panel = top if over else below.setdefault(drawn.chosen.label, Panel(drawn.chosen.indicator.name))
        panel.traces.append(line(times, drawn.values, drawn.label, place=1 + place))
    return [top, *below.values()]


def finished(
    run: RunContext,
    panels: Sequence[Panel],
    bars: Sequence[Bars],
    *,
    cited: Sequence[Evidence],
    notes: Sequence[str],
    arguments: dict[str, Any],
) -> Finding:
    """Save the chart and say what it shows."""
    reach = Window(min(b.window.start for b in bars), max(b.window.end for b in bars)).text
    names = listed(b.symbol for b in bars)
    title = f"{names}, {bars[0].timeframe} bars, {reach}"
    rows = count(sum(e.rows for e in cited))
    footer = f"Source: {listed(dict.fromkeys(e.source for e in cited))} · {rows} bars · UTC"
    drawn = figure(panels, title=title, footer=footer, simulated=any(e.simulated for e in cited))
    keys = tuple(e.key for e in cited)
    kind = arguments["kind"]
    name = plain(f"{'_'.join(b.symbol for b in bars)}_{kind}_{bars[0].timeframe}") + ".json"
    artifact = save(
        run,
        as_bytes(drawn),
        name=name,
        kind="chart",
        mime=MIME,
        tool="make_chart",
        arguments=arguments,
        evidence=keys,
    )
    text = fitted([f"Chart ({kind}): {title}. The person sees it.", *notes, *(f"[{key}]" for key in keys)])
    facts = {"kind": kind, "symbols": [b.symbol for b in bars], "title": title, "notes": list(notes)}
    return Finding(text, tuple(cited), (), (artifact,), facts)
