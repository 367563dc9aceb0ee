"""Tables of feeds. Fields and constraints only: the verbs are in the sibling modules."""

import uuid

from django.db import models
from django.db.models import F, Q

from cartable.identity.models import Person, Structure, Team
from cartable.kernel import clock


class Feed(models.Model):
    """Somebody who states facts, again and again: an academy's directory of one degree, the ministry's table."""

    name = models.CharField(max_length=40, unique=True)  # as `Posting.source` has it: DIJON aaf-2d
    scope = models.CharField(max_length=30)  # where its keys of people mean one person: the academy
    academy = models.ForeignKey(Structure, null=True, on_delete=models.PROTECT, related_name="+")
    dated = models.DateField(null=True)  # the day of the last one applied
    digest = models.BinaryField(max_length=32, null=True)  # SHA-256 of its bytes
    allowed_until = models.DateTimeField(null=True)  # until then the safety valve does not weigh what it states by SCIM
    stopped_at = models.DateTimeField(null=True)  # when the safety valve began to refuse that

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """One feed that was applied, or began to be: without an end it goes on where it stopped."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="batches")
    digest = models.BinaryField(max_length=32)
    dated = models.DateField()
    complete = models.BooleanField()
    counts = models.JSONField(default=dict)  # committed with what they count
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.feed_id} of {self.dated}"


class Row(models.Model):
    """A record of a feed as it was last applied: enough to see that it states nothing new."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.BinaryField(max_length=16)  # keyed digest of the feed's key
    hash = models.BinaryField(max_length=16)  # of what it states; empty: look again
    live = models.BooleanField(default=True)  # the feed still speaks of it
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    structure = models.ForeignKey(Structure, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    part = models.SmallIntegerField(default=0)  # of several records that mean one person: which; see `source_of`
    said = models.JSONField(null=True)  # the names it states, if it means its person beside another: see `civil.py`

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["feed", "key"], name="one_row_per_key"),
            models.UniqueConstraint(fields=["person", "feed", "part"], name="one_part_per_row"),
        )
        indexes = (
            models.Index(fields=["structure"], condition=models.Q(structure__isnull=False), name="row_of_school"),
        )

    def __str__(self) -> str:
        return f"row {self.pk} of {self.feed_id}"

    @property
    def source(self) -> str:
        """Return what postings and addresses bear that it states."""
        return source_of(self.feed.name, self.part)


class PersonKey(models.Model):
    """What somebody outside calls a person by. Of the value there is a keyed digest only: a NUMEN is confidential."""

    class Kind(models.TextChoices):
        """Who gives it."""

        NATIONAL = "national"  # for a career, or until another corps: NUMEN
        AAF = "aaf"  # in one academy: ENTPersonJointure
        TABLE = "table"
        SCIM = "scim"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=10, choices=Kind)
    scope = models.CharField(max_length=30)  # the academy; empty of a national one
    digest = models.BinaryField(max_length=16, unique=True)  # of kind, scope and value
    by = models.BinaryField(max_length=16, null=True)  # digest of the key its person was known by; null: came with it
    since = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"


class Civil(models.Model):
    """What tells people apart and never leaves these tables. The marks find those of whom two facts are the same."""

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="+")
    usage_name = models.CharField(max_length=100)  # these three as `matching.normal` has them
    birth_name = models.CharField(max_length=100)
    first_name = models.CharField(max_length=100)
    born = models.DateField(null=True)
    by_name = models.BigIntegerField(null=True, db_index=True)  # of the birth name and date
    by_first = models.BigIntegerField(null=True, db_index=True)  # of the first name and date
    by_names = models.BigIntegerField(null=True, db_index=True)  # of both names
    compared = models.BooleanField(default=False)  # with all who are known, by what is known of this person now

    class Meta:
        indexes = (models.Index(fields=["person"], condition=Q(compared=False), name="civil_to_compare"),)

    def __str__(self) -> str:
        return f"civil status of {self.person_id}"


