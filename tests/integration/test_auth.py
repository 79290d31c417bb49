import pytest

from chat_app.auth import OneTimeLink, Passwords, add_user, ensure_local
from chat_app.gate import Throttle
from ledgers.errors import BadArgument

PASSWORD = "correct horse battery"


@pytest.mark.integration
def test_a_password_signs_in_whatever_the_case_of_the_name(ledger):
    add_user(ledger, "Ada", PASSWORD)
    assert Passwords(ledger).check("ada", PASSWORD) == "Ada"
    assert Passwords(ledger).check("Ada", "another password") is None


@pytest.mark.integration
def test_a_password_is_kept_as_argon2_and_nowhere_else(ledger):
    add_user(ledger, "ada", PASSWORD)
    with ledger.session() as session:
        (kept,) = session.connection().exec_driver_sql("SELECT password_hash FROM users WHERE name = 'ada'").one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.integration
def test_the_local_user_has_no_password_to_guess(ledger):
    assert ensure_local(ledger) == "local"
    assert Passwords(ledger).check("local", "") is None


@pytest.mark.integration
def test_a_name_that_is_being_guessed_is_closed_for_a_while_even_to_the_right_password(ledger):
    add_user(ledger, "ada", PASSWORD)
    now = [0.0]
    passwords = Passwords(ledger, Throttle(failures=2, clock=lambda: now[0]))
    assert [passwords.check("ada", word) for word in ("one", "two", PASSWORD)] == [None, None, None]
    now[0] = 1_000
    assert passwords.check("ada", PASSWORD) == "ada"


@pytest.mark.integration
@pytest.mark.parametrize(("name", "password"), [("ada", "short"), ("", PASSWORD), ("Local", PASSWORD)])
def test_a_weak_password_and_a_name_that_is_none_are_refused(ledger, name, password):
    with pytest.raises(BadArgument):
        add_user(ledger, name, password)


@pytest.mark.integration
def test_a_name_cannot_be_taken_over(ledger):
    add_user(ledger, "ada", PASSWORD)
    with pytest.raises(BadArgument, match="already"):
        add_user(ledger, "ADA", "a password of an intruder")


def test_a_link_signs_in_once():
    link = OneTimeLink()
    first = link.token
    assert not link.spend("guess")
    assert not link.spend("gu\u00e9ss")
    assert link.spend(first)
    assert not link.spend(first)
    assert link.token != first
