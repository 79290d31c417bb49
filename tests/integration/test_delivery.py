"""Alerts by webhook and by mail: over real sockets, each once, and again where they were not taken."""

import json
import ssl
from email import message_from_bytes
from email.policy import default

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from replay import closed_port, replay
from sqlalchemy import func, update

from collectors.collection import Means
from collectors.config import CollectSettings, QualitySettings, SmtpSettings
from collectors.delivery import Courier
from collectors.http import Fetcher, Limits
from collectors.redaction import Redactor
from ledgers import alerts
from ledgers.errors import ConfigurationError
from ledgers.notices import Delivery

pytestmark = pytest.mark.integration


def raise_one(ledger, subject: str, level: str = "warning") -> None:
    with ledger.session() as session:
        alerts.raise_alert(session, kind="data_quality", subject=subject, level=level, message=f"{subject} is late")


def let_time_pass(ledger) -> None:
    """Whatever waits to be tried again is due."""
    with ledger.session() as session:
        session.execute(update(Delivery).values(due_at=func.clock_timestamp()))


@pytest.fixture
async def means(ledger, redis_url):
    async with Fetcher(redis_url, limits=Limits(attempts=1, attempt_seconds=5)) as fetcher:
        yield Means(ledger, fetcher, CollectSettings(), Redactor([]))


@pytest.fixture
def hook():
    with replay() as server:
        server.bodies["hook"] = b"taken"
        yield server


def posted(server) -> list[tuple[str, str, str]]:
    bodies = [json.loads(body) for body in server.posted]
    return [(body["event"], body["level"], body["subject"]) for body in bodies]


async def test_a_webhook_gets_each_alert_once_and_what_it_refused_again(means, ledger, hook, caplog):
    courier = Courier(means, QualitySettings(webhook=f"{hook.url('hook')}/secret-path"), SmtpSettings())
    raise_one(ledger, "quotes")
    hook.faults = {"hook": "error"}
    await courier.deliver()
    assert "The webhook did not take the alert" in caplog.text
    assert "secret-path" not in caplog.text
    hook.faults = {"hook": "404"}
    let_time_pass(ledger)
    await courier.deliver()
    assert posted(hook) == [("raised", "warning", "quotes")] * 2
    hook.faults = {}
    await courier.deliver()
    assert len(hook.posted) == 2, "not before its time"
    let_time_pass(ledger)
    for _ in range(2):
        await courier.deliver()
        let_time_pass(ledger)
    assert posted(hook) == [("raised", "warning", "quotes")] * 3
    raise_one(ledger, "quotes", "high")
    await courier.deliver()
    assert posted(hook)[3:] == [("escalated", "high", "quotes")]


async def test_two_processes_send_an_alert_once(means, ledger, hook):
    criteria = QualitySettings(webhook=f"{hook.url('hook')}/path")
    raise_one(ledger, "quotes")
    for _ in range(2):
        await Courier(means, criteria, SmtpSettings()).deliver()
    assert len(hook.posted) == 1


class Mailbox:
    """What aiosmtpd asks: takes mail, or says that it cannot now."""

    def __init__(self) -> None:
        self.mails: list = []
        self.refusing = False
        self.encrypted: list[bool] = []

    async def handle_DATA(self, _server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusing:
            return "451 try again later"
        self.encrypted.append(session.ssl is not None)
        self.mails.append((message_from_bytes(envelope.content, policy=default), envelope.rcpt_tos))
        return "250 taken"


def may_enter(_server, _session, _envelope, _mechanism, data) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"coins", b"mail-password"))


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def mailbox(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    box = Mailbox()
    running = Controller(
        box,
        hostname="127.0.0.1",
        port=closed_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=may_enter,
        auth_required=True,
    )
    running.start()
    box.port = running.port
    yield box
    running.stop()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch) -> None:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


def mailing(mailbox) -> SmtpSettings:
    return SmtpSettings(host="127.0.0.1", port=mailbox.port, user="coins", password="mail-password")


CRITERIA = QualitySettings(email="ann@example.org,ben@example.org")


async def test_alerts_are_mailed_encrypted_together_and_once(means, ledger, mailbox, trusted):
    courier = Courier(means, CRITERIA, mailing(mailbox))
    raise_one(ledger, "quotes")
    raise_one(ledger, "news", "high")
    for _ in range(2):
        await courier.deliver()
        let_time_pass(ledger)
    ((mail, people),) = mailbox.mails
    assert people == ["ann@example.org", "ben@example.org"]
    assert mail["Subject"] == "Oh My Coins: raised: quotes is late and 1 more"
    assert "raised (warning)  quotes is late" in mail.get_content()
    assert "raised (high)  news is late" in mail.get_content()
    assert mailbox.encrypted == [True]


async def test_a_mail_that_is_refused_is_sent_again(means, ledger, mailbox, trusted, caplog):
    courier = Courier(means, CRITERIA, mailing(mailbox))
    raise_one(ledger, "quotes")
    mailbox.refusing = True
    await courier.deliver()
    assert "The email did not take the alert" in caplog.text
    mailbox.refusing = False
    let_time_pass(ledger)
    await courier.deliver()
    assert [mail["Subject"] for mail, _ in mailbox.mails] == ["Oh My Coins: raised: quotes is late"]


async def test_no_password_is_sent_to_a_mail_server_whose_certificate_is_not_trusted(means, ledger, mailbox, caplog):
    raise_one(ledger, "quotes")
    await Courier(means, CRITERIA, mailing(mailbox)).deliver()
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text
    assert "mail-password" not in caplog.text
    assert mailbox.mails == []


async def test_mail_without_a_server_is_a_wrong_configuration(means):
    with pytest.raises(ConfigurationError, match="OMC_SMTP_HOST"):
        Courier(means, CRITERIA, SmtpSettings())
