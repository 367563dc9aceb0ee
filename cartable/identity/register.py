"""What identity keeps of people, for the register of processing (`web/register.py`)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from cartable.web.register import Kept, Retention, Toll

THEMSELVES, HEADS = _("L’agent ; qui administre le site"), _("Qui dirige l’académie ; qui administre le site")

OWN = (
    Kept(
        _("Compte"),
        _("Reconnaître chaque agent pendant toute sa carrière, et lui écrire"),
        _(
            "Nom, adresses présentes et passées, langue, présence dans l’annuaire, dates de première et de dernière connexion"
        ),
        ("identity.Person", "identity.Address", "identity.AddressClaim"),
        _("L’agent ; ses collègues, pour son nom"),
    ),
    Kept(
        _("Affectations et absences"),
        _("Ouvrir à chacun ce qui va avec son travail, et fermer le compte de qui est parti"),
        _("Structures, fonctions, disciplines, dates ; type et dates des absences"),
        ("identity.Posting", "identity.Absence"),
        _("L’agent ; ses collègues, pour l’affectation du moment, sauf liste rouge"),
    ),
    Kept(
        _("Équipes"),
        _("Travailler à plusieurs"),
        _("Équipes dont l’agent est membre, celles qu’il anime"),
        ("identity.Membership",),
        _("Les membres de l’équipe"),
    ),
    Kept(
        _("Rôles d’administration"),
        _("Savoir qui peut agir pour d’autres, où, jusqu’à quand, et qui l’a permis"),
        _("Rôle, structure, dates, qui l’a donné"),
        ("identity.Delegation",),
        _("L’agent ; qui administre la structure"),
    ),
    Kept(
        _("Moyens de connexion"),
        _("Vérifier qui se connecte"),
        _(
            "Empreinte du mot de passe et des mots de passe d’application, clés d’accès, applications de codes, comptes d’académie"
        ),
        (
            "identity.AppPassword",
            "identity.DeviceLogin",
            "mfa.Authenticator",
            "socialaccount.SocialAccount",
            "socialaccount.SocialToken",
        ),
        _("L’agent, sans les secrets"),
    ),
    Kept(
        _("Navigateurs connectés"),
        _("Rester connecté, et pouvoir se déconnecter à distance"),
        _("Navigateur, système, adresse réseau, dernière visite"),
        ("usersessions.UserSession", "sessions.Session"),
        THEMSELVES,
        _("Deux semaines après la dernière visite"),
        (),
    ),
    Kept(
        _("Départs"),
        _("Prévenir une fois chacun avant que son compte ne se ferme"),
        _("Dates des messages envoyés"),
        ("identity.Farewell",),
        _("Qui administre le site"),
    ),
    Kept(
        _("Adresses d’agents effacés"),
        _("Ne jamais donner à quelqu’un l’adresse d’un autre"),
        _("Une empreinte, illisible, de l’adresse"),
        ("identity.FormerAddress",),
        _("Personne"),
        _("Sans fin"),
        (),
    ),
)
FEEDS = (
    Kept(
        _("Rapprochement des annuaires"),
        _("Savoir que deux fiches, d’hier et d’aujourd’hui, d’ici et d’ailleurs, sont d’une même personne"),
        _("Noms et date de naissance ; empreintes illisibles des identifiants nationaux et d’académie ; fiches reçues"),
        ("feeds.PersonKey", "feeds.Civil", "feeds.Row", "feeds.ScimResource", "feeds.ScimMail", "feeds.ScimMember"),
        HEADS,
    ),
    Kept(
        _("Questions de rapprochement"),
        _("Faire juger par quelqu’un si deux comptes sont d’une même personne"),
        _("Les deux comptes, les indices, la réponse et qui l’a donnée"),
        ("feeds.MatchCase",),
        HEADS,
        _("Après la réponse, si c’est oui ; sinon tant que les comptes existent"),
        ("case_days",),
    ),
    Kept(
        _("Réunions de comptes"),
        _("Pouvoir défaire une erreur pendant trente jours, et savoir ensuite ce qui s’est passé"),
        _("Ce qui est passé d’un compte à l’autre, et qui l’a décidé"),
        ("feeds.MergeLog",),
        _("Qui administre le site"),
    ),
    Kept(
        _("Fichiers reçus des annuaires"),
        _("Comprendre ce qui a été appliqué"),
        _("Les fichiers tels qu’ils sont arrivés"),
        ("feeds.Batch",),
        _("Qui administre le site"),
        _("Après leur arrivée"),
        ("feed_days",),
    ),
)
ERASED = ngettext_lazy(
    "%d compte serait effacé la nuit prochaine, avec ses documents.",
    "%d comptes seraient effacés la nuit prochaine, avec leurs documents.",
)
CLOSED = ngettext_lazy(
    "%d compte serait archivé aussitôt : la personne ne s’y connecterait plus.",
    "%d comptes seraient archivés aussitôt : les personnes ne s’y connecteraient plus.",
)
OWN_RETENTIONS = (
    Retention(
        "grace_days",
        _("Lecture après un départ"),
        _("Il faut un mois à qui part pour emporter ce qui est à lui, et deux entre deux affectations."),
        30,
        366,
        (
            Toll(CLOSED, "cartable.identity.departures.would_close"),
            Toll(ERASED, "cartable.identity.erasing.would_go_by_grace"),
        ),
        after="cartable.identity.departing.follow_grace",
    ),
    Retention(
        "archive_days",
        _("Compte archivé, avant l’effacement"),
        _("C’est le temps pendant lequel qui revient retrouve tout, et pendant lequel on peut répondre à la justice."),
        90,
        3653,
        (Toll(ERASED, "cartable.identity.erasing.would_go"),),
    ),
)
FEED_RETENTIONS = (
    Retention(
        "feed_days",
        _("Fichiers reçus des annuaires"),
        _("Une semaine suffit à comprendre ce qui a été appliqué ; au-delà de trois mois, rien ne le justifie."),
        7,
        92,
        (
            Toll(
                ngettext_lazy(
                    "Les fichiers de %d import seraient effacés la nuit prochaine.",
                    "Les fichiers de %d imports seraient effacés la nuit prochaine.",
                ),
                "cartable.identity.feeds.keeping.would_go",
            ),
        ),
    ),
    Retention(
        "case_days",
        _("Questions de rapprochement, après la réponse"),
        _(
            "Deux comptes réunis se séparent encore pendant trente jours, et il faut alors savoir pourquoi ils l’étaient."
        ),
        30,
        366,
        (
            Toll(
                ngettext_lazy(
                    "%d question serait effacée la nuit prochaine.",
                    "%d questions seraient effacées la nuit prochaine.",
                ),
                "cartable.identity.feeds.cases.would_go",
            ),
        ),
    ),
)
PROVIDER = (
    Kept(
        _("Applications reliées"),
        _("Se connecter à d’autres applications avec ce compte"),
        _("Applications autorisées et ce qu’elles savent ; connexions en cours ; identifiants qu’elles connaissent"),
        ("oidc.Authorization", "oidc.Token", "oidc.Consent", "oidc.Subject", "oidc.Provisioned"),
        _("L’agent ; l’application, pour ce qu’il lui a ouvert"),
    ),
)
