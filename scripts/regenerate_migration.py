"""Write the initial migration, or the next one, from the models; see scripts/regenerate-initial-migration."""

import argparse
import tempfile
from pathlib import Path

from alembic import command

from chat_app.services import services
from ledgers.config import LedgerSettings
from ledgers.databases import ensure_database
from ledgers.migrations import configuration, upgrade
from ledgers.schema import metadata

VERSIONS = Path("ledgers/migrations/versions")
INITIAL = "0001_initial"


def with_covering_keys(script: Path) -> None:
    """Alembic renders no INCLUDE of a primary key: add it from the models."""
    text = script.read_text()
    for table in metadata().tables.values():
        name, included = f"pk_{table.name}", table.primary_key.dialect_options["postgresql"]["include"]
        if included:
            for quote in "'\"":
                bare = f"name=op.f({quote}{name}{quote})"
                text = text.replace(bare, f"{bare}, postgresql_include={list(included)!r}")
    script.write_text(text)


def main() -> None:
    """Compare an empty (or, with --next, an upgraded) database with the models and write down the difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--next", metavar="WHAT", help="add a migration instead of writing the initial one anew")
    what = parser.parse_args().next
    if what is None:
        (VERSIONS / f"{INITIAL}.py").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="omc-migration-") as home, services(LedgerSettings(home=Path(home))) as own:
        url = f"{own.postgres_url}/migration"
        ensure_database(url)
        upgrade(url)
        config = configuration(url)
        if what is None:
            command.revision(config, message="Every table of the first release", autogenerate=True, rev_id=INITIAL)
            next(VERSIONS.glob(f"{INITIAL}_*.py")).rename(VERSIONS / f"{INITIAL}.py")
            with_covering_keys(VERSIONS / f"{INITIAL}.py")
        else:
            number = len(list(VERSIONS.glob("[0-9]*.py"))) + 1
            command.revision(config, message=what, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    main()
