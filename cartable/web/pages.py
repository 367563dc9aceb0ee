"""Pages of the look itself: the sentences of the islands, in one language."""

from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

from cartable.kernel.languages import LANGUAGES

_CATALOG = JavaScriptCatalog.as_view()


@login_not_required
@cache_control(public=True, max_age=3600)
def words(request: HttpRequest, language: str) -> HttpResponse:
    """Give the islands their sentences, as a script that defines `gettext` and `ngettext`."""
    if language not in LANGUAGES:
        raise Http404
    with override(language):
        return cast(HttpResponse, _CATALOG(request))
