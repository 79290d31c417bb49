"""What the quality of the data says: which series are fresh, stale or have gaps."""

from agents.offline import wording
from agents.offline.asked import Ask
from agents.offline.turn import Result

SHOWN = 8


def quality(result: Result, _ask: Ask) -> str:
    """How many series are well, and the others one by one, in the tool's words."""
    judged, well = result.value("series_judged"), result.value("series_well")
    lines = [wording.plain(line) for line in result.text.splitlines()[1:]]
    if judged is None or well is None:
        return wording.plain(result.text)
    coin = result.facts.get("symbol")
    about = f" that {coin} rests on" if coin else ""
    lead = f"**{wording.number(well)} of {wording.number(judged)}** series{about} are fresh and complete."
    more = [f"- and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n".join([lead, "", *lines[:SHOWN], *more])
