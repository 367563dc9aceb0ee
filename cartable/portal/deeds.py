"""What concerns a person, from the audit trail: what they did, what befell their account, what their links served to.

Who else used a link is not told, only that it was. What the person may no longer see is not named.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import groupby, islice

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartable.identity import delegations, directory, origins, people, teams
from cartable.identity.actors import EVERYONE, Actor
from cartable.identity.directory import Hit
from cartable.kernel import audit
from cartable.kernel.models import Act
from cartable.spaces import homes, sharing, wording
from cartable.spaces.access import Role, seen
from cartable.spaces.lineage import lineages
from cartable.web import register
from cartable.web.formats import harmless, size

LEAF = 50  # lines of a page
VERBS: Mapping[str, tuple[str, str | Promise]] = {  # icon, and what happened
    "sign-in": ("user", _("Connexion")),
    "sign-in.refused": ("warning", _("Mot de passe faux à la connexion")),
    "sign-in.throttled": ("warning", _("Connexion refusée un moment : trop de mots de passe faux")),
    "confirm.refused": ("warning", _("Mot de passe faux pour un réglage")),
    "password.change": ("key", _("Mot de passe changé")),
    "password.reset-asked": ("mail", _("Nouveau mot de passe demandé par courriel")),
    "password.reset": ("key", _("Mot de passe remplacé par le lien d’un courriel")),
    "code.refused": ("warning", _("Code faux à la connexion")),
    "totp.add": ("phone", _("Application de codes reliée")),
    "totp.drop": ("phone", _("Application de codes retirée")),
    "passkey.add": ("key", _("Clé d’accès ajoutée")),
    "passkey.drop": ("key", _("Clé d’accès retirée")),
    "codes.new": ("key", _("Codes de secours refaits")),
    "factors.reset": ("key", _("Double authentification retirée par l’assistance")),
    "key.link": ("school", _("Compte relié à une académie")),
    "key.unlink": ("school", _("Compte délié d’une académie")),
    "demand.add": ("lock", _("Double authentification demandée")),
    "demand.drop": ("lock", _("Double authentification plus demandée")),
    "upstream.add": ("school", _("Connexion par une académie ouverte")),
    "upstream.secret": ("school", _("Secret changé d’une connexion par une académie")),
    "upstream.drop": ("school", _("Connexion par une académie fermée")),
    "upstream.refused": ("warning", _("Personne refusée à son arrivée d’une académie")),
    "scim.token": ("school", _("Jeton donné à un annuaire")),
    "scim.stop": ("warning", _("Annuaire arrêté par le garde-fou")),
    "scim.allow": ("school", _("Garde-fou levé un moment pour un annuaire")),
    "session.end": ("logout", _("Navigateur déconnecté")),
    "app-password.new": ("device", _("Mot de passe d’application créé")),
    "app-password.revoke": ("device", _("Mot de passe d’application révoqué")),
    "person.arrive": ("user", _("Compte ouvert")),
    "person.move": ("school", _("Changement d’affectation")),
    "posting.begin": ("school", _("Début d’une affectation")),
    "posting.end": ("school", _("Fin d’une affectation")),
    "absence.begin": ("calendar", _("Début d’une absence")),
    "absence.end": ("calendar", _("Fin d’une absence")),
    "absence.date": ("calendar", _("Dates d’une absence corrigées")),
    "sign-in.archived": ("warning", _("Connexion à un compte archivé, refusée")),
    "person.archive": ("archive", _("Compte archivé")),
    "person.death": ("archive", _("Décès noté, et compte fermé")),
    "person.alive": ("user", _("Décès noté par erreur, et compte rouvert")),
    "person.export": ("download", _("Copie de toutes les données emportée")),
    "person.erase": ("trash", _("Compte effacé")),
    "team.inherit": ("users", _("Équipe reprise, que plus personne n’animait")),
    "posting.give": ("school", _("Affectation donnée à la main")),
    "posting.stop": ("school", _("Affectation terminée à la main")),
    "posting.cancel": ("school", _("Affectation annoncée, puis annulée")),
    "posting.date": ("school", _("Dates d’une affectation corrigées à la main")),
    "delegation.give": ("key", _("Rôle d’administration donné")),
    "delegation.end": ("key", _("Rôle d’administration terminé")),
    "reset.send": ("mail", _("Lien pour un nouveau mot de passe envoyé par l’assistance")),
    "sessions.end": ("logout", _("Tous les navigateurs déconnectés")),
    "quota.allot": ("documents", _("Taille de l’espace personnel changée")),
    "quota.settle": ("documents", _("Taille de l’espace personnel revenue à celle d’un compte")),
    "feed.apply": ("school", _("Annuaire reçu et appliqué")),
    "structure.join": ("school", _("Établissement réuni à un autre")),
    "structure.give": ("school", _("Établissement donné à une autre académie")),
    "structure.part": ("school", _("Établissement rouvert, qui avait été réuni à un autre")),
    "client.add": ("link", _("Application déclarée")),
    "client.secret": ("link", _("Nouveau secret donné à une application")),
    "client.audience": ("link", _("Public d’une application changé")),
    "client.scim": ("link", _("Annonce des comptes à une application changée")),
    "oidc.rotate": ("key", _("Clé de signature des connexions renouvelée")),
    "client.drop": ("link", _("Application retirée")),
    "retention.change": ("archive", _("Durée de conservation changée")),
    "audit.read": ("eye", _("Journal des actes consulté")),
    "person.listed": ("search", _("Retour dans l’annuaire")),
    "person.unlisted": ("search", _("Sortie de l’annuaire")),
    "person.merge": ("users", _("Deux comptes réunis")),
    "person.unmerge": ("users", _("Réunion de deux comptes annulée")),
    "record.join": ("school", _("Compte reconnu dans un annuaire, à son identifiant national")),
    "case.different": ("users", _("Compte reconnu comme celui d’une autre personne")),
    "application.consent": ("link", _("Connexion acceptée à une application")),
    "application.revoke": ("link", _("Accès d’une application retiré")),
    "application.replay": ("warning", _("Jeton déjà utilisé : accès d’une application retiré")),
    "team.form": ("users", _("Équipe formée")),
    "team.lead": ("users", _("Équipe formée, à animer")),
    "team.rename": ("users", _("Équipe renommée")),
    "team.close": ("users", _("Équipe fermée")),
    "team.open": ("users", _("Équipe rouverte")),
    "team.add": ("users", _("Personne ajoutée à une équipe")),
    "team.remove": ("users", _("Personne retirée d’une équipe")),
    "share": ("share", _("Partage donné")),
    "share.change": ("share", _("Partage modifié")),
    "unshare": ("share", _("Partage retiré")),
    "link": ("link", _("Lien créé")),
    "refused": ("lock", _("Accès refusé")),
    **{verb: ("link", said) for verb, said in wording.USES.items()},
}
# as whom it befell reads it; who did it is named, whom they know: of a share they received, of their team
BEFALLEN: Mapping[str, str | Promise] = {
    "share": _("Partage reçu"),
    "team.add": _("Ajout à une équipe"),
    "team.remove": _("Retrait d’une équipe"),
}
OF_TEAMS = ("team.form", "team.rename", "team.close", "team.open")  # what concerns each who is named in one
NAMED = {  # details that are somebody, in the order they are told, and what makes them principals
    "account": "person:",
    "principal": "",
    "member": "person:",
    "team": "team:",
    "structure": "structure:",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """An act as the person reads it. `node` is what it is about, if they may see it; `facts` are told beside its date."""

    at: datetime
    icon: str
    said: str | Promise
    node: int | None
    name: str
    facts: Sequence[str]


def of(actor: Actor, before: int | None = None) -> tuple[list[Deed], int | None]:
    """Return what concerns a person, the latest first, and from where to go on if there is more.

    Raises Denied to who only holds a link. A fixed number of queries.
    """
    person, mine = actor.somebody, people.once(actor.somebody)
    found = merge(
        audit.acts_of(*mine, before=before, limit=2 * (LEAF + 1)),
        audit.acts_on("account", *mine, before=before, limit=2 * (LEAF + 1)),
        audit.acts_on("link", *sharing.links_of(actor), before=before, limit=2 * (LEAF + 1)),
        _of_teams(person, before),
        key=lambda act: act.pk,
        reverse=True,
    )
    acts = list(islice(each_once(found), LEAF + 1))
    older = acts[LEAF - 1].pk if len(acts) > LEAF else None
    return told(actor, mine, acts[:LEAF]), older


def _of_teams(person: int, before: int | None) -> list[Act]:
    """Return what was done to the teams of a person since they are in them."""
    since = teams.joined(person)
    acts = audit.acts_on("team", *since, verbs=OF_TEAMS, before=before, limit=2 * (LEAF + 1))
    return [act for act in acts if act.object is not None and act.at >= since[act.object]]


def each_once(acts: Iterable[Act]) -> Iterator[Act]:
    """Yield acts that are read one after the other, each once."""
    return (list(rows)[-1] for _one, rows in groupby(acts, key=_joined))


def _joined(act: Act) -> tuple[object, ...]:
    """Return what two rows of one act have in common: two accounts that are joined have it each in their trail."""
    survivor, loser = act.detail.get("survivor"), act.detail.get("loser")
    return (act.pk,) if survivor is None else (act.verb, survivor, loser)


def told(actor: Actor, mine: Collection[int], acts: Sequence[Act]) -> list[Deed]:
    """Return acts as a person may read them, who once was `mine` (`people.once`). A fixed number of queries."""
    nodes = _nodes(actor, {act.detail["node"] for act in acts if "node" in act.detail})
    hits = directory.names_of({one for act in acts for one in principals(act)})
    return [_deed(mine, act, nodes, hits) for act in acts]


def spelled(verb: str) -> tuple[str, str | Promise]:
    """Return the icon of an act, and what happened; of one that only another version of the site knew, its name."""
    return VERBS.get(verb, ("info", verb))


def said(verb: str) -> str | Promise:
    """Return what happened."""
    return spelled(verb)[1]


def _deed(mine: Collection[int], act: Act, nodes: Mapping[int, str], hits: Mapping[str, Hit]) -> Deed:
    icon, happened = spelled(act.verb)
    if _befell(mine, act):
        happened = BEFALLEN.get(act.verb, happened)
    node = act.detail.get("node")
    shown = node if node in nodes else None
    return Deed(act.at, icon, happened, shown, nodes.get(node, ""), _facts(mine, act, hits))


def _nodes(actor: Actor, ids: Iterable[int]) -> dict[int, str]:
    """Return what those nodes are called that the actor may see; a root, as its space."""
    reached = seen(actor, lineages(ids).values())
    titles = homes.owners_of({one.entry.space for one in reached.values()})
    return {number: harmless(one.entry.name) or titles[one.entry.space][1] for number, one in reached.items()}


def about(act: Act) -> list[str]:
    """Return whom the details of an act name, as principals, each once."""
    named = (f"{kind}{act.detail[name]}" for name, kind in NAMED.items() if act.detail.get(name) is not None)
    return list(dict.fromkeys(named))


def principals(act: Act) -> list[str]:
    """Return those, and who acted, by which role."""
    who = [f"person:{act.person}"] if "office" in act.detail or act.verb in BEFALLEN else []
    at = [f"structure:{act.detail['at']}"] if "office" in act.detail else []
    return [*about(act), *who, *at]


def _befell(mine: Collection[int], act: Act) -> bool:
    """Return whether somebody else did an act to an account of a person's."""
    return act.kind == "account" and act.object in mine and act.person not in mine


