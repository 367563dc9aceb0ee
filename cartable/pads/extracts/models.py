"""What is drawn out of the texts of pads. `node` is a plain number: no constraint crosses packages. Words are in `text_pads`."""

from django.db import models


class Extract(models.Model):
    """A text that was read: which content of which file, and what it calls itself."""

    node = models.BigIntegerField(primary_key=True)
    space = models.BigIntegerField()
    blob = models.BigIntegerField(null=True)
    mtime = models.BigIntegerField()  # seconds since 1970
    title = models.CharField(max_length=200)

    class Meta:
        indexes = (models.Index(fields=["space", "-mtime"], name="extracts_of_a_space"),)

    def __str__(self) -> str:
        return f"extract of {self.node}"


class Link(models.Model):
    """A document that a text names: by its lasting address, or by a path from where the text stands."""

    node = models.BigIntegerField(db_index=True)
    target = models.BigIntegerField(null=True, db_index=True)
    path = models.TextField(default="")
    name = models.CharField(max_length=255, default="", db_index=True)  # the end of the path

    def __str__(self) -> str:
        return f"{self.node} → {self.target or self.path}"


class Task(models.Model):
    """Something to do that a text lists: `- [ ] …`."""

    node = models.BigIntegerField(db_index=True)
    line = models.IntegerField()  # of the text, from 0
    text = models.CharField(max_length=500)
    done = models.BooleanField()

    def __str__(self) -> str:
        return f"line {self.line} of {self.node}"


class Mention(models.Model):
    """Somebody whom a writer of a text means by `@` and a name."""

    node = models.BigIntegerField()
    person = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=200)  # as it was written
    by = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    told = models.BooleanField()  # once the file said so

    class Meta:
        constraints = (models.UniqueConstraint(fields=["node", "person"], name="one_mention_per_pad"),)

    def __str__(self) -> str:
        return f"{self.person} in {self.node}"


class Place(models.Model):
    """How far what is read follows the tree: one row. Without it, all texts are read again."""

    line = models.BigIntegerField()  # of the journal
    node = models.BigIntegerField(null=True)  # the last that was gone through of all; none: all were

    def __str__(self) -> str:
        return f"line {self.line}"
