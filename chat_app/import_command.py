"""`omc import`: bring files into a ledger and tell what became of them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from chat_app.compose import opened
from chat_app.terminal import FAILED, say, show, show_json
from collectors.importer import ImportReport, Options, import_file
from ledgers.errors import BadArgument


def import_files(ledger: str, files: Iterable[Path], options: Options, *, demo: bool | None, as_json: bool) -> int:
    """Import one file after the other; a file that cannot be understood does not cost the others.

    Returns:
        The exit code: 0, or 1 where a file failed or none of its rows was good.

    Raises:
        BadArgument: there was one file and it cannot be understood.
    """
    files = list(files)
    reports: list[ImportReport] = []
    errors: list[dict[str, str]] = []
    with opened(demo) as command:
        for file in files:
            try:
                report = import_file(command.ledger, ledger, file, options, written_at=datetime.now(UTC))
            except BadArgument as error:
                if len(files) == 1:
                    raise
                errors.append({"file": file.name, "error": str(error)})
                say(f"omc: {file.name}: {error}")
                continue
            reports.append(report)
            if not as_json:
                show(told(report))
    if as_json:
        show_json({"mode": command.mode, "files": [report.to_json() for report in reports], "errors": errors})
    useless = any(report.records and report.rejected == report.records for report in reports)
    return FAILED if errors or useless else 0


def told(report: ImportReport) -> str:
    """A report for people."""
    counts = (
        f"{report.inserted:,} inserted, {report.duplicate:,} duplicate, {report.revised:,} revised, "
        f"{report.rejected:,} rejected ({report.seconds:.1f} s)"
    )
    lines = [f"{report.file} -> {report.ledger} ledger, {report.table}: {report.read:,} rows read, {counts}"]
    if report.first:
        lines.append(f"  from {report.first} to {report.last}")
    lines.append("  understood: " + "; ".join(f"{name} = {where}" for name, where in report.understood.items()))
    if report.ignored:
        lines.append(f"  left out: columns {', '.join(report.ignored)}")
    lines += [f"  note: {note}" for note in report.notes]
    for reason in report.reasons:
        lines.append(f"  rejected {reason['count']:,}: {reason['reason']}")
        lines += [f"    line {example['line']}: {example['payload']}" for example in reason["examples"]]
    return "\n".join(lines)
