"""Tasks that the tests put in: each writes down what it saw in `seen`."""

import threading

from django.db import transaction

from cartable.kernel.errors import QuotaExceeded
from cartable.kernel.tasks import progress, task

seen: list = []
begun, may_end = threading.Event(), threading.Event()


@task
def note(what, again=None):
    seen.append(what)
    return {"noted": what}


@task(priority=10)
def urgent(what):
    seen.append(what)


@task(queue_name="media")
def transcode(what):
    seen.append(what)


@task(max_attempts=3)
def stumble(times):
    seen.append("stumble")
    if len(seen) <= times:
        raise OSError("le disque ne répond pas")


@task
def refuse():
    raise QuotaExceeded


@task
def put_another(what):
    with transaction.atomic():
        note.enqueue(what)


@task
def advance():
    for percent in (10, 50):
        progress(percent, f"{percent} pages")
    seen.append("end")


@task
def wait_to_end():
    begun.set()
    may_end.wait(10)
    progress(50)
    seen.append("end")


@task(takes_context=True)
def count_attempts(context):
    seen.append(context.attempt)
    if context.attempt == 1:
        raise OSError
