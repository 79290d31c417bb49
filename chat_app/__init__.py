"""Everything a person touches: the `omc` command, the server, the chat page."""

import sys
from types import ModuleType


def _without_tracing() -> None:
    """Stand in for `traceloop.sdk`, a tracing kit that is not installed: Chainlit's literalai names one class of it."""
    package, sdk = ModuleType("traceloop"), ModuleType("traceloop.sdk")
    sdk.Traceloop = type("Traceloop", (), {})  # type: ignore[attr-defined] # a stand-in
    package.sdk = sdk  # type: ignore[attr-defined] # a stand-in
    sys.modules |= {"traceloop": package, "traceloop.sdk": sdk}


_without_tracing()
