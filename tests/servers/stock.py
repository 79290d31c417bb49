"""Small hand-made ledgers for the tools' tests: round numbers, so that every figure can be told by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ledgers import quality
from ledgers.app import create_thread, create_user
from ledgers.base import Base
from ledgers.catalyst import CatalystEvent
from ledgers.coins import CoinName
from ledgers.conversation import Run
from ledgers.exchange import Fill, Order, Position
from ledgers.glass import Candle, DerivativeMetric, MarketSnapshot, OnchainMetric, ProtocolMetric, Quote
from ledgers.human import NewsItem, SentimentReading, SocialPost
from ledgers.store import Ledger, write

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 121  # daily bars 2024-01-01 .. 2024-04-30
NOW = datetime(2024, 5, 1, 9, 30, tzinfo=UTC)
ROW = {"source": "stock", "simulated": False}


def day(number: int) -> datetime:
    return FIRST_DAY + timedelta(days=number)


def known(at: datetime) -> dict[str, Any]:
    return {**ROW, "observed_at": at, "known_at": at + timedelta(minutes=1)}


def bar(symbol: str, opens: datetime, prices: tuple[float | None, ...], **other: Any) -> dict[str, Any]:
    """A bar of open, high, low, close, volume."""
    step = timedelta(hours=1) if other.get("interval") == "1h" else timedelta(days=1)
    names = ("open", "high", "low", "close", "volume")
    market = {"symbol": symbol, "interval": "1d", "quote": "USDT", "venue": "BINANCE", "open_time": opens}
    return {**known(opens + step), **market, **dict(zip(names, prices, strict=True)), **other}


def rising(symbol: str, base: float) -> list[dict[str, Any]]:
    """Daily bars: day n opens at base + n, closes one higher, ranges two more either way, trades n + 1 coins."""
    return [
        bar(symbol, day(n), (base + n, base + n + 3, base + n - 2, base + n + 1, float(n + 1))) for n in range(DAYS)
    ]


def waving(symbol: str) -> list[dict[str, Any]]:
    """Daily bars that go up and down: 100 at the first close, then +10, -5, +10, -5 …"""
    rows, last = [], 95.0
    for n in range(DAYS):
        close = last + (10 if n % 2 else -5) if n else 100.0
        rows.append(bar(symbol, day(n), (last, max(last, close) + 1, min(last, close) - 1, close, 10.0)))
        last = close
    return rows


def hourly(symbol: str) -> list[dict[str, Any]]:
    """Hourly bars of two days, the 10th and 11th of April, falling 1 % in one hour and rising 2 % in another."""
    rows, opens = [], datetime(2024, 4, 10, tzinfo=UTC)
    for n in range(48):
        close = {5: 99.0, 20: 102.0}.get(n, 100.0)
        at = opens + timedelta(hours=n)
        rows.append(bar(symbol, at, (100.0, max(100.0, close), min(100.0, close), close, 1.0), interval="1h"))
    return rows


def ledger_rows() -> dict[type[Base], list[dict[str, Any]]]:
    """Rows of every ledger, ready to write."""
    return {
        Candle: [
            *rising("BTC", 1000.0),
            *waving("ETH"),
            *hourly("SOL"),
            *(
                bar("ADA", day(n), (None, None, None, 0.5 + n / 100, None), quote="USD", venue="COINRANKING")
                for n in range(10)
            ),
        ],
        Quote: [
            {
                **known(NOW - timedelta(minutes=5)),
                "symbol": "BTC",
                "quote": "AUD",
                "venue": "COINSPOT",
                "bid": 1799.0,
                "ask": 1801.0,
                "last": 1800.0,
            }
        ],
        OnchainMetric: [
            {**known(day(n)), "symbol": "BTC", "metric": "hash_rate", "value": 500.0 + n, "unit": "EH/s"}
            for n in range(60)
        ],
        DerivativeMetric: [
            {
                **known(day(n)),
                "symbol": "BTC",
                "metric": "funding_rate",
                "quote": "USDT",
                "venue": "BINANCE",
                "value": 0.0001,
                "unit": "fraction",
            }
            for n in range(10)
        ],
        MarketSnapshot: [
            {
                **known(day(n)),
                "coin_id": "bitcoin",
                "symbol": "BTC",
                "price_usd": 1000.0,
                "market_cap_usd": 2e7,
                "volume_24h_usd": 1e6,
                "rank": 1,
                "circulating_supply": 2e4,
            }
            for n in range(3)
        ],
        ProtocolMetric: [
            {
                **known(day(n)),
                "entity": "solana",
                "metric": "tvl",
                "kind": "chain",
                "symbol": "SOL",
                "value": 1e9 + n,
                "unit": "USD",
            }
            for n in range(40)
        ],
        SentimentReading: [
            {
                **known(day(n)),
                "index": "fear_greed",
                "symbol": "*",
                "value": float(30 + n),
                "label": "Greed" if n > 25 else "Fear",
            }
            for n in range(60)
        ],
        NewsItem: [news(n) for n in range(20)],
        SocialPost: [
            {
                **known(day(n)),
                "external_id": f"p{n}",
                "channel": "r/Bitcoin",
                "title": "gm",
                "body": None,
                "author": "a",
                "score": n,
                "comments": 1,
                "symbols": ["BTC"],
                "sentiment": 0.5,
                "sentiment_method": "vader",
            }
            for n in range(4)
        ],
        CatalystEvent: [
            *(filing(n) for n in range(6)),
            event("upgrade-x", "upgrade", "Network upgrade", day(10), occurs_at=datetime(2024, 9, 1, tzinfo=UTC)),
        ],
    }


def news(n: int) -> dict[str, Any]:
    subject, symbols = ("Spot ETF flows grow", ["BTC"]) if n % 2 else ("Solana outage over", ["SOL"])
    return {
        **known(day(60 + n)),
        "external_id": f"n{n}",
        "story": f"s{n}",
        "title": f"{subject} no. {n}",
        "summary": None,
        "publisher": "The Paper",
        "author": None,
        "symbols": symbols,
        "topics": [],
        "votes": None,
        "sentiment": 0.2 if n % 2 else -0.1,
        "sentiment_method": "vader",
    }


def event(key: str, kind: str, title: str, at: datetime, **other: Any) -> dict[str, Any]:
    plain = {"summary": None, "entity": None, "form": None, "items": [], "occurs_at": None, "impact": None}
    more = {"impact_reason": None, "details": None, "symbols": ["BTC"]}
    return {**known(at), "external_id": key, "event_type": kind, "title": title, **plain, **more, **other}


def filing(n: int) -> dict[str, Any]:
    """Filings of MSTR on the first days of March; every third is a Form 4, the others are 8-Ks."""
    form = "4" if n % 3 == 2 else "8-K"
    return event(f"f{n}", "filing", f"MSTR {form}", day(61 + n), entity="MSTR", form=form, items=["7.01"], symbols=[])


def book(user_id: str) -> dict[type[Base], list[dict[str, Any]]]:
    """An account: 2 BTC bought at 1,010 and half of one sold at 1,050."""
    whose = {"user_id": user_id, "venue": "COINSPOT", "account": "main", "symbol": "BTC", "quote": "USDT"}
    order = {"kind": "market", "limit_price": None, "status": "filled", "reason": None, "deployment_id": None}
    fill = {"fee": 1.0, "fee_currency": "USDT"}
    deals = [("o1", "buy", 2.0, 1010.0, day(10)), ("o2", "sell", 0.5, 1050.0, day(50))]
    return {
        Order: [
            {
                **known(at),
                **whose,
                **order,
                "order_id": key,
                "side": side,
                "quantity": q,
                "filled_quantity": q,
                "average_price": p,
            }
            for key, side, q, p, at in deals
        ],
        Fill: [
            {
                **known(at),
                **whose,
                **fill,
                "fill_id": f"x{key}",
                "order_id": key,
                "side": side,
                "quantity": q,
                "price": p,
            }
            for key, side, q, p, at in deals
        ],
        Position: [{**known(day(50)), **whose, "quantity": 1.5, "average_cost": 1010.0, "realised_pnl": 20.0}],
    }


def put(ledger: Ledger, rows: dict[type[Base], list[dict[str, Any]]]) -> None:
    """Write rows; what a simulated ledger holds is simulated."""
    with ledger.session() as session:
        for model in sorted(rows, key=lambda m: str(m.__tablename__)):
            marked = [{**row, "simulated": ledger.simulated} for row in rows[model]]
            write(session, model, marked, written_at=NOW)
        quality.keep(session, (verdict(at) for at in (FIRST_DAY + timedelta(days=68), NOW - timedelta(minutes=1))))


def verdict(judged_at: datetime, **other: Any) -> dict[str, Any]:
    """A verdict on a source that brings none of the stocked rows."""
    scores = {"completeness": 0.5, "timeliness": 1.0, "accuracy": 1.0, "score": 0.85, "state": "fresh"}
    gap = [judged_at - timedelta(hours=3), judged_at - timedelta(hours=2)]
    facts = {
        "warn_after_seconds": 600,
        "error_after_seconds": 3600,
        "measured": True,
        "counted": "slots",
        "expected": 2,
        "present": 1,
        "flaws": {},
        "gaps": [[at.isoformat() for at in gap]],
        "gap_count": 1,
    }
    own = {"ledger": "glass", "source": "stock_quotes", "series": "*", "judged_at": judged_at}
    return {**own, **scores, "newest_observed_at": judged_at - timedelta(minutes=1), "facts": facts, **other}


def name_coins(ledger: Ledger) -> None:
    """Names of the stocked coins, and luna, which is ambiguous."""
    names = {"bitcoin": "BTC", "ethereum": "ETH", "solana": "SOL", "cardano": "ADA"}
    pairs = [*names.items(), *((s.lower(), s) for s in names.values()), ("luna", "LUNA"), ("luna", "LUNC")]
    with ledger.session() as session:
        for name, symbol in pairs:
            kind = "ticker" if name == symbol.lower() else "name"
            session.merge(CoinName(name=name, symbol=symbol, user_id="", kind=kind, created_at=NOW))


def person(ledger: Ledger, name: str) -> tuple[str, str, str]:
    """A user with a thread and a run: their ids."""
    with ledger.session() as session:
        user = create_user(session, name=name, password_hash="", now=NOW)
        thread = create_thread(session, thread_id=f"t-{name}", user_id=user.id, now=NOW)
        session.flush()
        session.add(
            Run(
                id=f"r-{name}",
                thread_id=thread.id,
                user_id=user.id,
                message="?",
                status="running",
                started_at=NOW,
                model="m",
            )
        )
        return user.id, thread.id, f"r-{name}"
