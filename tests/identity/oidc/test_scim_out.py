"""Applications that want to know who there is, told by SCIM: those of scim2-server, behind real HTTP."""

import io
import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from scim2_models import Filter, ScimProvider, ServiceProviderConfig, User
from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BearerTokenApplication

from cartable.identity import departing, erasing, people, postings, structures
from cartable.identity.models import Person
from cartable.identity.oidc import clients, outbox, provisioning, scim, tasks, telling
from cartable.identity.oidc.models import Application, Provisioned
from cartable.identity.oidc.scim import ERROR
from cartable.kernel import clock, models, sealing
from cartable.kernel.errors import BadInput, Expired, NotFound
from cartable.kernel.tasks import run_pending
from cartable.options import options
from tests.identity.oidc.relying import registered
from tests.servers import free_port
from tests.worlds import academies, person

TOKEN = "a-token-of-theirs"


class Quiet(WSGIRequestHandler):
    """A server that says nothing."""

    def log_message(self, *_):
        pass


class Remote:
    """The application's side: what it holds stays while it does not answer."""

    def __init__(self):
        self.port, self.storage, self.asked, self.refused = free_port(), InMemoryStorage(), [], {}
        config = ServiceProviderConfig(filter=Filter(supported=True, max_results=100))
        provider = ScimProvider(models=[User], config=config)
        self.served = BearerTokenApplication(self.storage, provider, bearer_tokens=[TOKEN])
        self.url = f"http://127.0.0.1:{self.port}/v2"

    @contextmanager
    def up(self):
        def counted(environ, start):
            self.asked.append(environ["REQUEST_METHOD"])
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            if status := self.refused.get(body and json.loads(body)["userName"]):
                start(status, [("Content-Type", "application/scim+json")])
                return [json.dumps({"schemas": [ERROR], "status": status[:3]}).encode()]
            return self.served(environ, start)

        server = make_server("127.0.0.1", self.port, counted, handler_class=Quiet)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    @property
    def users(self):
        return {one.external_id: one for one in self.storage.resources}


@pytest.fixture
def remote():
    return Remote()


@pytest.fixture
def ada(db):
    return person("Ada Lovelace", "ada@ac-dijon.example")


@pytest.fixture
def notes(ada, remote):
    """An application that was told of Ada."""
    one = registered()
    with remote.up():
        outbox.begin(one.id, remote.url, TOKEN)
        run_pending()
    remote.asked.clear()
    return one


def told(remote):
    with remote.up():
        return run_pending()


def test_an_application_is_told_of_everybody_then_of_what_changes(notes, remote, ada):
    known = remote.users[ada.sub]
    assert (known.user_name, known.display_name, known.active) == ("ada@ac-dijon.example", "Ada Lovelace", True)
    assert [(one.value, one.primary) for one in known.emails] == [("ada@ac-dijon.example", True)]
    bob = person("Bob Dupont", "bob@ac-dijon.example")
    people.rename(ada, "Ada King")
    people.give_address(ada, "ada@ac-lyon.example")
    told(remote)
    assert {one.user_name for one in remote.users.values()} == {"ada@ac-lyon.example", "bob@ac-dijon.example"}
    assert remote.users[ada.sub].name.formatted == "Ada King"
    assert remote.users[ada.sub].id == known.id
    assert remote.users[bob.sub].active


def test_nothing_is_told_twice(notes, remote, ada):
    people.changed([ada.pk])
    tasks.provision_all.enqueue(notes.id)
    told(remote)
    assert remote.asked == []


def test_who_leaves_is_told_inactive_and_comes_back(notes, remote, ada):
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    people.changed([ada.pk])
    told(remote)
    assert remote.users[ada.sub].active is False
    Person.objects.filter(pk=ada.pk).update(is_active=True)
    people.changed([ada.pk])
    told(remote)
    assert remote.users[ada.sub].active is True
    assert len(remote.users) == 1


def test_only_its_audience_is_told_to_an_application(remote, ada, later):
    dijon, lyon = academies()
    for_dijon = registered(structures=[dijon])
    outbox.begin(for_dijon.id, remote.url, TOKEN)
    told(remote)
    assert remote.users == {}
    posting = postings.begin(ada, dijon)
    told(remote)
    assert remote.users[ada.sub].active
    postings.move(ada, lyon)
    told(remote)
    assert remote.users[ada.sub].active, "the grace"
    posting.refresh_from_db()
    later(days=60)
    tasks.provision_crossing.enqueue()
    told(remote)
    assert remote.users[ada.sub].active is False
    assert posting.end < clock.today()


