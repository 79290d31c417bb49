import json
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from chat_app.page import OURS, own_index, prepare


@pytest.fixture
def folder(tmp_path):
    return prepare(tmp_path / "page", simulated=True)


def test_the_index_links_nothing_from_outside(folder):
    index = (folder / "build" / "index.html").read_text()
    assert re.findall(r"(?:href|src)=\"(https?:[^\"]*)\"", index) == []
    assert '<div id="root">' in index


def test_the_installed_index_is_what_we_expect_it_to_be():
    dist = Path(find_spec("chainlit").origin).parent / "frontend" / "dist" / "index.html"
    before = dist.read_text()
    assert "fonts.googleapis.com" in before
    assert len(own_index(before, simulated=False)) > 200


def test_a_simulated_market_is_marked_in_the_page_itself(folder):
    assert 'data-simulated="true"' in (folder / "build" / "index.html").read_text()
    assert 'data-simulated="false"' in own_index('<div id="root">', simulated=False)


def test_chainlits_scripts_are_served_from_where_they_are_installed(folder):
    assert (folder / "build" / "assets").resolve().is_dir()
    assert any((folder / "build" / "assets").glob("index-*.js"))


def test_the_settings_file_is_toml_and_allows_no_upload_and_no_html(folder):
    config = tomllib.loads((folder / ".chainlit" / "config.toml").read_text())
    assert config["features"]["spontaneous_file_upload"]["enabled"] is False
    assert config["features"]["unsafe_allow_html"] is False
    assert config["project"]["allow_origins"] == []
    assert config["UI"]["name"] == "Oh My Coins"


def test_the_page_speaks_our_words(folder):
    words = json.loads((folder / ".chainlit" / "translations" / "en-US.json").read_text())
    assert words["auth"]["login"]["title"] == "Sign in to Oh My Coins"
    assert "Welcome to Chainlit" not in (folder / "chainlit.md").read_text()


def test_the_readme_of_the_page_is_there_in_its_language_so_that_nobody_is_warned(folder):
    assert (folder / "chainlit_en-US.md").read_text() == (folder / "chainlit.md").read_text()


def test_preparing_twice_changes_nothing(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    prepare(folder, simulated=True)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_our_own_files_name_no_other_host():
    for path in OURS.rglob("*"):
        if path.is_file():
            hosts = set(re.findall(r"https?://([\w.-]+)", path.read_text()))
            assert hosts <= {"www.w3.org"}, path  # the name of SVG, not an address that is fetched
