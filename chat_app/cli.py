"""The `omc` command: a table of commands, each importing what it needs where it needs it.

Exit codes: 0 done, 1 failed, 2 bad arguments; `omc ask` also 3, waiting for the person. With `--json` stdout carries
one object and nothing else.
"""

from pathlib import Path
from typing import Annotated

import typer

from chat_app import terminal

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
db = typer.Typer(no_args_is_help=True, help="The databases' schema.")
app.add_typer(db, name="db")
user = typer.Typer(no_args_is_help=True, help="People who sign in by name and password.")
app.add_typer(user, name="user")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Demo = Annotated[bool | None, typer.Option("--demo/--live", help="Which ledgers; OMC_MODE decides otherwise.")]


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    terminal.show(installed("oh-my-coins"))


@app.command()
def up(
    *,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where the page is; OMC_PORT otherwise.")] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--live", help="Which market; else the live one where it has data.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    collector: Annotated[bool, typer.Option(help="Fill the ledgers meanwhile.")] = True,
) -> None:
    """Bring everything up and open the chat; Ctrl-C brings everything down."""
    from chat_app.up import up as bring_up

    bring_up(demo=demo, port=port, open_browser=browser, collect=collector)


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """Examine every part and say what to do where one is not well; exit 1 if something is broken."""
    from chat_app import doctor as surgery
    from ledgers.config import LedgerSettings

    verdicts = []
    for verdict in surgery.examine(terminal.settings_of(LedgerSettings), say=terminal.progress):
        verdicts.append(verdict)
        if not as_json:
            terminal.show(f"{verdict.status:8} {verdict.part:12} {verdict.found}")
            if verdict.advice:
                terminal.show(f"{'':8} {'':12} -> {verdict.advice}")
    report = surgery.report(verdicts)
    if as_json:
        terminal.show_json(report)
    raise typer.Exit(0 if report["ok"] else terminal.FAILED)


@db.command("upgrade")
def db_upgrade() -> None:
    """Create both databases where they are missing and bring them to the newest schema."""
    from chat_app import compose

    with compose.cluster() as endpoints:
        for mode in compose.MODES:
            compose.open_ledger(endpoints, mode).close()
            terminal.show(f"{mode}: at {compose.newest()}")


@db.command("downgrade")
def db_downgrade(
    revision: Annotated[str, typer.Argument(help="The revision to go back to, or 'base' for no tables at all.")],
    *,
    demo: Demo = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: rows of dropped tables are lost.")] = False,
) -> None:
    """Take one database back to an earlier schema."""
    from chat_app import compose

    if not yes:
        typer.confirm("Tables that the earlier schema does not have are dropped with their rows. Go on?", abort=True)
    with compose.opened(demo, seeded=False) as opened:
        compose.downgrade(opened.ledger.url, revision)
        terminal.show(f"{opened.mode}: at {compose.revision_of(opened.ledger.url) or 'base'}")


@db.command("check")
def db_check(*, as_json: Json = False) -> None:
    """Compare both databases with the models; exit 1 where they differ."""
    from chat_app import compose

    with compose.cluster() as endpoints:
        differences = {mode: compose.differences(endpoints, mode) for mode in compose.MODES}
    if as_json:
        terminal.show_json({"ok": not any(differences.values()), "differences": differences})
    else:
        for mode, found in differences.items():
            terminal.show("\n  ".join([f"{mode}: {'differs' if found else 'as the models'}", *found]))
    raise typer.Exit(terminal.FAILED if any(differences.values()) else 0)


@app.command()
def ask(
    message: Annotated[str | None, typer.Argument(help="What you want to know.")] = None,
    *,
    thread: Annotated[str | None, typer.Option(help="Go on with this conversation.")] = None,
    answer: Annotated[str | None, typer.Option(help="Answer the question that a conversation waits on.")] = None,
    approve: Annotated[
        bool | None, typer.Option("--approve/--reject", help="Decide on the action that a conversation waits to do.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Know only what was known then: ISO date or datetime, UTC.")] = None,
    demo: Demo = None,
    as_json: Json = False,
) -> None:
    """Ask the analyst; exit 3 when it waits for you, with --thread naming where to go on."""
    from chat_app.ask import Asked
    from chat_app.ask import ask as carry_out

    asked = Asked(message, thread, answer, approve, as_of, as_json)
    raise typer.Exit(carry_out(asked, demo=demo))


