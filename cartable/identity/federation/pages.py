"""Pages of academies: choosing one's own, and saying which account here is one's own."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cartable.identity import factors, people, upstreams
from cartable.identity.federation import announced, pending
from cartable.identity.federation.announced import Announced
from cartable.identity.feeds import wording
from cartable.identity.models import Person
from cartable.identity.requests import confirmed, who
from cartable.identity.upstreams import Claim
from cartable.kernel.errors import BadInput, Conflict, Denied, Expired, NameTaken, NotFound, Refusal
from cartable.web.answers import back, done


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Show the academies where one signs in; of one address, its own. `again`: where one shows again who one is."""
    to, mail = back(request, reverse("home")), request.POST.get("mail", "").strip()
    found = upstreams.by_mail(mail) if mail else upstreams.known()
    again = {"again": "1"} if "again" in request.GET else {}
    ways = [(one.name, upstreams.way_to(one, to, **again)) for one in found]
    return render(request, "federation/choose.html", {"ways": ways, "mail": mail, "to": to})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask who comes from an academy which account is theirs."""
    try:
        claim, _to = pending.waiting(request)
        upstream = upstreams.by_key(claim.key)
    except (Expired, NotFound):
        return HttpResponseRedirect(reverse("academy"))
    return render(request, "federation/link.html", {"claim": claim, "upstream": upstream})


@never_cache
@require_POST
@confirmed
def link(request: HttpRequest) -> HttpResponse:
    """Link the key of who came from an academy to the account they are signed in to."""
    person = who(request)
    claim, to = pending.waiting(request)
    try:
        upstreams.link(person, claim)
    except NameTaken:
        return render(request, "federation/refused.html", {"claim": claim, "taken": True}, status=409)
    said = _("Vous pouvez maintenant vous connecter par votre académie.")
    if announced.of(person, claim):
        return done(request, said, reverse("announced-account"))
    return _go_on(request, said, to)


REFUSED: dict[type[Refusal], str | Promise] = {  # to who says that both accounts are theirs: the first that fits
    announced.Used: gettext_lazy("Cet autre compte a déjà servi : prouvez d’abord qu’il est à vous."),
    **wording.NOT_ONE,
}


@never_cache
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def other(request: HttpRequest) -> HttpResponse:
    """Ask who linked their academy whether the account that its directory made is theirs too; a yes makes the two one."""
    person = who(request)
    try:
        claim, to = pending.waiting(request)
    except Expired:
        return HttpResponseRedirect(reverse("me"))
    found = announced.of(person, claim)
    if found is None:
        return _go_on(request, "", to)
    if request.method == "POST":
        return _answer(request, claim, found, to)
    return _ask_whether(request, found)


def _answer(request: HttpRequest, claim: Claim, found: Announced, to: str) -> HttpResponse:
    said = request.POST.get("same")
    if said not in {"yes", "no"}:
        raise BadInput
    if said == "no":
        return _go_on(request, _("Rien n’a changé : une personne habilitée va vérifier."), to)
    try:
        announced.unite(who(request), claim)
    except NotFound:  # somebody was faster
        return _go_on(request, _("Cette question a déjà sa réponse."), to)
    except Conflict as refusal:
        why = wording.first_that_fits(refusal, REFUSED)
        return _ask_whether(request, found, said=why, status=409)
    return _go_on(request, _("Vos deux comptes n’en font plus qu’un. Vos documents sont ici."), to)


def _ask_whether(request: HttpRequest, found: Announced, *, status: int = 200, **more: object) -> HttpResponse:
    mine = {"name": who(request).name, "mail": people.primary_mail(who(request).pk)}
    shown = {"mine": mine, "other": found, **more}
    return render(request, "federation/announced.html", shown, status=status)


def _go_on(request: HttpRequest, said: str, to: str) -> HttpResponse:
    """Forget what the academy said, and let the person go where they were going."""
    pending.forget(request)
    return done(request, said, to or reverse("home"))


@login_not_required
@never_cache
@require_POST
def arrive(request: HttpRequest) -> HttpResponse:
    """Open an account for who came from an academy and never had one, where it may send new people."""
    claim, to = pending.waiting(request)
    try:
        person = upstreams.arrive(claim)
    except (Denied, NameTaken) as refusal:
        taken = isinstance(refusal, NameTaken)
        upstreams.refused(claim, ["the address is taken" if taken else "it may not send this person"])
        return render(request, "federation/refused.html", {"claim": claim, "held": taken}, status=403)
    pending.forget(request)
    record_authentication(request, person, "socialaccount", provider=claim.key, uid=claim.subject)
    return perform_login(request, Login(user=person, redirect_url=to or reverse("home")))  # type: ignore[no-any-return]


@require_POST
@confirmed
def unlink(request: HttpRequest, link_id: int) -> HttpResponse:
    """Make a key of the person's open their account no longer."""
    person = who(request)
    try:
        upstreams.unlink(person, link_id, ways_left(person))
    except Conflict:
        said = _(
            "C’est votre seul moyen de vous connecter. Choisissez d’abord un mot de passe, ou ajoutez une clé d’accès."
        )
        return render(request, "web/refusal.html", {"sentence": said}, status=409)
    return done(request, _("Votre compte ne s’ouvre plus par cette académie."), reverse("me"))


def ways_left(person: Person) -> list[bool]:
    """Return whether a person has other ways in than an academy: a password, a passkey."""
    return [person.has_usable_password(), bool(factors.of(person).passkeys)]
