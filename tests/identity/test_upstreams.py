"""Signing in by an academy: several at once, known by their key and the subject they state, never by mail."""

import io
import json
import time
from datetime import timedelta
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.apps import apps
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from joserfc.jwk import RSAKey

from cartable.identity import delegations, people, postings, structures, upstreams
from cartable.identity.federation.protocols import Oidc
from cartable.identity.feeds import merging
from cartable.identity.models import Person
from cartable.kernel import clock
from cartable.kernel.errors import Conflict, Denied, NameTaken
from cartable.kernel.tasks import run_pending
from tests.identity import academy as academies_of_tests
from tests.identity.academy import come_back, forget_proofs, returning
from tests.identity.feeds.written import CARNOT
from tests.identity.test_factors import link_app
from tests.identity.test_pages import PASSWORD, page, signed_in
from tests.servers import free_port
from tests.worlds import academies, person

DIJON, LYON = "ada@ac-dijon.example", "ada@ac-lyon.example"
CONFIRMED = "/me/factors/app"  # a page that asks who is there


@pytest.fixture
def ada(db):
    return person("Ada Lovelace", DIJON, PASSWORD)


def linked(ada, subject="A-1", key="dijon"):
    upstreams.link(ada, upstreams.Claim(key, subject, "Ada Lovelace", DIJON))


def test_a_known_key_signs_in_and_goes_where_one_was_going(dijon, ada):
    linked(ada)
    browser = Client()
    assert come_back(browser, dijon).headers["Location"] == "/me"
    assert "Ada Lovelace" in page(browser.get("/me"))
    asked = dijon.asked[-1]
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert {"nonce", "state", "code_challenge"} <= asked.keys()


def test_an_unknown_key_opens_nothing_though_the_address_is_that_of_an_account(dijon, ada):
    browser = Client()
    assert come_back(browser, dijon).headers["Location"] == "/login/academy/account"
    assert browser.get("/me").status_code == 302
    shown = page(browser.get("/login/academy/account"))
    assert "J’avais déjà un compte" in shown
    assert "Ouvrir mon compte" not in shown
    assert SocialAccount.objects.count() == 0


def test_i_already_had_an_account(dijon, ada):
    browser = Client()
    come_back(browser, dijon, to="/f/")
    answer = browser.post("/login?next=/login/academy/account", {"login": DIJON, "password": PASSWORD})
    assert answer.headers["Location"] == "/login/academy/account"
    assert "Ada Lovelace" in page(browser.get("/login/academy/account"))
    assert SocialAccount.objects.count() == 0, "only a gesture links"
    assert browser.post("/login/academy/account/link").headers["Location"] == "/f/"
    assert come_back(Client(), dijon).headers["Location"] == "/me"
    assert [one.name for one in upstreams.of(ada)] == ["Dijon"]
    run_pending()
    assert [message.subject for message in mail.outbox] == ["Une académie ouvre votre compte"]


def test_the_second_factor_is_asked_of_who_links_and_of_who_comes_by_an_academy(dijon, ada):
    link_app(signed_in(DIJON))
    browser = Client()
    come_back(browser, dijon)
    answer = browser.post("/login?next=/login/academy/account", {"login": DIJON, "password": PASSWORD})
    assert answer.headers["Location"] == "/login/code"
    assert browser.post("/login/academy/account/link").status_code == 302
    assert SocialAccount.objects.count() == 0
    linked(ada)
    assert come_back(Client(), dijon).headers["Location"] == "/login/code"


def test_a_link_is_made_by_who_just_showed_that_it_is_they(dijon, ada, later):
    browser = signed_in(DIJON)
    come_back(browser, dijon)
    later(minutes=11)
    assert browser.post("/login/academy/account/link").headers["Location"].startswith("/me/confirm")
    assert SocialAccount.objects.count() == 0


def test_what_the_academy_said_is_forgotten_after_half_an_hour(dijon, ada, later):
    browser = Client()
    come_back(browser, dijon)
    later(minutes=31)
    assert browser.get("/login/academy/account").headers["Location"] == "/login/academy"


