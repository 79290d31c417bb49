"""Run the benchmarks and print what came out: python -m benchmarks [--only NAME] [--scale 0.1]."""

import argparse
import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.bench import Bench, Result
from chat_app.services import services
from ledgers.config import LedgerSettings


def main() -> int:
    """Run them. The exit code is 1 where a target is missed."""
    found = {module.name: importlib.import_module(f"benchmarks.{module.name}") for module in modules()}
    registered = {name: module for name, module in found.items() if hasattr(module, "measure")}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument(
        "--only", choices=sorted(registered), action="append", help="run only this one; may be repeated"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full number of rows")
    parser.add_argument("--repetitions", type=int, default=3, help="turns each piece of work takes")
    chosen = parser.parse_args()
    results: list[tuple[str, Result]] = []
    with tempfile.TemporaryDirectory(prefix="omc-bench-") as home, services(LedgerSettings(home=Path(home))) as own:
        bench = Bench(own, chosen.scale, chosen.repetitions)
        try:
            for name in chosen.only or sorted(registered):
                print(f"running {name} …", file=sys.stderr)
                results += [(name, result) for result in registered[name].measure(bench)]
        finally:
            bench.close()
    show(results)
    return int(any(result.met is False for _, result in results))


def modules() -> list[pkgutil.ModuleInfo]:
    """The modules of this package but this one."""
    return [module for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__"]


def show(results: list[tuple[str, Result]]) -> None:
    """Print the table."""
    table = Table("benchmark", "what", "value", "unit", "target", "", "note", box=None)
    marks = {True: "ok", False: "MISSED", None: ""}
    for name, result in results:
        value = f"{result.value:,.2f}" if result.value < 100 else f"{result.value:,.0f}"
        table.add_row(name, result.what, value, result.unit, result.target, marks[result.met], result.note)
    Console(width=150, soft_wrap=False).print(table)


if __name__ == "__main__":
    sys.exit(main())
