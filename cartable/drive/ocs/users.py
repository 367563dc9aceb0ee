"""OCS calls about people: oneself, a colleague; and the app password a client has or gives back."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cartable.drive.ocs.envelope import Answer
from cartable.identity import credentials, directory, people
from cartable.identity.actors import Actor
from cartable.identity.requests import basic
from cartable.options import public_url
from cartable.spaces import homes, quota

WITHOUT_LIMIT = -3  # as Nextcloud says it


def me(_request: HttpRequest, actor: Actor) -> Answer:
    """GET cloud/user: whoever calls. `id` names them in WebDAV for ever; an address may change, it never does."""
    return Answer(_profile(actor) | {"quota": _quota(actor)})


def someone(_request: HttpRequest, actor: Actor, sub: str) -> Answer:
    """GET cloud/users/ID: a colleague as the directory shows them; of oneself, all."""
    if sub == actor.sub:
        return me(_request, actor)
    principal = f"person:{directory.by_sub(sub).pk}"
    name = directory.name_of(principal)
    return Answer({"id": sub, "displayname": name, "display-name": name, "enabled": True, "groups": []})


def config(_request: HttpRequest, _actor: Actor) -> Answer:
    """GET config: what old clients ask first."""
    scheme, _, host = public_url().partition("://")
    return Answer(
        {
            "version": "1.7",
            "website": "Cartable",
            "host": host,
            "contact": "",
            "ssl": "true" if scheme == "https" else "false",
        }
    )


def app_password(_request: HttpRequest, _actor: Actor) -> Answer:
    """GET core/getapppassword: for a client that signed in with a password. Ours all have one already: 403, as the peers'."""
    return Answer([], 403, _("Vous utilisez déjà un mot de passe d’application."))


def forget_app_password(request: HttpRequest, _actor: Actor) -> Answer:
    """DELETE core/apppassword: a client signs out."""
    if not credentials.revoke_secret(basic(request)[1]):
        return Answer([], 403, _("Vous n’utilisez pas de mot de passe d’application."))
    return Answer([])


def _profile(actor: Actor) -> dict[str, Any]:
    return {
        "enabled": True,
        "id": actor.sub,
        "display-name": actor.name,
        "displayname": actor.name,
        "email": people.primary_mail(actor.somebody),
        "language": people.language_of(actor.somebody),
        "groups": [],
        "backend": "Cartable",
    }


def _quota(actor: Actor) -> dict[str, Any]:
    room = quota.room_of(homes.home_of(actor).space)
    if room.quota < 0:
        return {"free": WITHOUT_LIMIT, "used": room.used, "total": WITHOUT_LIMIT, "relative": 0, "quota": WITHOUT_LIMIT}
    share = round(100 * room.used / room.quota, 2) if room.quota else 100.0
    return {"free": room.free, "used": room.used, "total": room.quota, "relative": share, "quota": room.quota}