def test_an_application_is_told_no_more_than_its_scopes_say(remote, ada):
    narrow = registered(scopes=["openid"], sector="notes.example")
    outbox.begin(narrow.id, remote.url, TOKEN)
    told(remote)
    [only] = remote.storage.resources
    assert only.external_id == only.user_name != ada.sub
    assert (only.display_name, only.emails, only.name) == (None, None, None)


def test_an_application_that_was_down_is_told_later(notes, remote, ada, later):
    people.rename(ada, "Ada King")
    run_pending()
    row = models.Task.objects.get(function__endswith=".provision")
    assert (row.state, row.attempts) == ("ready", 1)
    people.rename(ada, "Ada Byron")
    later(hours=1)
    told(remote)
    assert remote.users[ada.sub].display_name == "Ada Byron"
    assert remote.asked == ["PUT"], "what is so by then, once"


@pytest.mark.parametrize("status", ["400 Bad Request", "500 Internal Server Error"])
def test_one_whom_it_does_not_take_keeps_nobody_from_being_told(remote, ada, later, status):
    bob, zoe = person("Bob Dupont", "bob@ac-dijon.example"), person("Zoé Petit", "zoe@ac-dijon.example")
    remote.refused["bob@ac-dijon.example"] = status
    notes = registered()
    outbox.begin(notes.id, remote.url, TOKEN)
    told(remote)
    assert set(remote.users) == {ada.sub, zoe.sub}
    row = models.Task.objects.get(state="ready")
    assert (row.arguments[0], row.attempts) == ([notes.id, [bob.pk]], 1), "alone"
    remote.refused.clear()
    remote.asked.clear()
    later(hours=1)
    told(remote)
    assert set(remote.users) == {ada.sub, bob.sub, zoe.sub}
    assert remote.asked.count("POST") == 1


def test_of_several_it_does_not_take_each_is_tried_again_until_it_does(notes, remote, ada, later):
    both = [person(f"{name} Dupont", f"{name}@ac-dijon.example") for name in ("bob", "zoe")]
    remote.refused = {f"{name}@ac-dijon.example": "409 Conflict" for name in ("bob", "zoe")}
    last = person("Yves Petit", "yves@ac-dijon.example")
    models.Task.objects.all().delete()  # of each alone
    outbox.follow([one.pk for one in (*both, last)])
    told(remote)
    assert set(remote.users) == {ada.sub, last.sub}
    del remote.refused["bob@ac-dijon.example"]
    later(hours=1)
    told(remote)
    assert set(remote.users) == {ada.sub, last.sub, both[0].sub}
    assert models.Task.objects.filter(state="ready", arguments__0__1=[both[1].pk]).exists()


def test_everybody_is_told_by_tasks_of_which_each_goes_on_where_the_last_ended(remote, ada, later, monkeypatch):
    monkeypatch.setattr(provisioning, "BATCH", 2)
    others = [person(f"Bob {number}", f"bob{number}@ac-dijon.example") for number in range(4)]
    remote.refused["bob1@ac-dijon.example"] = "503 Service Unavailable"  # it goes down on the way
    notes = registered()
    outbox.begin(notes.id, remote.url, TOKEN)
    told(remote)
    row = models.Task.objects.get(state="ready")
    assert row.arguments[0] == [notes.id, others[0].pk]
    remote.refused.clear()
    remote.asked.clear()
    later(hours=1)
    told(remote)
    assert len(remote.users) == 5
    assert remote.asked.count("POST") == 3, "the first two were told"
    outbox.stop(notes.id)
    tasks.provision_all.enqueue(notes.id)
    assert run_pending() == 1, "nobody is gone through for an application that wants no more"


# A date decides


@pytest.fixture
def for_dijon(remote, ada):
    """An application of Dijon, told of its people; Ada is not yet one of them."""
    dijon, _lyon = academies()
    one = registered(structures=[dijon])
    outbox.begin(one.id, remote.url, TOKEN)
    run_pending()
    return dijon


def at_night(remote):
    tasks.provision_crossing.enqueue()
    told(remote)


def test_an_application_is_told_on_the_day_it_opens_some_weeks_before_a_posting(for_dijon, remote, ada, later):
    postings.begin(ada, for_dijon, on=clock.today() + timedelta(days=options.early_days + 1))
    at_night(remote)
    assert remote.users == {}
    later(days=1)
    at_night(remote)
    assert remote.users[ada.sub].active


def test_nights_on_which_nobody_worked_are_made_up_for(for_dijon, remote, ada, later):
    posting = postings.begin(ada, for_dijon, on=clock.today() + timedelta(days=options.early_days + 2))
    told(remote)
    assert remote.users == {}
    later(days=4)
    at_night(remote)
    assert remote.users[ada.sub].active
    postings.end(posting, on=posting.start + timedelta(days=1))
    told(remote)
    later(days=options.early_days + options.grace_days + 9)
    at_night(remote)
    assert remote.users[ada.sub].active is False
    remote.asked.clear()
    at_night(remote)
    assert remote.asked == []


