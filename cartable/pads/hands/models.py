"""Who types as a client of a document. `node` and `person` are plain numbers: no constraint crosses packages."""

from django.db import models


class Hand(models.Model):
    """A client is a random number that a browser draws each time it opens a pad; the first to type as one has it."""

    node = models.BigIntegerField()
    client = models.BigIntegerField()
    person = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["node", "client"], name="one_hand_per_client"),)

    def __str__(self) -> str:
        return f"client {self.client} of pad {self.node}"
