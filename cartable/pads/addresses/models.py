"""By which addresses pads are known, and who opened which. `node` and `person` are plain numbers: no constraint crosses packages."""

from django.db import models
from django.db.models import Q


class Name(models.Model):
    """A word that leads to a pad. All are in one table, so that none ever hides another (GHSA-pjf2, CVE-2023-38487)."""

    class Kind(models.IntegerChoices):
        """What it is shown for: the pad itself, its published page, or both. Each leads to either, as in HedgeDoc."""

        ID = 0  # 128 bits drawn at random: who has it was given it
        SHORT = 1
        ALIAS = 2

    name = models.CharField(max_length=100, primary_key=True)
    node = models.BigIntegerField(db_index=True)
    kind = models.SmallIntegerField(choices=Kind)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["node", "kind"], condition=~Q(kind=2), name="one_id_and_one_short_name"),
        )

    def __str__(self) -> str:
        return self.name


class Pad(models.Model):
    """What is known of a pad by its addresses."""

    node = models.BigIntegerField(primary_key=True)
    agents = models.BigIntegerField(null=True)  # number of the link that its addresses are to an agent who is signed in
    link = models.CharField(max_length=40, default="")  # token of the one that they are to anybody
    views = models.PositiveBigIntegerField(default=0)  # of its published page

    def __str__(self) -> str:
        return f"pad {self.node}"


class Upload(models.Model):
    """A picture that was sent to a pad by HedgeDoc's address, or to none: under which name it is known there, and which file it is."""

    name = models.CharField(max_length=100)
    node = models.BigIntegerField()
    pad = models.BigIntegerField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["name", "pad"], name="one_picture_of_a_name_per_pad"),)

    def __str__(self) -> str:
        return self.name


class Visit(models.Model):
    """A person opened a pad, last `at` that moment. What it was called then is kept with it: a list of pads opens none."""

    person = models.BigIntegerField()
    node = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    title = models.CharField(max_length=200)
    tags = models.JSONField(default=list)  # texts
    pinned = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "node"], name="one_visit_per_pad"),)
        indexes = (models.Index(fields=["person", "-at"], name="visits_of_a_person"),)

    def __str__(self) -> str:
        return f"{self.person} at {self.node}"
