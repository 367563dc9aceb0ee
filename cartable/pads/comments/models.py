"""What is said about passages of pads. `node` and `person` are plain numbers: no constraint crosses packages."""

from django.db import models


class Comment(models.Model):
    """One remark. The first of a thread is about a passage, and may propose words in its place; others answer it."""

    class Verdict(models.TextChoices):
        """How a thread was closed."""

        OPEN = ""
        SETTLED = "settled"
        ACCEPTED = "accepted"  # what it proposed is in the text
        DECLINED = "declined"

    node = models.BigIntegerField(db_index=True)
    thread = models.ForeignKey(
        "self", models.CASCADE, null=True, related_name="answers"
    )  # its first; null: this is one
    person = models.BigIntegerField(null=True, db_index=True)  # null: they were erased
    text = models.TextField()
    at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    # Of the first of a thread
    anchor = models.CharField(max_length=400, default="")  # where it begins and ends, as the browser that chose it says
    quote = models.TextField(default="")  # what stood there
    proposed = models.TextField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.OPEN)
    judge = models.BigIntegerField(null=True)  # who closed it

    class Meta:
        indexes = (models.Index(fields=["node", "thread"], name="comments_of_a_pad"),)

    def __str__(self) -> str:
        return f"comment {self.pk}"
