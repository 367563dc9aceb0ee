"""XML that strangers send, and text that must survive XML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cartable.kernel import xml
from cartable.kernel.errors import BadInput

pytestmark = pytest.mark.once

LAUGHS = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a b="&y;">&y;</a>'


def test_a_document_is_read_without_its_comments_and_instructions():
    root = xml.parse(b'<?xml version="1.0"?><a xmlns="DAV:"><!-- c --><?p i?><b>\xc3\xa9</b></a>')
    assert root.tag == "{DAV:}a"
    assert [(child.tag, child.text) for child in root] == [("{DAV:}b", "é")]


def test_another_encoding_is_read():
    assert xml.parse('<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode("utf-16")).text == "é"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"texte",
        b"<a>",
        b"<a/><b/>",
        b"<a b=c/>",
        b'<D:propfind xmlns:D="DAV:"><D:prop><b:f xmlns:b=""/></D:prop></D:propfind>',
        b"<p:a/>",
        b"<!DOCTYPE a><a/>",
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><a/>',
        LAUGHS,
        b"<a>&eacute;</a>",
        b"<a>&#0;</a>",
        b"<a>\xff</a>",
        b'<?xml version="1.0" encoding="nowhere"?><a/>',
        b"<a>" * 300 + b"</a>" * 300,
        b"<a>" + b"x" * xml.BODY_MAX + b"</a>",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_malformed_dangerous_or_too_long_is_refused(body):
    with pytest.raises(BadInput):
        xml.parse(body)


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&\"'\r\n\t\x00\ufffe")))
def test_escaped_text_comes_back_from_an_element_and_from_an_attribute(text):
    root = xml.parse(f'<a b="{xml.escape(text)}">{xml.escape(text)}</a>'.encode())
    kept = "".join(one if one in "\t\n\r" or (one >= " " and one not in "\ufffe\uffff") else "\ufffd" for one in text)
    assert (root.text or "") == kept
    assert root.get("b") == kept.replace("\n", " ").replace("\t", " ")


def test_half_a_character_does_not_stop_the_answer():
    assert etree.fromstring(f"<a>{xml.escape(chr(0xD800))}</a>").text == "\ufffd"


def test_plain_text_is_returned_as_it_is():
    text = "Élèves de 6ᵉ – 2026"
    assert xml.escape(text) is text
