"""A Markdown file as it reads, and who may read it."""

import pytest

from tests.worlds import put

TEXT = "---\ntitle: Volcans & séismes\nlang: en\n---\n# Un\n## Deux\n## Trois\n<script>alert(1)</script>\n- [x] fait\n"


@pytest.fixture
def pad(world):
    return put(world.ada, world.maths, "cours.md", TEXT.encode()).id


def test_a_text_is_laid_out_with_its_contents(pad, browse):
    page = browse("ada").get(f"/p/{pad}/read")
    html = page.content.decode()
    assert "<title>Volcans &amp; séismes" in html
    assert '<h2 id="user-content-deux">Deux</h2>' in html
    assert '<a href="#user-content-deux">Deux</a>' in html
    assert 'class="prose" aria-label="Volcans &amp; séismes" lang="en"' in html
    assert "alert(1)" not in html
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_who_may_not_read_the_file_reads_nothing(pad, browse):
    absent = browse("eve").get(f"/p/{pad + 10_000}/read")
    hidden = browse("eve").get(f"/p/{pad}/read")
    assert hidden.status_code == absent.status_code == 404
    assert "Volcans" not in hidden.content.decode()
    assert browse().get(f"/p/{pad}/read").status_code == 302


def test_another_file_is_shown_as_it_is(world, browse):
    assert browse("ada").get(f"/p/{world.devoir}/read").headers["Location"] == f"/f/{world.devoir}"


def test_bytes_that_are_no_text_are_told_so(world, browse):
    broken = put(world.ada, world.maths, "faux.md", b"\xff\xfe\x00").id
    assert browse("ada").get(f"/p/{broken}/read").status_code == 400


def test_a_text_that_is_too_long_is_shown_as_it_is_written(world, browse, monkeypatch):
    monkeypatch.setattr("cartable.pads.markdown.LARGEST", 10)
    long = put(world.ada, world.maths, "long.md", b"# <b>Un texte</b>").id
    html = browse("ada").get(f"/p/{long}/read").content.decode()
    assert "# &lt;b&gt;Un texte&lt;/b&gt;" in html
