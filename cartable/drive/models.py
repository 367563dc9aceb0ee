"""Files on their way, in pieces. Fields and constraints only: the verbs are in `uploads.py`."""

from django.db import models


class Upload(models.Model):
    """A file that a client sends in pieces. Nobody else sees it before it is whole."""

    person = models.BigIntegerField()
    name = models.CharField(max_length=255)  # drawn by the client
    size = models.BigIntegerField(null=True)  # bytes in all, if the client said
    opened_at = models.DateTimeField()
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "name"], name="one_upload_per_name"),)

    def __str__(self) -> str:
        return self.name


class UploadPart(models.Model):
    """A piece, whole and durable in the storage; in the end the file is made of these very objects."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    name = models.CharField(max_length=100)  # tells its rank, by natural order
    key = models.CharField(max_length=60, db_index=True)
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    sha1 = models.BinaryField(max_length=20)
    md5 = models.BinaryField(max_length=16)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["upload", "name"], name="one_part_per_name"),)

    def __str__(self) -> str:
        return self.name
