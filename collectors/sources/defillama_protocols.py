"""DeFiLlama: value locked in protocols and chains, fees and revenue, stablecoins in circulation; all in USD.

A day's figure is named by the day's beginning, and taken once the day is over.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from collectors.errors import SourceChanged
from collectors.reading import bad, each, epoch, expect, json_of, not_negative, number, text
from collectors.source import MEBIBYTE, Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.glass import ProtocolMetric

DAY: Final = timedelta(days=1)
SETTLING: Final = timedelta(days=30)  # how far back a poll looks for corrections, after the first
CHAINS: Final = {
    "Ethereum": "ETH",
    "Solana": "SOL",
    "BSC": "BNB",
    "Tron": "TRX",
    "Base": None,
    "Arbitrum": "ARB",
    "Avalanche": "AVAX",
    "Polygon": "POL",
    "Sui": "SUI",
    "Cardano": "ADA",
}
FLOWS: Final = {"dailyFees": "fees", "dailyRevenue": "revenue"}
LEAST_CIRCULATING: Final = 100_000_000  # smaller stablecoins are left out


def slugs(context: SourceContext) -> list[str]:
    """The protocols to follow, from OMC_DEFILLAMA_PROTOCOLS."""
    return [slug.strip() for slug in context.keys["defillama_protocols"].split(",") if slug.strip()]


def protocol_requests(context: SourceContext) -> list[Request]:
    """One list with every protocol's value locked, as of now."""
    return [Request(f"{context.base_url}/protocols", context={"slugs": slugs(context)})]


def flow_requests(context: SourceContext) -> list[Request]:
    """Fees and revenue of each protocol, every day there is."""
    return [
        Request(
            f"{context.base_url}/summary/fees/{slug}",
            params={"dataType": kind},
            context={"entity": slug, "metric": metric, "since": since(context)},
        )
        for slug in slugs(context)
        for kind, metric in FLOWS.items()
    ]


def chain_requests(context: SourceContext) -> list[Request]:
    """Value locked on each chain, every day there is."""
    return [
        Request(f"{context.base_url}/v2/historicalChainTvl/{chain}", context={"chain": chain, "since": since(context)})
        for chain in CHAINS
    ]


def stablecoin_requests(context: SourceContext) -> list[Request]:
    """Every stablecoin's circulation, as of now."""
    return [Request(f"{context.base_url}/stablecoins", params={"includePrices": "false"})]


def since(context: SourceContext) -> datetime | None:
    """From which day on figures are of interest: all at the first start."""
    return context.now - SETTLING if context.cursor.get("complete") else None


def parse_protocols(reply: Reply) -> Parsed:
    """A list of protocols with slug, name, symbol and tvl; one that is followed and not there is reported.

    Source: api-docs.defillama.com, "/protocols".
    """
    wanted = reply.request.context["slugs"]
    listed = [p for p in expect(json_of(reply), list, "the reply") if isinstance(p, dict)]
    found = {slug: p for p in listed if (slug := slug_of(p)) in wanted}
    if not found:
        raise SourceChanged("none of the protocols that are followed is in the list")
    parsed = each(found.items(), lambda pair: protocol(pair[0], pair[1], reply))
    parsed.rejects += [bad(f"DeFiLlama lists no protocol {slug}", slug) for slug in wanted if slug not in found]
    return parsed


def slug_of(item: dict[str, Any]) -> str:
    """A protocol's slug; older lists have its name only."""
    return str(item.get("slug") or str(item.get("name")).lower().replace(" ", "-"))


def protocol(slug: str, item: dict[str, Any], reply: Reply) -> Row:
    """The value locked in one protocol at this poll; '-' is a protocol without a token."""
    symbol = text(item["symbol"], "symbol").upper()
    value = not_negative(item["tvl"], "tvl")
    return metric(reply.slot, value, entity=slug, name="tvl", kind="protocol", symbol=symbol.strip("-") or None)