def test_26_after_a_move_the_new_academy_is_linked_by_a_gesture_and_the_former_one_closed(dijon, ada, later):
    postings.begin(ada, structures.academy("DIJON"))
    linked(ada, "D-1")
    postings.move(ada, structures.academy("LYON"), mail=LYON)
    later(days=61)  # the grace of what she left is over
    assert [one.name for one in upstreams.of(ada)] == ["Dijon"], "she is not locked out until she has another"
    linked(ada, "L-9", key="lyon")
    assert [one.name for one in upstreams.of(ada)] == ["Lyon"]
    assert people.find(DIJON) == people.find(LYON) == ada
    dijon.claims |= {"sub": "D-1"}
    browser = Client()
    assert come_back(browser, dijon).headers["Location"] == "/login/academy/account", "the former key opens nothing"
    assert browser.get("/me").status_code == 302


def test_26_a_subject_that_changed_is_unknown_until_its_holder_links_it_and_then_the_only_one(dijon, ada):
    postings.begin(ada, structures.academy("DIJON"))
    linked(ada, "A-0")
    browser = Client()
    assert come_back(browser, dijon).headers["Location"] == "/login/academy/account"  # A-1, of the same person
    browser.post("/login?next=/login/academy/account", {"login": DIJON, "password": PASSWORD})
    browser.post("/login/academy/account/link")
    assert list(SocialAccount.objects.values_list("user", "uid")) == [(ada.pk, "A-1")]
    assert come_back(Client(), dijon).headers["Location"] == "/me"


def test_26_in_the_grace_of_what_one_left_both_academies_open_the_account(dijon, ada):
    postings.begin(ada, structures.academy("DIJON"), on=clock.today() - timedelta(days=400))
    linked(ada, "A-1")
    postings.move(ada, structures.academy("LYON"))
    linked(ada, "L-9", key="lyon")
    assert come_back(Client(), dijon).headers["Location"] == "/me"
    assert [one.name for one in upstreams.of(ada)] == ["Dijon", "Lyon"]


def test_25_the_mailbox_of_a_school_becomes_nobody(dijon):
    upstreams.drop("dijon")
    known = {"client_id": academies_of_tests.CLIENT, "secret": academies_of_tests.SECRET}
    upstreams.add_oidc("dijon", structures.academy("DIJON"), issuer=dijon.issuer, arrivals=True, **known)
    for box in ("ce.0210015c@ac-dijon.example", "CE.0210015C@ac-dijon.example"):
        with pytest.raises(Denied):
            upstreams.arrive(upstreams.Claim("dijon", "ce-1", "", box))
    assert not Person.objects.exists()
    assert upstreams.arrive(upstreams.Claim("dijon", "z-1", "Zoé", "cedric@ac-dijon.example")).pk


def test_44_delegations_that_an_academy_still_lists_give_nothing(dijon, ada):
    postings.begin(ada, structures.academy("DIJON"))
    linked(ada)
    dijon.claims |= {
        "FrEduResDel": ["aplypro|/redirectionhub/redirect.jsp?applicationname=aplypro|18/10/2023|31/12/2024|head|FrEduRneResp=0210015C|srv|m"],
        "FrEduRneResp": ["0210015C$UAJ$PU$N$T3$LYC$340"],
        "FrEduFonctAdm": "DIR",
    }  # fmt: skip
    assert come_back(Client(), dijon).headers["Location"] == "/me"
    assert delegations.offices(people.actor(people.find(DIJON))) == []


def test_a_key_of_somebody_else_is_not_taken(dijon, ada):
    bob = person("Bob Dupont", "bob@ac-dijon.example", PASSWORD)
    linked(bob)
    with pytest.raises(NameTaken):
        linked(ada)
    assert SocialAccount.objects.get().user == bob


def test_the_same_subject_of_another_academy_is_another_key(dijon, ada):
    linked(ada, key="lyon")
    assert come_back(Client(), dijon).headers["Location"] == "/login/academy/account"


