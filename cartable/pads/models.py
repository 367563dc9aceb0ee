"""What is known of a pad beside its file. `node` is an id of the tree, which may be in another database: no key ties them."""

from django.db import models


class Owner(models.Model):
    """Which process has a pad open, until when; and what its file held when the two last agreed.

    The row stays when nobody has it open: `fence` never goes back.
    """

    node = models.BigIntegerField(primary_key=True)
    process = models.CharField(max_length=32)
    fence = models.BigIntegerField()  # grows each time somebody opens it: whoever had it before can write no more
    until = models.FloatField()  # seconds since 1970; 0: given back, and the file is as the text
    blob = models.BigIntegerField(null=True)  # what the file held when the text was last written to it, or read from it
    sha256 = models.BinaryField(max_length=32, null=True)  # of what was to be written next: if the file has it, it was

    class Meta:
        indexes = (models.Index(fields=["until"], name="pads_not_given_back", condition=models.Q(until__gt=0)),)

    def __str__(self) -> str:
        return f"pad {self.node} of {self.process}"


class Snapshot(models.Model):
    """The document of a pad as it was encoded last. What came since is in the log."""

    node = models.BigIntegerField(primary_key=True)
    epoch = models.BigIntegerField(
        default=0
    )  # which document it is, of those that were begun anew: a number drawn at random
    state = models.BinaryField()  # an update of Yjs, version 1, of the whole document

    def __str__(self) -> str:
        return f"pad {self.node}"


class Former(models.Model):
    """A document that a pad had before it was begun anew: somebody may still come with letters for it."""

    node = models.BigIntegerField()
    epoch = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)  # when it was given up
    state = models.BinaryField()
    clients = models.BinaryField()  # its state vector: by the clients in it a document is known

    class Meta:
        constraints = (models.UniqueConstraint(fields=["node", "epoch"], name="one_document_per_epoch"),)

    def __str__(self) -> str:
        return f"former pad {self.node}"


class Update(models.Model):
    """The log: what was typed in a pad within one beat, in order of `id`."""

    node = models.BigIntegerField()
    person = models.BigIntegerField(null=True)  # who typed it, the last of them if there were several; none: a file did
    data = models.BinaryField()  # an update of Yjs, version 1

    class Meta:
        indexes = (models.Index(fields=["node", "id"], name="log_of_a_pad"),)

    def __str__(self) -> str:
        return f"update {self.pk} of pad {self.node}"
