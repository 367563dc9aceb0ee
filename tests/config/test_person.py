"""`cartable person`: what each verb prints, and the one sentence that each mistake gets."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from cartable.identity import people, postings, structures
from cartable.identity.models import Person, Posting
from cartable.kernel import clock
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
    """Return the sentence that a mistake gets."""
    with pytest.raises(CommandError) as error:
        person(*words)
    return str(error.value).removeprefix("Error: ")


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
    assert refusal(*ADD, "--password-stdin") == sentence
    assert not Person.objects.exists()


MISTAKES = [
    (("show", "nobody@x.example"), "Nobody here has the id or the address 'nobody@x.example'."),
    (("app-password", "nobody"), "Nobody here has the id or the address 'nobody'."),
    ((*ADD[:-1], "ATLANTIS"), "No academy is 'ATLANTIS': give the capitals of its name, as DIJON, or its number."),
    ((*ADD, "--school", "0210015X"), "'0210015X' is no UAI code: give seven digits and their letter, as 0210015C."),
    ((*ADD, "--school", "0210015C"), "No school is known here by the UAI code '0210015C'."),
    (
        (*ADD, "--mail", "ce.0210015c@ac-dijon.fr"),
        "argument --mail: 'ce.0210015c@ac-dijon.fr' is the mailbox of a school: each of those who use it has an address of their own",
    ),
    (("move", "a@ac-dijon.fr", "--to", "LYON", "--on", "9999-12-31"), "argument --on: '9999-12-31' is no day: write it as 2026-09-01"),
    ((*ADD, "--mail", "bad"), "argument --mail: 'bad' is no mail address: write it as alice@ac-dijon.fr"),
    (
        (*ADD, "--function", "ZZZ"),
        "argument --function: 'ZZZ' is the code of no function: give one of ENS (ENS FCA FCP FIJ RPL BED IS ISES PPA RH1D UPI); "
        "DOC (DOC); DIR (DIR DEC DECPR DSES); EVS (AED EDU SUR AES); ETA (ADA ADF ADM ALB ASE ASH CFC CPD CTR LAB MDS ORI OUV PSY TEC); "
        "ACA (INJ INS); COL (COLTER)",
    ),
    ((*ADD, "--name", " "), "argument --name: a name cannot be empty"),
    (("move", "x", "--to", "LYON", "--on", "31/12/2026"),
     "argument --on: '31/12/2026' is no day: write it as 2026-09-01"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "sentence"), MISTAKES)
def test_a_mistake_names_the_value_and_says_what_to_give(words, sentence):
    assert refusal(*words) == sentence
    assert not Person.objects.exists()


@pytest.mark.parametrize("spoilt", ["\udcff", "a\0b", "\x1b[2J"], ids=["not UTF-8", "NUL", "a control"])
@pytest.mark.parametrize(
    "words",
    [
        ("add", "--mail", "@", "--name", "A", "--academy", "DIJON"),
        (*ADD[:4], "@", *ADD[5:]),
        (*ADD[:-1], "@"),
        (*ADD, "--school", "@"),
        (*ADD, "--function", "@"),
        ("app-password", "@"),
        ("app-password", "x", "--label", "@"),
        ("move", "@", "--to", "LYON"),
        ("move", "x", "--to", "@"),
        ("move", "x", "--to", "LYON", "--on", "@"),
        ("list", "@"),
        ("unlist", "@"),
        ("show", "@"),
        ("absence", "@"),
    ],
    ids=" ".join,
)
def test_what_no_database_holds_is_refused_in_a_sentence(words, spoilt):
    said = refusal(*(f"x{spoilt}y" if word == "@" else word for word in words))
    assert said.startswith("argument ")
    assert said.isprintable()
    assert not Person.objects.exists()


@pytest.mark.parametrize("spoilt", ["\udcff", "a\0b", "\x1b[2J"], ids=["not UTF-8", "NUL", "a control"])
@pytest.mark.parametrize(
    "words",
    [
        ("erase", "@", "--yes"),
        ("export", "@", "--to", "never.zip"),
        ("mfa", "reset", "@"),
        ("delegation", "give", "@", "--role", "admin", "--at", "DIJON"),
    ],
    ids=" ".join,
)
def test_each_command_that_names_somebody_refuses_it_in_a_sentence(words, spoilt):
    with pytest.raises(CommandError, match="is no text in UTF-8 of 200 characters at most"):
        call_command(*(f"x{spoilt}y" if word == "@" else word for word in words))


@pytest.mark.parametrize(
    "more", [("--function", "F" * 11), ("--name", "n" * 201), ("--mail", f"{'m' * 90}@ac-dijon.example")]
)
def test_what_is_too_long_for_a_database_is_refused_in_a_sentence(more):
    assert f"argument {more[0]}" in refusal(*ADD, *more)


@pytest.mark.parametrize("line", [b"quatre mots \xff sans rapport\n", b"quatre mots \0 sans rapport\n"])
@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])  # as the locale has it
def test_a_password_that_is_no_text_is_refused_in_a_sentence(monkeypatch, line, errors):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line), "utf-8", errors))
    assert refusal(*ADD, "--password-stdin").endswith("is no text in UTF-8.")
    assert not Person.objects.exists()


def test_an_address_that_is_held_is_told_with_its_holder():
    sub = person(*ADD)
    assert refusal(*ADD) == f"alice@ac-dijon.example is, or was, the address of Alice Martin ({sub})."


def test_a_move_says_where_the_person_is_now_or_was_already():
    sub = person(*ADD)
    move = ("move", sub, "--to", "LYON")
    assert person(*move, "--mail", "alice@ac-lyon.example") == "Alice Martin: Lyon, alice@ac-lyon.example"
    assert person(*move) == "Alice Martin is posted to Lyon already"
    assert refusal("move", sub, "--to", "DIJON", "--on", "2020-01-01") == (
        "A posting of Alice Martin begins after 2020-01-01: give a later day with --on."
    )


def test_a_person_leaves_the_directory_and_enters_it():
    sub = person(*ADD)
    assert person("unlist", sub) == "Alice Martin is found by the members of their teams only."
    assert not people.find(sub).listed
    assert person("list", "alice@ac-dijon.example") == "Alice Martin is found by all who are signed in."
    assert people.find(sub).listed
    assert "nobody@x.example" in refusal("unlist", "nobody@x.example")


def test_show_says_where_a_person_stands_and_what_each_posting_is():
    sub = person(*ADD)
    alice = people.find(sub)
    today = clock.today()
    dijon, lyon = structures.academy("DIJON"), structures.academy("LYON")
    postings.begin(alice, lyon, on=today + timedelta(days=30))
    taken_back = postings.begin(alice, lyon, on=today + timedelta(days=60), function="DIR")
    postings.end(taken_back, on=taken_back.start)
    past = postings.begin(alice, dijon, on=today - timedelta(days=60))
    postings.end(past, on=today - timedelta(days=30))
    known = json.loads(person("show", sub, "--json"))
    assert (known["id"], known["name"], known["state"], known["teams"]) == (sub, "Alice Martin", "active", [])
    since = people.addresses_of(alice.pk)[0].since
    assert known["addresses"][0]["since"] == since.isoformat(), "as ISO 8601 has it, like each day"
    assert [(one["structure"], one["state"], one["end"]) for one in known["postings"]] == [
        ("Lyon", "cancelled", str(today + timedelta(days=60))),
        ("Lyon", "announced", None),
        ("Dijon", "current", None),
        ("Dijon", "ended", str(today - timedelta(days=31))),
    ]
    assert [line.strip().partition(":")[0] for line in person("show", sub).splitlines()[2:]] == [
        f"{today + timedelta(days=60)} to {today + timedelta(days=60)}",
        f"from {today + timedelta(days=30)}",
        f"{today} to now",
        f"{today - timedelta(days=60)} to {today - timedelta(days=31)}",
    ]


def test_show_names_an_academy_once_and_says_nothing_of_no_function():
    sub = person(*ADD)
    Posting.objects.update(function="")
    assert person("show", sub).splitlines()[-1].endswith(" to now: Dijon")
    Posting.objects.update(function="DIR")
    assert person("show", sub).splitlines()[-1].endswith(" to now: Dijon (DIR)")


def test_show_says_grace_then_archived(later):
    alice = people.find(person(*ADD))
    later(days=1)
    postings.end(alice.postings.get())
    for days, state in ((0, "grace"), (59, "grace"), (1, "archived")):
        later(days=days)
        assert json.loads(person("show", alice.sub, "--json"))["state"] == state
