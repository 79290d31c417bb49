import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chat_app.cli import app

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ([A-Z]{3}-\d+) \| (.+?) \| (.+?) \|$", re.MULTILINE)
REQUIREMENTS = ROW.findall((ROOT / "docs" / "requirements.md").read_text())
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
EARS = re.compile(r"^(The|While|When|Where|If|A|Artifacts|Tables|Each|Four)\b.*\bshall\b")


def test_each_requirement_is_in_ears_form_with_an_id_of_its_own():
    ids = [number for number, _, _ in REQUIREMENTS]
    assert len(ids) == len(set(ids)) > 40
    assert [text for _, text, _ in REQUIREMENTS if not EARS.search(text)] == []


def test_each_requirement_names_tests_that_exist():
    missing = []
    for number, _, shown in REQUIREMENTS:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", shown)
        if not named and "docs/performance.md" not in shown:
            missing.append(number)
        for path, name in named:
            file = ROOT / "tests" / path
            if not file.exists() or f"def {name}(" not in file.read_text():
                missing.append(f"{number}: {path}::{name}")
    assert missing == []


def test_links_between_documents_lead_somewhere():
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    links = [(document, target) for document in documents for target in LINK.findall(document.read_text())]
    assert links
    assert [f"{document} -> {target}" for document, target in links if not (document.parent / target).exists()] == []


def test_operations_says_what_to_do_about_each_alarm_and_about_no_other():
    monitoring = (ROOT / "infra" / "modules" / "monitoring" / "main.tf").read_text()
    alarms = set(re.findall(r'^ +"?([a-z][a-z-]+?)(?:-\$\{id\})?"? +=>? \["(?:AWS|ECS)/', monitoring, re.MULTILINE))
    alarms |= set(re.findall(r'"([a-z-]+)-\$\{id\}" => \[', monitoring))
    alarms |= set(re.findall(r"^ +([a-z][a-z-]+) += \[local\.namespace", monitoring, re.MULTILINE))
    alarms |= set(re.findall(r'alarm_name +=? "\$\{var\.name\}-([a-z0-9-]+)"', monitoring))
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Alarm by alarm")[2].partition("\n## ")[0]
    assert len(alarms) > 15
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", section, re.MULTILINE)) == alarms


@pytest.mark.parametrize("page", ["operations.md", "secrets.md", "deployment.md"])
def test_scripts_and_commands_that_a_page_names_exist(page):
    if not (ROOT / "docs" / page).exists():
        pytest.skip(f"{page} is not written yet")
    text = (ROOT / "docs" / page).read_text()
    for script in set(re.findall(r"\b((?:infra/)?scripts/[a-z_-]+(?:\.sh|\.py)?)(?=[\s`,;:)])", text)):
        assert (ROOT / script).is_file(), script
    for words in set(re.findall(r"\bomc ((?:db |user )?[a-z]+)(?=[ `])", text)):
        done = CliRunner().invoke(app, [*words.split(), "--help"])
        assert done.exit_code == 0, f"omc {words}"
