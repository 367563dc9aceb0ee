"""Talking about a pad: remarks on passages of it, answers, words proposed in place of others.

Whoever may comment says things; one changes and takes back one's own; whoever may write accepts what is proposed. Where a passage is
now only a browser can tell, which has the text as it is being written: `anchor` is theirs, and opaque here. `named` are the people whom
one chose after `@`, by their ids: those whom the remark does name are told.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from cartable.identity import directory
from cartable.identity.actors import Actor
from cartable.kernel import clock, notices
from cartable.kernel.errors import BadInput, Changed, Conflict, NotFound, TooLarge
from cartable.kernel.realtime import announce
from cartable.pads import files
from cartable.pads.comments.models import Comment
from cartable.pads.extracts import mentions
from cartable.spaces.access import Reached, Right, reach

Verdict = Comment.Verdict
MOST = 2_000  # remarks about one pad
LONGEST, ANCHOR = 10_000, 400  # characters


class Answered(Conflict):
    """Others have answered: what they answer to stays."""


@dataclass(frozen=True, slots=True)
class Said:
    """One remark, as somebody reads it."""

    id: int
    author: str  # empty: they were erased
    mine: bool
    at: datetime
    changed: bool
    text: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A passage and what is said about it, the first remark first."""

    id: int
    anchor: str
    quote: str
    proposed: str | None
    verdict: str
    judge: str
    said: list[Said]


def channel(node: int) -> str:
    """Return where it is announced that something was said about a pad."""
    return f"comments {node}"


def of(actor: Actor, node: int) -> list[Thread]:
    """Return what is said about a pad, the oldest thread first. Five queries. Raises NotFound, Denied."""
    _reach(actor, node, Right.READ)
    rows = list(Comment.objects.filter(node=node).order_by("pk")[:MOST])
    hits = directory.names_of({f"person:{number}" for one in rows for number in (one.person, one.judge) if number})

    def name(person: int | None) -> str:
        hit = hits.get(f"person:{person}")
        return hit.name if hit else ""

    def said(row: Comment) -> Said:
        mine = row.person is not None and row.person == actor.person
        return Said(row.pk, name(row.person), mine, row.at, row.changed_at is not None, row.text)

    answers: dict[int, list[Comment]] = {}
    for row in rows:
        answers.setdefault(row.thread_id or row.pk, []).append(row)
    return [
        Thread(one.pk, one.anchor, one.quote, one.proposed, one.verdict, name(one.judge), [*map(said, answers[one.pk])])
        for one in rows
        if one.thread_id is None
    ]


@transaction.atomic
def begin(
    actor: Actor,
    node: int,
    anchor: str,
    quote: str,
    text: str,
    proposed: str | None = None,
    *,
    named: Collection[str] = (),
) -> int:
    """Say something about a passage, or propose words in its place, and return the thread. The actor needs COMMENT.

    Raises NotFound, Denied; BadInput for nothing said, TooLarge, Conflict where too much is said already.
    """
    _reach(actor, node, Right.COMMENT)
    if not anchor or len(anchor) > ANCHOR or (proposed is None and not text.strip()):
        raise BadInput
    _measure(text, quote, proposed or "")
    _leave_room(node)
    made = Comment.objects.create(
        node=node, person=actor.somebody, text=text, at=clock.now(), anchor=anchor, quote=quote, proposed=proposed
    )
    mentions.say(actor, node, text, named)
    _tell(node)
    return made.pk


@transaction.atomic
def answer(actor: Actor, thread: int, text: str, *, named: Collection[str] = ()) -> int:
    """Answer in a thread; one that was settled is open again. Raises as `begin`."""
    first = _first(actor, thread, Right.COMMENT)
    if not text.strip():
        raise BadInput
    _measure(text)
    _leave_room(first.node)
    made = Comment.objects.create(node=first.node, thread=first, person=actor.somebody, text=text, at=clock.now())
    told = mentions.say(actor, first.node, text, named)
    notices.tell(_others(first, actor) - told, "answer", first.node, actor.somebody)
    if first.verdict == Verdict.SETTLED:
        Comment.objects.filter(pk=first.pk).update(verdict=Verdict.OPEN, judge=None)
    _tell(first.node)
    return made.pk


