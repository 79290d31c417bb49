"""Alerts on their way to a webhook and a mailbox: each once; what did not arrive is sent again, ever more rarely."""

import asyncio
import json
import logging
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit

from collectors.collection import Means
from collectors.config import QualitySettings, SmtpSettings
from collectors.errors import SourceChanged, SourceUnavailable
from collectors.http import Terms
from collectors.source import MEBIBYTE, Request
from ledgers import notices
from ledgers.errors import ConfigurationError
from ledgers.notices import Delivery, Notice

log = logging.getLogger(__name__)
SMTP_SECONDS: Final = 20.0
Waiting = list[tuple[Delivery, Notice]]


class Undelivered(Exception):
    """It did not arrive; it is tried again."""


class Courier:
    """Sends the alerts of one process's ledgers to the channels that are set."""

    def __init__(self, means: Means, criteria: QualitySettings, smtp: SmtpSettings) -> None:
        """Prepare the channels.

        Raises:
            ConfigurationError: mail is wanted, but no server for it is named.
        """
        if criteria.email and not smtp.host:
            raise ConfigurationError("OMC_QUALITY_EMAIL is set: name the mail server in OMC_SMTP_HOST.")
        self.means = means
        self.criteria = criteria
        self.smtp = smtp
        channels: dict[str, tuple[object, Callable[[Waiting], Awaitable[None]]]] = {
            "webhook": (criteria.webhook, self._post_each),
            "email": (criteria.email, self._mail),
        }
        self.channels = {name: send for name, (wanted, send) in channels.items() if wanted}

    async def deliver(self) -> None:
        """Send what is due. A channel that does not take it costs nothing else."""
        if not self.channels:
            return
        due = await self.means.db(lambda session: notices.claim_deliveries(session, list(self.channels)))
        for channel, send in self.channels.items():
            if mine := [pair for pair in due if pair[0].channel == channel]:
                await self._send(channel, send, mine)

    async def _send(self, channel: str, send: Callable[[Waiting], Awaitable[None]], due: Waiting) -> None:
        try:
            await send(due)
        except Undelivered as error:
            log.warning("The %s did not take the alert: %s", channel, self.means.redact(str(error)))
            await self.means.db(lambda session: notices.postpone(session, [delivery for delivery, _ in due]))

    async def _arrived(self, *deliveries: Delivery) -> None:
        await self.means.db(lambda session: notices.arrived(session, deliveries))

    async def _post_each(self, due: Waiting) -> None:
        for delivery, notice in due:
            await self._post(notice)
            await self._arrived(delivery)

    async def _post(self, notice: Notice) -> None:
        url = self.criteria.webhook.get_secret_value() if self.criteria.webhook else ""
        body = {"id": notice.id, "event": notice.kind, "level": notice.level, "at": notice.happened_at.isoformat()}
        text = json.dumps({**body, "subject": notice.subject, "text": notice.text}).encode()
        request = Request(url, method="POST", headers={"Content-Type": "application/json"}, body=text)
        try:
            answer = await self.means.fetcher.fetch(request, Terms(urlsplit(url).netloc, 60, MEBIBYTE))
        except (SourceUnavailable, SourceChanged) as error:
            raise Undelivered(str(error).replace(url, "…")) from None
        if answer.status >= 400:  # noqa: PLR2004 - HTTP's number: the client hands some refusals back as answers
            raise Undelivered(f"HTTP {answer.status}")

    async def _mail(self, due: Waiting) -> None:
        message = letter([notice for _, notice in due], self.criteria, self.smtp)
        try:
            await asyncio.to_thread(send_mail, message, self.smtp)
        except (OSError, smtplib.SMTPException) as error:
            raise Undelivered(f"{type(error).__name__}: {error}") from None
        await self._arrived(*(delivery for delivery, _ in due))


def letter(told: list[Notice], criteria: QualitySettings, smtp: SmtpSettings) -> EmailMessage:
    """One mail about several alerts; the same alerts make the same Message-ID, so that a repetition is known."""
    message = EmailMessage()
    more = f" and {len(told) - 1} more" if len(told) > 1 else ""
    message["Subject"] = " ".join(f"Oh My Coins: {told[0].kind}: {told[0].text}{more}".split())[:200]
    to = criteria.email or ""
    message["From"], message["To"] = smtp.sender or to.split(",")[0], to
    message["Date"] = format_datetime(told[-1].happened_at)
    message["Message-ID"] = f"<notices-{'-'.join(str(notice.id) for notice in told)}@oh-my-coins.invalid>"
    lines = (f"{n.happened_at:%Y-%m-%d %H:%M}Z  {n.kind} ({n.level})  {n.text}" for n in told)
    message.set_content("\n".join(lines) + "\n")
    return message


def send_mail(message: EmailMessage, smtp: SmtpSettings) -> None:
    """Hand a mail over to the server: encrypted, its certificate verified, unless the settings say otherwise."""
    with smtplib.SMTP(smtp.host or "", smtp.port, timeout=SMTP_SECONDS) as server:
        if smtp.starttls:
            server.starttls(context=ssl.create_default_context())
        if smtp.user and smtp.password:
            server.login(smtp.user, smtp.password.get_secret_value())
        server.send_message(message)