def test_a_reused_address_and_a_changed_one_change_nothing(dijon, ada):
    linked(ada)
    dijon.claims |= {"email": "ada.lovelace@ac-lyon.example"}
    browser = Client()
    assert come_back(browser, dijon).headers["Location"] == "/me"
    assert [one.mail for one in people.addresses_of(ada.pk)] == [DIJON]
    dijon.claims |= {"sub": "A-2", "email": DIJON}
    assert come_back(Client(), dijon).headers["Location"] == "/login/academy/account"


def spoiled(**claims):
    return lambda said: {**said, **claims}


@pytest.mark.parametrize(
    "wrong",
    [
        {"spoil": spoiled(iss="https://elsewhere.example")},
        {"spoil": spoiled(aud="another client")},
        {"spoil": spoiled(exp=1)},
        {"spoil": spoiled(nonce="another")},
        {"spoil": lambda said: {name: value for name, value in said.items() if name != "nonce"}},
        {"spoil": spoiled(sub="A-2")},
        {"spoil_info": spoiled(sub="A-2")},
        {"spoil_info": lambda _claims: {}},
        {"sign": True},
    ],
    ids=[
        "issuer",
        "audience",
        "expired",
        "nonce",
        "no nonce",
        "subject",
        "another subject beside it",
        "none beside it",
        "signature",
    ],
)
def test_what_does_not_hold_together_signs_nobody_in(dijon, ada, wrong):
    linked(ada)
    linked(person("Bob Dupont", "bob@ac-dijon.example"), "A-2")
    forger, plain = RSAKey.generate_key(2048, {"kid": "one"}), dijon.sign
    for name, value in wrong.items():
        setattr(dijon, name, value if name != "sign" else lambda claims: plain(claims, forger))
    browser = Client()
    assert come_back(browser, dijon).headers["Location"] == "/login"
    assert browser.get("/me").status_code == 302
    assert "n’a pas abouti" in page(browser.get("/login"))


@pytest.mark.parametrize(
    ("discovery", "reason"),
    [
        (None, "ConnectionError"),
        ({}, "it lacks issuer, authorization_endpoint, token_endpoint, jwks_uri"),
        ({"issuer": "https://dijon.example", "token_endpoint": "https://dijon.example/token"}, "it lacks authorization_endpoint, jwks_uri"),
        ([], "it is no object"),
        ("<html>", "JSONDecodeError"),
    ],
    ids=str,
)  # fmt: skip
def test_an_academy_that_is_silent_or_lost_its_addresses_is_told_in_a_sentence(dijon, caplog, discovery, reason):
    if discovery is None:
        app = SocialApp.objects.get(provider_id="dijon")
        app.settings["server_url"] = f"http://127.0.0.1:{free_port()}"
        app.save()
    else:
        dijon.discovery = lambda: discovery
    browser = Client()
    assert browser.get("/login/oidc/dijon?next=/me").headers["Location"] == "/login"
    assert "n’a pas abouti" in page(browser.get("/login"))
    assert [reason in record.reason for record in caplog.records if record.msg == "an academy did not vouch"] == [True]


def test_a_mistake_of_ours_is_not_told_as_one_of_an_academy(dijon, monkeypatch):
    monkeypatch.setattr(Oidc, "get_scope_from_request", lambda *_: {}["ours"])
    with pytest.raises(KeyError, match="ours"):
        Client().get("/login/oidc/dijon?next=/me")


def sent_back(academy, browser):
    """Return, in its parts, the address that an academy sends a browser to once somebody has signed in there."""
    sent = browser.get("/login/oidc/dijon")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
    return urlsplit(academy.authorize(asked))


def test_an_academy_that_falls_silent_before_one_comes_back_is_told_so_too(dijon, ada):
    linked(ada)
    browser = Client()
    back = sent_back(dijon, browser)
    dijon.discovery = dict
    assert browser.get(f"{back.path}?{back.query}").headers["Location"] == "/login"


def test_a_code_that_another_browser_was_given_is_refused(dijon, ada):
    linked(ada)
    mine = Client()
    back = sent_back(dijon, mine)
    other = Client()
    assert other.get(f"{back.path}?{back.query}").headers["Location"] == "/login"
    assert other.get("/me").status_code == 302
    assert mine.get(f"{back.path}?{back.query}").headers["Location"] == "/"
    assert mine.get(f"{back.path}?{back.query}").headers["Location"] == "/login", "once"