@transaction.atomic
def change(actor: Actor, comment: int, text: str, *, named: Collection[str] = ()) -> None:
    """Say one's own remark otherwise. Raises NotFound, Denied for another's, BadInput, TooLarge."""
    row = _own(actor, comment)
    if not text.strip() and row.proposed is None:
        raise BadInput
    _measure(text)
    Comment.objects.filter(pk=row.pk).update(text=text, changed_at=clock.now())
    mentions.say(actor, row.node, text, named)
    _tell(row.node)


@transaction.atomic
def remove(actor: Actor, comment: int) -> None:
    """Take back one's own remark, which begins no thread that others answered. Who manages the pad takes away any, with its thread.

    Raises NotFound, Denied, Answered.
    """
    row = _one(comment)
    if not _reach(actor, row.node, Right.READ).may(Right.MANAGE):
        row = _own(actor, comment)
        if row.thread_id is None and row.answers.exclude(person=actor.somebody).exists():
            raise Answered
    Comment.objects.filter(pk=row.pk).delete()
    _tell(row.node)


@transaction.atomic
def judge(actor: Actor, thread: int, verdict: str) -> None:
    """Close a thread, or open it again (""). Accepting what it proposes, or declining it, needs WRITE; anything else COMMENT.

    Raises NotFound, Denied, BadInput; Changed where somebody has closed it meanwhile: what is proposed is accepted once.
    """
    if verdict not in Verdict.values:
        raise BadInput(verdict)
    decides = verdict in {Verdict.ACCEPTED, Verdict.DECLINED}
    first = _first(actor, thread, Right.WRITE if decides else Right.COMMENT)
    if decides and first.proposed is None:
        raise BadInput(verdict)
    there = Comment.objects.filter(pk=first.pk)
    before = there.exclude(verdict=Verdict.OPEN) if verdict == Verdict.OPEN else there.filter(verdict=Verdict.OPEN)
    if not before.update(verdict=verdict, judge=actor.somebody if verdict else None):
        raise Changed
    if decides and first.person is not None:
        notices.tell([first.person], verdict, first.node, actor.somebody)
    _tell(first.node)


def _reach(actor: Actor, node: int, right: Right) -> Reached:
    """Return a pad that the actor may read or more. Raises NotFound, Denied."""
    reached = reach(actor, node, right)
    if reached.entry.media_type != files.MARKDOWN:
        raise NotFound(node)
    return reached


def _one(comment: int) -> Comment:
    row = Comment.objects.filter(pk=comment).first()
    if row is None:
        raise NotFound(comment)
    return row


def _first(actor: Actor, thread: int, right: Right) -> Comment:
    """Return the first remark of a thread of a pad on which the actor has a right."""
    row = _one(thread)
    _reach(actor, row.node, right)
    if row.thread_id is not None:
        raise NotFound(thread)
    return row


def _others(first: Comment, actor: Actor) -> set[int]:
    """Return who spoke in a thread, but the actor."""
    spoke = Comment.objects.filter(Q(pk=first.pk) | Q(thread=first)).values_list("person", flat=True)
    return {one for one in spoke if one is not None and one != actor.person}


def _own(actor: Actor, comment: int) -> Comment:
    """Return a remark of the actor's, who may still comment."""
    row = _one(comment)
    _reach(actor, row.node, Right.COMMENT)
    if row.person != actor.somebody:
        raise actor.denied(node=row.node)
    return row


def _measure(*texts: str) -> None:
    for text in texts:
        if len(text) > LONGEST:
            raise TooLarge(len(text))
        if "\0" in text:
            raise BadInput


def _leave_room(node: int) -> None:
    """Refuse that too much is said about a pad. Raises Conflict."""
    if Comment.objects.filter(node=node).count() >= MOST:
        raise Conflict


def _tell(node: int) -> None:
    announce(channel(node), b"")
