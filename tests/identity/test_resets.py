import re

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cartable.identity import credentials, people, resets
from cartable.identity.models import Person
from cartable.kernel.errors import Expired, WeakPassword
from cartable.kernel.models import Act, Rate, Task
from cartable.kernel.tasks import run_pending
from tests.identity.test_pages import PASSWORD, page, signed_in
from tests.worlds import person

pytestmark = pytest.mark.django_db(transaction=True)  # tokens of a rate stand outside of any transaction

DIJON, LYON, NEW = "ada@ac-dijon.example", "ada@ac-lyon.example", "quatre mots sans rapport"


@pytest.fixture
def ada(db):
    return person("Ada Lovelace", DIJON, PASSWORD)


def ask(mail, **more):
    answer = Client().post("/forgotten", {"mail": mail}, **more)
    run_pending()
    return answer


def key_of(message):
    return re.search(r"/reset/(\S+)", message.body)[1]


def choose(key, password=NEW, again=None):
    return Client().post(f"/reset/{key}", {"password": password, "again": again or password})


def test_a_link_opens_once_and_the_new_password_signs_in(ada):
    assert "Si un compte a l’adresse" in page(ask(DIJON))
    (message,) = mail.outbox
    assert message.to == [DIJON]
    key = key_of(message)
    assert "Ada Lovelace" in page(Client().get(f"/reset/{key}"))
    assert choose(key).headers["Location"] == "/login"
    assert Client().post("/login", {"login": DIJON, "password": NEW}).status_code == 302
    assert Client().post("/login", {"login": DIJON, "password": PASSWORD}).status_code == 200
    assert choose(key, "encore un autre mot").status_code == 410
    assert Client().get(f"/reset/{key}").status_code == 410


def test_an_old_address_is_written_to_and_the_present_one_too(ada):
    people.give_address(ada, LYON)
    ask(" ADA@ac-dijon.example ")
    assert [message.to for message in mail.outbox] == [[DIJON], [LYON]]
    assert choose(key_of(mail.outbox[0])).status_code == 303


def test_an_address_that_nobody_has_is_told_the_same_and_costs_the_same(ada):
    answers = []
    for address in (DIJON, "bob@ac-dijon.example"):
        with CaptureQueriesContext(connection) as queries:
            shown = page(Client().post("/forgotten", {"mail": address}))
        same = re.sub(r'data-token="\w+"|value="\w{64}"', "", shown).replace(address, "")
        answers.append((same, [query["sql"].partition(" ")[0] for query in queries]))
    assert answers[0] == answers[1]
    run_pending()
    assert len(mail.outbox) == 1


def test_who_never_had_a_password_chooses_their_first(db):
    person("Bob Dupont", "bob@ac-dijon.example")
    ask("bob@ac-dijon.example")
    choose(key_of(mail.outbox[0]))
    assert Client().post("/login", {"login": "bob@ac-dijon.example", "password": NEW}).status_code == 302


def test_all_sessions_end_app_passwords_stay_and_the_person_is_told(ada):
    browser, secret = signed_in(DIJON), credentials.new_app_password(ada.pk, "Portable")
    ask(DIJON)
    choose(key_of(mail.outbox.pop()))
    assert not UserSession.objects.exists()
    run_pending()
    assert browser.get("/").status_code == 302
    assert credentials.by_app_password(ada.sub, secret).person == ada.pk
    (told,) = mail.outbox
    assert told.subject == "Votre mot de passe a été remplacé"
    assert "127.0.0.1" in told.body
    assert NEW not in told.body
    assert set(Act.objects.filter(kind="account", object=ada.pk).values_list("verb", flat=True)) == {
        "password.reset-asked",
        "password.reset",
    }


def test_the_link_dies_with_time_with_a_sign_in_and_with_another_password(ada, monkeypatch):
    def link():
        return resets.link_for(Person.objects.get(pk=ada.pk)).rpartition("/")[2]

    old, now = link(), default_token_generator._now()
    monkeypatch.setattr(default_token_generator, "_now", lambda: now.replace(year=now.year + 1))
    with pytest.raises(Expired):
        resets.whose(old)
    monkeypatch.undo()
    key = link()
    signed_in(DIJON)
    with pytest.raises(Expired):
        resets.whose(key)
    first, second = link(), link()
    resets.choose(first, NEW)
    with pytest.raises(Expired):
        resets.choose(second, NEW)


@pytest.mark.parametrize("change", ["other person", "cut", "garbage", "empty", "long"])
def test_a_link_that_was_changed_opens_nothing(ada, change):
    bob = person("Bob Dupont", "bob@ac-dijon.example", PASSWORD)
    whole, other = (resets.link_for(one).rpartition("/")[2] for one in (ada, bob))
    keys = {
        "other person": f"{other.partition('-')[0]}-{whole.partition('-')[2]}",
        "cut": whole[:-1],
        "garbage": "x-_-_-",
        "empty": "-",
        "long": f"{'z' * 14}-{whole}",
    }
    for answer in (Client().get(f"/reset/{keys[change]}"), choose(keys[change])):
        assert answer.status_code == 410
        assert "Recevoir un autre lien" in page(answer)


def test_who_was_closed_gets_no_link(ada):
    key = resets.link_for(ada).rpartition("/")[2]
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    ask(DIJON)
    assert mail.outbox == []
    assert choose(key).status_code == 410


def test_a_weak_password_and_two_different_ones_are_refused_in_words(ada):
    key = resets.link_for(ada).rpartition("/")[2]
    assert "trop court" in page(choose(key, "court"))
    assert "Les deux mots de passe sont différents." in page(choose(key, NEW, "autre"))
    with pytest.raises(WeakPassword):
        resets.choose(key, "ada.lovelace")
    assert signed_in(DIJON)


def test_links_are_asked_for_a_few_times_whoever_has_the_address(ada, monkeypatch):
    for address in (DIJON, "bob@ac-dijon.example"):
        statuses = [ask(address, REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(6)]
        assert statuses == [200] * 5 + [429]
    assert len(mail.outbox) == 5
    monkeypatch.setattr(resets, "FROM_NETWORK", 3)
    tried = [ask(f"{n}@ac-dijon.example", REMOTE_ADDR="198.51.100.1").status_code for n in range(4)]
    assert tried == [200] * 3 + [429]


def test_neither_the_link_nor_what_was_typed_is_kept(ada):
    for address in (DIJON, "mon-mot-de-passe@tapé.trop-haut"):
        ask(address)
    link = key_of(mail.outbox[0])
    kept = f"{[*Task.objects.values()]} {[*Rate.objects.values()]} {[*Act.objects.values()]}"
    assert link not in kept
    assert "tapé" not in kept


def test_the_mail_is_in_the_language_of_the_person(ada):
    people.speak(ada, "en")
    ask(DIJON, headers={"accept-language": "fr"})
    assert mail.outbox[0].subject == "Choose a new password"
    assert mail.outbox[0].body.startswith("Hello Ada Lovelace,")


def test_a_mailbox_that_is_gone_does_not_keep_the_other_from_its_mail(ada, monkeypatch):
    people.give_address(ada, LYON)
    sent = []

    def send(to, *_):
        if to == DIJON:
            raise resets.NotFound(to)
        sent.append(to)

    monkeypatch.setattr("cartable.kernel.mail.send", send)
    ask(DIJON)
    assert sent == [LYON]
