"""Every module, the bootstrap and both environments: complete, valid, and right by their own tests."""

import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
MODULES = sorted(path.parent.relative_to(INFRA).as_posix() for path in INFRA.glob("modules/*/main.tf"))
ENVIRONMENTS = ["environments/staging", "environments/production"]
VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)


def test_every_module_that_is_wanted_is_there():
    wanted = {"vpc", "security", "iam", "rds", "redis", "alb", "ecs", "ecr", "storage", "secrets", "monitoring"}
    assert {f"modules/{name}" for name in wanted} <= set(MODULES)


@pytest.mark.parametrize("folder", [*MODULES, "bootstrap"])
def test_a_module_has_every_file_a_reader_looks_for(folder):
    for name in ("main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"):
        assert (INFRA / folder / name).exists(), f"{folder} lacks {name}"
    assert list((INFRA / folder / "tests").glob("*.tftest.hcl")), f"{folder} has no tests"


@pytest.mark.parametrize("folder", [*MODULES, *ENVIRONMENTS, "bootstrap"])
def test_every_variable_is_typed_described_and_validated(folder):
    for name, body in VARIABLE.findall((INFRA / folder / "variables.tf").read_text()):
        assert re.search(r"^  type +=", body, re.MULTILINE), f"{folder}: {name} is not typed"
        assert re.search(r"^  description +=", body, re.MULTILINE), f"{folder}: {name} is not described"
        assert "validation {" in body or re.search(r"type += bool", body), f"{folder}: {name} is not validated"


def test_the_readmes_tell_the_inputs_and_outputs_as_they_are():
    done = subprocess.run(
        [sys.executable, "scripts/module_tables.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_both_environments_use_every_module_and_differ_in_size_only():
    used = set(re.findall(r'source = "../(\w+)"', (INFRA / "modules/stack/main.tf").read_text()))
    assert {f"modules/{name}" for name in used} | {"modules/stack"} == set(MODULES)
    staging, production = (INFRA / folder for folder in ENVIRONMENTS)
    for name in ("variables.tf", "outputs.tf", "versions.tf"):
        assert (staging / name).read_text() == (production / name).read_text()
    arguments = [
        set(re.findall(r"^  (\w+) += ", (folder / "main.tf").read_text(), re.MULTILINE))
        for folder in (staging, production)
    ]
    assert arguments[0] == arguments[1]


def test_every_part_asks_for_the_same_versions():
    assert len({path.read_text() for path in chain(INFRA.glob("*/versions.tf"), INFRA.glob("*/*/versions.tf"))}) == 1


@pytest.mark.parametrize("folder", [*MODULES, "bootstrap"])
def test_its_own_tests_pass(folder, copied, simulation, mirror):
    terraform = copied(folder, simulation.environment)
    terraform("init", "-no-color", f"-plugin-dir={mirror}")
    terraform("validate", "-no-color")
    terraform("test", "-no-color")


@pytest.mark.parametrize("folder", ENVIRONMENTS)
def test_an_environment_is_valid(folder, copied, simulation, mirror):
    terraform = copied(folder, simulation.environment)
    terraform("init", "-no-color", "-backend=false", f"-plugin-dir={mirror}")
    terraform("validate", "-no-color")
