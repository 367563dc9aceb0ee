"""Where bytes live. `storage()` is the place chosen by the `storage` option; `interface.py` says what a place can do."""

from functools import cache
from typing import cast

from django.utils.module_loading import import_string

from cartable.kernel.storage.interface import Missing, Sink, Storage, Stored
from cartable.options import options

PLACES = {  # by the scheme of the address; named, not imported: S3 needs the `scale` extra
    "folder": "cartable.kernel.storage.folder.open_folder",
    "s3": "cartable.kernel.storage.s3.open_bucket",
}

__all__ = ["Missing", "Sink", "Storage", "Stored", "open_storage", "storage"]


@cache
def storage() -> Storage:
    """Return the place where this installation keeps its bytes; one for each process."""
    return open_storage(options.storage)


def open_storage(address: str) -> Storage:
    """Return the place at an address: `folder:`, `folder:PATH` or `s3://…`. Raises ValueError on any other."""
    scheme = address.partition(":")[0]
    if scheme not in PLACES:
        raise ValueError(f"CARTABLE_STORAGE: neither folder: nor s3://: {scheme}")
    return cast(Storage, import_string(PLACES[scheme])(address))
