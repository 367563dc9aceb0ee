import re
from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils.translation import override

from cartable.web import answers, formats, policy

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [
        (0, "0\u00a0octet", "0\u00a0bytes"),
        (1, "1\u00a0octet", "1\u00a0byte"),
        (999, "999\u00a0octets", "999\u00a0bytes"),
        (1000, "1\u00a0Ko", "1\u00a0kB"),
        (999_950, "1\u00a0Mo", "1\u00a0MB"),
        (12_400_000_000, "12,4\u00a0Go", "12.4\u00a0GB"),
        (1_000_000_000_000, "1\u00a0To", "1\u00a0TB"),
        (12_345_000_000_000_000, "12\u202f345\u00a0To", "12,345\u00a0TB"),
    ],
)
def test_sizes_are_written_as_people_do(count, french, english):
    with override("fr"):
        assert formats.size(count) == french
    with override("en"):
        assert formats.size(count) == english


def test_days_and_hours_are_written_as_people_do():
    first, other = date(2026, 9, 1), date(2026, 11, 24)
    with override("fr"):
        assert formats.long_day(first) == "1er septembre 2026"
        assert formats.short_day(other) == "24 nov. 2026"
        assert formats.hour(datetime(2026, 9, 1, 10, 30, tzinfo=UTC)) == "10\u00a0h\u00a030"
        assert formats.hour(datetime(2026, 9, 1, 14, 0, tzinfo=UTC)) == "14\u00a0h"
    with override("en"):
        assert formats.long_day(first) == "1 September 2026"
        assert formats.hour(datetime(2026, 9, 1, 14, 0, tzinfo=UTC)) == "14:00"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Camille Martin", "CM"),
        ("Élodie Da Silva", "ÉD"),
        ("Équipe SVT Dijon–Lyon", "ÉS"),
        ("Jean-Luc Moulin", "JM"),
        ("Ada", "A"),
        ("Jean-Luc", "J"),
        ("6e B", "6B"),
        ("« Maths »", "M"),
        ("«Maths»", "M"),
        ("<b>x</b>", "B"),
        ("(5e) Les « curieux »", "LC"),
        ("…", "–"),
        ("", "–"),
    ],
)
def test_initials(name, expected):
    assert formats.initials(name) == expected


def test_an_icon_is_never_a_name():
    drawn = Template("{% load web %}{% icon name %}").render(Context({"name": 'x"><script>'}))
    assert 'aria-hidden="true"' in drawn
    assert "<script>" not in drawn


@pytest.mark.parametrize("wanted", ["https://x.example/", "//x.example", "/\\x.example", "javascript:x", "f/1", ""])
def test_a_form_leads_back_to_our_pages_only(wanted):
    request = RequestFactory().post("/", {"next": wanted})
    assert answers.back(request, "/home") == "/home"


def test_a_form_leads_back_where_it_says():
    assert answers.back(RequestFactory().post("/", {"next": "/trash?space=1"}), "/") == "/trash?space=1"


def test_the_policy_of_pages_allows_nothing_inline(db):
    headers = Client().get("/login").headers
    assert headers["Content-Security-Policy"] == policy.spelled(policy.PAGE)
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("address", ["/login", "/help", "/s/absent", "/nowhere"])
def test_no_page_has_a_script_or_a_style_of_its_own(db, address):
    body = Client().get(address).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", body)


def test_islands_get_their_sentences_in_the_language_asked(db):
    answer = Client().get("/words/en.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "Select all" in answer.content.decode()
    assert Client().get("/words/fr.js").status_code == 200
    assert Client().get("/words/de.js").status_code == 404


def test_a_page_that_does_not_exist_is_ours(db):
    answer = Client().get("/nowhere")
    assert answer.status_code == 404
    assert "Revenir à l’accueil" in answer.content.decode()
