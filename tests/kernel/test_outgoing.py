"""HTTP to others: what may be asked, what is believed, what is too much.

The Internet is this machine: names resolve to public addresses, and connections to those arrive at a server here.
"""

import datetime
import http.server
import socket
import ssl
import threading
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from cartable.kernel.errors import BadInput
from cartable.kernel.outgoing import Asked, Unreachable, ask, is_public

pytestmark = pytest.mark.once

INTERNET = {"example.fr": "185.199.108.1", "other.fr": "185.199.108.2", "inside.fr": "10.0.0.1", "both.fr": "10.0.0.1"}


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list

    def do_GET(self):
        self.asked.append((self.headers["Host"], self.path, dict(self.headers)))
        self.answers().get(self.path.partition("?")[0], self.say)()

    def do_HEAD(self):
        self.do_GET()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.headers["Host"], self.path, body))
        self.redirect("https://example.fr/", 307) if self.path == "/away" else self.say(body)

    def answers(self):
        return {
            "/missing": lambda: self.say(status=404),
            "/long": lambda: self.say(b"x" * 2000),
            "/endless": self.endless,
            "/slow": self.drip,
            "/slow-headers": self.drip_headers,
            "/cut": lambda: self.say(b"x", length=10),
            "/other": lambda: self.redirect("https://other.fr/"),
            "/here": lambda: self.redirect("/there?x=1"),
            "/loop": lambda: self.redirect("/loop"),
            "/to-inside": lambda: self.redirect("https://inside.fr/"),
            "/to-loopback": lambda: self.redirect("https://127.0.0.1/"),
            "/to-plain": lambda: self.redirect("http://example.fr/"),
            "/to-file": lambda: self.redirect("file:///etc/passwd"),
            "/nonsense": lambda: self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        }

    def say(self, body=b"bonjour", status=200, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(body)))
        self.send_header("X-Who", "me")
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)
        self.close_connection = True

    def redirect(self, to, status=302):
        self.send_response(status)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def endless(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.go_on(b"3e8\r\n" + b"x" * 1000 + b"\r\n", pause=0)

    def drip(self):
        self.send_response(200)
        self.end_headers()
        self.go_on(b"x", pause=0.02)

    def drip_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self.go_on(b"x", pause=0.02)

    def go_on(self, block, pause):
        over = threading.Event()
        try:
            while not over.wait(pause):
                self.wfile.write(block)
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for the names of our Internet, signed by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example.fr")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(one) for one in INTERNET]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*form))
    return file


@pytest.fixture(scope="module")
def server(certificate):
    """A server of HTTPS, and what it was asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked = []
    handler = type("Handler", (Server,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.handle_error = lambda *_: None  # clients that hang up are the point
        running.socket = context.wrap_socket(running.socket, server_side=True)
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running.server_port, asked
        running.shutdown()
        thread.join()


@pytest.fixture
def asked(server, monkeypatch):
    """The Internet: what its server is asked."""
    port, asked = server
    asked.clear()
    connect = socket.create_connection

    def resolve(host, port, *args, **kwargs):
        if host not in INTERNET and not host[0].isdigit() and ":" not in host:
            raise socket.gaierror("no such name")
        found = ["185.199.108.1"] if host == "both.fr" else []
        return [(2, 1, 6, "", (place, port)) for place in [*found, INTERNET.get(host, host)]]

    def arrive(place, timeout=None):
        assert is_public(place[0]), "this one is inside"
        return connect(("127.0.0.1", port), timeout)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", arrive)
    return asked


@pytest.fixture
def get(certificate, asked):
    def get(address, **more):
        return ask(address, Asked(trusting=ssl.create_default_context(cafile=certificate), **more))

    return get


def test_an_answer_comes_back(get, asked):
    answer = get("https://example.fr/a?b=c", headers={"Accept": "text/plain"})
    assert (answer.status, answer.body, answer.headers["x-who"]) == (200, b"bonjour", "me")
    host, path, headers = asked[0]
    assert (host, path, headers["Accept"]) == ("example.fr", "/a?b=c", "text/plain")


def test_an_answer_is_an_answer_whatever_its_status(get):
    assert get("https://example.fr/missing").status == 404


def test_a_body_is_sent_and_a_post_is_not_redirected(get, asked):
    assert get("https://example.fr/", method="POST", body=b"x=1").body == b"x=1"
    assert get("https://example.fr/away", method="POST", body=b"x=1").status == 307
    assert [path for _, path, _ in asked] == ["/", "/away"]


def test_a_head_has_no_body(get):
    answer = get("https://example.fr/", method="HEAD")
    assert (answer.body, answer.headers["content-length"]) == (b"", "7")


def test_redirections_are_followed_and_the_last_address_is_told(get):
    assert get("https://example.fr/here").address == "https://example.fr/there?x=1"


@pytest.mark.parametrize(("path", "told"), [("/here", True), ("/other", False)])
def test_credentials_do_not_follow_to_another_site(get, asked, path, told):
    get(f"https://example.fr{path}", headers={"Authorization": "Bearer x", "cookie": "y", "Accept": "z"})
    headers = asked[-1][2]
    assert ("Authorization" in headers, "cookie" in headers, "Accept" in headers) == (told, told, True)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "example.fr",
        "http://example.fr/",
        "ftp://example.fr/",
        "file:///etc/passwd",
        "https:///",
        "https://user:password@example.fr/",
        "https://example.fr:0/",
        "https://example.fr:99999/",
        "https://example.fr/a b",
        "https://example.fr/\r\nHost: other.fr",
        "https://exemplé.fr/",
        "https://[::1",
        "https://inside.fr/",
        "https://both.fr/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0.0.0.0/",
    ],
)
def test_what_is_not_public_and_https_is_refused_before_anything_is_sent(get, asked, address):
    with pytest.raises(BadInput):
        get(address)
    assert asked == []


@pytest.mark.parametrize("path", ["/to-inside", "/to-loopback", "/to-plain", "/to-file"])
def test_a_redirection_passes_the_same_door(get, asked, path):
    with pytest.raises(BadInput):
        get(f"https://example.fr{path}")
    assert len(asked) == 1


@pytest.mark.parametrize("path", ["/loop", "/long", "/endless", "/cut", "/nonsense"])
def test_what_does_not_end_well_is_unreachable(get, path):
    with pytest.raises(Unreachable, match=r"example\.fr"):
        get(f"https://example.fr{path}", limit=1999)


def test_an_answer_of_just_the_limit_is_taken(get):
    assert len(get("https://example.fr/long", limit=2000).body) == 2000


@pytest.mark.parametrize("path", ["/slow", "/slow-headers"])
def test_a_byte_now_and_then_does_not_hold_us(get, path):
    with pytest.raises(Unreachable):
        get(f"https://example.fr{path}", seconds=0.2)


@pytest.mark.parametrize("name", ["nowhere.fr", "x" * 64 + ".fr"])
def test_a_name_that_does_not_exist_is_unreachable(get, name):
    with pytest.raises(Unreachable):
        get(f"https://{name}/")


def test_a_certificate_that_nobody_vouches_for_is_unreachable(asked):
    with pytest.raises(Unreachable, match=r"(?i)certificate"):
        ask("https://example.fr/")
    assert asked == []


def test_an_operator_may_point_inside_and_without_tls():
    class Plain(Server):
        asked = []

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        answer = ask(f"http://127.0.0.1:{running.server_port}/", Asked(inside=True))
        running.shutdown()
        thread.join()
    assert answer.body == b"bonjour"
    assert Plain.asked[0][0] == f"127.0.0.1:{running.server_port}"


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_of_our_own(address):
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_hidden_in_another_is_judged_as_itself(address):
    number = int(address)
    nat64, mapped = (ip_address(prefix | number) for prefix in (0x64FF9B << 96, 0xFFFF << 32))
    sixtofour = ip_address(0x2002 << 112 | number << 80)
    assert {is_public(str(one)) for one in (nat64, mapped, sixtofour)} == {is_public(str(address))}
