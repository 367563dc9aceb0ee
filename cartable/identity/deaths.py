"""Somebody has died. No feed says why a posting ends, so a person does: the data protection officer, by who runs the site.

Nothing of a departure is played then: no grace in which they would read, no letter to their mailbox. The account closes at once, with
what was given in its name, and their shares fall asleep; what is in their space is frozen until the officer has given the heirs what
is theirs, and is erased when any other account would be, counted from the day of the death (decision 18). A feed that still
states them opens nothing. A mistake is taken back, and gives everything back.
"""

from datetime import date

from django.db import transaction

from cartable.identity import dated, departing, people, sessions
from cartable.identity.feeds import turns
from cartable.identity.models import Delegation, Person
from cartable.kernel import audit, clock
from cartable.kernel.errors import BadInput, Conflict, NotFound


@transaction.atomic
def record(person: Person, on: date) -> None:
    """State that a person died on a day. Raises BadInput for a day to come, Conflict of who was merged or erased."""
    person = _locked(person)
    if on > clock.today():
        raise BadInput(on)
    Person.objects.filter(pk=person.pk).update(died_on=on, is_active=False)
    roles = Delegation.objects.filter(dated.not_over(clock.today()), person=person)
    roles.filter(start__gte=clock.today()).delete()
    roles.update(end=clock.today())
    sessions.end_others(person, None)
    people.changed([person.pk])
    departing.put_away(person)
    audit.record("person.death", account=person.pk)


@transaction.atomic
def take_back(person: Person) -> None:
    """State that a person is alive: all is as their postings have it, but the roles they had. Raises NotFound if nobody said otherwise."""
    person = _locked(person)
    if person.died_on is None:
        raise NotFound(person.pk)
    Person.objects.filter(pk=person.pk).update(died_on=None, is_active=True)
    people.changed([person.pk])
    audit.record("person.alive", account=person.pk)


def _locked(person: Person) -> Person:
    turns.take()
    person = people.locked(person.pk)[0]
    if person.merged_into_id is not None or person.erased_at is not None:
        raise Conflict(person.pk)
    return person
