import re
from pathlib import Path

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
