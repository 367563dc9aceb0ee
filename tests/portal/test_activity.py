"""A person reads what concerns them: all of it, page by page, and nothing that concerns only others."""

import ast
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import Client

from cartable.identity import credentials, people, postings, teams
from cartable.identity.actors import EVERYONE
from cartable.kernel import audit, logs, retentions
from cartable.portal import deeds
from cartable.spaces import sharing, trash
from cartable.spaces.access import Role
from tests.drive_pages.test_files import body, sent
from tests.portal.test_pages import browse, page
from tests.worlds import academies, person

ROOT = Path(__file__).parents[2] / "cartable"


def lines(name, query=""):
    """Return the lines of somebody's page, as texts."""
    shown = page(browse(name).get(f"/me/activity{query}"))
    told = shown.partition('<ol class="lines">')[2].partition("</ol>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r"<li>(.*?)</li>", told)]


def first(name):
    return lines(name)[0]


@contextmanager
def kept_from(address):
    """Do something as a request from this address of the network does."""
    token = logs.address.set(address)
    yield
    logs.address.reset(token)


def test_the_account_leads_to_it(world):
    assert 'href="/me/activity"' in page(browse("ada").get("/me"))


def test_it_is_for_who_is_signed_in(db):
    assert Client().get("/me/activity").headers["Location"].startswith("/login")


def test_signing_in_is_told_with_the_browser_and_where_from(db):
    person("Ada Lovelace", "ada@ac-dijon.example", "correct horse battery")
    firefox = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    firefox.post("/login", {"login": "ada@ac-dijon.example", "password": "faux"})
    firefox.post("/login", {"login": "ada@ac-dijon.example", "password": "correct horse battery"})
    said = lines("ada")
    assert re.search(r"^Connexion .* · Firefox sur Linux", said[0])
    assert said[1].startswith("Mot de passe faux à la connexion")
    assert said[2].startswith("Compte ouvert")


def test_app_passwords_are_told_and_never_shown(world):
    secret = credentials.new_app_password(world.ada.person, "Portable")
    credentials.revoke_secret(secret)
    said = lines("ada")
    assert said[0].startswith("Mot de passe d’application révoqué")
    assert said[1].startswith("Mot de passe d’application créé")
    assert secret not in "".join(said)


def test_a_career_is_told(world):
    dijon, lyon = academies()
    ada = people.find(world.ada.sub)
    postings.begin(ada, dijon)
    postings.move(ada, lyon)
    said = lines("ada")
    assert re.search("^Changement d’affectation .* · Académie de Lyon", said[0])
    assert re.search("^Début d’une affectation .* · Académie de Dijon", said[1])


def test_teams_are_told(world):
    team = teams.form(world.ada, "Équipe SVT")
    ada = people.actor(people.find(world.ada.sub))
    teams.add(ada, team.pk, people.find(world.bob.sub))
    assert re.search("^Personne ajoutée à une équipe .* · Bob Dupont · Équipe SVT", first("ada"))


def test_who_is_brought_into_a_team_or_taken_out_of_it_reads_so_and_by_whom(world):
    team = teams.form(world.ada, "Équipe SVT")
    ada, bob = people.actor(people.find(world.ada.sub)), people.find(world.bob.sub)
    with kept_from("10.1.2.3"):
        teams.add(ada, team.pk, bob)
    assert re.search("^Ajout à une équipe .* · Équipe SVT · par Ada Lovelace$", first("bob"))
    with kept_from("10.1.2.3"):
        teams.remove(ada, team.pk, bob)
    assert re.search("^Retrait d’une équipe .* · Équipe SVT · par Ada Lovelace$", first("bob"))
    assert re.search("^Personne retirée d’une équipe .* · Bob Dupont · Équipe SVT · 10.1.2.3$", first("ada"))
    assert "10.1.2.3" not in "".join(lines("bob")), "where a colleague is concerns nobody"
    assert "SVT" not in "".join(lines("eve"))


def test_what_becomes_of_a_team_is_told_to_its_members_since_they_are_in_it(world):
    dijon, _lyon = academies()
    bob, eve = (people.find(one.sub) for one in (world.bob, world.eve))
    postings.begin(eve, dijon, function="DIR")
    head = people.actor(people.find(eve.sub))
    team = teams.form_for(head, "Conseil", dijon, bob)
    teams.rename(head, team.pk, "Conseil pédagogique")
    leader = people.actor(people.find(bob.sub))
    teams.add(leader, team.pk, people.find(world.ada.sub))
    teams.close(head, team.pk, closed=True)
    by = "Conseil pédagogique · Académie de Dijon · par Eve Martin, administration, Académie de Dijon$"
    for name in ("ada", "bob"):
        assert re.search(f"^Équipe fermée .* · {by}", first(name))
    assert [one.partition(" ·")[0].startswith("Équipe renommée") for one in lines("bob")].count(True) == 1
    assert not any(one.startswith("Équipe renommée") for one in lines("ada")), "it was before she came"
    assert [one.startswith("Équipe fermée") for one in lines("eve")].count(True) == 1


def test_who_is_given_a_share_reads_so_and_by_whom_and_of_no_document_they_may_not_see(world):
    with kept_from("10.1.2.3"):
        share = sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ, note="Secret")
    assert re.search("^Partage reçu · Maths .* · Lire · par Ada Lovelace$", first("eve"))
    sharing.change(world.ada, share.id, role=Role.WRITE)
    assert re.search(r"^Partage modifié · Maths [^·]*$", first("eve"))
    assert re.search("^Partage modifié · Maths .* · Eve Martin$", first("ada"))
    with kept_from("10.1.2.3"):
        sharing.revoke(world.ada, share.id)
    assert re.search(r"^Partage retiré [^·]*$", first("eve"))
    told = "".join(lines("eve"))
    assert told.count("Partage reçu") == 1
    assert not any(word in told for word in ("Maths", "Secret", "10.1.2.3", "Bob"))
    assert [one.partition(" ·")[0] for one in lines("ada")[:3]] == [
        "Partage retiré",
        "Partage modifié",
        "Partage donné",
    ]


