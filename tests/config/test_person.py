"""`cartable person`: what each verb prints, and the one sentence that each mistake gets."""

import io

import pytest
from django.core.management import CommandError, call_command

from cartable.identity import people
from cartable.identity.models import Person
from tests.worlds import academies

pytestmark = pytest.mark.django_db
ADD = ("add", "--mail", "alice@ac-dijon.example", "--name", "Alice Martin", "--academy", "DIJON")


@pytest.fixture(autouse=True)
def places():
    academies()


def person(*words):
    """Run one verb, and return what it prints."""
    out = io.StringIO()
    call_command("person", *words, stdout=out)
    return out.getvalue().removesuffix("\n")


def refusal(*words):
    """Return the sentence and the status that a mistake gets."""
    with pytest.raises(CommandError) as error:
        person(*words)
    return str(error.value).removeprefix("Error: "), error.value.returncode


def test_a_person_is_added_with_the_password_of_the_first_line(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("quatre mots sans rapport\nrest\n"))
    sub = person(*ADD, "--password-stdin")
    assert people.find("alice@ac-dijon.example").sub == sub
    assert people.find(sub).check_password("quatre mots sans rapport")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("\n", "The first line of stdin, which should be the password, is empty."),
        ("123\n", "This password is too short. It must contain at least 12 characters. This password is too common. "
         "This password is entirely numeric."),
        ("alicemartin21\n", "This password is too much like your name."),
    ],
)  # fmt: skip
def test_a_weak_password_is_refused_with_every_reason(monkeypatch, typed, sentence):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert refusal(*ADD, "--password-stdin") == (sentence, 1)
    assert not Person.objects.exists()
