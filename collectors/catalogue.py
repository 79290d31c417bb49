"""Which sources there are: every module of `collectors/sources/` that exposes `SOURCES`."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from collectors import sources as package
from collectors.source import Source
from ledgers.errors import ConfigurationError


@cache
def every_source() -> dict[str, Source]:
    """All declared sources by name, live and simulated."""
    found: dict[str, Source] = {}
    for module in sorted(iter_modules(package.__path__), key=lambda m: m.name):
        for source in import_module(f"{package.__name__}.{module.name}").SOURCES:
            if source.name in found:
                raise ConfigurationError(f"Two sources are named '{source.name}'.")
            found[source.name] = source
    return found


def sources_of(*, simulated: bool) -> dict[str, Source]:
    """The sources of one market: the live one, or the demo's."""
    return {name: source for name, source in every_source().items() if source.simulated == simulated}
