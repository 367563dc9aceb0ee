"""Letters: what the site writes to people about their own account, in their language. A task sends each.

What opens something is never a value of a letter: values wait in the table of tasks. `resets` makes its link as it writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from cartable.identity import people
from cartable.identity.models import Person
from cartable.kernel import clock, logs, mail
from cartable.kernel.tasks import task
from cartable.options import options, public_url
from cartable.web import formats


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written about one event."""

    subject: str | Promise
    text: str | Promise


LETTERS = {  # by what the audit trail calls the event
    "password.change": Letter(_("Votre mot de passe a été changé"), _("Le mot de passe de votre compte a été changé.")),
    "password.reset": Letter(
        _("Votre mot de passe a été remplacé"),
        _(
            "Un nouveau mot de passe a été choisi pour votre compte, par le lien d’un message comme celui-ci. "
            "Les navigateurs qui étaient connectés ne le sont plus ; vos appareils et applications gardent leur accès."
        ),
    ),
    "totp.add": Letter(
        _("Une application de codes protège votre compte"),
        _("Une application de codes a été ajoutée à votre compte : elle sera demandée à la connexion."),
    ),
    "totp.drop": Letter(
        _("L’application de codes a été retirée"),
        _("L’application de codes de votre compte a été retirée : elle ne sera plus demandée à la connexion."),
    ),
    "passkey.add": Letter(
        _("Une clé d’accès ouvre votre compte"),
        _("Une clé d’accès a été ajoutée à votre compte : elle suffit pour s’y connecter."),
    ),
    "passkey.drop": Letter(
        _("Une clé d’accès a été retirée"), _("Une clé d’accès de votre compte a été retirée : elle ne l’ouvre plus.")
    ),
    "codes.new": Letter(
        _("De nouveaux codes de secours"),
        _("De nouveaux codes de secours ont été faits pour votre compte. Les précédents ne valent plus rien."),
    ),
    "key.link": Letter(
        _("Une académie ouvre votre compte"),
        _("Votre compte a été relié à une académie : se connecter chez elle suffit désormais pour l’ouvrir."),
    ),
    "key.unlink": Letter(
        _("Une académie n’ouvre plus votre compte"), _("Une académie qui ouvrait votre compte ne l’ouvre plus.")
    ),
    "person.merge": Letter(
        _("Votre compte a été réuni à un autre"),
        _(
            "Votre compte et un autre ont été reconnus comme ceux d’une même personne : ils n’en font plus qu’un, que toutes vos "
            "adresses ouvrent. S’il y avait des documents dans cet autre compte, votre espace a la place des deux pendant trois mois. "
            "Cela peut être défait pendant trente jours : si cet autre compte n’est pas le vôtre, dites-le sans tarder."
        ),
    ),
    "person.unmerge": Letter(
        _("La réunion de vos comptes a été annulée"),
        _("Votre compte et celui auquel il avait été réuni sont de nouveau deux comptes, chacun avec ses adresses."),
    ),
    "quota.settle": Letter(
        _("La place de votre espace change"),
        _(
            "Il y a trois mois, deux comptes ont été reconnus comme les vôtres, et votre espace a eu la place des deux. Il a de "
            "nouveau celle d’un compte, le plus grand des deux, ou celle de ce qu’il contient si c’est plus : rien n’est effacé."
        ),
    ),
    "factors.reset": Letter(
        _("Votre double authentification a été retirée"),
        _(
            "À votre demande, l’assistance a retiré les clés d’accès, l’application de codes et les codes de secours de "
            "votre compte. Les navigateurs qui étaient connectés ne le sont plus."
        ),
    ),
}


def tell(person: Person, event: str) -> None:
    """Let a person know, by mail, of what befalls their account now; with the current transaction, or not at all."""
    if to := people.primary_mail(person.pk):
        write.enqueue(person.pk, event, to, clock.now().isoformat(), logs.address.get())


@task
def write(person_id: int, event: str, to: str, at: str, address: str) -> None:
    """Write a letter to a person, about what happened `at` some moment, from a network address."""
    person = people.by_id(person_id)
    with override(person.language):
        said = LETTERS[event]
        send(person, to, str(said.subject), [str(said.text), _circumstances(datetime.fromisoformat(at), address)])


def send(person: Person, to: str, subject: str, paragraphs: Iterable[str]) -> None:
    """Send a mail to a person now, in the language that is spoken. Raises what `mail.send` raises."""
    greeting = gettext("Bonjour %(name)s,") % {"name": person.name}
    mail.send(to, subject, "\n\n".join([greeting, *paragraphs, f"Cartable, {public_url()}"]) + "\n")


def _circumstances(at: datetime, address: str) -> str:
    values: dict[str, Any] = {"day": formats.long_day(local := formats.local(at)), "hour": formats.hour(local)}
    when = gettext("C’était le %(day)s à %(hour)s.") % values
    if address:
        values["address"] = address
        when = gettext("C’était le %(day)s à %(hour)s, depuis l’adresse réseau %(address)s.") % values
    if options.support:
        return f"{when} " + gettext("Si ce n’est pas vous, écrivez à %(support)s.") % {"support": options.support}
    return f"{when} " + gettext("Si ce n’est pas vous, prévenez qui administre ce site.")
