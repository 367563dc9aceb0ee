"""How pages of administration answer: what was done, or in a sentence why it cannot be, on the page where it was asked."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity import appointing, teams
from cartable.identity.actors import Actor
from cartable.identity.delegations import offices
from cartable.identity.requests import actor_of
from cartable.identity.roles import NotOfThere
from cartable.kernel import errors
from cartable.spaces.allotting import TooNarrow
from cartable.web.answers import done
from cartable.web.formats import harmless
from cartable.web.refusals import sentence_of


class Misread(errors.BadInput):
    """A field of a form that does not suit: its name there, and a sentence for who filled it."""

    def __init__(self, field: str, sentence: str | Promise) -> None:
        super().__init__(field)
        self.field, self.sentence = field, sentence


WHY: dict[type[errors.Refusal], str | Promise] = {
    NotOfThere: _("Cette personne n’est affectée ni là, ni au-dessous, ni au-dessus : un rôle n’y vaudrait rien."),
    appointing.NoFunction: _("Choisissez une fonction : une affectation dit ce que l’on fait là."),
    appointing.Stated: _("C’est un annuaire qui annonce cette affectation : ses dates se corrigent chez lui."),
    teams.Stated: _("C’est un annuaire qui annonce cette équipe : elle se change chez lui."),
    teams.BadDiscipline: _("Le code d’une discipline n’a que des lettres et des chiffres : L1000."),
    TooNarrow: _("Ce que contient l’espace n’y tiendrait plus."),
    errors.Past: _("Ces dates ne conviennent pas : la fin vient avant le début, ou elle est passée."),
    errors.Conflict: _("C’est déjà le cas, ou cela ne peut plus être changé."),
    errors.BadInput: _("Un champ n’a pas été compris : vérifiez les codes, les dates et les nombres."),
}


def attempt(request: HttpRequest, to: str, act: Callable[[], object], said: str | Promise) -> HttpResponse:
    """Do something, say so and go to a page; or say there why it cannot be. Who may not gets the page of a refusal."""
    try:
        act()
    except (errors.Conflict, errors.BadInput, errors.TooMany) as refusal:
        kind = next((one for one in type(refusal).__mro__ if one in WHY), None)
        sentence = refusal.sentence if isinstance(refusal, Misread) else WHY[kind] if kind else sentence_of(refusal)
        messages.error(request, harmless(str(sentence)))
        return HttpResponseRedirect(to, status=303)
    return done(request, said, to)


def administrator(request: HttpRequest) -> Actor:
    """Return the reader. Raises Denied to who has no role: before anything is looked at."""
    actor = actor_of(request)
    if not offices(actor):
        raise errors.Denied(actor.person)
    return actor
