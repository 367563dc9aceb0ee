"""A text in the forms that others read: HTML, PDF, ODT, DOCX. Each is made of the standalone page, by a program within bounds."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity.actors import Actor
from cartable.kernel import bounded
from cartable.kernel.errors import NotFound
from cartable.pads.formats.standalone import standalone

PAPER = Path(__file__).with_name("paper.py")
WITHIN, MEMORY, OFFICE_MEMORY = timedelta(seconds=60), 1 << 30, 4 << 30  # LibreOffice counts what it maps


@dataclass(frozen=True, slots=True)
class Format:
    """A form of a text: how it ends, what it is called, and what makes it of a standalone page."""

    ending: str
    media_type: str
    label: str | Promise
    make: Callable[[bytes], bytes]
    offered: Callable[[], bool] = lambda: True
    fetches: bool = False  # its reader asks for pictures from elsewhere


def offered() -> list[Format]:
    """Return the forms that this installation can make."""
    return [one for one in FORMATS.values() if one.offered()]


def made(actor: Actor, node: int, name: str, ending: str) -> tuple[Format, bytes]:
    """Return the text of a file that the actor reads, in a form. Raises NotFound for one that is not offered; Busy, TooLarge,
    Unmakeable, and what `standalone` raises."""
    form = FORMATS.get(ending)
    if form is None or not form.offered():
        raise NotFound(ending)
    return form, form.make(standalone(actor, node, name, fetches=form.fetches).encode())


def _as_it_is(page: bytes) -> bytes:
    return page


def _on_paper(form: str, page: bytes) -> bytes:
    return bounded.made([sys.executable, str(PAPER), form], page, into="out", within=WITHIN, memory=MEMORY)


def _office(kind: str) -> Callable[[bytes], bytes]:
    """Return what makes of a page a document of LibreOffice's."""

    def make(page: bytes) -> bytes:
        command = [soffice(), "--headless", "--infilter=HTML (StarWriter)", "--convert-to", kind, "in"]
        return bounded.made(
            command, _on_paper("html", page), into=f"in.{kind.partition(':')[0]}", within=WITHIN, memory=OFFICE_MEMORY
        )

    return make


@cache
def soffice() -> str:
    """Return the path of LibreOffice, empty where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


@cache
def prints() -> bool:
    """Return whether WeasyPrint is here, and the Pango that it draws with."""
    from ctypes.util import find_library  # noqa: PLC0415

    return find_spec("weasyprint") is not None and find_library("pango-1.0") is not None


FORMATS = {
    one.ending: one
    for one in (
        Format("html", "text/html; charset=utf-8", _("Page web"), _as_it_is, fetches=True),
        Format("pdf", "application/pdf", _("PDF"), partial(_on_paper, "pdf"), lambda: prints()),
        Format("odt", "application/vnd.oasis.opendocument.text", _("LibreOffice (ODT)"), _office("odt"), lambda: bool(soffice())),
        Format(
            "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", _("Word (DOCX)"),
            _office("docx:MS Word 2007 XML"), lambda: bool(soffice()),
        ),
    )
}  # fmt: skip
