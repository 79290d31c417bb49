import stat

import pytest
from pydantic import SecretStr

from chat_app.config import ChatSettings, auth_secret, is_loopback, listen
from ledgers.errors import ConfigurationError


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    first = auth_secret(ChatSettings(), tmp_path)
    assert len(first) >= 32
    assert auth_secret(ChatSettings(), tmp_path) == first
    assert stat.S_IMODE((tmp_path / "auth_secret").stat().st_mode) == 0o600


def test_a_secret_that_was_set_is_used_and_not_written_down(tmp_path):
    assert auth_secret(ChatSettings(auth_secret=SecretStr("s" * 40)), tmp_path) == "s" * 40
    assert not (tmp_path / "auth_secret").exists()


def test_a_short_secret_and_a_public_address_without_a_host_are_refused():
    with pytest.raises(ConfigurationError, match="32"):
        ChatSettings(auth_secret=SecretStr("short"))
    with pytest.raises(ConfigurationError, match="OMC_PUBLIC_URL"):
        ChatSettings(public_url="coins.example.org")


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("coins", False)],  # noqa: S104 - a value under test
)
def test_only_loopback_addresses_are_this_machines_own(host, alone):
    assert is_loopback(host) is alone


def test_a_port_in_use_is_named_and_another_one_suggested():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"--port {port + 1}"):
            listen("127.0.0.1", port)
