"""Who comes by a new academy into the account they had: the one that its directory made meanwhile is offered, and becomes one with it."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from cartable.identity import credentials, demands, departures, people, postings, structures, upstreams
from cartable.identity.federation import announced
from cartable.identity.feeds import cases, merging
from cartable.identity.feeds.models import Civil, Feed, MatchCase, MergeLog, PersonKey
from cartable.identity.models import Person
from cartable.identity.upstreams import Claim
from cartable.kernel import clock
from cartable.kernel.errors import NotFound
from cartable.kernel.models import Act
from cartable.kernel.tasks import run_pending
from tests.identity import academy as academies_of_tests
from tests.identity.academy import come_back
from tests.identity.feeds.test_merging import LYON, NEW, OLD
from tests.identity.feeds.written import ALICE, AMPERE, BOB, complete
from tests.identity.test_pages import page
from tests.worlds import person

SECRET, OFFER = "quatre mots sans rapport", "/login/academy/account/other"
CLAIM = Claim("lyon", "L-1", "Alice MARTIN", NEW)
YES, NO = {"same": "yes"}, {"same": "no"}


def day(ago):
    return f"{clock.today() - timedelta(days=ago):%Y%m%d}"


@pytest.fixture
def two(take, tmp_path):
    """Alice, whom Dijon no longer states since some weeks, and as Lyon states her."""
    take(complete(tmp_path, ALICE, BOB, day=day(60)))
    old = people.find(OLD)
    old.set_password(SECRET)
    old.save()
    take(complete(tmp_path, BOB, day=day(20)), "DIJON", "--yes")
    take(complete(tmp_path, LYON, day=day(10)), "LYON")
    return people.by_id(old.pk), people.find(NEW)


@pytest.fixture
def lyon(server, two):
    """The academy of Lyon, which signs her in."""
    server.academy = one = academies_of_tests.Academy(f"http://127.0.0.1:{server.server_address[1]}")
    one.claims = {"sub": CLAIM.subject, "given_name": "Alice", "family_name": "MARTIN", "email": NEW}
    known = {"client_id": academies_of_tests.CLIENT, "secret": academies_of_tests.SECRET}
    upstreams.add_oidc("lyon", structures.academy("LYON"), issuer=one.issuer, **known)
    return one


def came(lyon):
    """Come by Lyon, sign in as before, and link it: return the browser, and where it then goes."""
    browser = Client()
    come_back(browser, lyon, to="/f/", key="lyon")
    browser.post("/login?next=/login/academy/account", {"login": OLD, "password": SECRET})
    return browser, browser.post("/login/academy/account/link").headers["Location"]


def test_the_account_that_the_directory_made_is_offered_and_becomes_one_with_what_was(lyon, two):
    old, new = two
    assert departures.of(old) == "grace"
    browser, there = came(lyon)
    assert there == OFFER
    shown = page(browser.get(there))
    for words in ("Ces deux comptes sont-ils les vôtres ?", OLD, NEW, "LYCEE AMPERE", "pendant 30 jours"):
        assert words in shown
    assert not MergeLog.objects.exists(), "only a yes makes them one"
    assert browser.post(OFFER, YES).headers["Location"] == "/f/"
    assert people.find(NEW) == people.find(OLD) == old
    assert "n’en font plus qu’un" in page(browser.get("/me"))
    assert departures.of(people.by_id(old.pk)) == "active"
    assert {one.structure for one in postings.of(old) if one.current} == {"LYCEE AMPERE"}
    case = MatchCase.objects.get()
    assert (case.answer, case.by) == ("same", old)
    assert (
        Act.objects.filter(verb="person.merge", kind="account", person=old.pk, object__in=[old.pk, new.pk]).count() == 2
    )
    run_pending()
    told = {one.to[0] for one in mail.outbox if one.subject == "Votre compte a été réuni à un autre"}
    assert told == {OLD, NEW}
    assert come_back(Client(), lyon, key="lyon").headers["Location"] == "/me"
    assert browser.get(OFFER).headers["Location"] == "/me", "there is nothing left to ask"
    merging.unmerge(MergeLog.objects.get().pk)
    assert people.find(NEW) == new


def test_without_a_yes_nothing_changes_and_a_human_is_still_asked(lyon, two):
    browser, _ = came(lyon)
    assert browser.post(OFFER, {"same": "perhaps"}).status_code == 400
    assert browser.post(OFFER, NO).headers["Location"] == "/f/"
    assert "une personne habilitée va vérifier" in page(browser.get("/me"))
    assert [one.rule for one in cases.waiting(None)] == ["R2"]
    assert not MergeLog.objects.exists()
    assert browser.get(OFFER).headers["Location"] == "/me"


def judged_different(old, new):
    merging.remember(old.pk, new.pk, None)


def born_elsewhen(old, _new):
    Civil.objects.filter(person=old).update(born=clock.today())


def of_no_academy(_old, _new):
    Feed.objects.update(academy=None)


def of_another_academy(_old, _new):
    Feed.objects.update(academy=structures.academy("PARIS"))


def written_to_elsewhere(_old, new):
    people.give_address(new, "alice.m@ac-lyon.fr")


def merged_meanwhile(_old, new):
    merging.merge(person("Alice Martin", "alice@ac-paris.fr"), new)


@pytest.mark.parametrize(
    "differs",
    [
        {"email": "alice.m@ac-lyon.fr"},
        {"email": "alice.martin@ac-paris.fr"},
        {"email": ""},
        {"family_name": "Martinez"},
        {"given_name": "", "family_name": ""},
        judged_different,
        born_elsewhen,
        of_no_academy,
        of_another_academy,
        written_to_elsewhere,
        merged_meanwhile,
    ],
    ids=lambda differs: getattr(differs, "__name__", str(differs)),
)
def test_where_anything_differs_nobody_is_asked_and_nothing_is_done(lyon, two, differs):
    old, _new = two
    claim = CLAIM
    if isinstance(differs, dict):
        lyon.claims |= differs
        name = f"{lyon.claims['given_name']} {lyon.claims['family_name']}".strip()
        claim = Claim("lyon", CLAIM.subject, name, lyon.claims["email"])
    else:
        differs(*two)
    before = MergeLog.objects.count()
    _browser, there = came(lyon)
    assert there == "/f/"
    with pytest.raises(NotFound):
        announced.unite(old, claim)
    assert MergeLog.objects.count() == before


def test_the_key_of_somebody_else_offers_nothing(lyon, two):
    old, _ = two
    assert announced.of(old, CLAIM) is None, "it is not linked"
    upstreams.link(people.find(BOB.mail), CLAIM)
    assert announced.of(old, CLAIM) is None
    with pytest.raises(NotFound):
        announced.unite(old, CLAIM)


def signed_in_once(new):
    Person.objects.filter(pk=new.pk).update(last_login=clock.now())


def has_a_password(new):
    new.set_password(SECRET)
    new.save()


def has_a_device(new):
    credentials.new_app_password(new.pk, "Téléphone")


def has_an_academy(new):
    upstreams.link(new, Claim("lyon", "L-0", "Alice MARTIN", NEW))


def has_a_factor(new):
    Authenticator.objects.create(user=new, type=Authenticator.Type.TOTP, data={})


@pytest.mark.parametrize("use", [signed_in_once, has_a_password, has_a_device, has_an_academy, has_a_factor])
def test_an_account_that_was_used_is_proved_as_its_own_sign_in_asks(lyon, two, use):
    use(two[1])
    browser, there = came(lyon)
    shown = page(browser.get(there))
    assert "Cet autre compte a déjà servi" in shown
    assert 'href="/me/former"' in shown
    assert 'value="yes"' not in shown
    refused = browser.post(OFFER, YES)
    assert (refused.status_code, "prouvez d’abord" in page(refused)) == (409, True)
    assert not MergeLog.objects.exists()


def test_two_national_identifiers_are_for_a_human(lyon, two):
    for number, one in enumerate(two):
        PersonKey.objects.create(person=one, kind="national", scope="", digest=bytes([number]) * 16)
    browser, _ = came(lyon)
    refused = browser.post(OFFER, YES)
    assert (refused.status_code, "identifiant national" in page(refused)) == (409, True)
    assert len(cases.waiting(None)) == 1
    assert not MergeLog.objects.exists()


def test_a_second_factor_that_is_demanded_of_who_is_posted_so_is_asked_with_the_next_page(lyon, two):
    demands.require("ENS", structures.school(AMPERE))
    browser, _ = came(lyon)
    assert browser.post(OFFER, YES).headers["Location"] == "/f/"
    assert people.find(NEW) == two[0]
    assert browser.get("/f/").headers["Location"] == "/me/factors?next=%2Ff%2F"


def test_27_of_two_browsers_that_say_yes_the_second_finds_it_done(lyon, two):
    first, _ = came(lyon)
    second = Client()
    come_back(second, lyon, to="/f/", key="lyon")
    second.post("/login", {"login": OLD, "password": SECRET})
    for browser in (first, second):
        browser.post(OFFER, YES)
    assert MergeLog.objects.count() == 1


def test_the_offer_is_for_who_has_just_shown_who_they_are(lyon, two, later):
    browser, _ = came(lyon)
    assert Client().get(OFFER).headers["Location"].startswith("/login")
    later(minutes=11)
    assert browser.post(OFFER, YES).headers["Location"].startswith("/me/confirm")
    later(minutes=20)
    browser.post("/me/confirm", {"password": SECRET})
    assert browser.post(OFFER, YES).headers["Location"] == "/me", "what the academy said is forgotten"
    assert not MergeLog.objects.exists()
