"""Files sent by a form: each goes straight to the storage while the form is read, held neither in memory nor on a second disk."""

from collections.abc import Iterable
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler

from cartable.kernel.errors import TooLarge
from cartable.kernel.storage import Sink, Stored, storage
from cartable.options import options

UPLOAD_MAX = options.upload_max  # bytes


class Received:
    """A file that is in the storage, and in no folder until somebody says that it is `kept`."""

    def __init__(self, name: str, stored: Stored) -> None:
        self.name = name
        self.stored = stored
        self.size = stored.size
        self.kept = False  # in a folder

    def begins(self, length: int) -> bytes:
        """Return its first bytes."""
        return b"".join(storage().read(self.stored.key, 0, length))

    def close(self) -> None:
        """Do nothing: Django closes what it gave."""


class ToStorage(FileUploadHandler):
    """Django's way in. A form that is cut leaves nothing behind, nor does one that is refused: see `forget`."""

    _sink: Sink | None = None

    def __init__(self, request: Any, largest: int | None = None) -> None:
        """Take files of this many bytes at most; unless it is said, as many as the site accepts."""
        super().__init__(request)
        self._largest = UPLOAD_MAX if largest is None else largest
        self._files: list[Received] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self._sink, self._size = storage().begin(), 0

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> None:
        """Keep the next bytes; nothing goes on to other handlers."""
        assert self._sink is not None  # noqa: S101 - Django begins a file first
        self._size += len(raw_data)
        if self._size > self._largest:
            self.upload_interrupted()
            raise TooLarge(self.file_name)
        self._sink.write(raw_data)

    def file_complete(self, _file_size: int) -> Received:  # type: ignore[override]
        """Make the bytes durable."""
        assert self._sink is not None  # noqa: S101
        self._files.append(Received(self.file_name or "", self._sink.finish()))
        self._sink = None
        return self._files[-1]

    def upload_interrupted(self) -> None:
        """Leave nothing."""
        if self._sink is not None:
            self._sink.abort()
        forget(self._files)


def forget(files: Iterable[Received]) -> None:
    """Delete the bytes of those that are kept in no folder."""
    storage().delete([one.stored.key for one in files if not one.kept])
