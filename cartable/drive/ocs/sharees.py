"""Whom one may share with: what the clients' search field asks (files_sharing/lib/Controller/ShareesAPIController.php)."""

from typing import Any

from django.http import HttpRequest

from cartable.drive.ocs.descriptions import GROUP, PERSON
from cartable.drive.ocs.envelope import Answer
from cartable.identity import directory
from cartable.identity.actors import Actor
from cartable.identity.directory import Hit
from cartable.kernel import given

EMPTY = ("users", "groups", "remotes", "remote_groups", "emails", "circles", "rooms", "lookup")
MOST = 50


def search(request: HttpRequest, actor: Actor) -> Answer:
    """GET sharees: people, teams and structures whose name begins so, or whose address it is."""
    text = request.GET.get("search", "").strip()
    wanted = set(request.GET.getlist("shareType[]") or request.GET.getlist("shareType")) or {"0", "1"}
    hits = [hit for hit in directory.find(actor, text, _limit(request)) if hit.sub != actor.sub] if text else []
    exact: dict[str, list[Any]] = {name: [] for name in EMPTY}
    found: dict[str, Any] = {"exact": exact, **{name: [] for name in EMPTY}, "lookupEnabled": False}
    for hit in hits:
        kind = PERSON if hit.sub else GROUP
        if str(kind) in wanted:
            place = exact if hit.name.casefold() == text.casefold() or "@" in text else found
            place["users" if kind == PERSON else "groups"].append(_sharee(hit, kind))
    return Answer(found)


def recommended(_request: HttpRequest, _actor: Actor) -> Answer:
    """GET sharees_recommended: nobody is; a directory is no guess."""
    names: dict[str, Any] = {name: [] for name in EMPTY}
    return Answer({"exact": names, **names})


def _sharee(hit: Hit, kind: int) -> dict[str, Any]:
    who = hit.sub or hit.principal
    return {
        "label": hit.name,
        "subline": hit.place,
        "icon": "icon-user" if kind == PERSON else "icon-group",
        "value": {"shareType": kind, "shareWith": who},
        "shareWithDisplayNameUnique": hit.place or who,
        "status": [],
    }


def _limit(request: HttpRequest) -> int:
    raw = request.GET.get("perPage", "")
    return min(int(raw), MOST) if given.is_whole(raw) and raw != "0" else MOST
