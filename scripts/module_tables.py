"""Writes each Terraform module's inputs and outputs into its README; with --check only says whether they are right."""

import re
import sys
from pathlib import Path

INFRA = Path(__file__).parents[1] / "infra"
BLOCK = re.compile(r'^(?:variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
ATTRIBUTE = re.compile(r"^  (\w+) += (.+)$", re.MULTILINE)


def blocks(file: Path) -> dict[str, dict[str, str]]:
    """The attributes of each variable or output in the file, as they are written."""
    return {name: dict(ATTRIBUTE.findall(body)) for name, body in BLOCK.findall(file.read_text())}


def tables(folder: Path) -> str:
    """The two tables of a module."""
    lines = ["| input | type | default | meaning |", "|---|---|---|---|"]
    for name, said in blocks(folder / "variables.tf").items():
        default = f"`{said['default']}`" if "default" in said else "required"
        lines.append(f"| `{name}` | `{said['type']}` | {default} | {said['description'].strip(chr(34))} |")
    lines += ["", "| output | meaning |", "|---|---|"]
    for name, said in blocks(folder / "outputs.tf").items():
        lines.append(f"| `{name}` | {said['description'].strip(chr(34))} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write, or check; 1 where a README is not what the module says."""
    stale = []
    for folder in sorted(file.parent for file in INFRA.rglob("outputs.tf") if "environments" not in file.parts):
        readme = folder / "README.md"
        wanted = readme.read_text().split("| input |", 1)[0] + tables(folder)
        if readme.read_text() != wanted:
            stale.append(str(readme.relative_to(INFRA.parent)))
            if "--check" not in sys.argv:
                readme.write_text(wanted)
    if stale:
        print("written" if "--check" not in sys.argv else "run scripts/module_tables.py for:", *stale)
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
