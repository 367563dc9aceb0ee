"""`cartable client`: what each verb prints, and the one sentence that each mistake gets."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from cartable.identity.oidc import keys
from cartable.identity.oidc.models import Application
from tests.worlds import academies

pytestmark = pytest.mark.django_db
ADD = ("add", "--name", "Notes", "--redirect", "https://notes.example/back")


def client(*words):
    """Run one verb, and return what it prints."""
    out = io.StringIO()
    call_command("client", *words, stdout=out)
    return out.getvalue().removesuffix("\n")


def refusal(*words):
    """Return the sentence that a mistake gets."""
    with pytest.raises(CommandError) as error:
        client(*words)
    return str(error.value).removeprefix("Error: ")


def test_an_application_is_registered_for_programs_and_for_people():
    given = json.loads(client(*ADD, "--json"))
    assert set(given) == {"client_id", "client_secret", "issuer"}
    assert len(given["client_secret"]) >= 43, "256 bits"
    lines = dict(line.split() for line in client(*ADD).splitlines())
    assert set(lines) == {"client_id", "client_secret"}
    assert lines["client_id"] != given["client_id"]


def test_it_is_shown_without_its_secret():
    academies()
    words = (
        "--structure",
        "DIJON",
        "--function",
        "DIR",
        "--scope",
        "profile",
        "--trusted",
        "--sector",
        "notes.example",
    )
    given = json.loads(client(*ADD, *words, "--json"))
    shown = json.loads(client("show", given["client_id"], "--json"))
    assert shown == {
        "client_id": given["client_id"],
        "name": "Notes",
        "type": "confidential",
        "redirect_uris": ["https://notes.example/back"],
        "after_logout": [],
        "backchannel": "",
        "inside": True,
        "scim": "",
        "scopes": ["openid", "profile"],
        "trusted": True,
        "sector": "notes.example",
        "structures": ["07"],
        "functions": ["DIR"],
    }
    assert given["client_secret"] not in client("show", given["client_id"])
    assert client("list") == f"{given['client_id']}  Notes"
    assert json.loads(client("list", "--json")) == [shown]


def test_its_secret_is_replaced_and_it_is_dropped():
    given = json.loads(client(*ADD, "--json"))
    assert client("secret", given["client_id"]) != given["client_secret"]
    client("drop", given["client_id"])
    assert client("list") == "No application is registered."


def test_a_public_one_has_no_secret():
    given = json.loads(client(*ADD, "--public", "--json"))
    assert set(given) == {"client_id", "issuer"}
    assert refusal("secret", given["client_id"]) == "It is a public client: it has no secret."


def test_it_is_told_who_there_is_and_nothing_more(monkeypatch):
    given = json.loads(client(*ADD, "--json"))
    assert "--token-stdin" in refusal("scim", given["client_id"], "--url", "https://notes.example/scim")
    monkeypatch.setattr("sys.stdin", io.StringIO("a token\nrest\n"))
    client("scim", given["client_id"], "--url", "https://notes.example/scim/", "--token-stdin")
    assert Application.objects.get().scim_url == "https://notes.example/scim"
    assert "a token" not in client("show", given["client_id"], "--json")
    assert client("scim", given["client_id"]) == f"{given['client_id']} is told nothing more."


def test_keys_are_rotated():
    assert client("rotate-keys") in {one["kid"] for one in keys.published()}
    assert [client("rotate-keys", "--now")] == [one["kid"] for one in keys.published()]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "unheard-of"), "No application has the id unheard-of: see `cartable client list`."),
        ((*ADD[:3], "--redirect", "https://notes.example/#x"), "An address has no fragment"),
        ((*ADD[:3], "--redirect", "https://*.example/"), "An address has no fragment, no *"),
        ((*ADD[:3], "--redirect", "ftp://notes.example/"), "An address begins with https://"),
        ((*ADD[:3], "--redirect", "https://ada@notes.example/"), "An address names nobody"),
        ((*ADD, "--structure", "0210015X"), "'0210015X' is no UAI code"),
        ((*ADD, "--structure", "NOWHERE"), "No academy is 'NOWHERE'"),
        ((*ADD, "--scope", "birthdate"), "argument --scope: invalid choice"),
        (("add", "--name", " ", "--redirect", "https://notes.example/"), "argument --name: a name cannot be empty"),
    ],
    ids=str,
)
def test_a_mistake_gets_one_sentence(words, sentence):
    assert refusal(*words).startswith(sentence)


@pytest.mark.parametrize("uri", ["http://localhost:3000/back", "http://127.0.0.1:3000/back", "http://[::1]:3000/back"])
def test_an_address_without_https_is_on_this_machine(uri):
    assert client(*ADD[:3], "--redirect", uri)


@pytest.mark.parametrize("flag", ["--redirect", "--after-logout", "--backchannel"])
@pytest.mark.parametrize(
    "uri", ["http://notes.example/back", "http://192.168.1.5/back", "http://localhost.evil.example/"]
)
def test_no_other_machine_is_reached_without_https(flag, uri):
    assert refusal(*ADD, flag, uri).startswith("An address begins with https://")


def test_a_function_that_nobody_has_is_refused():
    assert "'PROF' is the code of no function" in refusal(*ADD, "--function", "PROF")
    assert not Application.objects.exists()
