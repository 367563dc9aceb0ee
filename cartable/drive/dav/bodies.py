"""What clients write in XML, read without entities, files or network. Pure."""

from dataclasses import dataclass, field

from lxml import etree

from cartable.kernel.errors import BadInput
from cartable.kernel.xml import escape, parse

Name = tuple[str, str]  # namespace, local name
OWNER_MAX = 4000  # characters
NAMES_MAX = 100  # properties asked for at once, 8,000 characters in all: those we lack are told again for each resource
DAV, OC, NC = "DAV:", "http://owncloud.org/ns", "http://nextcloud.org/ns"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which properties a client asks for. `names` is None for all that are usual, `values` False for names alone."""

    names: tuple[Name, ...] | None = None
    more: tuple[Name, ...] = ()  # beside the usual ones
    values: bool = True


@dataclass(frozen=True, slots=True)
class Patch:
    """What a client wants kept with a resource, in its order: the element and its text, or None for what is to go."""

    wanted: dict[Name, str | None] = field(default_factory=dict)  # the whole element, as XML
    texts: dict[Name, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LockInfo:
    """Which lock a client asks for. `owner` is XML, given back as it came."""

    shared: bool
    owner: str


def name_of(element: etree._Element) -> Name:
    """Return the name of an element; its namespace may be empty."""
    found = etree.QName(element)
    return found.namespace or "", found.localname


def propfind(body: bytes) -> Wanted:
    """Return what a PROPFIND asks for (RFC 4918 §14.20); without a body, the usual. Raises BadInput."""
    if not body.strip():
        return Wanted()
    root = _root(body, "propfind")
    if (prop := root.find("{DAV:}prop")) is not None:
        return Wanted(names(prop))
    if root.find("{DAV:}propname") is not None:
        return Wanted(values=False)
    if root.find("{DAV:}allprop") is None:
        raise BadInput("neither prop, propname nor allprop")
    include = root.find("{DAV:}include")
    return Wanted(more=() if include is None else names(include))


def proppatch(body: bytes) -> Patch:
    """Return what a PROPPATCH wants (RFC 4918 §14.19); what comes last counts. Raises BadInput."""
    patch = Patch()
    for action in _root(body, "propertyupdate"):
        if action.tag not in {"{DAV:}set", "{DAV:}remove"}:
            continue
        for prop in action.findall("{DAV:}prop"):
            for element in prop:
                kept = action.tag == "{DAV:}set"
                patch.wanted[name_of(element)] = _source(element) if kept else None
                patch.texts[name_of(element)] = "".join(element.itertext()).strip() if kept else ""
    if not patch.wanted:
        raise BadInput("no property")
    return patch


def lockinfo(body: bytes) -> LockInfo:
    """Return which lock a LOCK asks for (RFC 4918 §14.11). Raises BadInput."""
    root = _root(body, "lockinfo")
    exclusive, shared = (root.find(f"{{DAV:}}lockscope/{{DAV:}}{scope}") for scope in ("exclusive", "shared"))
    if (exclusive is None) == (shared is None) or root.find("{DAV:}locktype/{DAV:}write") is None:
        raise BadInput("no lock we know")
    owner = root.find("{DAV:}owner")
    inside = "" if owner is None else escape(owner.text or "") + "".join(map(_source, owner))
    if len(inside) > OWNER_MAX:
        raise BadInput("an owner too long")
    return LockInfo(shared is not None, inside)


def names(element: etree._Element | None) -> tuple[Name, ...]:
    """Return the names of the elements inside one, each once, in their order. Raises BadInput if they are too many."""
    found = tuple(dict.fromkeys(map(name_of, element))) if element is not None else ()
    if len(found) > NAMES_MAX or sum(len(space) + len(local) for space, local in found) > 80 * NAMES_MAX:
        raise BadInput(f"{len(found)} properties asked for")
    return found


def _root(body: bytes, name: str) -> etree._Element:
    root = parse(body)
    if name_of(root) != (DAV, name):
        raise BadInput(f"not a {name}")
    return root


def _source(element: etree._Element) -> str:
    """Return an element as XML that means the same wherever it is put."""
    source: str = etree.tostring(element, encoding="unicode", with_tail=False)
    return source
