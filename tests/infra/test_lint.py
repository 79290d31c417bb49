"""What can be said of the files without running them. A skipped rule stands in its file, with its reason."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv-infra" / "bin"
SKIPPED = re.compile(r"(checkov:skip=|hadolint ignore=|shellcheck disable=|zizmor: ignore\[)(.*)")


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def tracked(*patterns: str) -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in listed if (ROOT / name).exists()]


def shell_scripts() -> list[str]:
    candidates = tracked("infra", "scripts", ".ci", "*.sh", "*.bats")
    return [name for name in candidates if re.match(r"#!.*\b(ba|ba?t)?s?sh\b|#!.*\bbats\b", first_line(name))]


def first_line(name: str) -> str:
    return (ROOT / name).read_text(errors="replace").split("\n", 1)[0]


def tool(name: str) -> Path:
    if not (TOOLS / name).exists():
        pytest.skip(f"{name} is not installed: scripts/infra-test installs it")
    return TOOLS / name


def test_terraform_is_formatted(mirror):
    run("terraform", "fmt", "-check", "-recursive", "-diff", "infra")


def test_checkov_finds_nothing_that_is_not_skipped_with_a_reason():
    run(tool("checkov"), "-d", "infra", "--framework", "terraform", "--compact", "--quiet", "--skip-download")


def test_checkov_finds_nothing_in_the_image_and_the_workflows():
    run(
        tool("checkov"),
        "-d",
        ".",
        "--framework",
        "dockerfile",
        "github_actions",
        "--compact",
        "--quiet",
        "--skip-download",
    )


def test_the_shell_scripts_are_clean():
    scripts = shell_scripts()
    assert "infra/scripts/deploy-ecs.sh" in scripts
    run(tool("shellcheck"), "--severity=style", "--external-sources", *scripts)


def test_the_dockerfile_is_clean():
    run(tool("hadolint"), "infra/Dockerfile")


def test_compose_says_what_compose_knows():
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "infra/compose.yml")


def test_the_workflows_say_what_github_knows():
    workflows = tracked(".github/workflows")
    assert workflows
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *workflows)


def test_the_workflows_leak_nothing_and_pin_what_they_use():
    run(tool("zizmor"), "--offline", "--no-progress", ".github/workflows")


def test_each_skipped_rule_has_its_reason():
    for name in tracked("infra", "scripts", ".github", ".ci", "tests/infra"):
        if name == "tests/infra/test_lint.py":
            continue
        lines = (ROOT / name).read_text(errors="replace").splitlines()
        for number, line in enumerate(lines):
            if skip := SKIPPED.search(line):
                inline = re.search(
                    r"checkov:skip=[A-Z0-9_]+:.{15,}|(?:disable=|ignore=)\S+ +# .{15,}|zizmor: ignore\[\S+\] .{15,}",
                    line,
                )
                above = number and lines[number - 1].lstrip().startswith("#")
                assert inline or above, f"{name}:{number + 1} skips {skip.group(2)} without a reason"