def test_who_gives_up_a_share_is_told_once(world):
    share = sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ)
    sharing.revoke(world.eve, share.id)
    assert [one.startswith("Partage retiré") for one in lines("eve")[:2]] == [True, False]


@pytest.mark.parametrize(("principal", "name"), [("person:{eve}", "Eve Martin"), (EVERYONE, "Tous les agents")])
def test_shares_are_told_with_whom_and_what(world, principal, name):
    share = sharing.give(world.ada, world.maths, principal.format(eve=world.eve.person), Role.WRITE)
    assert re.search(f"^Partage donné · Maths .* · {name} · Modifier", first("ada"))
    sharing.revoke(world.ada, share.id)
    assert re.search(f"^Partage retiré · Maths .* · {name}", first("ada"))


def test_what_a_link_serves_to_is_told_to_who_made_it_and_not_by_whom(world):
    share = sharing.make_link(world.ada, world.archives, Role.DEPOSIT)
    assert re.search("^Lien créé · Archives .* · Déposer, sans voir", first("ada"))
    Client().post(f"/s/{share.link}", {"file": sent("copie.txt")})
    assert first("ada").startswith("Dépôt par un lien · Archives")
    other = sharing.make_link(world.ada, world.cours)
    body(browse("bob").get(f"/s/{other.link}/download"))
    assert first("ada").startswith("Téléchargement par un lien · Cours")
    assert not any(word in first("ada") for word in ("Bob", "par vous"))
    assert re.search("^Téléchargement par un lien · Cours .* · par vous", first("bob"))


def test_one_s_own_use_of_one_s_own_link_is_told_once(world):
    share = sharing.make_link(world.ada, world.cours)
    browse("ada").get(f"/s/{share.link}")
    assert [one.startswith("Lien ouvert") for one in lines("ada")[:2]] == [True, False]


def test_the_uses_of_a_link_are_beside_it_in_the_dialog(world):
    share = sharing.make_link(world.ada, world.cours)
    ada = browse("ada")
    assert "Utilisations" not in page(ada.get(f"/f/{world.cours}/share"))
    Client().get(f"/s/{share.link}")
    shown = page(ada.get(f"/f/{world.cours}/share"))
    assert "Utilisations" in shown
    assert "Lien ouvert · " in shown


def test_a_refusal_is_told_to_who_met_it(world):
    browse("bob").post(f"/f/{world.maths}/new", {"name": "X"})
    assert first("bob").startswith("Accès refusé · Maths")
    assert not any(one.startswith("Accès refusé") for one in lines("ada"))


