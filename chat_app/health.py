"""Readiness: every part asked, so that the page is offered only when it can answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Check = Callable[[], Awaitable[object]]
"""Asks one part; raises what is wrong with it, or returns what there is to say of it."""

PATIENCE_SECONDS = 2.0


async def readiness(checks: Mapping[str, Check]) -> dict[str, Any]:
    """Each part: "ok" or what it says of itself, else what is wrong with it; `ready` when nothing is wrong."""
    said = await asyncio.gather(*(_said(check) for check in checks.values()))
    state = {part: text for part, (_, text) in zip(checks, said, strict=True)}
    return {"ready": all(well for well, _ in said), **state}


async def _said(check: Check) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            said = await check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part is what is asked
        return False, f"{type(error).__name__}: {error}".splitlines()[0]
    return True, "ok" if said is None else str(said)
