"""REPORT and SEARCH: what one starred, what bears a name, wherever it is.

Sources: nextcloud/server 31 (FilesReportPlugin.php, files/lib/Search), and for the form of a search RFC 5323.
"""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_http_date_safe
from django.utils.translation import gettext_lazy as _
from lxml import etree

from cartable.drive.dav import lines, propfind
from cartable.drive.dav.bodies import DAV, OC, Wanted, name_of, names
from cartable.drive.dav.door import Door
from cartable.drive.dav.lines import Line
from cartable.drive.dav.refusals import Unanswerable
from cartable.kernel import given
from cartable.kernel.errors import BadInput
from cartable.kernel.xml import parse
from cartable.spaces import finding, homes, listing, media, paths
from cartable.spaces.access import Reached, seen
from cartable.spaces.lineage import lineages

MOST = 1000  # results, whatever a client asks for
TRUE = frozenset({"1", "yes", "true"})


def report(request: HttpRequest, door: Door) -> HttpResponse:
    """REPORT `oc:filter-files`: what the actor starred below a folder. Other reports are 415 (RFC 3253 §3.6)."""
    folder = door.find()
    root = parse(request.body)
    if name_of(root) != (OC, "filter-files"):
        raise Unanswerable(415, "ReportNotSupported", _("Ce rapport n’existe pas."), "<d:supported-report/>")
    rules = names(root.find(f"{{{OC}}}filter-rules"))
    if not rules:
        raise BadInput("no rule")
    starred = _starred(door) if rules == ((OC, "favorite"),) else []
    below = [one for one in starred if folder.id in {above.id for above in one.chain} or not folder.above]
    return propfind.multistatus_of(door, _lines(door, below), Wanted(names(root.find("{DAV:}prop"))))


def search(request: HttpRequest, door: Door) -> HttpResponse:
    """SEARCH `d:basicsearch`: by name, by id, what is starred, pictures by date; other conditions are refused, not ignored."""
    query = parse(request.body).find("{DAV:}basicsearch")
    if query is None:
        raise BadInput("no basicsearch")
    condition = query.find("{DAV:}where")
    if condition is None or len(condition) != 1:
        raise BadInput("no condition")
    limit = min(_number(query.findtext("{DAV:}limit/{DAV:}nresults")) or MOST, MOST)
    found = _found(door, condition[0], limit)
    wanted = Wanted(names(query.find("{DAV:}select/{DAV:}prop")))
    return propfind.multistatus_of(door, _lines(door, found)[:limit], wanted)


def _found(door: Door, condition: etree._Element, limit: int) -> list[Reached]:
    operator = name_of(condition)
    asked = names(condition.find("{DAV:}prop"))
    literal = (condition.findtext("{DAV:}literal") or "").strip()
    if operator == (DAV, "like") and asked == ((DAV, "displayname"),):
        hits = finding.by_name(door.actor, literal.strip("%"), limit)
        return _seen(door, (hit.entry.id for hit in hits))
    if operator == (DAV, "eq") and asked == ((OC, "fileid"),):
        number = _number(literal)
        return _seen(door, [number] if number else [])
    if operator == (DAV, "eq") and asked == ((OC, "favorite"),):
        return _starred(door) if literal in TRUE else []
    gallery = Gallery()
    gallery.narrow(condition)
    if not gallery.kinds:
        raise BadInput(operator)
    return _seen(door, media.dated(door.actor, gallery.kinds, after=gallery.after, before=gallery.before, limit=limit))


class Gallery:
    """What phones ask their gallery for: some kinds of media (`like getcontenttype image/%`), between two dates."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.after, self.before = -1, media.LATEST

    def narrow(self, condition: etree._Element) -> None:
        """Take a condition into account. Raises BadInput for any other than these."""
        operator = name_of(condition)
        literal = (condition.findtext("{DAV:}literal") or "").strip()
        asked = names(condition.find("{DAV:}prop"))
        if operator == (DAV, "and") or (operator == (DAV, "or") and all(_is_of_kind(one) for one in condition)):
            for one in condition:
                self.narrow(one)
        elif _is_of_kind(condition):
            self.kinds.add(literal.rstrip("%"))
        elif asked == ((DAV, "getlastmodified"),) and operator in {(DAV, "lt"), (DAV, "lte")}:
            self.before = min(self.before, _moment(literal) + (operator[1] == "lte"))
        elif asked == ((DAV, "getlastmodified"),) and operator in {(DAV, "gt"), (DAV, "gte")}:
            self.after = max(self.after, _moment(literal) - (operator[1] == "gte"))
        else:
            raise BadInput(operator)


def _is_of_kind(condition: etree._Element) -> bool:
    return name_of(condition) == (DAV, "like") and names(condition.find("{DAV:}prop")) == ((DAV, "getcontenttype"),)


def _moment(text: str) -> int:
    """Return a date as clients write it, in seconds since 1970. Raises BadInput."""
    seconds = _number(text) if _number(text) is not None else parse_http_date_safe(text)
    if seconds is not None:
        return seconds
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError as error:
        raise BadInput(text) from error


def _starred(door: Door) -> list[Reached]:
    return _seen(door, sorted(listing.all_starred(door.actor))) if door.actor.person is not None else []


def _seen(door: Door, node_ids: Iterable[int]) -> list[Reached]:
    """Return those of some nodes that the actor may see, in their order."""
    ids = list(node_ids)
    reached = seen(door.actor, lineages(ids).values()) if ids else {}
    return [reached[one] for one in ids if one in reached]


def _lines(door: Door, found: Iterable[Reached]) -> list[Line]:
    """Return the lines of nodes wherever they are; those that do not show in the actor's root have no path, and no line."""
    reached = list(found)
    spelled = paths.spelled(door.actor, [one.chain for one in reached]) if reached else {}
    home = homes.home_of(door.actor).root if reached else 0
    return [
        lines.of_reached(one, door.base + spelled[one.id], foreign=one.chain[-1].id != home)
        for one in reached
        if one.id in spelled
    ]


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if given.is_whole(text) else None
