"""Files of the interface under names that tell their content, so that a browser keeps each for ever, and their compressed twins.

They are gathered in the data folder when a server starts and they are not those of the last time. What was gathered before
stays: a page that somebody still reads names it. Where no server runs, in tests and commands, their plain names do.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

SEEN = ".gathered"  # tells what was gathered the last time
COMPRESSED = ["*.gz", "*.br"]  # beside what is built; gathering compresses by itself


class Hashed(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise's own has no types
    """Django's hashed names, from the gathering, in what islands import too; the plain ones of what was not gathered.

    So a site whose islands could not be built shows its pages, without their improvements.
    """

    support_js_module_import_aggregation = True

    def create_compressor(self, **how: Any) -> Compressor:
        """Return what compresses: gzip alone. Brotli, which comes with WeasyPrint, takes ten seconds of a first start for a seventh less."""
        return Compressor(**how, use_brotli=False)

    def stored_name(self, name: str) -> str:
        """Return the name a file is served under."""
        known = self.hash_key(self.clean_name(name)) in self.hashed_files
        return str(super().stored_name(name)) if known else name


def gather(root: Path) -> None:
    """Bring the gathered files up to those that packages hold, if they are not."""
    digest = hashlib.blake2b("\n".join(sorted(_held())).encode(), digest_size=16).hexdigest()
    seen = root / SEEN
    if seen.is_file() and seen.read_text() == digest:
        return
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=COMPRESSED)
    seen.write_text(digest)


def _held() -> Iterator[str]:
    """Yield what tells a state of each file from another."""
    for finder in get_finders():
        for path, storage in finder.list(COMPRESSED):
            stat = Path(storage.path(path)).stat()
            yield f"{path} {stat.st_size} {stat.st_mtime_ns}"
