"""One process has a pad at a time: two real ones, of which one is stopped in the middle and believes that it still has it."""

import multiprocessing
import os
import signal
from contextlib import contextmanager

import pytest
from django.db import connections

from cartable.pads import log, owning
from cartable.pads.log import Row
from cartable.pads.owning import Agreed, OwnedElsewhere

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

WAITS = 20  # seconds that the other process may take to answer


def test_the_first_who_takes_it_has_it():
    owning.take(7, "one")
    with pytest.raises(OwnedElsewhere):
        owning.take(7, "two")


def test_who_gives_it_back_or_is_silent_for_long_loses_it(later):
    lease, _ = owning.take(7, "one")
    owning.give_back(lease)
    assert owning.take(7, "two")[0].fence == lease.fence + 1
    later(seconds=owning.LASTS - 1)
    with pytest.raises(OwnedElsewhere):
        owning.take(7, "three")
    later(seconds=2)
    assert owning.take(7, "three")[0].fence == lease.fence + 2


def test_who_renews_keeps_it(later):
    owning.take(7, "one")
    owning.take(8, "one")
    owning.take(9, "two")
    later(seconds=10)
    assert owning.renew("one", [7, 8, 9]) == {7, 8}
    later(seconds=10)
    with pytest.raises(OwnedElsewhere):
        owning.take(7, "two")


def test_what_was_given_back_or_is_not_open_is_not_renewed(later):
    lease, _ = owning.take(7, "one")
    owning.take(8, "one")
    owning.give_back(lease)
    assert owning.renew("one", [7]) == set()
    later(seconds=owning.LASTS)
    assert not owning.is_open(8), "it was another’s of this name, who died"


def test_what_somebody_did_not_give_back_or_gave_up_behind_is_left(later):
    leases = {node: owning.take(node, "one")[0] for node in range(1, 6)}
    owning.give_back(leases[1])
    assert owning.left("two", [], 9) == []
    owning.give_back(leases[2], behind=True)
    assert owning.left("two", [], 9) == [2]
    assert owning.left("one", [3], 9) == [2, 4, 5], "those of who died and bore our name, at once"
    later(seconds=owning.LASTS)
    assert owning.left("two", [4], 2) == [2, 3]
    owning.take(2, "two")
    assert owning.left("three", [], 9) == [3, 4, 5]


def test_what_was_agreed_with_the_file_is_told_to_the_next():
    lease, agreed = owning.take(7, "one")
    assert agreed == Agreed(None, None)
    owning.agree(lease, 12)
    owning.intend(lease, b"x" * 32)
    owning.give_back(lease)
    _, agreed = owning.take(7, "two")
    assert agreed == Agreed(12, b"x" * 32)
    for act, value in ((owning.agree, 13), (owning.intend, b"y" * 32)):
        with pytest.raises(OwnedElsewhere):
            act(lease, value)


def test_who_was_stopped_and_wakes_writes_nothing(later):
    with process() as other:
        assert other.do("take") == 1
        assert other.do(b"before") == "written"
        other.stop()
        later(seconds=owning.LASTS + 1)
        lease, _ = owning.take(7, "two")
        log.append([Row(lease, b"ours", None)])
        other.wake()
        assert other.do(b"late") == "lost"
        assert other.do("renew") == set()
    assert log.load(7).updates == [b"before", b"ours"]


def test_of_many_who_take_it_at_once_one_has_it():
    with process() as one, process() as two, process() as three:
        processes = [one, two, three]
        for each in processes:
            each.ask("take")
        answers = [each.answer() for each in processes]
        assert sorted(map(str, answers)) == ["1", "elsewhere", "elsewhere"]


class Process:
    """Another process, on the same database; named by its number. It answers what it is asked, one thing after the other."""

    def __init__(self):
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,))
        self._process.start()

    def ask(self, what):
        self._pipe.send(what)

    def answer(self):
        assert self._pipe.poll(WAITS), "it does not answer"
        return self._pipe.recv()

    def do(self, what):
        self.ask(what)
        return self.answer()

    def stop(self):
        os.kill(self._process.pid, signal.SIGSTOP)

    def wake(self):
        os.kill(self._process.pid, signal.SIGCONT)

    def end(self):
        self.wake()
        self.ask("end")
        self._process.join(WAITS)


def serve(pipe):
    name, lease = str(os.getpid()), None
    while (asked := pipe.recv()) != "end":
        if asked == "take":
            try:
                lease, _ = owning.take(7, name)
                pipe.send(lease.fence)
            except OwnedElsewhere:
                pipe.send("elsewhere")
        elif asked == "renew":
            pipe.send(owning.renew(name, [7]))
        else:
            pipe.send("lost" if log.append([Row(lease, asked, None)]) else "written")
    connections.close_all()
    os._exit(0)  # nothing of the tests ends here


@contextmanager
def process():
    connections.close_all()  # none is shared with a fork
    one = Process()
    try:
        yield one
    finally:
        one.end()
