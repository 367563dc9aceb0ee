"""Mail to people, in plain text. Where it goes is an option: a folder that nobody empties, or a server that relays it.

`send` waits for the server: call it from a task, which is tried again where nobody answers.
"""

import secrets
import smtplib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from cartable.kernel import clock
from cartable.kernel.errors import NotFound
from cartable.options import options, public_url

OUTBOX = "outbox"  # the option, and the folder in the data folder
KEPT = timedelta(days=30)  # in the outbox
PORTS = {"smtp": 587, "smtps": 465}  # of submission (RFC 6409, RFC 8314)
SECONDS = 20  # that a server has to answer each command
FOR_GOOD = 500  # a status from here on will not change (RFC 5321 §4.2.1)


def send(to: str, subject: str, text: str) -> None:
    """Send one mail, now. Raises NotFound if the server says that it never will take it, OSError if it may later."""
    machine = {"Auto-Submitted": "auto-generated"}  # so that no absent person's robot answers (RFC 3834)
    try:
        with closing(get_connection()) as way:
            EmailMessage(subject, text, sender(), [to], connection=way, headers=machine).send()
    except smtplib.SMTPRecipientsRefused as refused:
        if all(status >= FOR_GOOD for status, _ in refused.recipients.values()):
            raise NotFound(to) from refused
        raise


def sender() -> str:
    """Return whom mail is from."""
    return options.mail_from or f"Cartable <ne-pas-repondre@{urlsplit(public_url()).hostname}>"


def backend(address: str) -> str:
    """Return the path of the class that carries mail to an address of the options. Raises ValueError, which names the option."""
    if address == OUTBOX:
        return "cartable.kernel.mail.Outbox"
    relay(address)
    return "cartable.kernel.mail.Relay"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that relays mail, as `smtp://user:password@host:port` says: TLS from the first byte, once asked, or not."""

    host: str
    port: int
    username: str
    password: str
    use_ssl: bool
    use_tls: bool


def relay(address: str) -> Server:
    """Return the server of an address: `smtps://`, or `smtp://`, whose TLS only `?tls=0` forgoes. Raises ValueError."""
    url = urlsplit(address)
    if url.scheme not in PORTS or not url.hostname:
        raise ValueError("CARTABLE_MAIL: neither outbox nor smtp://user:password@host:port nor smtps://…")
    try:
        port = url.port or PORTS[url.scheme]
    except ValueError as error:
        raise ValueError(f"CARTABLE_MAIL: {error}") from error
    inside = url.scheme == "smtps"
    plain = parse_qs(url.query).get("tls") == ["0"]
    return Server(
        url.hostname, port, unquote(url.username or ""), unquote(url.password or ""), inside, not (inside or plain)
    )


class Relay(EmailBackend):
    """Django's way to a server, which is the one of the options."""

    def __init__(self, **more: Any) -> None:
        """Read the option; nothing is opened yet."""
        one = relay(options.mail)
        super().__init__(
            host=one.host,
            port=one.port,
            username=one.username,
            password=one.password,
            use_ssl=one.use_ssl,
            use_tls=one.use_tls,
            timeout=SECONDS,
            **more,
        )


class Outbox(BaseEmailBackend):
    """A folder with a file for each mail, whole before it has its name: what an installation without a server keeps."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write them, and return how many."""
        folder = outbox()
        folder.mkdir(mode=0o700, exist_ok=True)
        for message in email_messages:
            name = f"{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
            part = folder / f".{name}"
            part.write_bytes(message.message().as_bytes())
            part.replace(folder / f"{name}.eml")
        return len(email_messages)


def outbox() -> Path:
    """Return the folder of mail that goes nowhere."""
    return options.data / OUTBOX


def tidy() -> None:
    """Delete what the outbox has held for KEPT."""
    before = (clock.now() - KEPT).timestamp()
    for file in outbox().glob("*.eml"):
        if file.stat().st_mtime < before:
            file.unlink(missing_ok=True)