def _facts(mine: Collection[int], act: Act, hits: Mapping[str, Hit]) -> list[str]:
    did, self = act.person in mine, {f"person:{one}" for one in mine}
    facts = [called(one, hits) for one in about(act) if one not in self]
    facts += details(act)
    if act.detail.get("browser") and act.detail.get("system"):
        facts.append(gettext("%(browser)s sur %(system)s") % act.detail)
    if did and act.verb.startswith("link."):
        facts.append(gettext("par vous"))
    if "office" in act.detail and not did:
        facts.append(by_office(act, hits))
    if _befell(mine, act) and act.verb in BEFALLEN:
        facts.append(gettext("par %(name)s") % {"name": called(f"person:{act.person}", hits)})
    if act.address and (did or (act.kind == "account" and act.person is None)):
        facts.append(act.address)
    return facts


def details(act: Act) -> list[str]:
    """Return what else an act says of itself: a role, an amount."""
    facts = [str(wording.ROLES[Role(act.detail["role"])])] if act.verb in {"share", "link"} else []
    if act.verb.startswith("delegation."):
        facts.append(str(delegations.TITLES[act.detail["role"]]))
    if act.verb == "retention.change":
        facts.append(_retention(act))
    if act.verb in {"quota.allot", "quota.settle"}:
        facts.append(size(act.detail["quota"]))
    if act.verb.startswith("client."):
        facts.append(harmless(act.detail.get("name") or act.detail["client"]))
    if act.verb == "record.join":
        facts.append(origins.said(act.detail["source"]))
    if act.verb == "feed.apply":
        facts += [origins.said(act.detail["source"]), _counted(act)]
    return facts