def test_a_link_to_an_academy_asks_for_nothing_that_we_do_not(dijon, ada):
    linked(ada)
    more = "&process=connect&scope=admin&auth_params=redirect_uri%3Dhttps://elsewhere.example"
    browser = signed_in(DIJON)
    assert come_back(browser, dijon, to=f"/me{more}").headers["Location"] == "/me"
    asked = dijon.asked[-1]
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert asked["redirect_uri"] == "http://testserver/login/oidc/dijon/back"
    assert come_back(Client(), dijon, to="https://elsewhere.example/").headers["Location"] == "/"


def test_proconnect_signs_what_it_says_and_has_its_own_words(dijon):
    dijon.signed_info = True
    dijon.claims = {
        "sub": "P-1",
        "uid": "alovelace",
        "given_name": "Ada",
        "usual_name": "Byron",
        "email": DIJON,
        "siret": "1",
    }
    browser = Client()
    come_back(browser, dijon)
    assert "<strong>Ada Byron</strong>" in page(browser.get("/login/academy/account"))
    dijon.sign = lambda claims, plain=dijon.sign: plain(
        claims, RSAKey.generate_key(2048, {"kid": "one"}) if "uid" in claims else None
    )
    assert come_back(Client(), dijon).headers["Location"] == "/login"


def test_who_was_closed_is_not_let_in(dijon, ada):
    linked(ada)
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    browser = Client()
    assert come_back(browser, dijon).headers["Location"] == "/login"
    assert "Ce compte est fermé." in page(browser.get("/login"))


@pytest.mark.parametrize(
    ("claims", "signs_in"),
    [
        ({"given_name": ["Ada"], "family_name": '"Lovelace"', "email": ["ada@ac-dijon.example"]}, True),
        ({"given_name": None, "family_name": 3, "email": None, "FrEduRne": "0210015c$UAJ$PU"}, True),
        ({"sub": '"A-1"'}, False),
        ({"sub": ["A-1"]}, False),
        ({"sub": 1}, False),
    ],
)
def test_55_what_an_academy_misspells_is_no_error_of_ours_and_no_other_key(dijon, ada, claims, signs_in):
    linked(ada)
    dijon.claims |= claims
    browser = Client()
    assert come_back(browser, dijon).status_code == 302
    assert (browser.get("/me").status_code == 200) is signs_in


@pytest.mark.parametrize(
    "claims",
    [
        {"given_name": "Ada", "family_name": "Lovelace", "email": DIJON},
        {"given_name": ["Ada"], "family_name": '"Lovelace"', "email": [DIJON]},
        {"given_name": '"Ada"', "usual_name": ["Lovelace", "Byron"], "family_name": "X", "email": f'"{DIJON}"'},
        {"given_name": None, "family_name": [], "name": ['"Ada Lovelace"'], "email": DIJON.upper()},
    ],
)
def test_55_texts_between_quotes_and_lists_of_one_are_read_as_what_they_say(dijon, claims):
    dijon.claims |= claims
    browser = Client()
    come_back(browser, dijon)
    said = browser.session["upstream-waiting"]["claim"]
    assert said == {"key": "dijon", "subject": "A-1", "name": "Ada Lovelace", "mail": said["mail"]}
    assert said["mail"].lower() == DIJON


@pytest.mark.parametrize(
    "stated",
    [
        {"FrEduRne": "X", "FrEduRneResp": "X", "rne": "X"},
        {"FrEduRne": f"{CARNOT.lower()}$UAJ$PU$DIR$x$T3$LYC$300", "rne": CARNOT.lower()},
        {"FrEduRne": [CARNOT], "FrEduRneResp": [f"{CARNOT}$UAJ$PU$N$T3$LYC$340"], "FrEduFonctAdm": "DIR"},
    ],
    ids=["X", "a text, in lower case", "a list, and a bare code"],
)
def test_55_where_an_academy_says_that_somebody_works_gives_nothing_however_it_is_spelled(open_dijon, stated):
    """A posting of its own is all that an arrival has: schools and functions are its directory's to state."""
    structures.open_school(CARNOT, "Lycée Carnot", structures.academy("DIJON"))
    open_dijon.claims |= {"email": "zoe@ac-dijon.example", **stated}
    browser = Client()
    come_back(browser, open_dijon, to="/me")
    assert browser.post("/login/academy/account/new").headers["Location"] == "/me"
    assert [(one.structure, one.function) for one in postings.of(people.find("zoe@ac-dijon.example"))] == [
        ("Dijon", "ENS")
    ]


