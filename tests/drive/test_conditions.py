"""The headers that say what must be true, read and judged. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartable.drive.dav.conditions import Clause, Demand, State, demands, hold, matches, tokens
from cartable.kernel.errors import BadInput

TOKEN = "opaquelocktoken:1"


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        (f"(<{TOKEN}>)", [Demand("", (Clause(TOKEN),))]),
        ('(["etag"])', [Demand("", (Clause(etag="etag"),))]),
        ('([W/"etag"])', [Demand("", (Clause(etag="etag"),))]),
        (f'(<{TOKEN}> ["e"])', [Demand("", (Clause(TOKEN), Clause(etag="e")))]),
        (f"(Not <{TOKEN}>)", [Demand("", (Clause(TOKEN, negated=True),))]),
        (f"(<{TOKEN}>) (not <DAV:no-lock>)", [Demand("", (Clause(TOKEN),)), Demand("", (Clause("DAV:no-lock", negated=True),))]),
        (f"<http://h/a> (<{TOKEN}>)", [Demand("http://h/a", (Clause(TOKEN),))]),
        ('</a> (["1"]) (["2"]) </b> (["3"])', [
            Demand("/a", (Clause(etag="1"),)), Demand("/a", (Clause(etag="2"),)),
            Demand("/b", (Clause(etag="3"),)),
        ]),
    ],
)  # fmt: skip
def test_what_an_if_header_means(header, meant):
    assert demands(header) == meant


@pytest.mark.parametrize(
    "header", ["", "()", "x", "(<a>", "<a>", "(<a>) x", "(Not)", "(Not Not <a>)", "((<a>))", "(<a>))", '("e")']
)
def test_what_is_no_if_header_is_refused(header):
    with pytest.raises(BadInput):
        demands(header)


@given(st.text(alphabet='()<>[]"Not aW/', max_size=40))
def test_any_header_is_understood_or_refused(header):
    try:
        found = demands(header)
    except BadInput:
        return
    assert found
    assert all(clauses for _, clauses in found)


LOCKED = State("e", frozenset({TOKEN}))


@pytest.mark.parametrize(
    ("header", "state", "true"),
    [
        (f"(<{TOKEN}>)", LOCKED, True),
        (f"(<{TOKEN}>)", State("e"), False),
        (f'(<{TOKEN}> ["e"])', LOCKED, True),
        (f'(<{TOKEN}> ["f"])', LOCKED, False),
        (f'(<{TOKEN}> ["f"]) (["e"])', LOCKED, True),
        ('(<DAV:no-lock> ["e"])', LOCKED, False),
        ("(Not <DAV:no-lock>)", LOCKED, True),
        ('(Not ["f"])', LOCKED, True),
        ('(["e"])', State(None), False),
        ('(Not ["e"])', State(None), True),
    ],
)
def test_when_an_if_header_holds(header, state, true):
    assert hold(demands(header), lambda _: state) == true


def test_each_demand_is_about_its_own_resource():
    states = {"/a": State("1"), "/b": State("2")}
    assert hold(demands('</a> (["2"]) </b> (["2"])'), states.__getitem__)
    assert not hold(demands('</a> (["2"]) </b> (["1"])'), states.__getitem__)


def test_every_token_counts_as_shown_also_a_negated_one():
    assert tokens(demands(f"(<{TOKEN}>) (Not <x:2>)")) == {TOKEN, "x:2"}


@pytest.mark.parametrize(
    ("header", "etag", "named"),
    [
        ('"e"', "e", True), ('"d", "e"', "e", True), ('W/"e"', "e", True), ("*", "e", True), ('"d"', "e", False),
        ("*", None, False), ('"e"', None, False), ("", "e", False), ("e", "e", True),
    ],
)  # fmt: skip
def test_which_etags_a_header_names(header, etag, named):
    assert matches(header, etag) == named
