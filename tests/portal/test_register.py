"""The register of processing is made of the code, and leaves no table out."""

import re

from django.apps import apps
from django.test import Client
from django.utils.module_loading import import_string

from cartable.identity import erasing, retaining
from cartable.kernel import retentions
from cartable.options import options
from cartable.web import register
from tests.options import having

WITHOUT = {  # tables that know nobody, and why
    "identity.Structure": "public facts",
    "identity.Domain": "the same",
    "identity.Team": "a name; who is in it is in Membership",
    "identity.TeamRule": "structures and functions",
    "identity.Demand": "the same",
    "feeds.Feed": "names of sources",
    "feeds.ScimToken": "a digest, of a machine",
    "feeds.ScimHour": "how many changed in an hour",
    "oidc.Application": "machines",
    "oidc.SigningKey": "ours",
    "kernel.Schedule": "moments of tasks",
    "account.EmailAddress": "the library's, always empty: `Address` is the only truth",
    "account.EmailConfirmation": "the same",
    "allauth_idp_oidc.Client": "machines",
    "allauth_idp_oidc.Token": "the library's, always empty: oidc.Token",
    "socialaccount.SocialApp": "academies",
    "auth.Permission": "Django's, unused",
    "auth.Group": "the same",
    "contenttypes.ContentType": "the same",
}


def test_every_table_is_in_the_register_or_knows_nobody():
    declared = {table for one in register.every() for table in one.tables}
    known = {model._meta.label for model in apps.get_models()}
    assert known - declared - set(WITHOUT) == set(), "declare it in the package's `register`"
    assert declared - known == set()
    assert declared & set(WITHOUT) == set()


def test_each_entry_says_why_how_long_and_who(db):
    shown = Client().get("/privacy/register").content.decode()
    for one in register.every():
        for said in (one.title, one.purpose, one.what, one.until, one.readers):
            assert str(said).replace("'", "&#x27;") in shown
        assert one.duration(retaining.in_force()) or one.days == ()


def test_each_retention_that_is_named_is_one_that_may_be_set_and_is_an_option(db):
    named = {name for one in register.every() for name in one.days}
    settable = {one.name: one for one in register.every_retention()}
    assert named == set(settable)
    for name, one in settable.items():
        assert one.least <= getattr(options, name) <= one.most, name
        assert one.tolls, "what it costs to shorten it has to be counted"
        for toll in one.tolls:
            assert import_string(toll.count)(getattr(options, name), one.least) == 0, "of nothing, nothing goes"
        assert not one.after or callable(import_string(one.after))


def test_durations_are_those_that_are_applied(monkeypatch, db):
    monkeypatch.setattr(retentions, "options", having(grace_days=10, archive_days=20))
    account = next(one for one in register.every() if "identity.Person" in one.tables)
    assert account.duration(retaining.in_force()) == "30 jours"
    assert (erasing.due_on(erasing.clock.today()) - erasing.clock.today()).days == 30


def test_the_page_of_personal_data_leads_there(db):
    assert re.search(r'href="/privacy/register"', Client().get("/privacy").content.decode())
