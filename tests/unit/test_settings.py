import re
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from agents.config import AgentSettings
from ledgers.config import LedgerSettings, database_url
from ledgers.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
PACKAGES = ("agents", "chat_app", "collectors", "lab", "ledgers", "trading")
TEMPLATE = (ROOT / ".env.template").read_text()
ENTRY = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def settings_classes() -> list[type[BaseSettings]]:
    modules = [import_module(f"{p}.config") for p in PACKAGES if (ROOT / p / "config.py").exists()]
    found = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    return [kind for kind in found if issubclass(kind, BaseSettings) and kind is not BaseSettings]


def variables(kind: type[BaseSettings]) -> set[str]:
    names = set()
    for name, field in kind.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names |= {str(choice).upper() for choice in alias.choices}
        else:
            names.add(str(alias or kind.model_config.get("env_prefix", "") + name).upper())
    return names


def test_every_setting_is_described_in_the_template_and_nothing_else_is():
    in_code = set().union(*map(variables, settings_classes()))
    described = ENTRY.findall(TEMPLATE)
    assert set(described) == in_code, "describe new settings in .env.template, and remove those that are gone"
    assert len(described) == len(set(described))


def test_each_entry_of_the_template_follows_a_description():
    lines = TEMPLATE.splitlines()
    for number, line in enumerate(lines):
        if ENTRY.match(line):
            assert lines[number - 1].startswith("# "), f"{line} has no description above it"


def test_code_names_no_setting_that_does_not_exist():
    described = set(ENTRY.findall(TEMPLATE))
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            named = set(re.findall(r"\bOMC_[A-Z_]*[A-Z]\b", path.read_text()))
            assert named <= described, f"{path.relative_to(ROOT)} names {named - described}"


def test_a_database_is_named_after_the_mode_or_after_the_path_of_the_url():
    assert database_url("postgresql://u:p@h:5432", "live") == "postgresql://u:p@h:5432/live"
    assert database_url("postgresql://u:p@h:5432/", "demo") == "postgresql://u:p@h:5432/demo"
    assert (
        database_url("postgresql://u:p@h/coins?sslmode=require", "live") == "postgresql://u:p@h/coins?sslmode=require"
    )
    assert database_url("postgresql://u:p@h/coins?sslmode=require", "demo").endswith("/coins_demo?sslmode=require")


@pytest.mark.parametrize(
    ("variable", "value"), [("OMC_POSTGRES_URL", "mysql://host"), ("OMC_REDIS_URL", "localhost:6379")]
)
def test_a_url_of_the_wrong_kind_is_refused_by_its_variable(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=variable):
        LedgerSettings()


def test_an_empty_setting_counts_as_unset(monkeypatch):
    monkeypatch.setenv("OMC_POSTGRES_URL", "")
    assert LedgerSettings().postgres_url is None


def test_the_data_folder_may_be_given_relative_to_the_home(monkeypatch):
    monkeypatch.setenv("OMC_HOME", "~/coins")
    assert LedgerSettings().home == Path("~/coins").expanduser()


def test_blanks_count_as_unset(monkeypatch):
    monkeypatch.setenv("OMC_REDIS_URL", " ")
    assert LedgerSettings().redis_url is None


def test_a_secret_is_read_from_the_file_of_its_name_and_the_environment_goes_before(monkeypatch, tmp_path):
    (tmp_path / "omc_postgres_url").write_text("postgresql://omc:from_file@db\n")
    (tmp_path / "OPENAI_API_KEY").write_text("key-from-file\n")
    assert LedgerSettings(_secrets_dir=tmp_path).postgres_url == "postgresql://omc:from_file@db"
    assert AgentSettings(_secrets_dir=tmp_path).openai_api_key.get_secret_value() == "key-from-file"
    monkeypatch.setenv("OMC_POSTGRES_URL", "postgresql://omc:from_environment@db")
    assert LedgerSettings(_secrets_dir=tmp_path).postgres_url == "postgresql://omc:from_environment@db"
