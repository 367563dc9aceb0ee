"""The text of a multistatus (RFC 4918 §13): strings filled from plain values, no tree. Pure.

One template is made for each request and set of properties, and filled for each resource: an object model costs five
times as much. Desktop clients (Nextcloud 3.7) read one 200 propstat a resource, keyed by local names: never write two.
"""

import re
from collections.abc import Iterable, Sequence

from cartable.drive.dav.bodies import DAV, NC, OC, Name, Wanted
from cartable.kernel.xml import escape

PREFIXES = {
    DAV: "d",
    OC: "oc",
    NC: "nc",
    "http://open-collaboration-services.org/ns": "ocs",
    "http://open-cloud-mesh.org/ns": "ocm",
}
_NAMESPACES = "".join(f' xmlns:{prefix}="{namespace}"' for namespace, prefix in PREFIXES.items())
_OPENING = f'<?xml version="1.0" encoding="utf-8"?>\n<d:multistatus{_NAMESPACES}>'
_TO_ESCAPE = re.compile(r"[^A-Za-z0-9._~/-]+", re.ASCII)


def href(path: str) -> str:
    """Return a decoded path as it stands in an `href`: only what needs no escape in XML is left plain."""
    return _TO_ESCAPE.sub(_escaped, path)


def _escaped(found: re.Match[str]) -> str:
    return "".join([f"%{byte:02X}" for byte in found[0].encode(errors="replace")])


def tags(name: Name) -> tuple[str, str]:
    """Return the opening and the closing tag of a property, whatever its namespace."""
    namespace, local = name
    if prefix := PREFIXES.get(namespace):
        return f"<{prefix}:{local}>", f"</{prefix}:{local}>"
    if not namespace:
        return f'<{local} xmlns="">', f"</{local}>"
    return f'<x:{local} xmlns:x="{escape(namespace)}">', f"</x:{local}>"


def empty(names: Iterable[Name]) -> str:
    """Return properties without values."""
    return "".join("".join(tags(name)) for name in names)


def template(found: Sequence[Name], whole: int = 0, missing: Sequence[Name] = ()) -> str:
    """Return what `%` makes a response of: an href, the values of `found`, then `whole` elements that bring their own tags."""
    values = "".join(f"{_plain(before)}%s{_plain(after)}" for before, after in map(tags, found))
    absent = propstat(_plain(empty(missing)), "404 Not Found") if missing else ""
    return f"<d:response><d:href>%s</d:href>{propstat(values + '%s' * whole, '200 OK')}{absent}</d:response>"


def propstat(properties: str, status: str) -> str:
    """Return some properties and what became of them."""
    return f"<d:propstat><d:prop>{properties}</d:prop><d:status>HTTP/1.1 {status}</d:status></d:propstat>"


def response(path: str, *propstats: str) -> str:
    """Return what is said of one resource."""
    return f"<d:response><d:href>{href(path)}</d:href>{''.join(propstats)}</d:response>"


def listing(items: Iterable[tuple[str, dict[Name, str]]], wanted: Wanted) -> bytes:
    """Return what is wanted of resources that are no nodes: each a path and its properties, their values already in XML."""
    return document(_response(path, values, wanted) for path, values in items)


def _response(path: str, values: dict[Name, str], wanted: Wanted) -> str:
    if not wanted.values:
        return response(path, propstat(empty(values), "200 OK"))
    names = values if wanted.names is None else wanted.names
    found = [name for name in names if name in values]
    missing = [name for name in names if name not in values]
    filled = "".join(f"{before}{values[name]}{after}" for name in found for before, after in [tags(name)])
    others = [propstat(empty(missing), "404 Not Found")] if missing else []
    return response(path, propstat(filled, "200 OK"), *others)


def document(responses: Iterable[str], closing: str = "") -> bytes:
    """Return the whole. `closing` is what comes after the responses, such as a sync token."""
    return f"{_OPENING}{''.join(responses)}{closing}</d:multistatus>".encode()


def properties(values: str) -> bytes:
    """Return a document of properties alone, as LOCK answers."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n<d:prop{_NAMESPACES}>{values}</d:prop>'.encode()


def _plain(constant: str) -> str:
    return constant.replace("%", "%%")
