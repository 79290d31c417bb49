"""Nansen: net flow of smart money into tokens over a day and a week. Paid key; its data may not be passed on."""

import json
from datetime import timedelta
from typing import Any

from collectors.reading import each, expect, json_of, not_negative, number, text
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.glass import TokenFlow

WINDOWS = {"24h": "net_flow_24h_usd", "7d": "net_flow_7d_usd"}
CHAINS = ("ethereum", "solana", "base", "arbitrum", "bnb")
PAGE = 100


def requests(context: SourceContext) -> list[Request]:
    """The tokens with the largest inflow, and those with the largest outflow, over a day."""
    return [ask(context, direction) for direction in ("DESC", "ASC")]


def ask(context: SourceContext, direction: str) -> Request:
    """One page, sorted."""
    body = {
        "chains": CHAINS,
        "pagination": {"page": 1, "per_page": PAGE},
        "order_by": [{"field": WINDOWS["24h"], "direction": direction}],
    }
    return Request(
        f"{context.base_url}/api/v1/smart-money/netflow",
        method="POST",
        headers={"apiKey": context.keys.get("nansen_key", ""), "Content-Type": "application/json"},
        body=json.dumps(body).encode(),
    )


def parse(reply: Reply) -> Parsed:
    """`data` has one object per token.

    Source: docs.nansen.ai, smart money, netflows.
    """
    document = expect(json_of(reply), dict, "the reply")
    return each(expect(document.get("data"), list, "data"), lambda token: flows(token, reply))


def flows(token: Any, reply: Reply) -> list[Row]:
    """One row per window of one token; outflow is negative."""
    traders = None if token.get("trader_count") is None else int(not_negative(token["trader_count"], "trader_count"))
    return [
        Row(
            TokenFlow,
            {
                "chain": text(token["chain"], "chain").lower(),
                "token": text(token["token_address"], "token_address"),
                "window": window,
                "observed_at": reply.slot,
                "symbol": text(token["token_symbol"], "token_symbol").upper(),
                "net_flow_usd": number(token[field], field),
                "traders": traders,
            },
        )
        for window, field in WINDOWS.items()
    ]


SOURCES = (
    Source(
        name="nansen_flows",
        ledger="glass",
        base_url="https://api.nansen.ai",
        requests=requests,
        parse=parse,
        every=timedelta(minutes=15),
        publication_lag=timedelta(minutes=15),
        warn_after=timedelta(hours=1),
        error_after=timedelta(hours=6),
        keys=("nansen_key",),
        requests_per_minute=20,
        attribution="Smart money: Nansen; not to be redistributed",
    ),
)
