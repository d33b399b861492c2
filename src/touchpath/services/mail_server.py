"""The mail server that letters leave by: one connection for each letter, encrypted unless somebody says otherwise."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

from touchpath.model.errors import BadInput, Missing, Unavailable
from touchpath.services.secrets import Secret

SECURITY = ("starttls", "tls", "none")
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent, the same to everybody. attached: name and bytes of a PDF; None = nothing is."""

    subject: str
    text: str
    html: str
    attached: tuple[str, bytes] | None = None


class Mailer(Protocol):
    """Sends letters."""

    def send(self, letter: Letter, to: str, id: str, at: datetime) -> None:
        """Hand a letter over to the mail server. id: of the message, the same when the same letter is sent once more.

        Raises Unavailable where it is worth trying again, BadInput where this address is refused for good.
        """
        ...


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server. security: "starttls" or "tls"; "none" only for one on this machine or behind its own wall. sender: an address."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: Secret | None = None

    def send(self, letter: Letter, to: str, id: str, at: datetime) -> None:
        """Hand a letter over; raises Unavailable or BadInput with what the server said, and where nobody knows whether it took it."""
        message = make_message(letter, self.sender, to, id, at)
        try:
            server = self._connect()
        except smtplib.SMTPAuthenticationError as error:
            raise Unavailable(
                f"The mail server {self.host} does not take the user and password: {_words(error.smtp_error)}"
            ) from None
        except ssl.SSLError as error:
            raise Unavailable(f"No encrypted way to the mail server {self.host}:{self.port}: {error.reason or error}") from None
        except OSError as error:
            raise Unavailable(f"The mail server {self.host}:{self.port} cannot be used: {error}") from None
        try:
            server.send_message(message, self.sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise self._fault(to, code, said) from None
        except smtplib.SMTPResponseException as error:
            raise self._fault(to, error.smtp_code, error.smtp_error) from None
        except OSError as error:
            raise BadInput(
                f"The way to the mail server {self.host} broke while a mail was handed over ({error}): it may have gone to {to} or not."
            ) from None
        finally:
            with suppress(OSError):
                server.quit()

    def _connect(self) -> smtplib.SMTP:
        """A connection that is ready for a letter; whatever goes wrong on the way there is an OSError, and nothing was sent."""
        context = ssl.create_default_context()
        if self.security == "tls":
            return self._ready(smtplib.SMTP_SSL(self.host, self.port, timeout=_SECONDS, context=context))
        server = smtplib.SMTP(self.host, self.port, timeout=_SECONDS)
        return self._ready(server, context if self.security == "starttls" else None)

    def _ready(self, server: smtplib.SMTP, starts: ssl.SSLContext | None = None) -> smtplib.SMTP:
        try:
            if starts is not None:
                server.starttls(context=starts)
            if self.user and self.password is not None:
                server.login(self.user, self._password(self.password))
        except BaseException:
            server.close()
            raise
        return server

    def _password(self, secret: Secret) -> str:
        try:
            return secret.reveal()
        except Missing as error:
            raise Unavailable(str(error)) from None

    def _fault(self, to: str, code: int, said: bytes | str) -> Unavailable | BadInput:
        """What a refusal means: codes from 500 on are for good, those from 400 on for now (RFC 5321, 4.2.1)."""
        told = f"The mail server {self.host} refused the mail to {to}: {code} {_words(said)}"
        return BadInput(told) if code >= 500 else Unavailable(told)


def make_message(letter: Letter, sender: str, to: str, id: str, at: datetime) -> EmailMessage:
    """A letter as a message: plain text, the same as HTML, and the PDF where there is one."""
    message = EmailMessage()
    message["Subject"] = " ".join(letter.subject.split())
    message["From"], message["To"] = sender, to
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if letter.attached is not None:
        name, body = letter.attached
        message.add_attachment(body, maintype="application", subtype="pdf", filename=name)
    return message


def _words(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:300]