@pytest.mark.parametrize("ahead", [-170, 170])
def test_50_an_academy_whose_clock_differs_by_minutes_signs_in(dijon, ada, ahead):
    linked(ada)
    now = int(time.time())
    dijon.spoil = spoiled(iat=now + ahead, nbf=now + ahead, exp=now + ahead + 60)
    browser = Client()
    assert come_back(browser, dijon).headers["Location"] == "/me"
    assert browser.get("/me").status_code == 200


@pytest.mark.parametrize("claims", [{"iat": 240}, {"nbf": 240}, {"exp": -240}], ids=str)
def test_50_one_whose_clock_is_wrong_is_told_so(dijon, ada, caplog, claims):
    linked(ada)
    dijon.spoil = spoiled(**{name: int(time.time()) + off for name, off in claims.items()})
    browser = Client()
    assert come_back(browser, dijon).headers["Location"] == "/login"
    assert "n’a pas abouti" in page(browser.get("/login"))
    assert [record.reason for record in caplog.records if record.msg == "an academy did not vouch"] == [
        {
            "iat": "a token: The token is not yet valid (iat)",
            "nbf": "a token: The token is not yet valid (nbf)",
            "exp": "a token: Signature has expired",
        }[next(iter(claims))]
    ]


def test_of_an_academy_only_what_is_needed_is_kept(dijon, ada):
    linked(ada)
    dijon.claims |= {"birthdate": "1815-12-10", "phone_number": "+33"}
    come_back(Client(), dijon)
    assert SocialAccount.objects.get().extra_data == {"name": "Ada Lovelace", "mail": DIJON}


def test_a_key_follows_who_was_merged_and_comes_back(dijon, ada):
    other = person("Ada Byron", LYON, PASSWORD)
    linked(other)
    log = merging.merge(ada, other)
    assert "Ada Lovelace" in page(arrived(dijon).get("/me"))
    merging.unmerge(log.pk)
    assert "Ada Byron" in page(arrived(dijon).get("/me"))
    assert upstreams.of(ada) == []


def arrived(dijon):
    browser = Client()
    come_back(browser, dijon)
    return browser


# Arrivals


def test_an_academy_may_send_new_people(open_dijon):
    open_dijon.claims |= {"email": "zoe@ac-dijon.example", "given_name": "Zoé"}
    browser = Client()
    come_back(browser, open_dijon, to="/me")
    assert browser.post("/login/academy/account/new").headers["Location"] == "/me"
    shown = page(browser.get("/me"))
    assert "Zoé Lovelace" in shown
    assert "Dijon" in shown
    zoe = people.find("zoe@ac-dijon.example")
    assert not zoe.has_usable_password()
    assert [one.structure for one in postings.of(zoe)] == ["Dijon"]
    assert come_back(Client(), open_dijon).headers["Location"] == "/me"


@pytest.mark.parametrize(
    "address", [DIJON, "ada.old@ac-dijon.example", "zoe@ac-lyon.fr", "zoe@elsewhere.example", "", "no address"]
)
def test_an_address_that_is_held_or_not_the_academys_own_is_not_taken(open_dijon, ada, address):
    people.give_address(ada, "ada.old@ac-dijon.example")
    people.give_address(ada, DIJON)
    open_dijon.claims |= {"email": address}
    before = Person.objects.count()
    browser = Client()
    come_back(browser, open_dijon)
    assert browser.post("/login/academy/account/new").status_code == 403
    assert Person.objects.count() == before
    assert browser.get("/me").status_code == 302