def _counted(act: Act) -> str:
    """Return how many people a feed changed; of what is not of each feed, if there is any: who waits for an answer, what was left out."""
    counts = {name: act.detail.get(name, 0) for name in ("arrived", "moved", "ended", "proposed", "refused")}
    said = [gettext("arrivées : %(arrived)s, mutations : %(moved)s, départs : %(ended)s")]
    if counts["proposed"]:
        said.append(gettext("à rapprocher : %(proposed)s"))
    if counts["refused"]:
        said.append(gettext("fiches refusées : %(refused)s"))
    return ", ".join(said) % counts


def _retention(act: Act) -> str:
    titles = {one.name: str(one.title) for one in register.every_retention()}
    name, days, was = (act.detail[key] for key in ("retention", "days", "was"))
    told = {"title": titles.get(name, name), "days": register.in_days(days), "was": register.in_days(was)}
    return gettext("%(title)s : %(days)s, au lieu de %(was)s") % told


def by_office(act: Act, hits: Mapping[str, Hit]) -> str:
    """Return who did an act, and by which role."""
    who, role = called(f"person:{act.person}", hits), delegations.TITLES[act.detail["office"]]
    place = called(f"structure:{act.detail['at']}", hits)
    return gettext("par %(name)s, %(role)s, %(place)s") % {"name": who, "role": str(role).lower(), "place": place}


def called(principal: str, hits: Mapping[str, Hit]) -> str:
    """Return what a principal is called."""
    if principal == EVERYONE or principal.startswith("link:"):
        return wording.principal(principal, None)[0]
    hit = hits.get(principal)
    return hit.name if hit else str(wording.FORMER)
