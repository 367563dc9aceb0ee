"""`cartable export` and `cartable erase`, and `person absence`: what each says, and the one sentence that each mistake gets."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from cartable.identity import departures, people, postings
from cartable.identity.models import Person
from cartable.kernel import clock
from tests.config.test_person import ADD, person, refusal
from tests.worlds import academies

pytestmark = pytest.mark.django_db
ALICE = "alice@ac-dijon.example"


@pytest.fixture(autouse=True)
def alice():
    academies()
    return people.find(person(*ADD))


def run(name, *words):
    """Run a command, and return what it says to people."""
    out = io.StringIO()
    call_command(name, *words, stderr=out)
    return out.getvalue()


def mistake(name, *words):
    with pytest.raises(CommandError) as error:
        run(name, *words)
    return str(error.value)


def stands(alice):
    return departures.of(Person.objects.get(pk=alice.pk))


def test_an_export_is_a_whole_zip_or_nothing(alice, tmp_path):
    to = tmp_path / "alice.zip"
    assert "alice.zip" in run("export", ALICE, "--to", str(to))
    known = json.loads(zipfile.ZipFile(to).read("person.json"))
    assert (known[0]["id"], known[0]["state"]) == (alice.sub, "active")
    assert "exists already" in mistake("export", ALICE, "--to", str(to))
    assert "nothing was written" in mistake("export", ALICE, "--to", str(tmp_path / "absent" / "alice.zip"))
    assert "Nobody here" in mistake("export", "nobody@ac-dijon.example", "--to", str(tmp_path / "x.zip"))
    assert [file.name for file in tmp_path.iterdir()] == ["alice.zip"]


def test_nobody_is_erased_by_a_slip(alice, later):
    assert "--yes" in mistake("erase", ALICE)
    assert "has not left" in mistake("erase", ALICE, "--yes")
    assert "--reason" in mistake("erase", ALICE, "--yes", "--now")
    assert "--reason" in mistake("erase", ALICE, "--yes", "--reason", "parce que")
    later(days=1)
    postings.end(alice.postings.get())
    later(days=100)
    day = clock.today() + timedelta(days=325)
    assert f"kept until {day}" in mistake("erase", ALICE, "--yes")
    assert stands(alice) == "archived"
    later(days=325)
    assert "is erased" in run("erase", ALICE, "--yes")
    assert (stands(alice), json.loads(person("show", alice.sub, "--json"))["state"]) == ("erased", "erased")
    assert "Nobody here" in mistake("erase", ALICE, "--yes")


def test_the_data_protection_officer_may_have_it_done_now(alice):
    assert "is erased" in run("erase", ALICE, "--yes", "--now", "--reason", "demande du 3 mars")
    assert stands(alice) == "erased"


def test_an_address_that_was_somebodys_is_refused_in_a_sentence(alice):
    run("erase", ALICE, "--yes", "--now", "--reason", "demande")
    assert "was the address of somebody who was erased" in refusal(*ADD)


def test_an_absence_is_stated_and_ended(alice, later):
    assert "is not away" in refusal("absence", ALICE)
    assert "lasts a day" in refusal(
        "absence", ALICE, "--why", "sick", "--until", str(clock.today() - timedelta(days=2))
    )
    assert "is away" in person("absence", ALICE, "--why", "availability")
    later(days=1)
    postings.end(alice.postings.get())
    later(days=500)
    known = json.loads(person("show", ALICE, "--json"))
    assert (known["state"], known["absences"][0]["why"]) == ("active", "availability")
    assert "no longer away" in person("absence", ALICE)
    assert stands(alice) == "grace"