def test_what_one_may_no_longer_see_is_not_named(world):
    share = sharing.make_link(world.ada, world.maths)
    browse("bob").get(f"/s/{share.link}")
    assert "Maths" in first("bob")
    sharing.revoke(world.ada, next(one.id for one in sharing.of(world.ada, world.cours) if not one.link))
    assert re.match(r"Lien ouvert \d", next(one for one in lines("bob") if one.startswith("Lien")))
    trash.discard(world.ada, world.cours)
    assert "Cours" not in "".join(lines("ada"))


def test_nobody_reads_what_concerns_only_others(world):
    sharing.make_link(world.ada, world.cours)
    credentials.new_app_password(world.bob.person, "Portable")
    assert [one[:13] for one in lines("eve")] == ["Compte ouvert"]


def test_a_long_list_is_read_page_by_page(world, monkeypatch):
    monkeypatch.setattr(deeds, "LEAF", 2)
    for _ in range(4):
        audit.record("session.end", person=world.eve.person)
    seen, query = [], ""
    while query is not None:
        seen += lines("eve", query)
        shown = page(browse("eve").get(f"/me/activity{query}"))
        query = next(iter(re.findall(r'href="(\?before=\d+)"', shown)), None)
    assert [one.split()[0] for one in seen] == ["Navigateur"] * 4 + ["Compte"]
    assert "Les plus récentes" in shown


@pytest.mark.parametrize("before", ["x", "-1", "²", "9" * 40])
def test_a_page_that_is_no_number_is_refused(world, before):
    assert browse("eve").get("/me/activity", {"before": before}).status_code == 400


def test_its_queries_do_not_depend_on_how_much_there_is(world, django_assert_max_num_queries):
    ada = browse("ada")
    sharing.make_link(world.ada, world.cours)
    ada.get("/me/activity")
    with django_assert_max_num_queries(30) as few:
        ada.get("/me/activity")
    asked = len(few)
    for _ in range(5):
        share = sharing.make_link(world.ada, world.maths)
        Client().get(f"/s/{share.link}")
        sharing.give(world.ada, world.maths, f"person:{world.eve.person}", Role.READ)
    with django_assert_max_num_queries(asked):
        ada.get("/me/activity")


def test_every_act_has_its_words():
    """Each verb that the code records of somebody is told, but those of links, which are in `wording.USES`."""
    recorded = {
        call.args[0].value
        for path in ROOT.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", "") in {"record", "record_once"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and {"person", "account", "link"} & {word.arg for word in call.keywords}
    }
    assert {"sign-in", "posting.begin", "link.refused"} <= recorded
    assert recorded - set(deeds.VERBS) == set()


def test_two_accounts_that_are_joined_are_told_once_to_who_joined_them(world):
    ada = world.ada.person
    for one in (ada, world.eve.person):
        audit.record("person.merge", account=one, person=ada, survivor=ada, loser=world.eve.person)
    assert [one.startswith("Deux comptes réunis") for one in lines("ada")].count(True) == 1


def test_an_application_and_what_a_directory_brought_are_named(world):
    audit.record("client.add", client="abc", name="Notes de classe", person=world.ada.person)
    assert "Notes de classe" in first("ada")
    audit.record("feed.apply", batch=1, source="siecle", person=world.ada.person, arrived=3, moved=2, ended=1)
    assert first("ada").endswith("siecle · arrivées : 3, mutations : 2, départs : 1")
    audit.record("feed.apply", batch=2, source="siecle", person=world.ada.person, proposed=2, refused=1)
    assert first("ada").endswith("arrivées : 0, mutations : 0, départs : 0, à rapprocher : 2, fiches refusées : 1")


def test_the_page_says_for_how_long_it_keeps_what_it_tells(world):
    retentions.put("audit_days", 500, was=1096)
    retentions.put("sign_in_days", 400, was=retentions.by_default("sign_in_days"))
    shown = page(browse("ada").get("/me/activity"))
    assert "ce à quoi servent vos liens, gardés 400 jours" in shown
    assert "le reste, gardés 500 jours" in shown
    assert "un an" not in shown


def test_connections_are_kept_no_longer_than_the_trail_they_are_in(world):
    retentions.put("audit_days", 370, was=1096)
    retentions.put("sign_in_days", 400, was=retentions.by_default("sign_in_days"))
    assert "ce à quoi servent vos liens, gardés 370 jours" in page(browse("ada").get("/me/activity"))
