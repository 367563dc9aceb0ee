"""Who one is: signing in with an app password, `/me`, `/history` (hedgedoc 1.12, `lib/web/auth`, `lib/history.js`, `lib/web/userRouter.js`)."""

import json
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse

from cartable.identity.actors import NOBODY
from cartable.kernel.errors import BadInput, Denied
from cartable.pads.addresses import exporting, history, naming
from cartable.pads.addresses.history import Opened, Sent
from cartable.pads.addresses.titles import LONGEST
from cartable.pads.hedgedoc import sessions
from cartable.pads.hedgedoc.door import COOKIE, UNDER, Visit

MOST = 10_000  # entries of a history that is sent


def login(visit: Visit) -> HttpResponse:
    """POST /login (`email`, `password`) and /auth/ldap (`username`, `password`): the password is an app password."""
    form = visit.request.POST
    key = sessions.begin(form.get("email") or form.get("username", ""), form.get("password", ""))
    response = visit.to("")
    if key:
        response.set_cookie(
            COOKIE,
            key,
            max_age=sessions.LIFE,
            path=_path(visit),
            secure=visit.request.is_secure(),
            # wget takes none that a script may not see from the jar of curl (`#HttpOnly_`); at our own host no page has a script
            httponly=not visit.own_host,
            samesite="Lax",
        )
    return response


def logout(visit: Visit) -> HttpResponse:
    """GET, POST /logout: end the session of a program. One of the site goes on."""
    sessions.end(visit.request.COOKIES.get(COOKIE, ""))
    response = visit.to("")
    response.delete_cookie(COOKIE, path=_path(visit), samesite="Lax")
    return response


def _path(visit: Visit) -> str:
    return "/" if visit.own_host else f"{UNDER}/"


def me(visit: Visit) -> HttpResponse:
    """GET /me: who one is; 200 too where one is nobody."""
    if visit.actor is NOBODY:
        return JsonResponse({"status": "forbidden"})
    return JsonResponse({"status": "ok", "id": visit.actor.sub, "name": visit.actor.name, "photo": ""})


def delete(_visit: Visit, token: str = "") -> HttpResponse:
    """GET /me/delete/<token>: never; accounts are not ended by an address."""
    del token
    raise Denied


def export(visit: Visit) -> StreamingHttpResponse:
    """GET, POST /me/export: the Markdown files of one's own space, as a zip."""
    response = StreamingHttpResponse(exporting.zipped(visit.actor), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="archive.zip"'
    return response


# History


def show(visit: Visit) -> HttpResponse:
    """GET /history."""
    return JsonResponse({"history": [_spelled(one) for one in history.of(visit.actor)]})


def replace(visit: Visit) -> HttpResponse:
    """POST /history (`history`, a JSON array): have this history in the place of the former."""
    history.replace(visit.actor, map(_entry, _array(visit.request.POST.get("history", ""))))
    return HttpResponse()


def clear(visit: Visit) -> HttpResponse:
    """DELETE /history."""
    history.clear(visit.actor)
    return HttpResponse()


def pin(visit: Visit, name: str) -> HttpResponse:
    """POST /history/<id> (`pinned`, true or false)."""
    pinned = visit.request.POST.get("pinned")
    if pinned not in {"true", "false"}:
        raise BadInput
    visit.actor.somebody  # noqa: B018 - nobody is told whether there is such a pad
    history.pin(visit.actor, naming.resolve(name), pinned=pinned == "true")
    return HttpResponse()


def forget(visit: Visit, name: str) -> HttpResponse:
    """DELETE /history/<id>: the pad stays."""
    visit.actor.somebody  # noqa: B018
    history.forget(visit.actor, naming.resolve(name))
    return HttpResponse()


def _spelled(one: Opened) -> dict[str, object]:
    told = {"id": one.known.canonical, "text": one.title, "time": int(one.at.timestamp() * 1000), "tags": one.tags}
    return told | ({"pinned": True} if one.pinned else {})


def _array(raw: str) -> list[Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadInput from error
    if not isinstance(found, list) or len(found) > MOST:
        raise BadInput
    return found


def _entry(told: Any) -> Sent:
    """Return an entry of a history as it was sent. Raises BadInput."""
    match told:
        case {"id": str(name), "text": str(title), "time": int(at)} if 0 <= at <= history.LAST:
            tags = told.get("tags") or []
            if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
                raise BadInput
            when = datetime.fromtimestamp(at / 1000, tz=UTC)
            return name, title[:LONGEST], when, [tag[:LONGEST] for tag in tags], told.get("pinned") is True
    raise BadInput
