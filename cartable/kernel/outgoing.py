"""HTTP to others. What a person may make us ask for must not reach our own network, nor hold us for long.

The name is resolved once, each of its addresses is checked, and the connection goes to the address that was checked: a name
that changes its mind meanwhile (DNS rebinding) gains nothing. Redirections pass the same door.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import SplitResult, urljoin, urlsplit

from cartable.kernel.errors import BadInput

SECONDS = 10.0  # for all of it: resolving aside, whatever the number of redirections
BYTES = 5 * 2**20  # of an answer
HOPS = 5  # redirections followed
BLOCK = 64 * 1024
MOMENT = 0.001  # seconds; 0 would mean without waiting
PORTS = {"https": 443, "http": 80}
PRIVATE_TO_A_SITE = frozenset({"authorization", "cookie"})  # headers that do not follow to another one
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 seen through NAT64: its last four bytes decide


class Unreachable(Exception):
    """The other side did not answer as it should: try again later. Not a Refusal: nobody here did wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. `address` is the one that answered, after redirections."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    address: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and how far we go for it."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    seconds: float = SECONDS
    limit: int = BYTES
    inside: bool = False  # may reach this network, without TLS too: for addresses that an operator wrote, nobody else
    trusting: ssl.SSLContext | None = None


def ask(address: str, asked: Asked = Asked()) -> Answer:
    """Return the answer to a request, whatever its status; redirections of GET and HEAD are followed.

    Raises BadInput if the address, or where it redirects, is not https:// or is not public;
    Unreachable if nobody answers in time, or with more than `asked.limit` bytes.
    """
    end, headers = time.monotonic() + asked.seconds, dict(asked.headers)
    for _ in range(HOPS + 1):
        url = check(address, inside=asked.inside)
        try:
            answer = _exchange(url, address, asked, headers, end)
        except (OSError, http.client.HTTPException, UnicodeError) as error:  # a name too long for the DNS
            raise Unreachable(f"{url.hostname}: {error or type(error).__name__}") from error
        location = answer.headers.get("location")
        if answer.status not in {301, 302, 303, 307, 308} or not location or asked.method not in {"GET", "HEAD"}:
            return answer
        address = urljoin(address, location)
        if urlsplit(address)[:2] != url[:2]:
            headers = {name: value for name, value in headers.items() if name.lower() not in PRIVATE_TO_A_SITE}
    raise Unreachable(f"{urlsplit(address).hostname}: more than {HOPS} redirections")


def check(address: str, *, inside: bool = False) -> SplitResult:
    """Return the parts of an address that we would ask. Raises BadInput if we would not; does not resolve its name."""
    try:
        url = urlsplit(address)
        port = url.port
    except ValueError as malformed:
        raise BadInput(address) from malformed
    schemes = {"https", "http"} if inside else {"https"}
    unfit = any(one <= " " or one == "\x7f" for one in address) or not address.isascii()
    if url.scheme not in schemes or not url.hostname or url.username is not None or port == 0 or unfit:
        raise BadInput(address)
    return url


def is_public(address: str) -> bool:
    """Tell whether a numeric address belongs to the Internet, and not to us, to this machine or to nobody."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        hidden = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in TRANSLATED:
            hidden = ipaddress.IPv4Address(ip.packed[-4:])
        if hidden:
            return is_public(str(hidden))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def may_be_public(address: str) -> bool:
    """Tell whether an address may be asked for a person, as far as it says: what its name stands for is looked at each time."""
    try:
        host = str(check(address).hostname)
    except BadInput:
        return False
    try:
        return is_public(host)
    except ValueError:  # a name
        return "." in host


def _exchange(url: SplitResult, address: str, asked: Asked, headers: Mapping[str, str], end: float) -> Answer:
    host, port = str(url.hostname), url.port or PORTS[url.scheme]
    connection = http.client.HTTPConnection(host, port)  # says the standard port of its scheme with the name
    if url.scheme == "https":
        connection = http.client.HTTPSConnection(host, port)
    with _connect(host, port, end, inside=asked.inside) as place, _until(end, place), contextlib.closing(connection):
        connection.sock = place
        if url.scheme == "https":
            connection.sock = (asked.trusting or _trusted()).wrap_socket(place, server_hostname=host)
        target = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
        connection.request(asked.method, target, asked.body, {"User-Agent": "Cartable", **headers})
        response = connection.getresponse()
        body = _read(response, asked.limit)
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body, address)


def _connect(host: str, port: int, end: float, *, inside: bool) -> socket.socket:
    """Return a connection to one of the addresses of a host; each was checked, unless it may be inside."""
    places = list(dict.fromkeys(str(place[4][0]) for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    if not inside and not all(is_public(place) for place in places):
        raise BadInput(host)
    failure: OSError | None = None
    for place in places:
        try:
            return socket.create_connection((place, port), timeout=max(end - time.monotonic(), MOMENT))
        except OSError as error:
            failure = error
    raise failure or OSError("no address")


@contextlib.contextmanager
def _until(end: float, place: socket.socket) -> Iterator[None]:
    """Cut a connection at a moment, wherever the block is: a byte now and then keeps any other timeout from passing.

    Raises TimeoutError after the block if it was cut: what had come may look whole.
    """
    with place.dup() as same:
        timer = threading.Timer(end - time.monotonic(), _cut, [same])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
    if time.monotonic() >= end:
        raise TimeoutError("too slow")


def _cut(place: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was faster
        place.shutdown(socket.SHUT_RDWR)


def _read(response: http.client.HTTPResponse, limit: int) -> bytes:
    body = bytearray()
    while block := response.read1(BLOCK):
        body += block
        if len(body) > limit:
            raise OSError(f"more than {limit} bytes")
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return bytes(body)


@cache
def _trusted() -> ssl.SSLContext:
    """Return the authorities that this machine trusts; reading them takes longer than a connection."""
    return ssl.create_default_context()
