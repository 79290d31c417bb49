"""The classification as it is reported: docs/classification.md says what the recorded headlines show."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HISTORY = Path(os.environ.get("OMC_REAL_DATA") or ROOT.parent / "shared" / "data") / "history"


@pytest.mark.real_data
def test_the_reported_figures_are_those_of_the_recorded_headlines():
    if not HISTORY.is_dir():
        pytest.skip(f"the recorded history is not at {HISTORY}: set OMC_REAL_DATA to its folder")
    command = [sys.executable, ROOT / "scripts" / "classification.py", "--check", "--history", HISTORY]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    checked = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
