"""What reading pages leaves behind: a name in the log, a last visit kept to the hour, nothing else."""

from contextvars import copy_context

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cartable.identity import credentials, sessions, tasks
from cartable.identity.models import DeviceLogin
from cartable.kernel import clock, logs
from tests.identity.test_pages import PASSWORD, signed_in
from tests.worlds import person

FIREFOX = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


@pytest.fixture
def ada(db):
    return person("Ada Lovelace", "ada@ac-dijon.example", PASSWORD)


@pytest.fixture
def browser(ada):
    return signed_in("ada@ac-dijon.example", headers=FIREFOX)


def queries_of(browser):
    with CaptureQueriesContext(connection) as queries:
        assert browser.get("/help").status_code == 200
    return [query["sql"].split()[0] for query in queries]


def test_a_page_reads_the_session_the_person_and_the_last_visit_and_writes_nothing(browser):
    for _ in range(2):
        assert queries_of(browser) == ["SELECT"] * 3


def test_the_last_visit_is_kept_to_the_hour(browser, later):
    signed_in_at = UserSession.objects.get().last_seen_at
    later(minutes=59)
    browser.get("/help")
    assert UserSession.objects.get().last_seen_at == signed_in_at
    later(minutes=2)
    browser.get("/help", REMOTE_ADDR="192.0.2.7")
    seen = UserSession.objects.get()
    assert (seen.last_seen_at, seen.ip) == (clock.now(), "192.0.2.7")
    assert queries_of(browser) == ["SELECT"] * 3


def test_a_session_that_is_not_in_the_list_enters_it(ada):
    browser = Client(headers=FIREFOX)
    browser.force_login(ada)
    browser.get("/help")
    assert "Firefox" in UserSession.objects.get(user=ada).user_agent


def test_a_session_that_was_ended_does_not_come_back(ada, browser):
    sessions.end_others(ada, here=None)
    assert browser.get("/me").status_code == 302
    assert not UserSession.objects.exists()


def test_a_visitor_is_no_session(db):
    Client().get("/help")
    assert not UserSession.objects.exists()


def test_the_line_of_a_page_in_the_log_names_who_reads_it(ada, browser):
    context = copy_context()
    context.run(browser.get, "/me")
    assert context[logs.person] == ada.sub


def test_sign_ins_that_ended_are_forgotten(browser, ada, later):
    credentials.start_device_login("Client")
    tasks.forget_sign_ins.call()
    kept = (Session.objects.count(), UserSession.objects.filter(user=ada).count(), DeviceLogin.objects.count())
    assert kept == (1, 1, 1)
    later(days=20)
    tasks.forget_sign_ins.call()
    for table in (Session, UserSession, DeviceLogin):
        assert not table.objects.exists()