def parse_flows(reply: Reply) -> Parsed:
    """`totalDataChart` holds one [day in seconds, USD] per day. Revenue may be negative: incentives cost more.

    Source: api-docs.defillama.com, "/summary/fees/{protocol}".
    """
    document = expect(json_of(reply), dict, "the reply")
    told = reply.request.context
    named = document.get("symbol")
    symbol = named.upper() if isinstance(named, str) and named.strip("- ") else None
    days = expect(document.get("totalDataChart"), list, "totalDataChart")

    def flow(day: Any) -> list[Row]:
        at, value = epoch(day[0], "day"), number(day[1], told["metric"])
        who = {"entity": told["entity"], "kind": "protocol", "symbol": symbol}
        return finished(reply, metric(at, value, name=told["metric"], **who))

    return complete(each(days, flow))


def parse_chain(reply: Reply) -> Parsed:
    """A list of date (seconds) and tvl, without what is counted twice or staked for liquidity.

    Source: api-docs.defillama.com, "/v2/historicalChainTvl/{chain}".
    """
    chain = reply.request.context["chain"]

    def locked(day: Any) -> list[Row]:
        at, value = epoch(day["date"], "date"), not_negative(day["tvl"], "tvl")
        who = {"entity": chain.lower(), "kind": "chain", "symbol": CHAINS[chain]}
        return finished(reply, metric(at, value, name="tvl", **who))

    return complete(each(expect(json_of(reply), list, "the reply"), locked))


def parse_stablecoins(reply: Reply) -> Parsed:
    """`peggedAssets` with symbol, pegType and circulating; those pegged to the dollar, from a hundred million on.

    Source: api-docs.defillama.com, "/stablecoins".
    """
    document = expect(json_of(reply), dict, "the reply")
    assets = expect(document.get("peggedAssets"), list, "peggedAssets")
    return each(
        (a for a in assets if not isinstance(a, dict) or a.get("pegType") == "peggedUSD"), lambda a: coin(a, reply)
    )


def coin(asset: Any, reply: Reply) -> list[Row]:
    """One stablecoin's circulation at this poll; its name tells apart those that share a symbol."""
    symbol = text(asset["symbol"], "symbol").upper()
    value = not_negative(asset["circulating"]["peggedUSD"], "circulating")
    if value < LEAST_CIRCULATING:
        return []
    entity = text(asset["name"], "name").lower().replace(" ", "-")
    return [metric(reply.slot, value, entity=entity, name="supply", kind="stablecoin", symbol=symbol)]


def metric(at: datetime, value: float, *, entity: str, name: str, kind: str, symbol: str | None) -> Row:
    """A figure in USD."""
    who = {"entity": entity, "kind": kind, "symbol": symbol}
    return Row(ProtocolMetric, {**who, "metric": name, "observed_at": at, "value": value, "unit": "USD"})


def finished(reply: Reply, row: Row) -> list[Row]:
    """The row, where its day is over and of interest."""
    at, first = row.values["observed_at"], reply.request.context["since"]
    return [row] if at + DAY <= reply.fetched_at and (first is None or at >= first) else []


def complete(parsed: Parsed) -> Parsed:
    """Remember that all days were read once."""
    parsed.cursor = {"complete": True}
    return parsed


def declared(name: str, **told: Any) -> Source:
    """A source of DeFiLlama's, asked once a day."""
    common = {
        "name": f"defillama_{name}",
        "ledger": "glass",
        "base_url": "https://api.llama.fi",
        "every": DAY,
        "warn_after": timedelta(hours=26),
        "error_after": timedelta(hours=50),
        "requests_per_minute": 60,
        "attribution": "DeFi figures: DeFiLlama",
    }
    return Source(**{**common, **told})


SOURCES = (
    declared(
        "protocols",
        requests=protocol_requests,
        parse=parse_protocols,
        publication_lag=timedelta(minutes=5),
        max_bytes=48 * MEBIBYTE,
        keys=("defillama_protocols",),
    ),
    declared(
        "flows",
        requests=flow_requests,
        parse=parse_flows,
        publication_lag=DAY + timedelta(hours=2),
        keys=("defillama_protocols",),
    ),
    declared("chains", requests=chain_requests, parse=parse_chain, publication_lag=DAY + timedelta(hours=2)),
    declared(
        "stablecoins",
        base_url="https://stablecoins.llama.fi",
        requests=stablecoin_requests,
        parse=parse_stablecoins,
        publication_lag=timedelta(minutes=5),
    ),
)
