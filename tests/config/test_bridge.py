"""What the bridge makes of requests and answers, through the real servers."""

import hashlib
import json

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.config.sites import MIB, rest

pytestmark = pytest.mark.once

PATHS = pytest.mark.parametrize("path", ["/meta", "/early-meta"], ids=["django", "early"])


def meta(site, path, **headers):
    return json.loads(site.ask("GET", path, headers={name.replace("_", "-"): it for name, it in headers.items()})[2])


@PATHS
def test_headers_with_underscores_are_dropped(site, path):
    with site.begin(
        f"GET {path} HTTP/1.1\nHost: localhost\nX_Forwarded_User: eve\nREMOTE_ADDR: 8.8.8.8\nConnection: close"
    ) as one:
        answer = rest(one)
    assert b"eve" not in answer
    assert b"8.8.8.8" not in answer


@PATHS
def test_what_a_stranger_says_of_their_address_is_not_believed(site, path):
    claims = {"X_Forwarded_For": "8.8.8.8", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil.example"}
    seen = meta(site, path, **claims, X_Request_Id="mine", Forwarded="for=8.8.8.8")
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("127.0.0.1", "http")
    assert "evil.example" not in seen.values()
    assert "HTTP_X_REQUEST_ID" not in seen


@PATHS
def test_other_names_than_ours_are_refused(site, path):
    assert site.ask("GET", path, headers={"Host": "evil.example"})[0] == 400
    assert site.ask("GET", path, headers={"Host": f"localhost:{site.port}"})[0] == 200


def test_a_path_that_is_no_utf_8_reaches_the_view_as_django_reads_it(site):
    assert site.ask("GET", "/early-meta/%E9t%C3%A9//a")[0] == 200
    assert meta(site, "/early-meta/%C3%A9%FF//a")["PATH_INFO"] == "/early-meta/é%FF//a"


def test_an_early_prefix_is_a_whole_word_of_the_path(site):
    assert site.ask("GET", "/early-metal")[0] == 404


def test_every_answer_has_a_date_a_length_and_an_id(site):
    for path in ("/meta", "/early-meta", "/bug", "/early-bug"):
        _, headers, _ = site.ask("GET", path)
        assert headers["Date"]
        assert headers["Content-Length"]
        assert len(headers["X-Request-Id"]) == 16


def test_cookies_of_a_request_stay_apart(site):
    with site.begin(
        "GET /meta HTTP/1.1\nHost: localhost\nCookie: a=1\nCookie: b=2\nAccept: a\nAccept: b\nConnection: close"
    ) as one:
        answer = rest(one)
    assert b'"a=1; b=2"' in answer
    assert b'"a,b"' in answer


def log_of(site, headers, count):
    """Return the `count` lines of the log about a request: the last is written once it is answered."""

    def lines():
        return [json.loads(line) for line in site.log().splitlines() if headers["X-Request-Id"] in line]

    site.wait_for(lambda: len(lines()) == count)
    return lines()


def test_a_bug_is_a_500_and_a_line_of_the_log_with_its_id(site):
    status, headers, _ = site.ask("GET", "/early-bug")
    assert status == 500
    lines = log_of(site, headers, 2)
    assert [line["logger"] for line in lines] == ["django.request", "cartable.access"]
    assert "a bug, on purpose" in lines[0]["error"]


def test_the_log_tells_what_was_asked_and_no_secret(site):
    secret = {"Authorization": "Basic hushhush", "Cookie": "hushhush"}
    _, headers, _ = site.ask("GET", "/s/Zq8sEcReT/photo?token=hushhush", headers=secret)
    assert log_of(site, headers, 2)[-1]["path"] == "/s/***/photo"
    assert "hushhush" not in site.log()
    assert "Zq8sEcReT" not in site.log()


def test_a_stream_is_sent_to_its_end(fresh):
    status, _, body = fresh.ask("GET", "/stream/20")
    assert (status, len(body)) == (200, 20 * MIB)
    fresh.wait_for_event("released")
    assert fresh.events() == ["streamed", "closed", "released"]


def test_a_stream_that_fails_is_not_taken_for_a_whole_one(fresh):
    with fresh.begin("GET /broken HTTP/1.1\nHost: localhost\nConnection: close") as one:
        answer = rest(one)
    assert b"HTTP/1.1 200" in answer
    assert not answer.endswith(b"0\r\n\r\n")


def test_nothing_is_made_for_a_client_that_has_left(fresh):
    with fresh.begin("GET /stream/4000 HTTP/1.1\nHost: localhost") as one:
        one.recv(1000)
    fresh.wait_for_event("released")
    assert fresh.events() == ["closed", "released"]


def test_a_file_is_sent_whole(fresh):
    content = bytes(range(256)) * 4 * 1024
    (fresh.folder / "film").write_bytes(content)
    status, headers, body = fresh.ask("GET", "/file/film")
    assert (status, headers["Content-Length"], hashlib.sha256(body).digest()) == (
        200,
        str(len(content)),
        hashlib.sha256(content).digest(),
    )


@pytest.mark.parametrize("path", ["/meta", "/early-meta", "/stream/5", "/file/film"])
def test_head_has_the_headers_and_no_body(fresh, path):
    (fresh.folder / "film").write_bytes(b"x" * MIB)
    with fresh.begin(f"HEAD {path} HTTP/1.1\nHost: localhost\nConnection: close") as one:
        answer = rest(one)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n")
    assert "streamed" not in fresh.events()


def test_a_connection_serves_several_requests(site):
    with site.begin("PUT /echo HTTP/1.1\nHost: localhost\nContent-Length: 2", b"hi") as one:
        assert one.recv(65536).startswith(b"HTTP/1.1 200")
        one.sendall(b"GET /early-meta HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"/early-meta" in rest(one)


def test_a_websocket_nobody_serves_is_refused(site):
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"ws://localhost:{site.port}/nothing")
