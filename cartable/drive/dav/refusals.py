"""How WebDAV says no: one table from refusals to statuses, and the XML in which clients look for a reason.

The names of exceptions are those of sabre/dav, which Nextcloud's clients know; sentences are those of our pages.
"""

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cartable.identity.requests import CHALLENGE
from cartable.kernel import audit, errors
from cartable.kernel.xml import escape
from cartable.web.refusals import PAGES

STATUS: dict[type[errors.Refusal], tuple[int, str]] = {
    errors.BadInput: (400, "BadRequest"),
    errors.BadName: (400, "BadRequest"),
    errors.Past: (400, "BadRequest"),
    errors.TooFar: (400, "BadRequest"),
    errors.BadChecksum: (400, "BadRequest"),
    errors.TooLarge: (413, "EntityTooLarge"),
    errors.WeakPassword: (400, "BadRequest"),
    errors.Unmakeable: (400, "BadRequest"),
    errors.NotFound: (404, "NotFound"),
    errors.Denied: (403, "Forbidden"),
    errors.ReadOnly: (403, "Forbidden"),
    errors.Conflict: (409, "Conflict"),
    errors.NameTaken: (412, "PreconditionFailed"),
    errors.NotAFolder: (409, "Conflict"),
    errors.NotAFile: (409, "Conflict"),
    errors.NoSuchFolder: (409, "Conflict"),
    errors.WouldLoop: (409, "Conflict"),
    errors.TooDeep: (409, "Conflict"),
    errors.Changed: (412, "PreconditionFailed"),
    errors.Locked: (423, "Locked"),
    errors.Moving: (423, "Locked"),
    errors.Arriving: (423, "Locked"),
    errors.QuotaExceeded: (507, "InsufficientStorage"),
    errors.Expired: (404, "NotFound"),  # a link that ended looks like one that never was
    errors.TooMany: (429, "TooManyRequests"),
    errors.Busy: (503, "ServiceUnavailable"),
}
XML = "application/xml; charset=utf-8"  # to the letter: desktop clients look for this very text


class Unanswerable(errors.Refusal):
    """A refusal that has no meaning but in WebDAV: it says its own status, exception and precondition (RFC 4918 §16)."""

    def __init__(self, status: int, exception: str, sentence: str | Promise, condition: str = "") -> None:
        super().__init__(exception)
        self.status, self.exception, self.sentence, self.condition = status, exception, sentence, condition


def refused(refusal: errors.Refusal) -> HttpResponse:
    """Return the answer to a refusal. It says nothing that depends on what was asked for: absent and hidden look alike."""
    if isinstance(refusal, Unanswerable):
        return error(refusal.status, refusal.exception, refusal.sentence, refusal.condition)
    audit.refused(refusal)
    status, exception = STATUS[type(refusal)]
    response = error(status, exception, PAGES[type(refusal)][1])
    if isinstance(refusal, errors.TooMany):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


def unauthorized(*, by_script: bool = False) -> HttpResponse:
    """Return the answer to whoever did not say who they are; `by_script`: our own page asks, no dialog must open."""
    response = error(401, "NotAuthenticated", _("Identifiez-vous avec un mot de passe d’application."))
    if not by_script:
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def error(status: int, exception: str, sentence: str | Promise, condition: str = "") -> HttpResponse:
    """Return an error in XML. `condition` is the element of a precondition, if the standard names one."""
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">'
        f"{condition}<s:exception>Sabre\\DAV\\Exception\\{exception}</s:exception>"
        f"<s:message>{escape(str(sentence))}</s:message></d:error>"
    )
    return HttpResponse(body, status=status, content_type=XML)
