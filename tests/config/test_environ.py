import pytest

from cartable.config.environ import client, networks
from cartable.config.settings import hosts

pytestmark = pytest.mark.once

OURS = networks("10.0.0.0/8, 2001:db8::1")


def who(peer, *headers, scheme="http"):
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return client({"client": (peer, 1), "scheme": scheme, "headers": raw}, OURS)


def test_a_proxy_of_ours_is_believed():
    seen = who(
        "10.0.0.1",
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "cartable.example"),
        ("host", "inner"),
        ("x-request-id", "abc"),
    )
    assert (seen.address, seen.scheme, seen.headers["host"], seen.request_id) == (
        "1.2.3.4",
        "https",
        "cartable.example",
        "abc",
    )


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),  # what comes first, the client may have invented
        ("6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("", "10.0.0.1"),
        (" , ", "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy_of_ours(forwarded, address):
    assert who("10.0.0.1", ("x-forwarded-for", forwarded)).address == address


def test_several_headers_of_one_name_are_read_in_order():
    assert who("10.0.0.1", ("x-forwarded-for", "6.6.6.6"), ("X-Forwarded-For", "1.2.3.4")).address == "1.2.3.4"


@pytest.mark.parametrize("peer", ["11.0.0.1", "2001:db8::2", "", "not an address"])
def test_others_are_not_believed(peer):
    seen = who(peer, ("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https"), ("x-request-id", "abc"))
    assert (seen.address, seen.scheme, seen.request_id, seen.relayed) == (peer, "http", "", True)


def test_a_proxy_may_say_which_request_it_is_but_not_in_any_words():
    assert who("10.0.0.1", ("x-request-id", 'a" b\\n')).request_id == ""


def test_a_wrong_proxy_is_named():
    with pytest.raises(ValueError, match="proxy"):
        networks("proxy.example")


@pytest.mark.parametrize(
    ("url", "host", "name", "answers"),
    [
        ("https://cartable.example", "0.0.0.0", "cartable.example", True),
        ("https://cartable.example", "0.0.0.0", "evil.example", False),
        ("https://cartable.example", "127.0.0.1", "127.0.0.1", True),
        ("http://192.168.1.5:8000", "0.0.0.0", "salle12.local", True),
        ("http://127.0.0.1:8000", "127.0.0.1", "evil.example", False),
        ("http://[::1]:8000", "::1", "evil.example", False),
    ],
)
def test_the_names_we_answer_to(url, host, name, answers):
    assert (name in hosts(url, host) or "*" in hosts(url, host)) is answers
