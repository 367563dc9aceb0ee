"""From the server's description of a request (ASGI scope) to the one Django reads (WSGI environ, PEP 3333).

What a stranger could forge stops here: names with underscores, which WSGI cannot tell from hyphens, are dropped, and
what front servers say about a client is believed only of the addresses in `options.proxies`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import unquote_to_bytes

Network = IPv4Network | IPv6Network
Scope = Mapping[str, Any]

REQUEST_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)  # it goes into a header and into the log
FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"})


def networks(addresses: str) -> tuple[Network, ...]:
    """Return the networks of a list such as `127.0.0.1,10.0.0.0/8`. Raises ValueError."""
    return tuple(ip_network(address.strip(), strict=False) for address in addresses.split(",") if address.strip())


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks and how they came, once front servers are believed or not."""

    address: str
    scheme: str
    headers: Mapping[str, str]  # by name in lower case, what is not to be believed left out
    relayed: bool  # a front server says it stands between, believed or not

    @property
    def request_id(self) -> str:
        """Return the id that a believed front server gave to the request, or an empty string."""
        given = self.headers.get("x-request-id", "")
        return given if REQUEST_ID.fullmatch(given) else ""


def client(scope: Scope, proxies: Iterable[Network]) -> Client:
    """Return who asks."""
    peer = (scope.get("client") or ("",))[0]
    scheme = "https" if scope.get("scheme") in {"https", "wss"} else "http"
    headers = join(scope["headers"])
    relayed = not headers.keys().isdisjoint(FORWARDED)
    if not _within(peer, proxies):
        kept = {name: value for name, value in headers.items() if name not in FORWARDED} if relayed else headers
        return Client(peer, scheme, kept, relayed)
    if host := headers.get("x-forwarded-host"):
        headers["host"] = host.split(",")[-1].strip()
    address = _farthest(peer, headers.get("x-forwarded-for", ""), proxies)
    return Client(address, headers.get("x-forwarded-proto", scheme).split(",")[-1].strip(), headers, relayed)


def environ(scope: Scope, who: Client) -> dict[str, Any]:
    """Return the variables Django makes a request of, all but the body."""
    server, port = scope.get("server") or ("localhost", 80)
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": _path(scope).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": who.address,
        "wsgi.url_scheme": who.scheme,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "cartable.relayed": who.relayed,
        **dict(_variables(who.headers)),
    }


def join(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by name, several of one name joined (RFC 9110 §5.3, cookies RFC 9113 §8.2.3), underscores out."""
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        if b"_" in name_bytes:
            continue
        name, value = name_bytes.decode("latin-1").lower(), value_bytes.decode("latin-1")
        comma = "; " if name == "cookie" else ","
        headers[name] = f"{headers[name]}{comma}{value}" if name in headers else value
    return headers


def _variables(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        variable = name.upper().replace("-", "_")
        yield (variable if variable in {"CONTENT_LENGTH", "CONTENT_TYPE"} else f"HTTP_{variable}"), value


def _path(scope: Scope) -> bytes:
    """Return the path as bytes. `scope["path"]` has already lost those that are not UTF-8."""
    raw = scope.get("raw_path")
    return unquote_to_bytes(raw.partition(b"?")[0]) if raw else scope["path"].encode()


def _within(address: str, among: Iterable[Network]) -> bool:
    try:
        return any(ip_address(address) in network for network in among)
    except ValueError:
        return False


def _farthest(peer: str, forwarded: str, proxies: Iterable[Network]) -> str:
    """Return the last address of X-Forwarded-For that is no proxy of ours: what stands before it may be invented."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    return next((hop for hop in reversed(hops) if not _within(hop, proxies)), hops[0] if hops else peer)
