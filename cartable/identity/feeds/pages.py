"""Pages about two who may be one: cases that wait for an answer, and “J’avais déjà un compte”."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cartable.identity.feeds import cases
from cartable.identity.models import Person
from cartable.identity.requests import actor_of, address_of
from cartable.kernel.errors import BadInput, Conflict, NotFound
from cartable.web.answers import done

FACTS: dict[str, str | Promise] = {
    "name": gettext_lazy("Nom"),
    "first": gettext_lazy("Prénom"),
    "born": gettext_lazy("Date de naissance"),
    "mail": gettext_lazy("Adresse"),
    "continuity": gettext_lazy("Une affectation vient de finir"),
}
FOUND: dict[str, str | Promise] = {
    "agree": gettext_lazy("identique"),
    "near": gettext_lazy("proche"),
    "differ": gettext_lazy("différent"),
    "unknown": gettext_lazy("non renseigné"),
}


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Show the cases that the reader may judge."""
    return render(request, "identity/cases.html", {"cases": cases.waiting(actor_of(request))})


@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the evidence side by side; a POST answers."""
    actor = actor_of(request)
    found = cases.one(actor, case_id)
    if request.method == "POST":
        return _answer(request, case_id)
    facts = [
        (FACTS[fact], said, _("oui") if fact == "continuity" else FOUND[said])
        for fact, said in found.evidence.items()
        if said != "unknown"
    ]
    return render(request, "identity/case.html", {"case": found, "facts": facts})


def _answer(request: HttpRequest, case_id: int) -> HttpResponse:
    said = request.POST.get("same")
    if said not in {"yes", "no"}:
        raise BadInput
    stays = cases.answer(actor_of(request), case_id, same=said == "yes")
    sentence = (
        _("Les deux comptes de %(name)s n’en font plus qu’un. Cela peut être défait pendant 30 jours.")
        if said == "yes"
        else _("C’est noté : ce sont deux personnes. La question ne sera plus posée.")
    )
    return done(request, sentence % {"name": stays.name}, reverse("cases"))


@never_cache
@require_http_methods(["GET", "POST"])
def former(request: HttpRequest) -> HttpResponse:
    """Ask for the address and the password of an earlier account; make it one with the reader's."""
    if not isinstance(request.user, Person):
        raise NotFound
    if request.method == "GET":
        return render(request, "identity/former.html")
    mail = request.POST.get("mail", "").strip()
    try:
        stays = cases.had_an_account(request.user, mail, request.POST.get("password", ""), address_of(request))
    except BadInput:
        said = _("Cette adresse et ce mot de passe ne vont pas ensemble.")
    except Conflict:
        said = _("Les deux comptes ne portent pas le même nom : votre académie va vérifier.")
    else:
        return _one_account(request, stays)
    return render(request, "identity/former.html", {"mail": mail, "said": said}, status=400)


def _one_account(request: HttpRequest, stays: Person) -> HttpResponse:
    if stays.pk == request.user.pk:
        return done(request, _("Vos deux comptes n’en font plus qu’un. Vos documents sont ici."), reverse("me"))
    logout(request)
    said = _("Vos deux comptes n’en font plus qu’un. Connectez-vous avec le mot de passe de votre ancien compte.")
    return done(request, said, reverse("account_login"))
