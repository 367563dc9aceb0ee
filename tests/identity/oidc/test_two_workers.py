"""Two server processes: what one hands out, the other takes; and of many at once, one."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.identity.oidc.served import challenge_of, sign_in, site
from tests.servers import postgresql

BACK, VERIFIER = "http://localhost:9/back", "v" * 64


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with (
        postgresql() as database,
        site(tmp_path_factory.mktemp("two"), "--workers", "2", CARTABLE_DATABASE=database) as one,
    ):
        one.ada = one.person("ada@ac-dijon.example")
        yield one


@pytest.fixture
def notes(provider):
    return provider.client("--redirect", BACK, "--trusted")


@pytest.fixture
def http(provider, notes):
    """A browser that is signed in."""
    with httpx.Client(timeout=60) as one:
        sign_in(one, one.get(address(provider, notes)))
        yield one


def address(provider, notes):
    query = {
        "response_type": "code",
        "client_id": notes["client_id"],
        "redirect_uri": BACK,
        "scope": "openid profile",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    return f"{provider.address}/oidc/authorize?{urlencode(query)}"


def code(http, provider, notes):
    location = http.get(address(provider, notes)).headers["Location"]
    return parse_qs(urlsplit(location).query)["code"][0]


def token(provider, notes, **fields):
    """Ask by a connection of its own, which goes to either worker."""
    return httpx.post(
        f"{provider.address}/oidc/token", data=fields, auth=(notes["client_id"], notes["client_secret"]), timeout=60
    )


def exchange(provider, notes, one):
    fields = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    return token(provider, notes, code=one, **fields)


def refresh(provider, notes, one):
    return token(provider, notes, grant_type="refresh_token", refresh_token=one)


def opens(provider, told):
    bearer = {"Authorization": f"Bearer {told['access_token']}"}
    return httpx.get(f"{provider.address}/oidc/userinfo", headers=bearer, timeout=60).status_code == 200


def many(ask, ones):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(ask, ones))


def test_53_each_code_of_one_worker_is_taken_by_any(provider, notes, http):
    codes = [code(http, provider, notes) for _ in range(40)]
    answers = many(lambda one: exchange(provider, notes, one), codes)  # the first of all: there is no key yet
    assert [one.status_code for one in answers] == [200] * 40
    assert all(opens(provider, one.json()) for one in answers)
    kids = {one["kid"] for one in httpx.get(f"{provider.address}/oidc/keys").json()["keys"]}
    assert len(kids) == 1, "of the workers that met no key one drew it"


def test_of_many_who_bring_one_code_one_is_served_and_then_none(provider, notes, http):
    one = code(http, provider, notes)
    answers = many(lambda _: exchange(provider, notes, one), range(8))
    served = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(served) <= 1
    assert {answer.json().get("error") for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    assert not any(opens(provider, told) for told in served), "it was seen twice"


def test_of_many_who_bring_one_refresh_token_one_is_served_and_then_none(provider, notes, http):
    told = exchange(provider, notes, code(http, provider, notes)).json()
    answers = many(lambda _: refresh(provider, notes, told["refresh_token"]), range(8))
    served = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(served) <= 1
    assert {answer.json().get("error") for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    assert not any(opens(provider, one) for one in [told, *served])


def test_a_session_over_in_one_worker_is_over_in_both(provider, notes, http):
    told = exchange(provider, notes, code(http, provider, notes)).json()
    page = http.get(f"{provider.address}/oidc/logout?id_token_hint={told['id_token']}")
    assert page.status_code == 302
    assert not any(many(lambda _: opens(provider, told), range(8)))
