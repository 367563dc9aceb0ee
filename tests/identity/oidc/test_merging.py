"""Two people made one, as applications see it."""

import pytest
from django.test import Client as Browser

from cartable.identity.feeds import merging
from cartable.identity.models import Person
from cartable.identity.oidc.subjects import subject
from cartable.kernel.tasks import run_pending
from tests.identity.oidc.relying import registered, seen, who
from tests.identity.oidc.served import PASSWORD
from tests.identity.oidc.test_logout import listening
from tests.servers import free_port
from tests.worlds import person


@pytest.fixture
def other(db):
    return person("Ada King", "ada.king@ac-lyon.example", PASSWORD)


def signed_in(mail):
    browser = Browser()
    assert browser.post("/login", {"login": mail, "password": PASSWORD}).status_code == 302
    return browser


def test_what_the_absorbed_account_gave_ends_and_the_survivor_is_known_again(ada, other, browser, notes):
    north, south = registered(sector="north.example"), registered(sector="south.example")
    lost = north.tokens(signed_in("ada.king@ac-lyon.example"))
    hers = seen(south.tokens(browser)["id_token"])["sub"]
    subject(other, "south.example")
    log = merging.merge(ada, other)
    assert who(lost["access_token"])[0] == 401
    assert north.refresh(lost["refresh_token"])[0] == 400
    assert seen(north.tokens(browser)["id_token"])["sub"] == seen(lost["id_token"])["sub"]
    assert seen(south.tokens(browser)["id_token"])["sub"] == hers, "an id once told is kept"
    kept = north.tokens(browser)
    merging.unmerge(log.pk)
    assert who(kept["access_token"])[0] == 401
    assert subject(Person.objects.get(pk=other.pk), "north.example") == seen(lost["id_token"])["sub"]
    assert seen(north.tokens(browser)["id_token"])["sub"] != seen(lost["id_token"])["sub"]


def test_an_application_hears_of_a_merge_by_the_id_it_knew_and_the_merge_can_still_be_undone(ada, other):
    port = free_port()
    north = registered(sector="north.example", backchannel=f"http://localhost:{port}/out")
    lost = north.tokens(signed_in("ada.king@ac-lyon.example"))
    known = seen(lost["id_token"])["sub"]
    log = merging.merge(ada, other)
    with listening(port) as heard:
        run_pending()
    assert [seen(one)["sub"] for one in heard] == [known]
    assert subject(Person.objects.get(pk=other.pk), "north.example") != known, "drawn, as SCIM does of who was absorbed"
    merging.unmerge(log.pk)
    assert subject(Person.objects.get(pk=other.pk), "north.example") == known
