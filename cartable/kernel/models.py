"""Tables of the plumbing. Fields and constraints only."""

from django.db import models
from django.db.models import Q

from cartable.kernel import clock


class Task(models.Model):
    """Something to do later, in any process. Verbs: `queue.py`."""

    class State(models.TextChoices):
        """Where it stands."""

        READY = "ready"  # once `run_after` has come
        RUNNING = "running"  # by `worker`, until `lease_until` unless the lease is renewed
        DONE = "done"
        FAILED = "failed"  # for good

    state = models.CharField(max_length=7, choices=State, default=State.READY)
    queue = models.CharField(max_length=20)
    function = models.CharField(max_length=200)  # its dotted path
    arguments = models.JSONField()  # [positional, named]
    priority = models.SmallIntegerField(default=0)  # the highest runs first
    key = models.CharField(max_length=200, default="")  # what it is about; of one key, one task waits at most
    waiting = models.CharField(max_length=200, null=True, unique=True)  # the key, while it waits
    created_at = models.DateTimeField()
    run_after = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    max_attempts = models.SmallIntegerField()
    worker = models.CharField(max_length=80, default="")
    started_at = models.DateTimeField(null=True)  # of the last attempt
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    percent = models.SmallIntegerField(default=0)
    message = models.CharField(max_length=200, default="")
    error = models.TextField(default="")  # one line that says what, then the traceback
    result = models.JSONField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["queue", "-priority", "run_after", "id"], condition=Q(state="ready"), name="task_ready"
            ),
            models.Index(fields=["key", "state"], name="task_of_a_key"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="task_running"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="task_finished"),
        )

    def __str__(self) -> str:
        return f"task {self.pk}: {self.function}"


class Schedule(models.Model):
    """When a periodic task is next due. Verbs: `queue.py`."""

    function = models.CharField(max_length=200, primary_key=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.function


class Act(models.Model):
    """Something that somebody did. The database itself refuses to change these rows, or to delete young ones."""

    at = models.DateTimeField(db_index=True)
    person = models.BigIntegerField(null=True)  # nobody known, or a command
    verb = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, default="")  # of what it is about
    object = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    address = models.CharField(max_length=45, default="")  # of the network, where the request came from
    request = models.CharField(max_length=64, default="")  # its id in the logs

    class Meta:
        indexes = (
            models.Index(fields=["kind", "object", "-id"], name="act_object"),
            models.Index(fields=["person", "-id"], name="act_person"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.object}"


class Retention(models.Model):
    """For how many days something is kept, where somebody set it. Verbs: `retentions.py`."""

    name = models.CharField(max_length=40, primary_key=True)  # of the option that says it otherwise
    days = models.PositiveIntegerField()
    person = models.BigIntegerField(null=True)  # who set it
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.name}: {self.days} days"


class Notice(models.Model):
    """Something that a person is told. Verbs: `notices.py`."""

    person = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    about = models.BigIntegerField()  # of what kind of thing, the kind says
    by = models.BigIntegerField(null=True, db_index=True)  # who did it; nobody known
    at = models.DateTimeField(db_index=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "kind", "about"], condition=Q(read_at=None), name="told_once_until_read"
            ),
        )
        indexes = (models.Index(fields=["person", "-id"], name="notices_of_a_person"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.about} to {self.person}"


class Rate(models.Model):
    """A bucket of tokens, told by when it is full again: of an untouched one there is no row."""

    key = models.CharField(max_length=200, primary_key=True)
    full_at = models.FloatField(db_index=True)  # seconds since 1970

    def __str__(self) -> str:
        return self.key
