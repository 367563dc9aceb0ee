"""Where documents are addressed: a person's own root, or the folder of a link. And what a request demands of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest
from django.utils.http import parse_http_date_safe
from django.utils.translation import gettext_lazy as _

from cartable.drive.dav import conditions
from cartable.drive.dav.conditions import Demand, State
from cartable.drive.dav.refusals import Unanswerable
from cartable.identity.actors import Actor
from cartable.kernel.errors import BadInput, BadName, Changed, NoSuchFolder, NotFound
from cartable.options import public_url
from cartable.spaces import locks, paths
from cartable.spaces.access import Reached, Right
from cartable.spaces.entries import Entry
from cartable.spaces.paths import Place


@dataclass(frozen=True, slots=True)
class Door:
    """Paths below `base` lead to documents. `aliases` are other paths that lead to the same."""

    actor: Actor
    base: str  # decoded, without a slash at the end: /remote.php/dav/files/ab12
    path: str = ""  # of what the request is about, below the base, decoded
    top: int | None = None  # the folder or file of a link; None: the actor's own root
    aliases: tuple[str, ...] = ()
    link: str = ""  # its token

    def locate(self, path: str | None = None) -> Place:
        """Return where a path leads, by default that of the request. Raises NotFound, NoSuchFolder, BadName."""
        wanted = self.path if path is None else path
        return paths.locate(self.actor, wanted) if self.top is None else paths.locate_in(self.actor, self.top, wanted)

    def find(self, need: Right = Right.VIEW) -> Reached:
        """Return what the request is about. Raises NotFound alike where nothing is and where all is hidden; Denied."""
        return paths.needing(self.actor, self.place(), need)

    def place(self) -> Place:
        """Return the place of something that is there. Raises NotFound."""
        try:
            place = self.locate()
        except NoSuchFolder as missing:
            raise NotFound from missing
        if place.node is None:
            raise NotFound
        return place

    def at(self, path: str) -> "Door":
        """Return the same door, for a request about another path."""
        return replace(self, path=path)

    def showing(self, tokens: frozenset[str]) -> "Door":
        """Return the same door, for an actor who shows lock tokens."""
        return replace(self, actor=self.actor.showing(tokens)) if tokens else self

    def path_of(self, url: str, host: str) -> str:
        """Return the path below the base that a URL, or an absolute path, leads to.

        Raises Unanswerable if it is on another server, BadInput if it leads elsewhere on this one.
        """
        parts = urlsplit(url)
        if parts.netloc and parts.netloc not in {host, urlsplit(public_url()).netloc}:
            raise Unanswerable(502, "BadGateway", _("La destination est sur un autre serveur."))
        path = unquote(parts.path)
        for base in (self.base, *self.aliases):
            if path == base or path.startswith(f"{base}/"):
                return path[len(base) :].rstrip("/")
        raise BadInput(url)


WEBDAV, DAV = "/remote.php/webdav", "/remote.php/dav"


def own_files(actor: Actor, name: str, *, base: str = "") -> Door:
    """Return the door to a person's files. `name` is how the client calls them: by id, or the address it signs in with."""
    known = dict.fromkeys((base, f"{DAV}/files/{name}", f"{DAV}/files/{actor.sub}", WEBDAV))
    first, *others = (one for one in known if one)
    return Door(actor, first, aliases=tuple(others))


def files_of(door: Door) -> Door:
    """Return the door to the files of whoever came through another of their collections."""
    return own_files(door.actor, door.base.rpartition("/")[2])


def destination(request: HttpRequest, door: Door) -> Place:
    """Return where the `Destination` header leads. Raises BadInput, BadName, NoSuchFolder."""
    url = request.headers.get("Destination", "")
    if not url:
        raise BadInput("no Destination")
    place = door.locate(door.path_of(url, request.get_host()))
    if place.folder is None:
        raise BadName("the root")
    return place


@dataclass(frozen=True, slots=True)
class Terms:
    """What the headers of a request demand. `holds` is asked again within the transaction, of what is there then."""

    headers: Mapping[str, str]
    demanded: list[Demand]
    states: Mapping[str, State]  # by resource of the demands; empty: what the request is about

    @property
    def read(self) -> frozenset[str]:
        """The ETags that `If-Match` names: of what the client had read, whatever is there now."""
        return conditions.etags(self.headers.get("If-Match", ""))

    def guard(self, there: Entry | None) -> None:
        """Raise Changed unless what is there is what the client expects."""
        self.refuse_if_untrue("", there)
        refuse_unless_matched(self.headers, there)

    def guard_at(self, resource: str) -> Callable[[Entry | None], None]:
        """Return the guard of another place than that of the request: the destination of a move or a copy."""

        def guard(there: Entry | None) -> None:
            self.refuse_if_untrue(resource, there)

        return guard

    def refuse_if_untrue(self, resource: str, there: Entry | None) -> None:
        """Raise Changed if no demand of the `If` header holds, given what is at one of its resources."""
        if not self.demanded:
            return
        etag = None if there is None else there.etag
        current = {
            name: State(etag, state.tokens) if name == resource else state for name, state in self.states.items()
        }
        if not conditions.hold(self.demanded, lambda name: current.get(name, State(None))):
            raise Changed


NO_TERMS = Terms({}, [], {})


def terms_of(request: HttpRequest, door: Door) -> tuple[Door, Terms]:
    """Return what a request demands, and the door for an actor who shows the lock tokens in it. Raises BadInput."""
    header = request.headers.get("If")
    if not header:
        return door, Terms(request.headers, [], {})
    demanded = conditions.demands(header)
    host = request.get_host()
    states = {}
    for resource in {one.resource for one in demanded}:
        states[key(door, resource, host)] = _state(door, resource, host)
    demanded = [Demand(key(door, one.resource, host), one.clauses) for one in demanded]
    return door.showing(conditions.tokens(demanded)), Terms(request.headers, demanded, states)


def key(door: Door, resource: str, host: str) -> str:
    """Return how a resource is named in the terms: by its path below the door; empty for the one the request is about."""
    if not resource:
        return ""
    try:
        path = "/".join(paths.split(door.path_of(resource, host)))
    except (BadInput, Unanswerable):
        return resource
    return "" if path == "/".join(paths.split(door.path)) else f"/{path}"


def _state(door: Door, resource: str, host: str) -> State:
    try:
        place = door.locate(door.path_of(resource, host) if resource else None)
    except (BadInput, Unanswerable, NotFound, NoSuchFolder):
        return State(None)
    if place.node is not None:
        return State(place.node.entry.etag, frozenset(one.token for one in locks.over(place.node.chain)))
    above = locks.over(place.folder.chain) if place.folder else []
    return State(None, frozenset(one.token for one in above if one.deep))


def refuse_unless_matched(headers: Mapping[str, str], there: Entry | None) -> None:
    """Raise Changed unless `If-Match`, `If-None-Match` and `If-Unmodified-Since` (RFC 9110 §13.1) hold for a change."""
    etag = None if there is None else there.etag
    if (wanted := headers.get("If-Match")) is not None and not conditions.matches(wanted, etag):
        raise Changed
    if (unwanted := headers.get("If-None-Match")) is not None and conditions.matches(unwanted, etag):
        raise Changed
    since = parse_http_date_safe(headers.get("If-Unmodified-Since", "")) if there else None
    if there and since is not None and there.mtime > since:
        raise Changed