def test_an_academy_that_may_not_opens_no_account(dijon):
    dijon.claims |= {"email": "zoe@ac-dijon.example"}
    browser = Client()
    come_back(browser, dijon)
    assert browser.post("/login/academy/account/new").status_code == 403
    with pytest.raises(Denied):
        upstreams.arrive(upstreams.Claim("dijon", "A-9", "Zoé", "zoe@ac-dijon.example"))


# Who has only their academy


def test_who_has_only_their_academy_is_asked_there_again(open_dijon, later):
    open_dijon.claims |= {"email": "zoe@ac-dijon.example"}
    browser = Client()
    come_back(browser, open_dijon)
    browser.post("/login/academy/account/new")
    assert browser.get("/me/factors/app").status_code == 200
    later(minutes=11)
    there = browser.get("/me/factors/app").headers["Location"]
    assert there == "/login/oidc/dijon?next=%2Fme%2Ffactors%2Fapp&again=1"
    assert "prompt=login" in browser.get(there).headers["Location"]


@pytest.mark.parametrize("ago", [3600, "long", True])
def test_who_has_been_signed_in_at_their_academy_for_long_is_asked_again_though_they_just_came(open_dijon, ago):
    open_dijon.claims |= {"email": "zoe@ac-dijon.example"}
    open_dijon.spoil = spoiled(auth_time=int(time.time()) - ago if ago == 3600 else ago)
    browser = Client()
    come_back(browser, open_dijon)
    browser.post("/login/academy/account/new")
    browser.post("/logout")
    come_back(browser, open_dijon)
    assert browser.get("/me").status_code == 200
    way = browser.get(CONFIRMED).headers["Location"]
    assert way.endswith("&again=1")
    open_dijon.spoil = spoiled(auth_time=int(time.time()))
    assert returning(browser, open_dijon, way).headers["Location"] == CONFIRMED
    assert browser.get(CONFIRMED).status_code == 200


def test_an_academy_that_answers_by_itself_proves_nothing(open_dijon):
    open_dijon.claims |= {"email": "zoe@ac-dijon.example"}
    browser = Client()
    come_back(browser, open_dijon)
    browser.post("/login/academy/account/new")
    session = browser.session.session_key
    forget_proofs(browser)
    assert come_back(browser, open_dijon, to=CONFIRMED).headers["Location"] == CONFIRMED
    way = browser.get(CONFIRMED).headers["Location"]
    assert way.endswith("&again=1"), "she was not asked"
    for told in (int(time.time()) - 600, "now", True):  # whatever it was asked
        open_dijon.spoil = spoiled(auth_time=told)
        assert returning(browser, open_dijon, way).headers["Location"] == "/login"
        assert "n’a pas abouti" in page(browser.get("/login", follow=True)), "and round and round she does not go"
        assert browser.get(CONFIRMED).headers["Location"] == way
    open_dijon.spoil = spoiled(auth_time=int(time.time()))
    assert returning(browser, open_dijon, way).headers["Location"] == CONFIRMED
    assert browser.get(CONFIRMED).status_code == 200
    assert browser.session.session_key == session


@pytest.mark.parametrize("again", ["", "&again=1"])
def test_an_academy_proves_nothing_of_who_has_a_password_to_show(dijon, ada, again):
    linked(ada)
    browser = signed_in(DIJON)
    forget_proofs(browser)
    assert come_back(browser, dijon, to=CONFIRMED + again).headers["Location"] == CONFIRMED
    assert browser.get(CONFIRMED).headers["Location"].startswith("/me/confirm")


def test_an_academy_that_one_chooses_again_is_asked_again(dijon):
    chosen = page(Client().get("/login/academy?next=/f/&again=1"))
    assert "/login/oidc/dijon?next=%2Ff%2F&amp;again=1" in chosen
    assert "again" not in page(Client().get("/login/academy?next=/f/"))


