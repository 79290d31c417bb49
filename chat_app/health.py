"""Readiness: every part asked, so that the page is offered only when it can answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Check = Callable[[], Awaitable[object]]
"""Asks one part; raises what is wrong with it."""

PATIENCE_SECONDS = 2.0


async def readiness(checks: Mapping[str, Check]) -> dict[str, Any]:
    """Each part: "ok", or what is wrong with it; `ready` when all are ok."""
    said = await asyncio.gather(*(_said(check) for check in checks.values()))
    state = dict(zip(checks, said, strict=True))
    return {"ready": all(word == "ok" for word in said), **state}


async def _said(check: Check) -> str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part is what is asked
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return "ok"
