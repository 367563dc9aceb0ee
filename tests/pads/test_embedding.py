"""Which frames the operator's lists allow, and what is no such list."""

import pytest

from cartable.pads import embedding
from cartable.pads.embedding import _PLAYER, _SITE, _listed


@pytest.mark.parametrize(
    "said", ["", "https://ent.example", "http://ent.localhost:* https://*.Ent.example", "https://a.b.example:8443"]
)
def test_sites_are_listed_as_a_policy_takes_them(said):
    assert _listed("X", said, _SITE, "site") == tuple(said.lower().split())


@pytest.mark.parametrize(
    "said", ["ent.example", "*", "https:", "'self'", "https://ent.example/path", "https://a.example;"]
)
def test_what_is_no_site_stops_the_start_and_is_named(said):
    with pytest.raises(ValueError, match=r"CARTABLE_PADS_FRAMED_BY: .* is no site such as"):
        _listed("CARTABLE_PADS_FRAMED_BY", f"https://fine.example {said}", _SITE, "site such as")


@pytest.mark.parametrize("said", ["https://tube.example", "tube", "*.example", "tube.example/embed", "tube.example;x"])
def test_what_is_no_host_stops_the_start_too(said):
    with pytest.raises(ValueError, match="is no host"):
        _listed("CARTABLE_PADS_PLAYERS", said, _PLAYER, "host")


def test_at_first_nothing_is_shown_in_a_frame():
    assert (embedding.SITES, embedding.PLAYERS) == ((), ())
    assert (embedding.FRAMES, embedding.ANCESTORS) == ("'self'", "'none'")
