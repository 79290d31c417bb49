"""Snapshot: governance proposals of large protocols. A changed state, such as `closed`, is a revision."""

import json
from datetime import timedelta
from typing import Any, Final

from collectors.errors import SourceChanged
from collectors.reading import each, epoch, expect, json_of, text
from collectors.source import Backfill, Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.catalyst import CatalystEvent

SPACES: Final = {  # space: the coin it governs
    "aavedao.eth": "AAVE",
    "arbitrumfoundation.eth": "ARB",
    "balancer.eth": "BAL",
    "cakevote.eth": "CAKE",
    "comp-vote.eth": "COMP",
    "cvx.eth": "CVX",
    "ens.eth": "ENS",
    "gitcoindao.eth": "GTC",
    "lido-snapshot.eth": "LDO",
    "opcollective.eth": "OP",
    "snapshot.dcl.eth": "MANA",
    "sushigov.eth": "SUSHI",
    "uniswapgovernance.eth": "UNI",
}
PAGE: Final = 100
QUERY: Final = """query ($spaces: [String], $from: Int, $to: Int, $skip: Int) {
  proposals(first: 100, skip: $skip, orderBy: "created", orderDirection: desc,
            where: {space_in: $spaces, created_gte: $from, created_lt: $to}) {
    id title state created start end link choices scores_total votes space { id name }
  }
}"""


def requests(context: SourceContext) -> list[Request]:
    """Proposals made in the last month, whose state may still change, or in the window."""
    start = context.window.start if context.window else context.now - timedelta(days=30)
    end = context.window.end if context.window else context.now + timedelta(minutes=5)
    return [ask(context.base_url, int(start.timestamp()), int(end.timestamp()), 0)]


def ask(base_url: str, start: int, end: int, skip: int) -> Request:
    """One page."""
    variables = {"spaces": list(SPACES), "from": start, "to": end, "skip": skip}
    return Request(
        f"{base_url}/graphql",
        method="POST",
        headers={"Content-Type": "application/json"},
        body=json.dumps({"query": QUERY, "variables": variables}).encode(),
        context={"base_url": base_url, "start": start, "end": end, "skip": skip},
    )


def parse(reply: Reply) -> Parsed:
    """`data.proposals`; a full page is followed by the next.

    Source: docs.snapshot.box/tools/api, proposals.
    """
    document = expect(json_of(reply), dict, "the reply")
    if errors := document.get("errors") or document.get("error"):
        raise SourceChanged(f"Snapshot says: {str(errors)[:120]}")
    proposals = expect(expect(document.get("data"), dict, "data").get("proposals"), list, "proposals")
    parsed = each(proposals, proposal)
    if len(proposals) == PAGE:
        here = reply.request.context
        parsed.follow.append(ask(here["base_url"], here["start"], here["end"], here["skip"] + PAGE))
    return parsed


def proposal(item: Any) -> Row:
    """One proposal; it occurs when its vote ends."""
    space = text(item["space"]["id"], "space")
    created, ends = epoch(item["created"], "created"), epoch(item["end"], "end")
    details = {
        "state": text(item["state"], "state"),
        "starts": epoch(item["start"], "start").isoformat(),
        "choices": [str(choice) for choice in item.get("choices") or ()],
        "votes": item.get("votes"),
    }
    return Row(
        CatalystEvent,
        {
            "external_id": text(item["id"], "id"),
            "event_type": "governance",
            "title": text(item["title"], "title"),
            "summary": f"Vote of {item['space'].get('name') or space}: {details['state']}.",
            "entity": space,
            "form": None,
            "items": [],
            "symbols": [SPACES[space]] if space in SPACES else [],
            "observed_at": created,
            "occurs_at": ends,
            "impact": "low",
            "impact_reason": "a governance vote",
            "details": details,
            "url": item.get("link") or f"https://snapshot.box/#/{space}/proposal/{item['id']}",
        },
    )


SOURCES = (
    Source(
        name="snapshot_proposals",
        ledger="catalyst",
        base_url="https://hub.snapshot.org",
        requests=requests,
        parse=parse,
        every=timedelta(hours=1),
        publication_lag=timedelta(minutes=30),
        warn_after=timedelta(hours=24),
        error_after=timedelta(days=3),
        requests_per_minute=30,
        backfill=Backfill(depth=timedelta(days=365), window=timedelta(days=90), reach=timedelta(days=29)),
        attribution="Governance: Snapshot",
    ),
)
