import email
import email.policy
import os
import smtplib
import socketserver
import threading
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage, get_connection

from cartable.kernel import clock, mail
from cartable.kernel.errors import NotFound
from cartable.options import options
from tests.options import having


def letter():
    return EmailMessage("Objet accentué", "Bonjour Zoé,\n", mail.sender(), ["zoe@ac-dijon.example"])


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(mail, "options", having(data=tmp_path))
    return tmp_path


def test_the_outbox_holds_a_readable_file_for_each_mail(data):
    for _ in range(2):
        get_connection("cartable.kernel.mail.Outbox").send_messages([letter()])
    first, second = (data / "outbox").iterdir()
    assert {first.suffix, second.suffix} == {".eml"}
    read = email.message_from_bytes(first.read_bytes(), policy=email.policy.default)
    assert (read["Subject"], read["To"]) == ("Objet accentué", "zoe@ac-dijon.example")
    assert read.get_content() == "Bonjour Zoé,\n"
    assert (data / "outbox").stat().st_mode & 0o077 == 0


def test_the_outbox_forgets_after_a_month(data, later):
    get_connection("cartable.kernel.mail.Outbox").send_messages([letter(), letter()])
    old, recent = sorted((data / "outbox").iterdir())
    long_ago = (clock.now() - mail.KEPT - timedelta(hours=1)).timestamp()
    os.utime(old, (long_ago, long_ago))
    mail.tidy()
    assert list((data / "outbox").iterdir()) == [recent]


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtps://mail.example", mail.Server("mail.example", 465, "", "", use_ssl=True, use_tls=False)),
        ("smtp://mail.example", mail.Server("mail.example", 587, "", "", use_ssl=False, use_tls=True)),
        (
            "smtp://a%40b:p%2Fw@mail.example:25?tls=0",
            mail.Server("mail.example", 25, "a@b", "p/w", use_ssl=False, use_tls=False),
        ),
    ],
)
def test_the_option_names_a_server(address, server):
    assert mail.relay(address) == server
    assert mail.backend(address) == "cartable.kernel.mail.Relay"


@pytest.mark.parametrize("address", ["", "outbox:", "imap://mail.example", "smtp://", "smtp://mail.example:many"])
def test_a_wrong_option_is_named(address):
    with pytest.raises(ValueError, match="CARTABLE_MAIL"):
        mail.backend(address)


class Relay(socketserver.StreamRequestHandler):
    """As much of an SMTP server (RFC 5321) as one mail needs; it knows nobody whose name begins with `unknown`."""

    def handle(self):
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("EHLO"):
                self.say("250-here\r\n250 8BITMIME")
            elif verb.startswith("RCPT TO:<UNKNOWN"):
                self.say("550 no such mailbox")
            elif verb.startswith("RCPT TO:<FULL"):
                self.say("452 full for now")
            elif verb == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.received.append(b"".join(lines))
                self.say("250 kept")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 well")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def server(monkeypatch, settings):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as one:
        one.received, one.daemon_threads = [], True
        threading.Thread(target=one.serve_forever, daemon=True).start()
        address = f"smtp://127.0.0.1:{one.server_address[1]}"
        monkeypatch.setattr(mail, "options", having(mail=f"{address}?tls=0"))
        settings.EMAIL_BACKEND = "cartable.kernel.mail.Relay"
        yield one
        one.shutdown()


def test_a_mail_goes_through_the_server_and_says_that_a_machine_wrote_it(server):
    mail.send("zoe@ac-dijon.example", "Objet", "Texte\n.\nsuite\n")
    (received,) = server.received
    read = email.message_from_bytes(received, policy=email.policy.default)
    assert (read["To"], read["Auto-Submitted"]) == ("zoe@ac-dijon.example", "auto-generated")


def test_a_mailbox_that_does_not_exist_is_given_up_and_a_full_one_is_not(server):
    with pytest.raises(NotFound):
        mail.send("unknown@ac-dijon.example", "Objet", "Texte")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        mail.send("full@ac-dijon.example", "Objet", "Texte")
    assert server.received == []


def test_a_server_that_offers_no_tls_gets_neither_password_nor_mail(server, monkeypatch):
    monkeypatch.setattr(mail, "options", having(mail=mail.options.mail.partition("?")[0]))
    with pytest.raises(OSError, match="STARTTLS"):
        mail.send("zoe@ac-dijon.example", "Objet", "Texte")
    assert server.received == []


def test_nobody_answers_mail_unless_the_options_name_who(monkeypatch):
    assert mail.sender().startswith("Cartable <ne-pas-repondre@")
    monkeypatch.setattr(mail, "options", having(mail_from="Cartable <cartable@ac-dijon.example>"))
    assert mail.sender() == "Cartable <cartable@ac-dijon.example>"
    assert options.mail_from == ""