@app.command("import")
def import_(
    ledger: Annotated[str, typer.Argument(help="glass, human, catalyst or exchange.")],
    files: Annotated[list[Path], typer.Argument(help="CSV, CSV.gz or Parquet.")],
    *,
    table: Annotated[str | None, typer.Option(help="Table of the ledger; else chosen by the headers.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Coin of every row, such as BTC.")] = None,
    interval: Annotated[str | None, typer.Option(help="Length of a bar, such as 1h; else from the spacing.")] = None,
    venue: Annotated[str | None, typer.Option(help="Where it traded, such as BINANCE.")] = None,
    quote: Annotated[str | None, typer.Option(help="Currency of the prices, such as USDT.")] = None,
    metric: Annotated[str | None, typer.Option(help="What the value column measures, such as hash_rate.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of the value column.")] = None,
    tz: Annotated[str | None, typer.Option(help="Zone of times that name none, such as Australia/Sydney.")] = None,
    date_order: Annotated[str | None, typer.Option(help="dmy or mdy, for dates such as 03/04/2024.")] = None,
    source: Annotated[str | None, typer.Option(help="Who published it.")] = None,
    map_: Annotated[list[str], typer.Option("--map", help="COL=FIELD, COL=metric:NAME:UNIT or COL=ignore.")] = [],  # noqa: B006 - typer copies it
    set_: Annotated[list[str], typer.Option("--set", help="FIELD=VALUE for every row.")] = [],  # noqa: B006 - as above
    demo: Demo = None,
    as_json: Json = False,
) -> None:
    """Load your own history into a ledger. Importing a file twice changes nothing."""
    from chat_app.import_command import import_files
    from collectors.importer import Options, assignments

    named = {"symbol": symbol, "interval": interval, "venue": venue, "quote": quote, "metric": metric, "unit": unit}
    values = {name: value for name, value in named.items() if value} | assignments(set_, "--set")
    options = Options(table, source, tz, date_order, assignments(map_, "--map"), values)
    raise typer.Exit(import_files(ledger, files, options, demo=demo, as_json=as_json))


@app.command()
def collect(
    once: Annotated[str | None, typer.Option(help="Run this source once, now, and print what came of it.")] = None,
    demo: Demo = None,
) -> None:
    """Collect from every source that is enabled, until stopped."""
    from chat_app.feeds import run_collector

    run_collector(demo=demo, once=once)


sources = typer.Typer(help="Show the sources; switch one on or off.", invoke_without_command=True)
app.add_typer(sources, name="sources")


@sources.callback()
def show_sources(context: typer.Context, as_json: Json = False, demo: Demo = None) -> None:
    """Show every source: state, last run, rows, next run, why it is disabled."""
    from chat_app.feeds import show_sources

    if context.invoked_subcommand is None:
        show_sources(demo=demo, as_json=as_json)


@sources.command()
def enable(name: str, demo: Demo = None) -> None:
    """Switch a source on."""
    from chat_app.feeds import switch_source

    switch_source(name, enabled=True, demo=demo)


@sources.command()
def disable(name: str, demo: Demo = None) -> None:
    """Switch a source off: it is not asked until it is switched on again."""
    from chat_app.feeds import switch_source

    switch_source(name, enabled=False, demo=demo)


@app.command()
def quality(*, as_json: Json = False, demo: Demo = None) -> None:
    """Judge what was collected, now: fresh or stale, complete or with gaps, plausible or not, with a score."""
    from chat_app.quality_command import show_quality

    show_quality(demo=demo, as_json=as_json)


@user.command("add")
def user_add(
    name: str,
    *,
    demo: Demo = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read it from standard input.")] = False,
) -> None:
    """Add a person; the password is asked for twice."""
    from chat_app.auth import add_user
    from chat_app.compose import opened

    if password_stdin:
        password = typer.get_text_stream("stdin").readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    with opened(demo) as here:
        add_user(here.ledger, name, password)
        terminal.say(f"{name} may sign in to the {here.mode} page.")


@app.callback()
def root() -> None:
    """Oh My Coins: a crypto research analyst over data that you own."""


def main() -> None:
    """Entry point of the `omc` command."""
    terminal.run(app)
