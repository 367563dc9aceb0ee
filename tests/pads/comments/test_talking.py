"""What is said about pads: who may say, change, take back and judge what; what becomes of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.kernel.errors import BadInput, Changed, Conflict, Denied, NotFound, TooLarge
from cartable.pads.comments import leaving, talking, tasks
from cartable.pads.comments.models import Comment
from cartable.spaces import sharing, trash
from cartable.spaces.access import Role

ANCHOR = "AAEC.AwQF"


def begin(actor, node, text="Trop court ?", **more):
    return talking.begin(actor, node, ANCHOR, "Volcans", text, **more)


def test_a_thread_is_about_a_passage_and_is_read_by_who_reads(world, pad):
    thread = begin(world.bob, pad)
    answer = talking.answer(world.ada, thread, "Un peu.")
    [told] = talking.of(world.bob, pad)
    assert (told.id, told.anchor, told.quote, told.proposed, told.verdict) == (thread, ANCHOR, "Volcans", None, "")
    assert [(one.id, one.author, one.mine, one.text) for one in told.said] == [
        (thread, "Bob Dupont", True, "Trop court ?"),
        (answer, "Ada Lovelace", False, "Un peu."),
    ]


def test_reading_costs_the_same_however_much_is_said(world, pad):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            talking.of(world.bob, pad)
        return len(asked)

    begin(world.bob, pad)
    before = cost()
    for _ in range(10):
        talking.answer(world.ada, begin(world.bob, pad), "Oui")
    assert cost() == before <= 5


def test_who_only_reads_says_nothing_and_a_stranger_learns_nothing(world, pad):
    thread = begin(world.bob, pad)
    with pytest.raises(NotFound):
        talking.of(world.eve, pad)
    sharing.give(world.ada, pad, f"person:{world.eve.person}", Role.READ)
    assert len(talking.of(world.eve, pad)) == 1
    acts = (
        lambda: begin(world.eve, pad),
        lambda: talking.answer(world.eve, thread, "x"),
        lambda: talking.change(world.eve, thread, "x"),
        lambda: talking.remove(world.eve, thread),
        lambda: talking.judge(world.eve, thread, "settled"),
    )
    for act in acts:
        with pytest.raises(Denied):
            act()
    assert [one.text for one in talking.of(world.ada, pad)[0].said] == ["Trop court ?"]


def test_one_changes_and_takes_back_ones_own(world, pad):
    sharing.give(world.ada, pad, f"person:{world.eve.person}", Role.COMMENT)
    thread = begin(world.bob, pad)
    talking.change(world.bob, thread, "Trop long ?")
    [told] = talking.of(world.ada, pad)
    assert (told.said[0].text, told.said[0].changed) == ("Trop long ?", True)
    for act in (lambda: talking.change(world.eve, thread, "x"), lambda: talking.remove(world.eve, thread)):
        with pytest.raises(Denied):
            act()
    answer = talking.answer(world.eve, thread, "Non")
    with pytest.raises(talking.Answered):
        talking.remove(world.bob, thread)
    talking.remove(world.eve, answer)
    talking.remove(world.bob, thread)
    assert talking.of(world.ada, pad) == []


def test_who_manages_the_pad_takes_away_a_thread(world, pad):
    thread = begin(world.bob, pad)
    talking.answer(world.bob, thread, "x")
    talking.remove(world.ada, thread)
    assert Comment.objects.count() == 0


def test_what_is_proposed_is_accepted_once_by_who_writes(world, pad):
    thread = begin(world.bob, pad, text="", proposed="Les volcans")
    with pytest.raises(Denied):
        talking.judge(world.bob, thread, "accepted")
    talking.judge(world.ada, thread, "accepted")
    for verdict in ("accepted", "declined", "settled"):
        with pytest.raises(Changed):
            talking.judge(world.ada, thread, verdict)
    [told] = talking.of(world.bob, pad)
    assert (told.proposed, told.verdict, told.judge) == ("Les volcans", "accepted", "Ada Lovelace")


def test_a_thread_is_settled_and_opened_again_by_an_answer(world, pad):
    thread = begin(world.bob, pad)
    talking.judge(world.bob, thread, "settled")
    with pytest.raises(Changed):
        talking.judge(world.ada, thread, "settled")
    talking.answer(world.ada, thread, "Pas tout à fait")
    assert talking.of(world.ada, pad)[0].verdict == ""
    with pytest.raises(Changed):
        talking.judge(world.ada, thread, "")
    with pytest.raises(BadInput):
        talking.judge(world.ada, thread, "accepted")  # nothing is proposed
    with pytest.raises(BadInput):
        talking.judge(world.ada, thread, "what")


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (("", "q", "t"), BadInput),
        (("a" * 401, "q", "t"), BadInput),
        ((ANCHOR, "q", " \n"), BadInput),
        ((ANCHOR, "q", "a\0b"), BadInput),
        ((ANCHOR, "q", "t" * 10_001), TooLarge),
        ((ANCHOR, "q" * 10_001, "t"), TooLarge),
        ((ANCHOR, "q", "", "p" * 10_001), TooLarge),
    ],
)
def test_what_makes_no_sense_is_not_kept(world, pad, said, refusal):
    with pytest.raises(refusal):
        talking.begin(world.bob, pad, *said)
    assert Comment.objects.count() == 0


def test_too_much_is_not_said(world, pad, monkeypatch):
    monkeypatch.setattr(talking, "MOST", 2)
    thread = begin(world.bob, pad)
    talking.answer(world.bob, thread, "x")
    for act in (lambda: begin(world.bob, pad), lambda: talking.answer(world.bob, thread, "x")):
        with pytest.raises(Conflict):
            act()


def test_what_is_no_pad_has_none(world, pad):
    for node in (world.devoir, world.cours):
        with pytest.raises(NotFound):
            talking.of(world.ada, node)
    thread = begin(world.bob, pad)
    answer = talking.answer(world.bob, thread, "x")
    for act in (lambda: talking.answer(world.bob, answer, "x"), lambda: talking.judge(world.bob, answer, "settled")):
        with pytest.raises(NotFound):
            act()


def test_in_the_trash_it_is_hidden_and_comes_back_and_goes_with_the_document(world, pad):
    begin(world.bob, pad)
    trash.discard(world.ada, pad)
    with pytest.raises(NotFound):
        talking.of(world.ada, pad)
    tasks.forget_erased.func()
    trash.restore(world.ada, pad)
    assert len(talking.of(world.bob, pad)) == 1
    trash.discard(world.ada, pad)
    trash.purge(world.ada, pad)
    tasks.forget_erased.func()
    assert Comment.objects.count() == 0


def test_what_one_said_follows_one_and_stays_without_a_name_once_one_is_erased(world, pad):
    thread = begin(world.bob, pad)
    talking.judge(world.bob, thread, "settled")
    [sheet] = leaving.export(world.bob.person)
    assert [row["text"] for row in sheet.rows] == ["Trop court ?"]
    moved = leaving.merge(world.ada.person, world.bob.person)
    assert talking.of(world.ada, pad)[0].said[0].mine
    leaving.unmerge(world.ada.person, world.bob.person, moved)
    assert talking.of(world.bob, pad)[0].said[0].mine
    leaving.erase(world.bob.person)
    [told] = talking.of(world.ada, pad)
    assert (told.judge, told.said[0].author, told.said[0].text) == ("", "", "Trop court ?")


def test_the_pages_say_what_the_verbs_do(world, pad, browse):
    bob, ada, eve = (browse(name, headers={"accept": "application/json"}) for name in ("bob", "ada", "eve"))
    at = f"/p/{pad}/comments"
    thread = bob.post(at, {"anchor": ANCHOR, "quote": "Volcans", "text": "", "proposed": ""}).json()["thread"]
    ada.post(f"{at}/{thread}/answer", {"text": "Pourquoi ?"})
    [told] = ada.get(at).json()["threads"]
    assert told["proposed"] == ""
    assert [one["text"] for one in told["said"]] == ["", "Pourquoi ?"]
    answer = told["said"][1]["id"]
    ada.post(f"{at}/{answer}/change", {"text": "Pour quoi ?"})
    assert bob.post(f"{at}/{thread}/remove").status_code == 409
    assert bob.post(f"{at}/{thread}/judge", {"verdict": "accepted"}).status_code == 403
    assert ada.post(f"{at}/{thread}/judge", {"verdict": "declined"}).status_code == 200
    assert ada.post(f"{at}/{thread}/judge", {"verdict": "declined"}).status_code == 412
    assert ada.post(f"{at}/{answer}/remove").status_code == 200
    assert [eve.get(at).status_code, eve.post(f"{at}/{thread}/remove").status_code] == [404, 404]
    assert eve.post(f"{at}/{thread + 999}/remove").status_code == 404
    assert bob.get(at).json()["threads"][0]["verdict"] == "declined"
