"""Tasks: put in with the transaction, run once or again, never lost."""

import threading
from datetime import timedelta
from itertools import count, takewhile
from time import monotonic, sleep

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tasks import TaskResultStatus
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist

from cartable.kernel import chores, queue, schedules, worker
from cartable.kernel.models import Schedule, Task
from cartable.kernel.tasks import enqueue_once, progress, run_pending, work
from tests.kernel import chosen_tasks
from tests.kernel.chosen_tasks import (
    advance,
    count_attempts,
    note,
    put_another,
    refuse,
    seen,
    stumble,
    transcode,
    urgent,
    wait_to_end,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_seen():
    seen.clear()
    for event in (chosen_tasks.begun, chosen_tasks.may_end):
        event.clear()


def run_all(queues=("default", "media")):
    """Run what is ready, and no periodic task."""
    queue.recover()
    name, never = worker.name_worker(), threading.Event()
    return len(list(takewhile(bool, (worker.run_one(queues, name, never, worker.Held()) for _ in count()))))


def status(result):
    return note.get_backend().get_result(result.id)


# In


def test_a_task_runs_once_with_what_it_was_given():
    note.enqueue("a", again=[1, {"b": None}])
    assert run_all() == 1
    assert run_all() == 0
    assert seen == ["a"]


def test_its_result_can_be_asked_for():
    result = note.enqueue("a")
    assert status(result).status == TaskResultStatus.READY
    run_all()
    result.refresh()
    assert result.status == TaskResultStatus.SUCCESSFUL
    assert result.return_value == {"noted": "a"}


def test_a_result_that_does_not_exist_is_said_so():
    for unknown in ["12345", "abc", ""]:
        with pytest.raises(TaskResultDoesNotExist):
            note.get_result(unknown)


def test_a_transaction_that_is_undone_takes_its_tasks_with_it():
    with transaction.atomic():
        note.enqueue("a")
        transaction.set_rollback(True)
    assert run_all() == 0


def test_a_task_may_put_in_another():
    put_another.enqueue("a")
    assert run_all() == 2
    assert seen == ["a"]


def test_the_most_urgent_runs_first_then_the_oldest(time):
    for what in "ab":
        note.enqueue(what)
        time.advance(seconds=1)
    note.using(priority=-5).enqueue("late")
    urgent.enqueue("first")
    run_all()
    assert seen == ["first", "a", "b", "late"]


def test_a_task_for_later_waits_for_its_moment(time):
    note.using(run_after=time.now + timedelta(minutes=5)).enqueue("a")
    assert run_all() == 0
    time.advance(minutes=5)
    assert run_all() == 1


def test_a_worker_leaves_other_queues_alone():
    transcode.enqueue("a")
    assert run_all(["default"]) == 0
    assert run_all(["media"]) == 1


def test_an_unknown_queue_is_refused_when_putting_in():
    with pytest.raises(InvalidTaskError):
        note.using(queue_name="nowhere")


def test_what_json_cannot_say_is_refused_when_putting_in():
    with pytest.raises(TypeError):
        note.enqueue(object())
    assert not Task.objects.exists()


# Once


def test_of_one_key_one_task_waits():
    for _ in range(3):
        enqueue_once(note, "index 12", 12)
    enqueue_once(note, "index 13", 13)
    assert run_all() == 2
    assert seen == [12, 13]


def test_a_key_is_free_again_once_its_task_has_begun():
    enqueue_once(note, "k", 1)
    assert queue.claim(["default"], "w").key == "k"
    enqueue_once(note, "k", 2)
    assert Task.objects.filter(state="ready").count() == 1


def test_a_failed_task_leaves_the_work_to_one_of_its_key_that_waits(time):
    enqueue_once(stumble, "k", 9)
    failing = queue.claim(["default"], "w")
    enqueue_once(stumble, "k", 9)
    queue.fail(failing, "OSError: no", again=True)
    failing.refresh_from_db()
    assert (failing.state, failing.message) == ("done", "replaced")
    assert Task.objects.filter(state="ready", key="k").count() == 1


def test_a_task_that_waits_to_be_tried_again_still_counts_for_its_key(time):
    enqueue_once(stumble, "k", 9)
    run_all()
    enqueue_once(stumble, "k", 9)
    assert Task.objects.count() == 1


# Again


def test_a_task_that_failed_is_tried_again_later_and_later_then_no_more(time):
    result = stumble.enqueue(99)
    waits = []
    for _ in range(3):
        run_all()
        row = Task.objects.get()
        waits.append((row.run_after - time.now).total_seconds())
        time.advance(hours=2)
    assert run_all() == 0
    assert 5 <= waits[0] <= 15
    assert 10 <= waits[1] <= 30
    assert status(result).status == TaskResultStatus.FAILED
    assert status(result).attempts == 3


def test_a_task_that_succeeds_at_last_is_done(time):
    result = stumble.enqueue(1)
    run_all()
    time.advance(minutes=1)
    run_all()
    assert status(result).status == TaskResultStatus.SUCCESSFUL


def test_a_failed_task_says_what_happened_in_its_first_line_and_where_below(time):
    result = stumble.enqueue(99)
    run_all()
    error = status(result).errors[0].traceback
    assert error.splitlines()[0] == "OSError: le disque ne répond pas"
    assert "chosen_tasks.py" in error
    assert status(result).errors[0].exception_class_path == "OSError"


def test_a_refusal_is_final():
    result = refuse.enqueue()
    assert run_all() == 1
    assert status(result).status == TaskResultStatus.FAILED
    assert status(result).errors[0].traceback.startswith("cartable.kernel.errors.QuotaExceeded: ")


def test_a_task_that_no_longer_exists_fails_without_stopping_the_others():
    note.enqueue("a")
    Task.objects.update(function="tests.kernel.chosen_tasks.gone", max_attempts=1)
    note.enqueue("b")
    assert run_all() == 2
    assert seen == ["b"]
    assert "ImportError" in Task.objects.get(state="failed").error


def test_a_task_may_know_which_attempt_it_is(time):
    count_attempts.enqueue()
    run_all()
    time.advance(minutes=1)
    run_all()
    assert seen == [1, 2]


def test_delays_double_up_to_an_hour():
    for attempts in range(1, 40):
        wanted = min(10 * 2 ** (attempts - 1), 3600)
        assert wanted / 2 <= queue.delay(attempts).total_seconds() <= wanted * 1.5


# Leases


def test_the_task_of_a_lost_worker_runs_again_after_its_lease(time):
    note.enqueue("a")
    assert queue.claim(["default"], "dead")
    time.advance(seconds=59)
    assert run_all() == 0
    time.advance(seconds=2)
    assert run_all() == 1
    assert seen == ["a"]


def test_a_renewed_lease_is_kept(time):
    note.enqueue("a")
    row = queue.claim(["default"], "alive")
    time.advance(seconds=50)
    assert queue.renew(row)
    time.advance(seconds=50)
    assert run_all() == 0
    assert queue.finish(row, None)


@pytest.mark.parametrize("next_worker", ["quick", "slow"])
def test_who_lost_the_lease_cannot_end_the_task_nor_renew_it(time, next_worker):
    note.enqueue("a")
    lost = queue.claim(["default"], "slow")
    time.advance(minutes=2)
    queue.recover()
    taken = queue.claim(["default"], next_worker)
    assert not queue.renew(lost)
    assert not queue.finish(lost, "slow")
    queue.fail(lost, "no", again=False)
    assert queue.finish(taken, "quick")
    assert Task.objects.get().result == "quick"


def test_a_task_that_kills_its_workers_ends_by_failing(time):
    stumble.enqueue(0)
    for _ in range(3):
        assert queue.claim(["default"], "victim")
        time.advance(minutes=2)
        queue.recover()
    row = Task.objects.get()
    assert row.state == "failed"
    assert row.error.startswith("WorkerLost: ")


def test_of_one_key_one_waits_also_after_a_worker_died(time):
    enqueue_once(note, "k", "first")
    assert queue.claim(["default"], "victim")
    enqueue_once(note, "k", "second")
    time.advance(minutes=2)
    queue.recover()
    assert sorted(Task.objects.values_list("state", "waiting")) == [("done", None), ("ready", "k")]
    run_all()
    enqueue_once(note, "k", "third")
    assert queue.claim(["default"], "victim")
    time.advance(minutes=2)
    queue.recover()
    assert Task.objects.get(state="ready").waiting == "k"


# Progress


def test_progress_is_written_for_others_to_read():
    advance.enqueue()
    row = queue.claim(["default"], "w")
    queue.note(row, 30, "3 pages sur 10")
    row.refresh_from_db()
    assert (row.percent, row.message) == (30, "3 pages sur 10")


def test_a_task_that_is_done_is_at_100():
    advance.enqueue()
    run_all()
    assert Task.objects.get().percent == 100


def test_progress_outside_of_a_task_does_nothing():
    with CaptureQueriesContext(connection) as queries:
        progress(10)
    assert not queries


def test_a_worker_that_must_stop_gives_its_task_back_untried():
    advance.enqueue()
    stop = threading.Event()
    stop.set()
    assert worker.run_one(["default"], "w", stop, worker.Held())
    row = Task.objects.get()
    assert (row.state, row.attempts, seen) == ("ready", 0, [])


# Periodic


def test_periodic_tasks_run_when_due_and_missed_ones_once(time):
    run_pending()
    time.advance(days=3)
    run_pending()
    assert Task.objects.filter(function=chores.tidy_tasks.module_path, state="done").count() == 1
    assert Schedule.objects.get(pk=chores.tidy_tasks.module_path).due_at == time.now + timedelta(hours=1)


def test_a_periodic_task_that_still_waits_is_not_put_in_again(time):
    schedules.prepare()
    for _ in range(3):
        time.advance(days=1)
        schedules.put_due()
    assert Task.objects.filter(function=chores.tidy_tasks.module_path).count() == 1


def test_tidying_forgets_what_ended_long_ago_and_nothing_else(time):
    for _ in range(2):
        note.enqueue("done")
        refuse.enqueue()
        run_all()
        time.advance(hours=30)
    note.enqueue("waiting")
    time.advance(days=28)
    queue.tidy(done_before=timedelta(days=30), failed_before=timedelta(days=30))
    assert sorted(Task.objects.values_list("state", flat=True)) == ["done", "failed", "ready"]


# Idle


def test_an_idle_worker_only_reads():
    run_pending()
    with CaptureQueriesContext(connection) as queries:
        assert run_pending() == 0
    sql = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert {text.split()[0] for text in sql} <= {"SELECT"}


def test_the_backlog_counts_what_could_run_and_how_long_it_has(time):
    note.enqueue("a")
    time.advance(seconds=90)
    note.using(run_after=time.now + timedelta(days=1)).enqueue("b")
    note.enqueue("c")
    assert queue.backlog() == {"default": (2, 90.0)}


# The loop


def until(true, seconds=10):
    end = monotonic() + seconds
    while not true():
        assert monotonic() < end, "it never came true"
        sleep(0.01)


@pytest.fixture
def working():
    """A worker in a thread."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    yield stop
    stop.set()
    queue.wake.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_a_worker_runs_what_is_put_in_until_it_is_stopped(working):
    result = note.enqueue("a")
    until(lambda: status(result).status == TaskResultStatus.SUCCESSFUL)
    assert seen == ["a"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_of_this_process_is_woken(monkeypatch, request):
    monkeypatch.setattr(worker, "POLL", 60)
    request.getfixturevalue("working")
    for what in "ab":
        result = note.enqueue(what)
        until(lambda result=result: status(result).status == TaskResultStatus.SUCCESSFUL)
    assert seen == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_a_stopped_worker_gives_back_the_task_it_was_in(working):
    result = wait_to_end.enqueue()
    assert chosen_tasks.begun.wait(10)
    working.set()
    chosen_tasks.may_end.set()
    until(lambda: Task.objects.get(pk=result.id).state == "ready")
    assert seen == []


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_while_its_task_runs(monkeypatch, request):
    monkeypatch.setattr(worker, "UPKEEP", 0.01)
    request.getfixturevalue("working")
    result = wait_to_end.enqueue()
    assert chosen_tasks.begun.wait(10)
    first = Task.objects.get(pk=result.id).lease_until
    until(lambda: Task.objects.get(pk=result.id).lease_until > first)
    chosen_tasks.may_end.set()
    until(lambda: status(result).status == TaskResultStatus.SUCCESSFUL)


@pytest.mark.django_db(transaction=True)
def test_many_workers_run_each_task_once():
    for number in range(40):
        note.enqueue(number)
    start = threading.Barrier(4)

    def work_off():
        start.wait()
        run_all()
        connection.close()

    threads = [threading.Thread(target=work_off) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(40))
    assert set(Task.objects.values_list("state", "attempts")) == {("done", 1)}
