"""37: an import that is cut anywhere and run again comes to the same end, and says the same."""

import json
import os
import signal
import subprocess
import sys

import pytest

from cartable.identity.feeds import applying, importing, scanning
from cartable.identity.feeds.models import Batch, Feed, MatchCase, PersonKey, Row
from cartable.identity.models import Address, Person, Posting, Structure
from tests.identity.feeds.written import ALICE, changes, complete, request
from tests.installed import installed

CROWD = [
    ALICE.but(
        key=str(n), first=f"P{n:03}", mail=f"p{n}@ac-dijon.fr", born=f"{n % 28 + 1:02}/0{n % 9 + 1}/{1960 + n % 40}"
    )
    for n in range(60)
]
LATER = [one.but(duties=(("2", "DOC"),)) if n % 3 else one.but(last="PETIT") for n, one in enumerate(CROWD[5:])] + [
    ALICE.but(key=str(n), first=f"P{n:03}", mail=f"p{n}@ac-dijon.fr") for n in range(60, 70)
]


def seen():
    """Return all that people would notice, without ids."""
    return [
        sorted(Person.objects.values_list("name", "folded", "addresses__mail", "addresses__primary")),
        sorted(Posting.objects.values_list("person__name", "structure__code", "function", "start", "end", "source"), key=str),
        sorted((bytes(key), bytes(digest), live) for key, digest, live in Row.objects.values_list("key", "hash", "live")),
        sorted((bytes(digest), name) for digest, name in PersonKey.objects.values_list("digest", "person__name")),
        sorted(MatchCase.objects.values_list("newcomer__name", "candidate__name")),
        sorted(Structure.objects.values_list("code", "name")),
        Address.objects.count(),
    ]  # fmt: skip


class Cut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("batch", range(1, 7))
def test_37_cut_in_the_middle_of_a_batch(take, tmp_path, monkeypatch, batch):
    monkeypatch.setattr(scanning, "BATCH", 10)
    feeds = complete(tmp_path, *CROWD), complete(tmp_path, *LATER, day="20261102")
    expected = [take(feed, "DIJON", "--yes") for feed in feeds]
    whole = seen()
    for model in (Posting, Address, Batch, Row, PersonKey, MatchCase, Feed):
        model.objects.all().delete()
    Person.objects.all().delete()
    Structure.objects.filter(kind="school").delete()
    answers = []
    for feed in feeds:
        with monkeypatch.context() as patch:
            real, calls = applying.apply, iter(range(1, 100))

            def apply(plan, feed, real=real, calls=calls):
                written = real(plan, feed)
                if next(calls) == batch:
                    raise Cut
                return written

            patch.setattr(applying, "apply", apply)
            with pytest.raises(Cut):
                take(feed, "DIJON", "--yes")
        again = ("--yes",) if batch == 1 else ()  # once something was applied, nobody asks again whether it may be
        answers.append(take(feed, "DIJON", *again))
        assert take.refusal is None
    assert seen() == whole
    assert answers == expected
    assert not Batch.objects.filter(finished_at=None).exists()


def cut(take, monkeypatch, feed):
    """Import a feed; the process ends after the first batch."""
    with monkeypatch.context() as patch:
        real = importing._Application._people

        def people(self, stated):
            real(self, stated)
            raise Cut

        patch.setattr(importing._Application, "_people", people)
        with pytest.raises(Cut):
            take(feed, "DIJON", "--yes")


def test_37_what_was_cut_and_came_too_late_is_as_old_as_any(take, tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH", 10)
    take(complete(tmp_path, *CROWD))
    feed = complete(tmp_path, *LATER, day="20261102")
    cut(take, monkeypatch, feed)
    take(complete(tmp_path, *CROWD, day="20261103"), "DIJON", "--yes")
    before = seen()
    assert take.refused(feed, "DIJON", "--yes").endswith("older than what was applied (2026-11-03): refused")
    assert seen() == before


def test_37_what_is_older_than_what_was_cut_waits(take, tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH", 10)
    first = complete(tmp_path, *CROWD)
    take(first)
    cut(take, monkeypatch, complete(tmp_path, *LATER, day="20261103"))
    before = seen()
    assert take.refused(first, "DIJON", "--yes").endswith("older than what was applied (2026-11-03): refused")
    assert seen() == before


def test_37_once_another_came_the_safety_valve_weighs_what_was_cut_like_any(take, tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH", 10)
    take(complete(tmp_path, *CROWD))
    feed = complete(tmp_path, *LATER, day="20261102")
    cut(take, monkeypatch, feed)
    take(complete(tmp_path, *CROWD, day="20261102"), "DIJON", "--yes")
    take(feed)
    assert "would create" in take.refusal


def test_37_changes_wait_until_what_was_cut_is_whole(take, tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH", 10)
    take(complete(tmp_path, *CROWD))
    feed = complete(tmp_path, *LATER, day="20261102")
    cut(take, monkeypatch, feed)
    delta = changes(tmp_path, request("deleteRequest", "PersEducNat", LATER[0].key, {}), day="20261102")
    why = "changes, and the feed of 2026-11-02 was cut: import that one again, or a complete one"
    assert take.refused(delta).endswith(why)
    take(feed)
    assert take(delta)["ended"] == 1


RUN = """
import django, os, signal, sys
django.setup()
from django.core.management import call_command
from cartable.identity.feeds import importing, scanning
scanning.BATCH = 10
left, people = int(os.environ["KILLED_AFTER"]), importing._Application._people

def killed(self, stated):
    global left
    plan = people(self, stated)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return plan

importing._Application._people = killed
call_command("directory", "import", *sys.argv[1:])
"""


@pytest.mark.kills
def test_37_killed_at_each_step_and_run_again(tmp_path, take):
    feed = complete(tmp_path, *CROWD)
    expected = take(feed)
    env = {name: value for name, value in os.environ.items() if not name.startswith("CARTABLE_")}
    env |= {"CARTABLE_DATA": str(installed(tmp_path / "killed")), "DJANGO_SETTINGS_MODULE": "cartable.config.settings"}
    env |= {"PYTHONPATH": os.pathsep.join(sys.path), "KILLED_AFTER": "0"}
    line = [sys.executable, "-c", RUN, str(feed), "--source", "DIJON", "--json"]
    for batches in (1, 2, 2):
        killed = subprocess.run(line, env={**env, "KILLED_AFTER": str(batches)}, check=False, capture_output=True)
        assert killed.returncode == -signal.SIGKILL
    ended = subprocess.run(line, env=env, check=True, capture_output=True, text=True)
    counts = json.loads(ended.stdout)
    assert {what: count for what, count in counts.items() if count and what != "lines"} == expected
    again = subprocess.run(line, env=env, check=True, capture_output=True, text=True)
    assert json.loads(again.stdout)["written"] == 0
