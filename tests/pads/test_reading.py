"""A Markdown file as it reads, and who may read it."""

import pytest

from cartable.spaces import tree
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


@pytest.mark.parametrize(
    ("written", "leads"),
    [
        ("image.png", "/f/{image}/raw"),
        ("./dossier/../image.png", "/f/{image}/raw"),
        ("dossier/suite.md", "/p/{suite}/read"),
        ("dossier", "/f/{dossier}"),
    ],
)
def test_what_a_text_names_beside_it_is_found_for_who_may_read_it(world, pad, browse, written, leads):
    dossier = tree.make_folder(world.ada, world.maths, "dossier").id
    image = put(world.ada, world.maths, "image.png", b"x").id
    suite = put(world.ada, dossier, "suite.md", b"[retour](../cours.md)").id
    answer = browse("ada").get(f"/p/{pad}/beside", {"path": written})
    assert answer.headers["Location"] == leads.format(image=image, suite=suite, dossier=dossier)
    assert f'href="/p/{suite}/beside?path=..%2Fcours.md"' in browse("ada").get(f"/p/{suite}/read").content.decode()
    assert browse("ada").get(f"/p/{suite}/beside?path=../cours.md").headers["Location"] == f"/p/{pad}/read"
    assert browse("eve").get(f"/p/{pad}/beside", {"path": written}).status_code == 404


@pytest.mark.parametrize("path", ["", "absent.png", "/cours.md", "../" * 50 + "x.png", "a\0b"])
def test_what_is_not_beside_a_text_is_not_found(pad, browse, path):
    assert browse("ada").get(f"/p/{pad}/beside", {"path": path}).status_code in {400, 404}


def test_the_frame_that_lays_out_is_nobody_and_reaches_nothing(browse):
    answer = browse().get("/p/preview")
    policy = dict(one.strip().split(" ", 1) for one in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["sandbox"].split() == ["allow-scripts", "allow-popups", "allow-popups-to-escape-sandbox"]
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == "'none'"
    assert "connect-src" not in policy
    assert policy["frame-ancestors"] == "'self'"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert not answer.cookies


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
