"""Who is there: a one-time link on this machine, names and argon2 passwords where others are served."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chat_app.gate import Throttle
from ledgers.app import LOCAL_USER, create_user, ensure_local_user, get_user_by_name
from ledgers.errors import BadArgument
from ledgers.store import Ledger

LEAST_PASSWORD = 10


@dataclass
class OneTimeLink:
    """A link that signs in once; then there is a new one, for the terminal to print when it is needed."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def spend(self, token: str) -> bool:
        """Whether this is the token; true at most once."""
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            return False
        self.token = secrets.token_urlsafe(32)
        return True


@dataclass
class Passwords:
    """Sign-in by name and password, slowed down for a name that is being guessed."""

    ledger: Ledger
    throttle: Throttle = field(default_factory=Throttle)

    def check(self, name: str, password: str) -> str | None:
        """The user's name where the password is right; takes as long for a name that does not exist."""
        if self.throttle.blocked(name):
            return None
        with self.ledger.session() as session:
            user = get_user_by_name(session, name=name)
            found = (user.name, user.password_hash) if user else (name, None)
        if _matches(found[1] or _NOBODY, password) and found[1]:
            return found[0]
        self.throttle.failed(name)
        return None


def add_user(ledger: Ledger, name: str, password: str) -> None:
    """Add a user who signs in by name and password.

    Raises:
        BadArgument: the name is taken, or the password is too short.
    """
    if name.strip().lower() == LOCAL_USER:
        raise BadArgument(f"Choose another name than '{name}'.")
    if len(password) < LEAST_PASSWORD:
        raise BadArgument(f"A password needs at least {LEAST_PASSWORD} characters.")
    from argon2 import PasswordHasher  # noqa: PLC0415 - only where a password is set

    hashed = PasswordHasher().hash(password)
    with ledger.session() as session:
        create_user(session, name=name, password_hash=hashed, now=datetime.now(UTC))


def ensure_local(ledger: Ledger) -> str:
    """The name of the local user, made at first use."""
    with ledger.session() as session:
        return ensure_local_user(session, now=datetime.now(UTC)).name


_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c2NSjT7s6xJkpuZroFdXqw$Mrq/YJUW8oF+pwbEhTRQay3LSAm9tqFXpvBgDv53Co0"
"""A hash that no password of anybody's has: checking it takes the time that checking a real one takes."""


def _matches(hashed: str, password: str) -> bool:
    from argon2 import PasswordHasher  # noqa: PLC0415 - only where a password is checked
    from argon2.exceptions import InvalidHashError, VerifyMismatchError  # noqa: PLC0415

    try:
        return PasswordHasher().verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
