"""Actions on what coins are called."""

from agents.context import ActionContext, RunContext
from agents.finding import Finding
from ledgers import coins

__all__ = ["add_coin_alias"]


def preview_add_coin_alias(run: RunContext, symbol: str, alias: str) -> str:
    """What add_coin_alias would do, in words; found out by doing it and taking it back."""
    with run.ledger.session() as session:
        trial = session.begin_nested()
        coins.add_alias(session, user_id=run.user_id, alias=alias, symbol=symbol)
        trial.rollback()
    return f"From now on “{alias.strip()}” means {symbol.strip().upper()} when you ask about it."


def add_coin_alias(run: ActionContext, symbol: str, alias: str) -> Finding:
    """Give a coin a further name that the user may use for it.

    Args:
        run: the run, with the transaction to change things in.
        symbol: the coin's ticker, such as SOL.
        alias: the new name, 1 to 60 characters, such as "the fast one".

    Returns:
        Whether the name is new.
    """
    new = coins.add_alias(run.session, user_id=run.user_id, alias=alias, symbol=symbol)
    name, ticker = alias.strip(), symbol.strip().upper()
    text = f"“{name}” now means {ticker}." if new else f"“{name}” meant {ticker} already."
    return Finding(text, facts={"approved": True, "new": new, "symbol": ticker, "alias": name})