class MatchCase(models.Model):
    """Two people who may be one, and what a person said of it. A "no" is never asked again."""

    class Answer(models.TextChoices):
        """What was found."""

        SAME = "same"
        DIFFERENT = "different"

    newcomer = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    candidate = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=3)  # of matching.py: R1' R2 R3; or `cases.OWN`
    score = models.SmallIntegerField()
    evidence = models.JSONField()  # {fact: agree | near | differ | unknown}
    source = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=clock.now)
    answer = models.CharField(max_length=10, choices=Answer, null=True)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")  # nobody: a command
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["newcomer", "candidate"], name="asked_once"),
            models.CheckConstraint(condition=~Q(newcomer=F("candidate")), name="two_people"),
        )
        indexes = (models.Index(fields=["-score", "id"], condition=Q(answer=None), name="case_open"),)

    def __str__(self) -> str:
        return f"is {self.newcomer_id} {self.candidate_id}?"


class MergeLog(models.Model):
    """Two people who became one, and all it takes to make them two again."""

    survivor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    loser = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")  # nobody: a command
    at = models.DateTimeField(default=clock.now)
    moved = models.JSONField()  # by what kind: numbers of rows, and what they were
    packages = models.JSONField(default=dict)  # what each package needs to undo its part
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.loser_id} into {self.survivor_id}"


class ScimToken(models.Model):
    """What a directory shows to write here by SCIM. Kept as a keyed digest: it needs no slow hash."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"token of {self.feed_id}"


class ScimHour(models.Model):
    """What a source changed by SCIM within an hour, beside what it held as that began: for the safety valve."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    postings = models.IntegerField()  # held, not over
    people = models.IntegerField()
    members = models.IntegerField(default=0)  # of the teams it states
    begun = models.IntegerField(default=0)  # postings
    ended = models.IntegerField(default=0)
    arrived = models.IntegerField(default=0)  # people
    renamed = models.IntegerField(default=0)
    joined = models.IntegerField(default=0)  # members
    left = models.IntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["feed", "since"], name="one_hour_at_a_time"),)

    def __str__(self) -> str:
        return f"{self.feed_id} since {self.since}"


class ScimResource(models.Model):
    """A resource as its source last stated it: what follows of it is in the tables of people."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)  # User, Group
    document = models.JSONField()
    sealed = models.TextField(default="")  # the national identifier it states, which the document then lacks
    digest = models.BinaryField(
        max_length=16, null=True, unique=True
    )  # of a user: `PersonKey.digest` of who is behind it
    key = models.CharField(max_length=255, null=True)  # userName or displayName, in lower case
    external = models.CharField(max_length=255, null=True)  # externalId
    active = models.BooleanField(null=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")  # that a group forms
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    modified_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["feed", "kind", "key"], condition=Q(kind="User"), name="one_user_name"),
            models.UniqueConstraint(fields=["feed", "kind", "external"], name="one_external_id"),
        )
        indexes = (models.Index(fields=["feed", "modified_at"], name="scim_modified"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ScimMember(models.Model):
    """Whom a group names, apart from its document: groups are large, and change by one."""

    resource = models.ForeignKey(ScimResource, on_delete=models.CASCADE, related_name="members")  # the group
    value = models.CharField(max_length=255, db_index=True)  # the id of a user of the source, or what it takes for one
    document = models.JSONField()  # the member as it was stated

    class Meta:
        constraints = (models.UniqueConstraint(fields=["resource", "value"], name="once_in_a_group"),)

    def __str__(self) -> str:
        return f"{self.value} in {self.resource_id}"


class ScimMail(models.Model):
    """An address in a resource, to be found by it."""

    resource = models.ForeignKey(ScimResource, on_delete=models.CASCADE, related_name="mails")
    value = models.CharField(max_length=254, db_index=True)  # in lower case

    def __str__(self) -> str:
        return self.value


# Rows of directories that number schools: others state them by UAI
NUMBERING = Q(feed__name__endswith=" aaf-1d") | Q(feed__name__endswith=" aaf-2d")


def source_of(feed: str, part: int) -> str:
    """Return what `Posting.source` says of the postings that one record of a feed states."""
    return f"{feed} #{part}" if part else feed


def stated_by(feed: str) -> Q:
    """Return what selects the postings that a feed states."""
    return Q(source=feed) | Q(source__startswith=source_of(feed, 1)[:-1])
