"""What is done as people leave: they are told, and those they share with; teams they led get somebody; at the end, the account is put away.

Once a day, and what was missed is made up for: each step of a departure is written down as it is done, with it or not at all.
Whether somebody still gets in does not depend on it: `departures.py` computes that at each door.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from cartable.identity import departures, inheriting, letters, lifecycle, people
from cartable.identity.feeds import turns
from cartable.identity.models import Farewell, Person, Posting
from cartable.kernel import audit, clock
from cartable.kernel.bulk import batches
from cartable.kernel.tasks import progress, task
from cartable.options import public_url
from cartable.web import formats

LEFT, MONTH, WEEK, CLOSED = "left", "month", "week", "closed"  # steps of a departure, in order
BEFORE = {MONTH: timedelta(days=30), WEEK: timedelta(days=7), CLOSED: timedelta(0)}  # the account closes


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to who left. Its text knows `day`, the day on which the account closes."""

    subject: str | Promise
    text: str | Promise


LETTERS = {
    LEFT: Letter(
        _("Votre compte se lit, sans se modifier"),
        _(
            "Votre dernière affectation a pris fin. Jusqu’au %(day)s, vous pouvez vous connecter, lire vos documents et les "
            "emporter ; ce jour-là, votre compte sera archivé, et ce que vous partagez ne s’ouvrira plus aux autres. Une "
            "nouvelle affectation rétablit tout, à tout moment."
        ),
    ),
    MONTH: Letter(
        _("Votre compte sera archivé dans un mois"),
        _("Votre compte sera archivé le %(day)s. D’ici là, vous pouvez encore emporter vos documents et vos données."),
    ),
    WEEK: Letter(
        _("Votre compte sera archivé dans une semaine"),
        _("Votre compte sera archivé le %(day)s. C’est le moment d’emporter vos documents et vos données."),
    ),
}


@task
def see_off() -> None:
    """Do what is due of each departure; then see that no team is left without somebody who leads it."""
    for number in leaving():
        see_one_off(number)
        progress(0)
    inheriting.inherit()
    for inherit in lifecycle.declared("inherit").values():
        inherit()


def leaving() -> Iterator[int]:
    """Return who has left and is not put away yet, by id."""
    away = Farewell.objects.filter(person=OuterRef("pk"), left_on=OuterRef("left_on"), said=CLOSED)
    left = Person.objects.filter(~Exists(away), is_active=True, left_on__lte=clock.today())
    return chain.from_iterable(batches(left))


@transaction.atomic
def see_one_off(number: int) -> None:
    """Do what is due of the departure of a person, unless they are back: of several letters that are due, the last is enough."""
    person = Person.objects.select_for_update().get(pk=number)
    if person.left_on is None or not departures.has_left(person.left_on, clock.today()):
        return
    said = set(Farewell.objects.filter(person=person, left_on=person.left_on).values_list("said", flat=True))
    known = steps(person.left_on)
    due = [step for step, day in known.items() if day <= clock.today() and step not in said]
    Farewell.objects.bulk_create(Farewell(person=person, left_on=person.left_on, said=step) for step in due)
    closes = departures.closes_on(person.left_on)
    if CLOSED in due:
        close(person)
    elif due and (to := people.primary_mail(person.pk)):
        write.enqueue(person.pk, due[-1], to, closes.isoformat())
    warning = MONTH if MONTH in known else LEFT  # where the grace is shorter than a month
    if warning in due and CLOSED not in due:
        for receiver in sorted(_receivers(person.pk)):
            warn.enqueue(receiver, person.pk, closes.isoformat())


def steps(left_on: date) -> dict[str, date]:
    """Return the day of each step of a departure, in order; those before it begins are left out."""
    closes = departures.closes_on(left_on)
    days = {LEFT: left_on} | {step: closes - before for step, before in BEFORE.items()}
    return {step: day for step, day in days.items() if day >= left_on}


def follow_grace(was: int, days: int) -> None:
    """See that those whose last days the grace decides are told, and let in, by the new one."""
    tell_anew.enqueue(max(was, days))


@task
def tell_anew(reach: int) -> None:
    """Do, for who was posted here within so many days, as if their postings had changed: a batch at a time.

    What was done of a departure and is now to come, letters too, is to be done again, on its new day.
    """
    day = clock.today() - timedelta(days=reach)
    ended = Posting.objects.filter(person=OuterRef("pk"), end__gte=day, cancelled=False)
    near = Person.objects.filter(Exists(ended) | Q(left_on__gte=day), merged_into=None, erased_at=None)
    for some in batches(near):
        with transaction.atomic():
            turns.take()
            days = Person.objects.filter(pk__in=some).values_list("left_on", flat=True)
            for left_on in {one for one in days if one}:
                to_come = [step for step, due in steps(left_on).items() if due > clock.today()]
                Farewell.objects.filter(person__in=some, left_on=left_on, said__in=to_come).delete()
            people.changed(some)
        progress(0)


def close(person: Person) -> None:
    """Put an account away, in the trail too. Nothing is deleted, and all of it comes back with a posting."""
    put_away(person)
    audit.record("person.archive", account=person.pk)


def put_away(person: Person) -> None:
    """Let each package do its part as an account closes."""
    for leave in lifecycle.declared("leave").values():
        leave(person.pk)
    people.tell_followers([person.pk])


def _receivers(person: int) -> set[int]:
    found = set().union(*(receivers(person) for receivers in lifecycle.declared("receivers").values()))
    return departures.among(found)


@task
def write(person_id: int, step: str, to: str, closes: str) -> None:
    """Write to who left, unless they are back."""
    person = people.by_id(person_id)
    if departures.of(person) != "grace":
        return
    with override(person.language):
        letter, day = LETTERS[step], formats.long_day(date.fromisoformat(closes))
        letters.send(person, to, str(letter.subject), [str(letter.text) % {"day": day}, f"{public_url()}/me"])


@task
def warn(receiver_id: int, person_id: int, closes: str) -> None:
    """Write to somebody with whom a person who left shares something, unless they are back."""
    receiver, person = people.by_id(receiver_id), people.by_id(person_id)
    to = people.primary_mail(receiver.pk)
    if not to or departures.of(person) != "grace":
        return
    with override(receiver.language):
        values = {"name": person.name, "day": formats.long_day(date.fromisoformat(closes))}
        subject = gettext("Ce que partage avec vous %(name)s se ferme bientôt") % values
        text = gettext(
            "%(name)s n’a plus d’affectation. Ce que cette personne partage avec vous ne s’ouvrira plus à "
            "partir du %(day)s : copiez d’ici là ce dont vous avez besoin."
        )
        letters.send(receiver, to, subject, [text % values, f"{public_url()}/shared"])