def test_nobody_loses_their_only_way_in(open_dijon, ada):
    open_dijon.claims |= {"email": "zoe@ac-dijon.example"}
    browser = Client()
    come_back(browser, open_dijon)
    browser.post("/login/academy/account/new")
    zoe = people.find("zoe@ac-dijon.example")
    (only,) = upstreams.of(zoe)
    assert browser.post(f"/me/academies/{only.id}/unlink").status_code == 409
    with pytest.raises(Conflict):
        upstreams.unlink(zoe, only.id, [False])
    hers = signed_in(DIJON)
    linked(ada, "A-7")
    (link,) = upstreams.of(ada)
    assert hers.post(f"/me/academies/{only.id}/unlink").status_code == 404
    assert "Délier" in page(hers.get("/me"))
    assert hers.post(f"/me/academies/{link.id}/unlink").status_code == 303
    assert upstreams.of(ada) == []


# Choosing


def test_the_academy_is_chosen_by_name_or_by_mail(dijon):
    assert 'href="/login/academy"' in page(Client().get("/login"))
    shown = page(Client().get("/login/academy?next=/f/"))
    assert "/login/oidc/dijon?next=%2Ff%2F" in shown
    assert "/login/oidc/lyon" in shown
    one = page(Client().post("/login/academy", {"mail": "Qui@AC-Dijon.example", "next": "/f/"}))
    assert "/login/oidc/dijon?next=%2Ff%2F" in one
    assert "/login/oidc/lyon" not in one
    none = page(Client().post("/login/academy", {"mail": "qui@elsewhere.example"}))
    assert "/login/oidc/" not in none
    assert "ne connecte pas encore ici" in none


def test_where_no_academy_connects_the_page_does_not_speak_of_them(db):
    assert 'href="/login/academy"' not in page(Client().get("/login"))
    assert Client().get("/login/oidc/nobody").status_code == 404
    assert Client().get("/login/saml/nobody").status_code == 404


def test_a_domain_that_changes_hands_locks_nobody_out(dijon, ada):
    """Caen became Normandie in 2020: addresses, domains and academies changed; people did not."""
    caen, normandie = (upstreams.Structure.objects.get(kind="academy", code=code) for code in ("05", "70"))
    known = {"client_id": academies_of_tests.CLIENT, "secret": academies_of_tests.SECRET}
    upstreams.add_oidc("normandie", normandie, issuer=dijon.issuer, **known)
    paul = person("Paul Durand", "paul.durand@ac-caen.fr", PASSWORD)
    linked(paul, "N-1", "normandie")
    people.give_address(paul, "paul.durand@ac-normandie.fr")
    assert caen.closed is not None
    assert [one.key for one in upstreams.by_mail("paul.durand@ac-caen.fr")] == ["normandie"]
    for address in ("paul.durand@ac-caen.fr", "paul.durand@ac-normandie.fr"):
        assert "Paul Durand" in page(signed_in(address).get("/me"))
    for claimed in ("paul.durand@ac-caen.fr", "paul.durand@ac-normandie.fr", "p.durand@education.example"):
        dijon.claims = {"sub": "N-1", "email": claimed}
        browser = Client()
        assert come_back(browser, dijon, key="normandie").headers["Location"] == "/me"
        assert "Paul Durand" in page(browser.get("/me"))
    Client().post("/forgotten", {"mail": "paul.durand@ac-caen.fr"})
    run_pending()
    assert [message.to for message in mail.outbox][-2:] == [["paul.durand@ac-caen.fr"], ["paul.durand@ac-normandie.fr"]]


# The secret that a provider gave us


def test_the_secret_of_a_provider_cannot_be_read_in_the_database(dijon, ada):
    kept = list(SocialApp.objects.values_list("secret", "settings"))
    assert [secret for secret, _ in kept] == ["", ""]
    assert academies_of_tests.SECRET not in json.dumps(kept)
    linked(ada)
    assert come_back(Client(), dijon).headers["Location"] == "/me", "and yet it is what we show there"


def test_what_was_kept_before_is_sealed_and_back(dijon, ada):
    step = import_module("cartable.identity.migrations.0009_stated_teams_sealed_secrets")
    step.unseal(apps, None)
    assert set(SocialApp.objects.values_list("secret", flat=True)) == {academies_of_tests.SECRET}
    for _ in range(2):
        step.seal(apps, None)
    test_the_secret_of_a_provider_cannot_be_read_in_the_database(dijon, ada)


