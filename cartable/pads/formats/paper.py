"""A program: `paper.py pdf` makes of an HTML file `in` a PDF, `paper.py html` the same HTML, with its formulas drawn. It asks nobody.

Run by `converting`, within bounds, with nothing of ours but this file. Formulas are drawn by ziamath, pages laid by WeasyPrint.
"""

import base64
import re
import sys
from pathlib import Path
from xml.etree.ElementTree import Element, tostring

from lxml import html
from ziamath.config import config
from ziamath.zmath import Latex

LETTER = 15  # pixels: of a formula, beside text of 11 pt
config.svg2 = False  # each letter is a path: LibreOffice knows no symbols
LONGEST = 2_000  # letters of a formula that is drawn: ten times as many take half a minute
FORMULAS = "//*[contains(concat(' ', @class, ' '), ' math ')]"


def draw_formulas(page: html.HtmlElement) -> None:
    """Put a picture in place of each formula that can be read; its source is what the picture says."""
    for formula in page.xpath(FORMULAS):
        source = "".join(formula.xpath("text()")).strip()  # beside the link of a label
        if len(source) > LONGEST:
            continue
        try:
            drawn = Latex(_braced(source), size=LETTER, inline=formula.tag == "span").svgxml()
        except Exception:  # noqa: BLE001, S112 - whatever somebody wrote: it stays as it is written
            continue
        formula.text = None
        formula[:] = [_picture(drawn, source)]


def write_boxes(page: html.HtmlElement) -> None:
    """Put in place of each box of a list of tasks the letter that looks like it."""
    for box in page.xpath("//input[@type='checkbox']"):
        letter = html.Element("span")
        letter.text, letter.tail = "☐☑"[box.get("checked") is not None], box.tail
        letter.set("class", "box")
        box.getparent().replace(box, letter)


def rule_tables(page: html.HtmlElement) -> None:
    """Have each table say its lines and its room as LibreOffice reads them, who takes these from no style."""
    for table in page.iter("table"):
        for name, value in {"border": "1", "cellspacing": "0", "cellpadding": "4"}.items():
            table.set(name, value)


def _braced(source: str) -> str:
    r"""Return a formula with braces around the letter of another alphabet: latex2mathml 3.81 makes an N of `\mathbb N`."""
    return re.sub(r"(\\math(?:bb|bf|cal|frak|rm|scr|sf))\s*(\w)", r"\1{\2}", source)


def _picture(drawn: Element, source: str) -> html.HtmlElement:
    _, top, _, height = (float(one) for one in drawn.get("viewBox", "").split())
    data = base64.b64encode(tostring(drawn)).decode()
    picture: html.HtmlElement = html.Element("img", src=f"data:image/svg+xml;base64,{data}", alt=source)
    for side in ("width", "height"):
        picture.set(side, str(round(float(drawn.get(side, "0")))))
    picture.set("style", f"vertical-align: {-(height + top):.2f}px")  # one writes along 0
    return picture


def pdf_of(page: html.HtmlElement) -> bytes:
    """Return a page as a PDF that screen readers read (PDF/UA-1). An address that is not within it is no picture."""
    from weasyprint import HTML  # noqa: PLC0415 - it takes half a second, and Pango
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    within = URLFetcher(allowed_protocols={"data"})
    made: bytes = HTML(string=html.tostring(page, encoding="unicode"), url_fetcher=within).write_pdf(
        pdf_variant="pdf/ua-1"
    )
    return made


def html_of(page: html.HtmlElement) -> bytes:
    """Return a page as LibreOffice reads it."""
    rule_tables(page)
    made: bytes = html.tostring(page, encoding="utf-8", doctype="<!doctype html>")
    return made


def main(form: str) -> None:
    """Read `in`, write `out`."""
    page = html.document_fromstring(Path("in").read_text(encoding="utf-8"))
    draw_formulas(page)
    write_boxes(page)
    Path("out").write_bytes(pdf_of(page) if form == "pdf" else html_of(page))


if __name__ == "__main__":
    main(sys.argv[1])
