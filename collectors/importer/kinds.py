"""Every table a file can go to."""

from collectors.importer import book_kinds as book
from collectors.importer import glass_kinds as glass
from collectors.importer import story_kinds as story
from collectors.importer.kind import Kind
from ledgers.errors import BadArgument

KINDS = (
    glass.CANDLES,
    glass.QUOTES,
    glass.ONCHAIN,
    glass.DERIVATIVES,
    glass.PROTOCOL,
    glass.SNAPSHOTS,
    glass.FLOWS,
    story.NEWS,
    story.POSTS,
    story.SENTIMENTS,
    story.EVENTS,
    story.INSIDERS,
    book.ORDERS,
    book.FILLS,
    book.POSITIONS,
    book.BALANCES,
)
LEDGERS = tuple(dict.fromkeys(kind.ledger for kind in KINDS))


def kinds_of(ledger: str, table: str | None) -> tuple[Kind, ...]:
    """The tables of a ledger, or the one that is named.

    Raises:
        BadArgument: no such ledger or table.
    """
    kinds = tuple(kind for kind in KINDS if kind.ledger == ledger)
    if not kinds:
        raise BadArgument(f"There is no ledger '{ledger}': say {', '.join(LEDGERS)}.")
    if table is None:
        return kinds
    if chosen := tuple(kind for kind in kinds if kind.table == table):
        return chosen
    raise BadArgument(f"The {ledger} ledger has no table '{table}': say {', '.join(kind.table for kind in kinds)}.")