def test_where_the_day_comes_later_the_next_night_tells(remote, ada, monkeypatch):
    academies()
    tahiti = structures.academy("41")  # UTC-10

    def night(day):
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 9, day, 1, 50, tzinfo=UTC))  # 3:50 in Paris
        at_night(remote)

    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 9, 1, tzinfo=UTC))
    outbox.begin(registered(structures=[tahiti]).id, remote.url, TOKEN)
    postings.begin(ada, tahiti, on=clock.today() + timedelta(days=options.early_days + 2))
    for day in (2, 3):
        night(day)
        assert remote.users == {}
    night(4)
    assert remote.users[ada.sub].active


def test_who_is_there_already_is_taken_for_the_same(ada, remote):
    with remote.up():
        scim.Remote(remote.url, TOKEN).put(User(user_name="ada@ac-dijon.example", active=True), None)
        notes = registered()
        outbox.begin(notes.id, remote.url, TOKEN)
        run_pending()
    assert [one.external_id for one in remote.storage.resources] == [ada.sub]


def test_who_was_deleted_there_is_made_again(notes, remote, ada):
    with remote.up():
        gone = f"{remote.url}/Users/{remote.users[ada.sub].id}"
        assert httpx.delete(gone, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 204
    people.rename(ada, "Ada King")
    told(remote)
    assert remote.users[ada.sub].display_name == "Ada King"
    assert Provisioned.objects.get().remote_id == remote.users[ada.sub].id


def test_a_wrong_token_is_tried_again_and_not_told_in_the_log(ada, remote, capsys):
    notes = registered()
    outbox.begin(notes.id, remote.url, "wrong-token")
    told(remote)
    assert remote.users == {}
    row = models.Task.objects.get(function__endswith="provision_all")
    assert row.state == "ready"
    assert "Unreachable: SCIM: 401" in row.error
    assert "wrong-token" not in row.error + "".join(capsys.readouterr())


def test_an_application_that_wants_no_more_is_told_nothing(notes, remote, ada):
    outbox.stop(notes.id)
    people.rename(ada, "Ada King")
    assert told(remote) >= 0
    assert remote.asked == []
    outbox.begin(notes.id, remote.url, TOKEN)
    clients.drop(notes.id)
    told(remote)
    assert remote.asked == []


def test_its_token_is_sealed(notes):
    kept = Application.objects.get().scim_token
    assert TOKEN not in kept
    assert sealing.unseal(kept, provisioning.SEALED) == TOKEN


def test_a_token_sealed_under_another_key_must_be_given_again(notes, monkeypatch):
    monkeypatch.setattr("cartable.kernel.sealing.secret_key", lambda: "another")
    with pytest.raises(Expired):
        telling.tell(notes.id, [1])


def test_where_nobody_wants_to_know_a_change_costs_one_look(ada, django_assert_num_queries):
    with django_assert_num_queries(1):
        outbox.follow([ada.pk])


def test_many_are_told_in_batches(notes, db):
    outbox.follow(range(1, 251))
    rows = models.Task.objects.filter(function__endswith=".provision", state="ready")
    assert sorted(len(row.arguments[0][1]) for row in rows) == [50, 100, 100]


@pytest.mark.parametrize("url", ["ftp://notes.example/scim", "notes.example", "https://a b.example/"])
def test_an_address_that_is_none_is_refused(notes, url):
    with pytest.raises(BadInput):
        outbox.begin(notes.id, url, TOKEN)
    with pytest.raises(NotFound):
        outbox.begin("unheard-of", "https://notes.example/scim", TOKEN)


def test_who_is_archived_is_told_inactive_active_when_back_and_without_a_name_once_erased(remote, ada, later):
    dijon, lyon = academies()
    posting = postings.begin(ada, dijon)
    everybodys = registered()
    outbox.begin(everybodys.id, remote.url, TOKEN)
    told(remote)
    postings.end(posting)
    later(days=60)
    departing.see_off.func()
    told(remote)
    assert remote.users[ada.sub].active is False
    postings.begin(Person.objects.get(pk=ada.pk), lyon)
    told(remote)
    assert remote.users[ada.sub].active is True
    erasing.erase(Person.objects.get(pk=ada.pk), reason="demande")
    told(remote)
    blank = remote.users[ada.sub]
    assert (blank.active, blank.display_name, blank.emails) == (False, "Ancien agent", None)
    assert blank.user_name == ada.sub
