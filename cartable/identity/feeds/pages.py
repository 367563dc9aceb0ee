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

from cartable.identity.feeds import cases, merging, undoing, wording
from cartable.identity.models import Person
from cartable.identity.requests import actor_of, address_of, confirmed, who
from cartable.kernel import given
from cartable.kernel.errors import BadInput, Conflict, Expired, Locked, NotFound, QuotaExceeded, Refusal
from cartable.web.answers import done
from cartable.web.refusals import not_there, status_of

ANSWERS = {"yes": True, "no": False}  # to whether two are one


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Show the cases that the reader may judge, and what can be undone."""
    actor, before = actor_of(request), request.GET.get("before")
    shown, leaf = cases.leaf(actor, given.whole(request.GET.get("page", "1")))
    merged, older = undoing.lately(actor, given.whole(before) if before else None)
    context = {"cases": shown, "leaf": leaf, "merged": merged, "older": older}
    return render(request, "identity/cases.html", context)


@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the evidence side by side; a POST answers, from who has just shown that it is they: two accounts become one."""
    actor = actor_of(request)
    try:
        found = cases.one(actor, case_id)
        return _answer(request, found) if request.method == "POST" else _show(request, found)
    except cases.Answered:
        return done(request, _("Cette question a déjà sa réponse."), reverse("cases"))
    except NotFound:
        return not_there(request, _("Ce rapprochement n’existe pas, ou n’est pas à vous de juger."))


def _show(request: HttpRequest, found: cases.Case, wrong: str | Promise = "", status: int = 200) -> HttpResponse:
    context = {
        "case": found,
        "facts": wording.laid_side_by_side(found),
        "more": wording.compared(found.evidence, beside=wording.WRITTEN),
        "goes_over": wording.goes_over(found.as_one) if found.as_one else [],
        "wrong": wrong,
    }
    return render(request, "identity/case.html", context, status=status)


@confirmed
def _answer(request: HttpRequest, found: cases.Case) -> HttpResponse:
    same = ANSWERS.get(request.POST.get("same", ""))
    if same is None:
        raise BadInput
    try:
        stays = cases.answer(actor_of(request), found.id, same=same)
    except cases.Answered:
        raise
    except (Conflict, Locked) as refusal:
        return _show(request, found, wording.first_that_fits(refusal, wording.NOT_JUDGED), status_of(refusal))
    sentence = (
        _("C’est fait : %(name)s n’a plus qu’un compte. Cela peut être défait pendant 30 jours.")
        if same
        else _("C’est noté : ce sont deux personnes. La question ne sera plus posée.")
    )
    return done(request, sentence % {"name": stays.name}, reverse("cases"))


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, log_id: int) -> HttpResponse:
    """Say what undoing a merge does, or who the two are since; a POST undoes it, from who has just shown that it is they."""
    try:
        found = undoing.one(actor_of(request), log_id)
        return _undo(request, found) if request.method == "POST" else _show_merge(request, found)
    except merging.Undone:
        return done(request, _("Cette réunion est déjà défaite."), reverse("merge", args=[log_id]))
    except Expired:
        return done(request, _("Plus de trente jours ont passé : cette réunion ne se défait plus."), reverse("cases"))
    except NotFound:
        return not_there(request, _("Cette réunion de comptes n’existe pas, ou n’est pas à vous de défaire."))


def _show_merge(
    request: HttpRequest, found: undoing.Merged, wrong: str | Promise = "", status: int = 200
) -> HttpResponse:
    page = "identity/parted.html" if found.two else "identity/merge.html"
    return render(request, page, {"merged": found, "wrong": wrong}, status=status)


@confirmed
def _undo(request: HttpRequest, found: undoing.Merged) -> HttpResponse:
    try:
        undoing.undo(actor_of(request), found.id)
    except merging.Undone:
        raise
    except (Conflict, Locked, QuotaExceeded) as refusal:
        wrong = wording.first_that_fits(refusal, wording.NOT_UNDONE)
        return _show_merge(request, found, wrong, status_of(refusal))
    return done(request, _("C’est fait : chacun des deux en est prévenu."), reverse("merge", args=[found.id]))


REFUSED: dict[type[Refusal], str | Promise] = {  # what the page of a former account answers: the first that fits
    cases.WrongCode: gettext_lazy(
        "Une double authentification protège ce compte : donnez aussi un code de son application, ou un code de secours. "
        "S’il n’a que des clés d’accès, connectez-vous avec lui et réunissez les deux comptes de là."
    ),
    cases.SameAccount: gettext_lazy("C’est l’adresse du compte que vous avez ici : donnez celle de l’autre."),
    BadInput: gettext_lazy("Cette adresse et ce mot de passe ne vont pas ensemble."),
    cases.FactorDemanded: gettext_lazy(
        "Une double authentification est demandée pour ce compte, et il n’en a pas encore : connectez-vous d’abord avec lui "
        "pour la mettre en place."
    ),
    cases.OtherNames: gettext_lazy("Les deux comptes ne portent pas le même nom : une personne habilitée va vérifier."),
    cases.ToldApart: gettext_lazy(
        "Quelqu’un a déjà vérifié, et répondu que ces deux comptes sont ceux de deux personnes. Si c’est une erreur, demandez à "
        "l’assistance."
    ),
    **wording.NOT_ONE,
}


@never_cache
@confirmed
@require_http_methods(["GET", "POST"])
def former(request: HttpRequest) -> HttpResponse:
    """Ask for what proves an earlier account; make it one with the reader's."""
    if request.method == "GET":
        return render(request, "identity/former.html")
    form = request.POST
    mail, password, code = form.get("mail", ""), form.get("password", ""), form.get("code", "")
    try:
        mail = given.text(mail, 254)
        stays = cases.had_an_account(who(request), mail, password, address_of(request), code.strip()[:20])
    except (BadInput, Conflict) as refusal:
        said = wording.first_that_fits(refusal, REFUSED)
        return render(request, "identity/former.html", {"mail": mail, "said": said}, status=400)
    return _one_account(request, stays)


def _one_account(request: HttpRequest, stays: Person) -> HttpResponse:
    if stays.pk == request.user.pk:
        return done(request, _("Vos deux comptes n’en font plus qu’un. Vos documents sont ici."), reverse("me"))
    logout(request)
    said = _("Vos deux comptes n’en font plus qu’un. Connectez-vous avec le mot de passe de votre ancien compte.")
    return done(request, said, reverse("account_login"))
