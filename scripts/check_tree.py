"""Holds the size ceilings, and keeps registry hosts and one machine's paths out of the tree."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MODULE_LINES = 300
FUNCTION_LINES = 40
POSITIONAL_PARAMETERS = 5
RECEIVERS = {"self", "cls", "run"}  # what the function acts for, not what it is told
PACKAGES = ("agents", "chat_app", "collectors", "lab", "ledgers", "trading")
GENERATED = ("ledgers/migrations/versions/",)
FORBIDDEN = re.compile(r"files\.pythonhosted|pypi\.org|registry\.npmjs|deb\.debian\.org|/work/(main|shared)|\.library/")


def tracked(*patterns: str) -> list[Path]:
    """The files git tracks, or would track, that match the patterns."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [Path(name) for name in listing.splitlines() if Path(name).exists()]


def size_faults(path: Path) -> Iterator[str]:
    """Modules, functions and signatures over their ceiling, and sub-packages nested too deep."""
    text = path.read_text()
    if (lines := text.count("\n")) > MODULE_LINES:
        yield f"{path}: {lines} lines, ceiling {MODULE_LINES}"
    if len(path.parts) > 3:  # noqa: PLR2004 - package / sub-package / module
        yield f"{path}: more than one level of sub-package"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            end = node.end_lineno or node.lineno
            if (length := end - node.lineno + 1 - docstring_lines(node)) > FUNCTION_LINES:
                yield f"{path}:{node.lineno} {node.name}: {length} lines, ceiling {FUNCTION_LINES}"
            positional = [a.arg for a in node.args.posonlyargs + node.args.args if a.arg not in RECEIVERS]
            if len(positional) > POSITIONAL_PARAMETERS:
                yield f"{path}:{node.lineno} {node.name}: {len(positional)} positional parameters"


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines the docstring takes: documentation is no weight against a function."""
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0


def main() -> int:
    """Print every fault; exit 1 if there is one."""
    faults = [
        fault
        for path in tracked("*.py")
        if path.parts[0] in PACKAGES and not str(path).startswith(GENERATED)
        for fault in size_faults(path)
    ]
    for path in tracked():
        if path.name in {"check_tree.py", "requirements.lock"} or path.suffix in {".png", ".svg", ".woff2"}:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if FORBIDDEN.search(line):
                faults.append(f"{path}:{number}: names a registry host or one machine's path")
    print("\n".join(faults) if faults else "sizes and tree: fine")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
