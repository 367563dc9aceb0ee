"""PROPFIND: the lines of a listing, what they need to know, and one template filled for each (RFC 4918 §9.1)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from cartable.drive.dav import bodies, lines, multistatus, props
from cartable.drive.dav.bodies import Name, Wanted
from cartable.drive.dav.door import Door
from cartable.drive.dav.lines import Facts, Line, Need
from cartable.drive.dav.refusals import XML, Unanswerable
from cartable.spaces import mounts, properties
from cartable.spaces.entries import Entry

Write = Callable[[Line, Facts], str]


def answer(request: HttpRequest, door: Door) -> HttpResponse:
    """PROPFIND. Depth is 0 or 1; infinity is refused, as §9.1 allows."""
    depth = depth_of(request)
    wanted = bodies.propfind(request.body)
    place = door.place()
    assert place.node is not None  # noqa: S101 - `place` found it
    base = door.base + "/" + door.path.strip("/")
    at_root = door.top is None and place.folder is None
    mounted = mounts.of(door.actor) if at_root else []
    found = [lines.root(door.actor, place, base, mounted) if at_root else lines.of_place(place, base)]
    if depth == "1" and place.node.entry.is_folder:
        below = lines.below(door.actor, place.node, base, foreign=place.foreign)
        if mounted:
            below += lines.of_mounts(door.actor, mounted, base, [line.name for line in below])
        found += below
    return multistatus_of(door, found, wanted, place.node.above if place.folder else ())


def depth_of(request: HttpRequest) -> str:
    """Return the depth of a PROPFIND or REPORT: 1 unless the client says 0. Raises Unanswerable for more."""
    depth = request.headers.get("Depth", "1").lower()
    if depth not in {"0", "1"}:
        sentence = _("Demandez un dossier à la fois (Depth: 0 ou 1).")
        raise Unanswerable(403, "Forbidden", sentence, "<d:propfind-finite-depth/>")
    return depth


def multistatus_of(
    door: Door, found: Sequence[Line], wanted: Wanted, chain: Sequence[Entry] = (), closing: str = ""
) -> HttpResponse:
    """Return what is wanted of some lines. `chain`: the folders above them all."""
    return HttpResponse(
        multistatus.document(written(door, found, wanted, chain), closing), status=207, content_type=XML
    )


def written(door: Door, found: Sequence[Line], wanted: Wanted, chain: Sequence[Entry] = ()) -> Iterable[str]:
    """Return the responses for some lines."""
    asked = _asked(wanted)
    dead = _dead(found, wanted, asked)
    need = Need.NOTHING
    for name in asked if wanted.values else ():
        need |= props.LIVE[name].need if name in props.LIVE else Need.NOTHING
    facts = lines.facts(door.actor, found, need, chain) if found else Facts()
    sheets = {folder: Sheet(wanted, asked, folder=folder) for folder in {line.entry.is_folder for line in found}}
    return [sheets[line.entry.is_folder].fill(line, facts, dead.get(line.entry.id, {})) for line in found]


def _asked(wanted: Wanted) -> tuple[Name, ...]:
    """Return the names to answer for. Those of dead properties come on top where all are wanted."""
    if not wanted.values:
        return tuple(props.LIVE)
    return wanted.names if wanted.names is not None else (*props.USUAL, *wanted.more)


def _dead(found: Sequence[Line], wanted: Wanted, asked: Sequence[Name]) -> dict[int, dict[Name, str]]:
    """Return the dead properties to show, by node: no query where only live ones are asked for."""
    ids = [line.entry.id for line in found]
    if wanted.names is None:
        return properties.of(ids)
    unknown = {name for name in asked if name not in props.LIVE and may_be_dead(name)}
    return properties.of(ids, unknown) if unknown else {}


def may_be_dead(name: Name) -> bool:
    """Return whether clients may keep a property of this name: the namespaces of protocols are not theirs."""
    return name[0] not in multistatus.PREFIXES


@dataclass(slots=True)
class Sheet:
    """What is asked of all the files, or all the folders, of a listing: writers, and the template they fill."""

    wanted: Wanted
    asked: Sequence[Name]
    folder: bool
    live: list[Name] = field(init=False)
    writers: list[Write] = field(init=False)
    others: list[Name] = field(init=False)
    template: str = field(init=False)

    def __post_init__(self) -> None:
        self.live = [name for name in self.asked if name in props.LIVE and self._applies(props.LIVE[name])]
        self.others = [name for name in self.asked if name not in self.live]
        self.writers = [props.LIVE[name].write for name in self.live] if self.wanted.values else []
        self.template = self._template([])

    def fill(self, line: Line, facts: Facts, dead: dict[Name, str]) -> str:
        """Return the response for one line."""
        values = [line.href, *[write(line, facts) for write in self.writers]]
        if not dead:
            return self.template % tuple(values)
        elements = dead.values() if self.wanted.values else [multistatus.empty(dead)]
        return self._template(list(dead), len(elements)) % (*values, *elements)

    def _template(self, dead: list[Name], whole: int = 0) -> str:
        if not self.wanted.values:
            found = multistatus.empty(self.live).replace("%", "%%") + "%s" * whole
            return f"<d:response><d:href>%s</d:href>{multistatus.propstat(found, '200 OK')}</d:response>"
        missing = [name for name in self.others if name not in dead] if self.wanted.names is not None else []
        return multistatus.template(self.live, whole, missing)

    def _applies(self, live: props.Live) -> bool:
        return live.of_folders if self.folder else live.of_files
