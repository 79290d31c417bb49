"""The settings panel and the starters: model, base currency, the date to answer from."""

from datetime import UTC, date, datetime, time
from typing import Any

from chainlit.chat_settings import ChatSettings as Panel
from chainlit.input_widget import Select, TextInput

from chat_app.live import Page
from chat_app.parts import parts
from ledgers.errors import BadArgument

CURRENCIES = ("USD", "AUD", "EUR", "GBP")
STARTERS = (
    ("Bitcoin, last 30 days", "How did BTC move over the last 30 days? Show a chart.", "/public/icons/price.svg"),
    ("Compare three coins", "Compare BTC, ETH and SOL over the last 90 days.", "/public/icons/compare.svg"),
    ("Mood of the market", "What was the fear and greed index over the last 14 days?", "/public/icons/mood.svg"),
    ("What data is there?", "Which coins and data do you have, and how fresh is it?", "/public/icons/data.svg"),
)


async def show(page: Page) -> None:
    """Offer the settings with their present values, and show the banner where a date is set."""
    now = await parts().history.settings_of(page.user_id)
    models = list(parts().models)
    model = now.get("model") if now.get("model") in models else models[0]
    currency = now.get("base_currency") if now.get("base_currency") in CURRENCIES else CURRENCIES[0]
    inputs = [
        Select(id="model", label="Model", values=models, initial_value=model),
        Select(id="base_currency", label="Base currency", values=list(CURRENCIES), initial_value=currency),
        # Typed, not picked: a date picker sends the browser's midnight, which is another day in UTC.
        TextInput(
            id="as_of",
            label="Answer as of",
            description="Use only what was known at the end of that day, UTC. Leave it empty for the present.",
            initial=now.get("as_of") or "",
            placeholder="YYYY-MM-DD",
        ),
    ]
    await Panel(inputs).send()  # type: ignore[no-untyped-call] # Chainlit's
    await banner(page, now.get("as_of"))


async def save(page: Page, settings: dict[str, Any]) -> None:
    """Keep what was set; the banner follows. A date that is none changes nothing and is said."""
    kept = {key: settings.get(key) for key in ("model", "base_currency")}
    try:
        kept["as_of"] = day(str(settings.get("as_of") or ""))
    except BadArgument as refused:
        await page.tell(str(refused), "warning")
        await show(page)
        return
    await parts().history.save_settings(page.user_id, kept)
    await banner(page, kept["as_of"])


async def context_of(page: Page) -> dict[str, Any]:
    """What a run of this person starts with, as `Runs.start` takes it."""
    now = await parts().history.settings_of(page.user_id)
    settings = {key: now[key] for key in ("model", "base_currency") if now.get(key)}
    return {"as_of": start_of(now.get("as_of")), "settings": settings}


async def banner(page: Page, as_of: str | None) -> None:
    """Show the date that answers are from on the page, or take it away."""
    await page.emit("window_message", {"omc": {"as_of": as_of}})


def day(typed: str) -> str | None:
    """The day that was typed; None for the present.

    Raises:
        BadArgument: it is no day, or it is still to come.
    """
    if not typed.strip():
        return None
    try:
        chosen = date.fromisoformat(typed.strip())
    except ValueError as error:
        raise BadArgument(f"'{typed}' is not a date such as 2024-04-10.") from error
    if chosen > datetime.now(UTC).date():
        raise BadArgument(f"{chosen} is still to come.")
    return chosen.isoformat()


def start_of(as_of: str | None) -> datetime | None:
    """The first moment of a day, UTC, as `omc ask --as-of` reads it: nothing of that day is known yet."""
    if not as_of:
        return None
    return datetime.combine(date.fromisoformat(as_of), time.min, tzinfo=UTC)
