"""What clients write in XML, and what we write: pure."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cartable.drive.dav import bodies, multistatus, props
from cartable.drive.dav.bodies import DAV, OC, Wanted
from cartable.drive.dav.lines import letters
from cartable.drive.dav.props import LIVE, share_bits
from cartable.kernel.errors import BadInput
from cartable.spaces.access import Right

D = 'xmlns:d="DAV:"'


def test_properties_are_wanted_once_each_in_their_order():
    body = f'<d:propfind {D} xmlns:x="urn:x"><d:prop><x:b/><d:getetag/><x:b/><c xmlns=""/></d:prop></d:propfind>'
    assert bodies.propfind(body.encode()) == Wanted((("urn:x", "b"), (DAV, "getetag"), ("", "c")))


def test_an_extension_beside_allprop_is_ignored():
    assert bodies.propfind(f'<d:propfind {D}><d:allprop/><x:y xmlns:x="u"/></d:propfind>'.encode()) == Wanted()


def test_what_comes_last_in_a_proppatch_counts():
    body = f"""<d:propertyupdate {D} xmlns:x="u"><d:set><d:prop><x:a>1</x:a><x:b>2</x:b></d:prop></d:set>
        <d:remove><d:prop><x:a/></d:prop></d:remove><d:set><d:prop><x:b>3</x:b></d:prop></d:set></d:propertyupdate>"""
    patch = bodies.proppatch(body.encode())
    assert patch.wanted[("u", "a")] is None
    assert (etree.fromstring(patch.wanted[("u", "b")]).text, patch.texts[("u", "b")]) == ("3", "3")


def test_a_kept_element_means_the_same_anywhere():
    body = f'<d:propertyupdate {D} xmlns:y="v"><d:set><d:prop><x:a xmlns:x="u" xml:lang="fr"><y:b/></x:a></d:prop></d:set></d:propertyupdate>'
    kept = etree.fromstring(bodies.proppatch(body.encode()).wanted[("u", "a")])
    assert kept[0].tag == "{v}b"
    assert kept.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"


@pytest.mark.parametrize(
    "body",
    [
        f"<d:propertyupdate {D}/>",
        f"<d:propfind {D}/>",
        f"<d:propertyupdate {D}><d:set/></d:propertyupdate>",
        "",
        "<x",
    ],
)
def test_a_proppatch_of_nothing_is_refused(body):
    with pytest.raises(BadInput):
        bodies.proppatch(body.encode())


def lockinfo(inside):
    return f"<d:lockinfo {D}>{inside}</d:lockinfo>".encode()


def test_the_owner_of_a_lock_is_kept_as_it_came():
    scope = "<d:lockscope><d:shared/></d:lockscope><d:locktype><d:write/></d:locktype>"
    info = bodies.lockinfo(lockinfo(f"{scope}<d:owner>A &amp; <d:href>urn:b</d:href></d:owner>"))
    assert info.shared
    assert etree.fromstring(f"<o>{info.owner}</o>").findtext("{DAV:}href") == "urn:b"


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<d:lockscope><d:exclusive/></d:lockscope>",
        "<d:lockscope/><d:locktype><d:write/></d:locktype>",
        "<d:lockscope><d:exclusive/><d:shared/></d:lockscope><d:locktype><d:write/></d:locktype>",
        "<d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:read/></d:locktype>",
        f"<d:lockscope><d:shared/></d:lockscope><d:locktype><d:write/></d:locktype><d:owner>{'x' * 5000}</d:owner>",
    ],
)
def test_a_lock_we_do_not_know_is_refused(inside):
    with pytest.raises(BadInput):
        bodies.lockinfo(lockinfo(inside))


NAME = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
SPACE = st.sampled_from(["", DAV, OC, "urn:x", "http://a/?b=1&c=100%25s"])


@given(
    st.lists(st.tuples(SPACE, NAME), unique=True, max_size=5), st.lists(st.tuples(SPACE, NAME), unique=True, max_size=5)
)
def test_names_come_back_in_what_is_found_and_what_is_not(found, missing):
    template = multistatus.template(found, 0, missing)
    text = template % ("/x", *("v" for _ in found))
    root = etree.fromstring(multistatus.document([text]))
    statuses = root.findall(".//{DAV:}propstat")
    assert [bodies.name_of(one) for one in statuses[0].find("{DAV:}prop")] == found
    assert [bodies.name_of(one) for one in statuses[1].find("{DAV:}prop")] == missing if missing else len(statuses) == 1


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_a_path_comes_back_from_its_href(path):
    href = etree.fromstring(multistatus.document([multistatus.response(path)])).findtext(".//{DAV:}href")
    assert unquote(href) == path
    assert href.isascii()


def test_no_two_properties_share_their_local_name():
    assert len({name for _, name in LIVE}) == len(LIVE)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (1795455294, "Mon, 23 Nov 2026 17:34:54 GMT"),
        (-5, "Thu, 01 Jan 1970 00:00:00 GMT"), (10**15, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ],
)  # fmt: skip
def test_dates_are_written_as_http_writes_them(seconds, text):
    assert props.http_date(seconds) == text


@given(st.integers(0, 63), st.booleans(), st.booleans(), st.booleans())
def test_letters_never_promise_more_than_the_rights(rights, folder, movable, mounted):
    given_letters = letters(Right(rights), folder=folder, movable=movable, foreign=True, mounted=mounted)
    assert ("W" in given_letters) == (bool(rights & Right.WRITE) and not folder)
    assert ("C" in given_letters) == ("K" in given_letters) == (bool(rights & Right.WRITE) and folder)
    assert ("V" in given_letters) == movable
    assert ("G" in given_letters) == bool(rights & Right.READ)
    assert "".join(one for one in "SRMGDNVWCK" if one in given_letters) == given_letters


def test_bits_of_a_file_and_of_a_folder():
    assert share_bits(Right(31), folder=True) == 31
    assert share_bits(Right(31), folder=False) == 27
    assert share_bits(Right.VIEW | Right.READ, folder=True) == 1
