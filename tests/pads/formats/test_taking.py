"""A text taken away as a web page, a PDF, a document of LibreOffice’s or of Word’s; and what none of them may do."""

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from cartable.identity import people
from cartable.kernel import bounded
from cartable.kernel.errors import Busy, TooLarge, Unmakeable
from cartable.pads.formats import converting
from cartable.spaces import sharing
from cartable.spaces.access import Role
from tests.servers import need
from tests.worlds import put

FEATURES = (Path(__file__).parents[1] / "markdown/corpus/features.md").read_text()
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fea73581e40000000049454e44ae426082"
)
TEXT = """---
title: Volcans
lang: en
---
# Volcans
![un point](point.png) ![ailleurs](https://evil.example/x.png) <img src="file:///etc/passwd" alt="volé">

Soit $x^2$, [suite](suite.md) et <b onclick="alert(1)">gras</b><script>alert(2)</script>

- [x] fait

| a | b |
|---|---|
| 1 | 2 |
"""
OFFICE = ["odt", "docx"]
FORMS = ["html", "pdf", *OFFICE]


@pytest.fixture
def pad(world):
    put(world.ada, world.maths, "point.png", PIXEL)
    return put(world.ada, world.maths, "Leçon.md", TEXT.encode()).id


@pytest.fixture
def take(browse):
    """Take a text away as somebody: `take(node, "pdf")`."""

    def ask(node, ending, name="ada"):
        if ending in OFFICE:
            need("LibreOffice")
        return browse(name).get(f"/p/{node}/as/{ending}")

    return ask


def test_a_web_page_has_all_it_needs_within_and_nothing_that_acts(take, pad):
    answer = take(pad, "html")
    page = answer.content.decode()
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''Le%C3%A7on.html"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert '<html lang="en">' in page
    assert "<title>Volcans</title>" in page
    assert 'src="data:image/png;base64,iVBOR' in page
    assert 'src="https://evil.example/x.png"' in page  # whoever opens it asks for that one
    assert "<em>volé</em>" in page
    assert not re.search(r"onclick|alert\(|<script|/static/|beside|file:", page)
    assert "--ink:" in page


def test_a_pdf_is_read_as_the_text_is_and_says_what_it_is(take, pad):
    answer = take(pad, "pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    read = PdfReader(io.BytesIO(answer.content))
    words = read.pages[0].extract_text()
    for said in ("Volcans", "ailleurs", "volé", "gras", "☑", "1 / 1"):
        assert said in words
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert read.trailer["/Root"]["/Lang"] == "en"
    assert read.metadata.title == "Volcans"
    assert [(one.image.width, one.image.height) for one in read.pages[0].images] == [(1, 1)]


@pytest.mark.parametrize("ending", OFFICE)
def test_a_document_has_the_words_the_pictures_and_the_tables(take, pad, ending):
    answer = take(pad, ending)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        body = archive.read("content.xml" if ending == "odt" else "word/document.xml").decode()
        pictures = [one for one in archive.namelist() if re.search(r"\.(png|svg)$", one)]
    for said in ("Volcans", "ailleurs", "gras", "☑"):
        assert said in body
    assert "evil.example" not in body
    assert "alert(" not in body
    assert pictures  # the point, and the formula
    assert ("<table:table " if ending == "odt" else "<w:tbl>") in body


@pytest.mark.parametrize("ending", FORMS)
def test_all_that_markdown_is_may_be_taken_away(world, take, ending):
    node = put(world.ada, world.maths, "tout.md", FEATURES.encode()).id
    answer = take(node, ending)
    assert answer.status_code == 200
    assert len(answer.content) > 10_000


def test_formulas_are_drawn_or_stay_as_they_are_written(world, take):
    long = "x" * 3_000
    text = f"$\\frac a b$\n\n$\\def\\a{{\\a\\a}}\\a$\n\n${long}$\n\n$\\mathbb R$"
    node = put(world.ada, world.maths, "formules.md", text.encode()).id
    words = "".join(one.extract_text() for one in PdfReader(io.BytesIO(take(node, "pdf").content)).pages)
    assert "\\frac" not in words
    assert "\\mathbb" not in words
    assert "\\def" in words
    assert words.count("x") == len(long)


def test_who_may_not_read_a_text_takes_nothing_away(take, pad):
    for ending in ("html", "pdf"):
        hidden, absent = take(pad, ending, "eve"), take(pad + 10_000, ending, "eve")
        assert hidden.status_code == absent.status_code == 404
        assert "Volcans" not in hidden.content.decode()


def test_what_lies_beside_is_taken_with_the_rights_of_who_takes(world, take, pad):
    eve = people.find("eve@ac-dijon.example")
    sharing.give(world.ada, pad, f"person:{eve.pk}", Role.READ)
    assert "data:image/png" not in take(pad, "html", "eve").content.decode()
    assert "<em>un point</em>" in take(pad, "html", "eve").content.decode()


@pytest.mark.parametrize("ending", ["exe", "md", "PDF", ""])
def test_a_form_that_there_is_not_is_not_found(take, pad, ending):
    assert take(pad, ending).status_code == 404


def test_without_its_program_a_form_is_neither_offered_nor_made(take, browse, pad, monkeypatch):
    monkeypatch.setattr(converting, "soffice", lambda: "")
    monkeypatch.setattr(converting, "prints", lambda: False)
    assert [one.ending for one in converting.offered()] == ["html"]
    assert take(pad, "pdf").status_code == 404
    sheet = browse("ada").get(f"/p/{pad}/take").content.decode()
    assert "/as/html" in sheet
    assert "/as/pdf" not in sheet


def test_pictures_beyond_what_one_file_may_hold_are_named(world, take, pad, monkeypatch):
    monkeypatch.setattr("cartable.pads.formats.standalone.MOST", len(PIXEL) - 1)
    assert "<em>un point</em>" in take(pad, "html").content.decode()


SECOND, MEGABYTES = timedelta(seconds=1), 64 << 20


def run(*command, into="out", within=SECOND, memory=MEGABYTES):
    return bounded.made(command, b"words", into=into, within=within, memory=memory)


def test_a_program_is_given_bytes_and_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("CARTABLE_SECRET_KEY", "a key")
    assert run("sh", "-c", "cat in > out; env >> out; ls >> out").startswith(b"words")
    assert b"CARTABLE" not in run("sh", "-c", "env > out")


def test_a_program_that_takes_too_long_is_ended_with_what_it_began():
    with pytest.raises(TooLarge):
        run("sh", "-c", "sleep 60 & sleep 60")


def test_a_program_that_makes_nothing_or_wants_too_much_is_said_so():
    with pytest.raises(Unmakeable):
        run("false")
    with pytest.raises(Unmakeable):
        run(
            "sh", "-c", 'x=$(head -c 200000000 /dev/zero | tr "\\\\0" a); echo "$x" > out', within=timedelta(seconds=20)
        )


def test_more_than_two_at_once_wait_and_are_told(monkeypatch):
    monkeypatch.setattr(bounded, "PATIENCE", timedelta())
    with bounded.AT_ONCE, bounded.AT_ONCE, pytest.raises(Busy):
        run("true")
