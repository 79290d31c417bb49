"""What the quality of the data says: which series are fresh, stale or have gaps."""

from agents.offline import wording
from agents.offline.asked import Ask
from agents.offline.turn import Result

SHOWN = 8


def _measured(result: Result, lines: list[str]) -> str:
    """Where no monitor has judged: how many series have gaps, and each of them."""
    of, full = result.value("series_measured"), result.value("series_without_gap")
    if of is None or full is None:
        return wording.plain(result.text)
    coin = result.facts.get("symbol")
    about = f" of {coin}" if coin else ""
    lead = (
        f"The newest bar{about} is **{result.facts.get('newest_age')}** old, and {wording.number(full)} of "
        f"{wording.number(of)} series of bars have no gap. No monitor has judged them."
    )
    more = ["- and others"] if len(lines) > SHOWN else []
    return "\n".join([lead, "", *lines[:SHOWN], *more])


def quality(result: Result, _ask: Ask) -> str:
    """How many series are well, and the others one by one, in the tool's words."""
    judged, well = result.value("series_judged"), result.value("series_well")
    lines = [wording.plain(line) for line in result.text.splitlines()[1:]]
    if judged is None or well is None:
        return _measured(result, lines)
    coin = result.facts.get("symbol")
    about = f" that {coin} rests on" if coin else ""
    lead = f"**{wording.number(well)} of {wording.number(judged)}** series{about} are fresh and complete."
    more = ["- and others"] if len(lines) > SHOWN else []
    return "\n".join([lead, "", *lines[:SHOWN], *more])