def test_a_secret_sealed_under_another_key_of_the_site_is_given_again(dijon, ada, monkeypatch, caplog, capsys):
    linked(ada)
    monkeypatch.setattr("cartable.kernel.sealing.secret_key", lambda: "another")
    browser = Client()
    assert browser.get("/login/oidc/dijon").headers["Location"] == "/login", "nobody is sent there in vain"
    assert "n’a pas abouti" in page(browser.get("/login"))
    assert "give it again" in next(one.reason for one in caplog.records if hasattr(one, "reason"))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{academies_of_tests.SECRET}\n"))
    assert said(capsys, "secret", "dijon") == "The secret of dijon is changed; the links to it stay."
    assert come_back(Client(), dijon).headers["Location"] == "/me"


def test_the_wrong_secret_signs_nobody_in(dijon, ada):
    linked(ada)
    upstreams.give_secret("dijon", "wrong")
    assert come_back(Client(), dijon).headers["Location"] == "/login"


@pytest.mark.parametrize(("words", "sentence"), [(("lyons",), "no OpenID provider"), (("lyon",), "empty")])
def test_a_secret_for_nobody_or_none_at_all_is_refused(dijon, capsys, monkeypatch, words, sentence):
    monkeypatch.setattr("sys.stdin", io.StringIO("" if sentence == "empty" else "s\n"))
    with pytest.raises(CommandError, match=sentence):
        said(capsys, "secret", *words)


# The operator


def said(capsys, *words):
    call_command("federation", *words)
    return capsys.readouterr().out.strip()


def test_the_operator_adds_lists_and_drops(db, capsys, monkeypatch, tmp_path):
    academies()
    monkeypatch.setattr("sys.stdin", io.StringIO("the secret\n"))
    words = ("--academy", "AIX-MARSEILLE", "--issuer", "https://aix.example", "--client-id", "cartable")
    shown = said(capsys, "add", "oidc", *words)
    assert shown.startswith("aix-marseille: https://aix.example")
    assert "/login/oidc/aix-marseille/back" in shown
    assert "the secret" not in shown
    (tmp_path / "secret").write_text("another\n")
    said(capsys, "add", "oidc", *words, "--key", "aix-2", "--secret-file", str(tmp_path / "secret"))
    assert said(capsys, "list").count("redirect URI") == 2
    with pytest.raises(CommandError, match="already"):
        said(capsys, "add", "oidc", *words, "--secret-file", str(tmp_path / "secret"))
    linked(person("Ada Lovelace", DIJON), key="aix-2")
    assert said(capsys, "drop", "aix-2") == "aix-2 is forgotten, and the 1 links to it."
    with pytest.raises(CommandError, match="no provider"):
        said(capsys, "drop", "aix-2")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--issuer", "http://dijon.example"), "https"),
        (("--issuer", "https://dijon.example", "--key", "a/b"), "key"),
        (("--issuer", "https://dijon.example", "--secret-file", "/nowhere"), "nowhere"),
        (("--issuer", "https://dijon.example", "--academy", "ATLANTIS"), "ATLANTIS"),
    ],
)
def test_what_the_operator_mistypes_is_said_in_a_sentence(db, capsys, monkeypatch, words, sentence):
    academies()
    monkeypatch.setattr("sys.stdin", io.StringIO("the secret\n"))
    with pytest.raises(CommandError, match=sentence):
        said(capsys, "add", "oidc", "--academy", "DIJON", "--client-id", "cartable", *words)
    assert json.dumps([one.key for one in upstreams.known()]) == "[]"


def test_an_archived_account_is_not_opened_by_its_academy_either(dijon, ada, later):
    linked(ada)
    place, lyon = academies()
    postings.end(postings.begin(ada, place))
    later(days=60)
    browser = Client()
    assert come_back(browser, dijon).headers["Location"].startswith("/login")
    assert browser.get("/me").status_code == 302
    postings.begin(ada, lyon)
    assert come_back(Client(), dijon).headers["Location"] == "/me"
