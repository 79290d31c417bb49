"""Last, by its name: what was applied goes again, and every call so far was answered."""

import re

import pytest

pytestmark = pytest.mark.simulated


def test_staging_is_destroyed_to_the_last_resource(staging):
    staging("destroy", "-no-color", "-auto-approve", "-parallelism=30")
    assert staging("state", "list") == ""


def test_the_simulation_answered_every_call(staging, simulation):
    log = simulation.log.read_text()
    unanswered = [line for line in log.splitlines() if line.startswith("GAP") or re.search(r'HTTP/1.1" 5\d\d', line)]
    assert unanswered == []
