"""The files of a feed, as they came: kept for a time for who must understand what was applied, then erased."""

import shutil
from datetime import timedelta
from pathlib import Path

from cartable.identity.feeds.models import Batch
from cartable.identity.feeds.reading import Source
from cartable.kernel import clock, retentions
from cartable.options import options

FOLDER = "feeds"  # in the data folder, a folder for each batch


def folder_of(batch: Batch) -> Path:
    """Return where the files of a batch are kept."""
    return options.data / FOLDER / str(batch.pk)


def keep(source: Source, batch: Batch) -> None:
    """Copy the files of a batch, unless they are there from an attempt that was cut. Their owner alone reads them."""
    folder = folder_of(batch)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in source.files:
        copy = folder / file.name
        if not copy.exists():
            part = copy.with_name(f".{copy.name}.part")
            shutil.copyfile(file, part)
            part.chmod(0o600)
            part.rename(copy)


def forget_old() -> int:
    """Erase the files of batches that began longer ago than `feed_days`; return how many batches that were."""
    old = _older(retentions.days("feed_days"))
    for folder in old:
        shutil.rmtree(folder)
    return len(old)


def would_go(was: int, days: int) -> int:
    """Return of how many batches the files that stay for `was` days would go if they stayed for `days`."""
    return len(_older(days)) - len(_older(was))


def _older(days: int) -> list[Path]:
    folders = {folder.name: folder for folder in (options.data / FOLDER).glob("*")}
    young = Batch.objects.filter(started_at__gt=clock.now() - timedelta(days=days)).values_list("pk", flat=True)
    return [folders[name] for name in sorted(folders.keys() - {str(pk) for pk in young})]
