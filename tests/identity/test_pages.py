import re

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client

from cartable.identity import credentials, directory, people, postings, structures, teams
from tests.options import having
from tests.worlds import academies, person

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(db):
    return person("Ada Lovelace", "ada@ac-dijon.example", PASSWORD)


@pytest.fixture
def browser(ada):
    return signed_in("ada@ac-dijon.example")


def signed_in(mail, **options):
    client = Client(**options)
    answer = client.post("/login", {"login": mail, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


def page(response):
    return re.sub(r"[ \n]+", " ", response.content.decode())


def test_any_address_ever_held_signs_in(ada):
    people.give_address(ada, "ada@ac-lyon.example")
    for mail in ("ada@ac-dijon.example", "ADA@ac-lyon.example"):
        assert "Bonjour Ada Lovelace" in page(signed_in(mail).get("/"))


def test_a_wrong_password_and_an_unknown_address_are_told_alike(ada):
    answers = [
        page(Client().post("/login", {"login": mail, "password": "autre"})).replace(mail, "")
        for mail in ("ada@ac-dijon.example", "bob@ac-dijon.example")
    ]
    tokens = re.compile(r'data-token="\w+"|value="\w{64}"')
    assert tokens.sub("", answers[0]) == tokens.sub("", answers[1])
    assert "ne vont pas ensemble" in answers[0]


def test_after_signing_in_one_goes_where_one_was_going_and_nowhere_else(ada):
    fields = {"login": "ada@ac-dijon.example", "password": PASSWORD}
    assert Client().post("/login?next=/me", fields).headers["Location"] == "/me"
    assert Client().post("/login?next=https://ailleurs.example/", fields).headers["Location"] == "/"


def test_one_stays_signed_in_only_if_one_says_so(ada):
    """A school has computers of everybody's: by default the session ends with the browser."""
    login = {"login": "ada@ac-dijon.example", "password": PASSWORD}
    assert 'name="remember"' in page(Client().get("/login"))
    for told, age in (({}, ""), ({"remember": "on"}, settings.SESSION_COOKIE_AGE)):
        client = Client()
        assert client.post("/login", login | told).status_code == 302
        assert client.cookies["sessionid"]["max-age"] == age
        assert client.get("/").status_code == 200


def test_25_who_gives_the_mailbox_of_a_school_is_told_to_sign_in_with_their_own_address(ada):
    for password in (PASSWORD, "autre"):
        told = page(Client().post("/login", {"login": "CE.0210015C@ac-dijon.fr", "password": password}))
        assert "Connectez-vous avec la vôtre" in told


def test_nobody_signs_up(ada):
    assert Client().get("/signup").status_code == 404


def test_the_account_tells_the_whole_career_and_every_address(ada, browser):
    dijon, lyon = academies()
    postings.begin(ada, dijon)
    postings.move(ada, lyon, mail="ada@ac-lyon.example")
    shown = page(browser.get("/me"))
    for words in (
        "Dijon",
        "Lyon",
        "ada@ac-dijon.example",
        "ada@ac-lyon.example",
        "ouvre toujours votre compte",
        "Actuelle",
    ):
        assert words in shown


def confirm(browser):
    """Show the password again, as settings of security ask."""
    browser.post("/me/confirm", {"password": PASSWORD})


def test_an_app_password_is_shown_once_works_and_is_revoked(ada, browser):
    confirm(browser)
    shown = page(browser.post("/me/devices/new", {"label": "Portable"}, follow=True))
    secret = re.search(r'id="secret" readonly value="([\w-]{43})"', shown)[1]
    assert credentials.by_app_password(ada.sub, secret).person == ada.pk
    account = page(browser.get("/me"))
    assert "Portable" in account
    assert secret not in account
    (device,) = credentials.devices(ada.pk)
    browser.post(f"/me/devices/{device.id}/revoke")
    assert credentials.by_app_password(ada.sub, secret).person is None


def test_the_page_of_a_secret_loaded_again_makes_no_other_and_no_longer_shows_it(ada, browser):
    confirm(browser)
    answer = browser.post("/me/devices/new", {"label": "Portable"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me/devices/made")
    first, again = page(browser.get("/me/devices/made")), page(browser.get("/me/devices/made"))
    assert "Recopiez le mot de passe dans «\xa0Portable\xa0»" in first
    assert "n’est affiché qu’une fois" in again
    assert 'id="secret"' not in again
    assert len(credentials.devices(ada.pk)) == 1


def test_a_new_secret_is_kept_nowhere_but_a_minute_by_the_browser_of_its_reader(ada, browser):
    confirm(browser)
    sent = browser.post("/me/devices/new", {"label": "Portable"}).cookies["new-secret"]
    kept = (sent["path"], sent["max-age"], sent["httponly"], sent["samesite"])
    assert kept == ("/me/devices/made", 60, True, "Strict")
    assert sent.value not in str(dict(browser.session))
    shown = browser.get("/me/devices/made")
    assert "no-store" in shown.headers["Cache-Control"]
    assert shown.cookies["new-secret"].value == ""


def test_the_secret_of_another_is_not_shown(ada, browser):
    bob = person("Bob Dupont", "bob@ac-dijon.example")
    browser.cookies["new-secret"] = credentials.new_app_password(bob.pk, "Portable")
    assert 'id="secret"' not in page(browser.get("/me/devices/made"))


def test_the_page_of_a_secret_says_what_else_a_client_asks(ada, browser):
    confirm(browser)
    assert "http://testserver" in page(browser.get("/me/devices/new"))
    shown = page(browser.post("/me/devices/new", {"label": "Portable"}, follow=True))
    for asked in ("http://testserver", ada.sub, f"http://testserver/remote.php/dav/files/{ada.sub}/"):
        assert f'value="{asked}"' in shown


def test_a_new_secret_asks_who_is_there(ada, browser, later):
    later(minutes=11)
    for answer in (browser.get("/me/devices/new"), browser.post("/me/devices/new", {"label": "Portable"})):
        assert answer.headers["Location"].startswith("/me/confirm")
        assert "Est-ce bien vous" in page(browser.get(answer.headers["Location"]))
    assert credentials.devices(ada.pk) == []


def test_nobody_revokes_the_device_of_another(ada, browser):
    bob = person("Bob Dupont", "bob@ac-dijon.example")
    credentials.new_app_password(bob.pk, "Portable")
    (device,) = credentials.devices(bob.pk)
    assert browser.post(f"/me/devices/{device.id}/revoke").status_code == 404
    assert len(credentials.devices(bob.pk)) == 1


def test_sessions_are_listed_and_ended(ada, browser):
    other = signed_in("ada@ac-dijon.example", headers={"user-agent": "Mozilla/5.0 (iPhone) Safari/604.1"})
    assert "Safari sur iPhone" in page(browser.get("/me"))
    session = UserSession.objects.get(user_agent__contains="iPhone")
    browser.post(f"/me/sessions/{session.pk}/end")
    assert other.get("/").status_code == 302
    assert browser.get("/").status_code == 200


def test_all_the_other_sessions_are_ended_at_once(ada, browser):
    others = [signed_in("ada@ac-dijon.example") for _ in range(2)]
    assert "2 navigateurs déconnectés." in page(browser.post("/me/sessions/end", follow=True))
    assert [other.get("/").status_code for other in others] == [302, 302]
    assert browser.get("/").status_code == 200


def test_nobody_ends_the_session_of_another(ada, browser):
    person("Bob Dupont", "bob@ac-dijon.example", PASSWORD)
    signed_in("bob@ac-dijon.example")
    session = UserSession.objects.get(user__name="Bob Dupont")
    assert browser.post(f"/me/sessions/{session.pk}/end").status_code == 404


def test_the_password_is_changed_by_who_knows_it(ada, browser):
    new = "encore plus long qu'avant"
    refused = browser.post("/me/password", {"oldpassword": "faux", "password1": new, "password2": new})
    assert "Mot de passe actuel" in page(refused)
    browser.post("/me/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert Client().post("/login", {"login": "ada@ac-dijon.example", "password": new}).status_code == 302


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("123456", "Ce mot de passe est trop court. Il doit contenir au minimum 12 caractères."),
        ("password1234", "Ce mot de passe est trop courant."),
        ("314159265358", "Ce mot de passe est entièrement numérique."),
        ("ada.lovelace", "Ce mot de passe ressemble trop à votre nom."),
        ("aaaaaaaaaaaa", "Ce mot de passe répète les mêmes caractères."),
        ("cartablecartable", "Ce mot de passe répète les mêmes caractères."),
        ("abcdefghijklmn", "Ce mot de passe suit les touches du clavier, l’alphabet ou les nombres."),
        ("azertyuiop12", "Ce mot de passe ressemble à un mot de passe courant."),
        ("bonjour123456", "Ce mot de passe ressemble à un mot de passe courant."),
        ("motdepasse1234", "Ce mot de passe ressemble à un mot de passe courant."),
        ("lyceecarnot1", "Ce mot de passe reprend votre nom, votre adresse, votre établissement ou le nom du site."),
        ("LycéeCarnot21", "Ce mot de passe reprend votre nom, votre adresse, votre établissement ou le nom du site."),
        ("ac-dijon2026", "Ce mot de passe reprend votre nom, votre adresse, votre établissement ou le nom du site."),
    ],
)
def test_a_password_that_is_guessed_easily_is_refused_with_the_reason(ada, browser, new, sentence):
    postings.begin(ada, structures.open_school("0210015C", "Lycée Carnot", academies()[0]))
    form = page(browser.get("/me/password"))
    assert "12 caractères au moins." in form
    assert "None" not in form
    assert sentence in page(browser.post("/me/password", {"oldpassword": PASSWORD, "password1": new, "password2": new}))
    assert Client().post("/login", {"login": "ada@ac-dijon.example", "password": PASSWORD}).status_code == 302


def test_the_language_follows_the_person_to_any_browser(ada, browser):
    assert "Pages are in English." in page(browser.post("/me/language", {"language": "en"}, follow=True))
    elsewhere = signed_in("ada@ac-dijon.example", headers={"accept-language": "fr"})
    answer = elsewhere.get("/f/")
    shown = page(elsewhere.get(answer.headers["Location"]))
    assert '<html lang="en">' in shown
    assert "New folder" in shown
    assert browser.post("/me/language", {"language": "tlh"}).status_code == 400


def test_one_leaves_the_directory_and_enters_it_again(ada, browser):
    assert "Vos collègues vous trouvent" in page(browser.get("/me"))
    assert "Seuls les membres de vos équipes vous trouvent." in page(
        browser.post("/me/listing", {"listed": "no"}, follow=True)
    )
    bob = people.actor(person("Bob", "bob@x.example"))
    assert directory.find(bob, "lovelace") == []
    assert "Liste rouge" in page(browser.get("/me"))
    browser.post("/me/listing", {"listed": "yes"})
    assert [hit.sub for hit in directory.find(bob, "lovelace")] == [ada.sub]


def test_a_visitor_reads_in_the_language_of_their_browser(db):
    assert "Academic address" in page(Client().get("/login", headers={"accept-language": "en-GB,en;q=0.9"}))
    assert "Adresse académique" in page(Client().get("/login", headers={"accept-language": "de"}))


def test_a_visitor_chooses_the_other_language_at_the_door(db):
    visitor = Client()
    assert 'value="en" lang="en">English</button>' in page(visitor.get("/login?next=/me"))
    answer = visitor.post("/language", {"language": "en", "next": "/login?next=/me"})
    assert answer.headers["Location"] == "/login?next=/me"
    shown = page(visitor.get("/login?next=/me"))
    assert "Academic address" in shown
    assert 'value="fr" lang="fr">Français</button>' in shown


def test_who_can_read_none_of_their_addresses_is_told_whom_to_ask(db, monkeypatch):
    assert 'href="/forgotten"' in page(Client().get("/login"))
    assert "Demandez de l’aide à qui administre ce site." in page(Client().get("/forgotten"))
    monkeypatch.setattr("cartable.web.menu.options", having(support="assistance@ac-dijon.example"))
    assert '<a href="mailto:assistance@ac-dijon.example">' in page(Client().get("/forgotten"))


def test_a_colleague_has_a_page_that_tells_where_they_work(ada, browser):
    dijon, _lyon = academies()
    bob = person("Bob Dupont", "bob@ac-dijon.example")
    postings.begin(bob, dijon)
    teams.form(people.actor(people.find(ada.sub)), "Équipe SVT", [bob])
    shown = page(browser.get(f"/people/{bob.sub}"))
    for words in ("Bob Dupont", "Dijon", "Équipe SVT"):
        assert words in shown
    assert "@" not in shown.partition("<main")[2]
    assert browser.get("/people/absent").status_code == 404


def test_a_team_is_formed_joined_and_left(ada, browser):
    bob = person("Bob Dupont", "bob@ac-dijon.example", PASSWORD)
    formed = browser.post("/teams/new", {"name": "Équipe SVT"})
    address = formed.headers["Location"]
    assert "Bob Dupont" in page(browser.get(f"{address}?q=dupo"))
    browser.post(address, {"do": "add", "sub": bob.sub})
    assert "2 personnes" in page(browser.get(address))
    his = signed_in("bob@ac-dijon.example")
    assert "Ajouter une personne" not in page(his.get(address))
    assert his.get(f"{address}/documents").headers["Location"].startswith("/f/")
    assert his.post(address, {"do": "remove", "sub": ada.sub}).status_code == 403
    his.post(address, {"do": "remove", "sub": bob.sub})
    assert his.get(address).status_code == 404
    assert his.get(f"{address}/documents").status_code == 404


def test_the_last_who_leads_a_team_stays(ada, browser):
    address = browser.post("/teams/new", {"name": "Équipe SVT"}).headers["Location"]
    assert browser.post(address, {"do": "remove", "sub": ada.sub}).status_code == 400


def test_who_leads_a_team_alone_hands_it_over_before_leaving(ada, browser):
    bob = person("Bob Dupont", "bob@ac-dijon.example", PASSWORD)
    address = browser.post("/teams/new", {"name": "Équipe SVT"}).headers["Location"]
    browser.post(address, {"do": "add", "sub": bob.sub})
    shown = page(browser.get(address))
    assert "Pour quitter l’équipe, confiez d’abord son animation." in shown
    assert ">Quitter<" not in shown
    assert signed_in("bob@ac-dijon.example").post(address, {"do": "lead", "sub": bob.sub}).status_code == 403
    browser.post(address, {"do": "lead", "sub": bob.sub})
    assert ">Quitter<" in page(browser.get(address))
    browser.post(address, {"do": "remove", "sub": ada.sub})
    assert browser.get(address).status_code == 404
    assert "Ajouter une personne" in page(signed_in("bob@ac-dijon.example").get(address))


def test_a_team_is_closed_to_who_is_not_in_it(ada, browser):
    bob = person("Bob Dupont", "bob@ac-dijon.example")
    team = teams.form(people.actor(bob), "Ailleurs")
    assert browser.get(f"/teams/{team.pk}").status_code == browser.get("/teams/999999").status_code == 404
