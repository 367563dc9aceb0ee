"""What is done to applications is in the audit trail, each with its name: it says what it was once the application is gone."""

import pytest

from cartable.identity.oidc import clients
from cartable.identity.oidc.clients import Registration, Unfit
from cartable.kernel.errors import BadInput, Denied, NotFound
from cartable.kernel.models import Act


@pytest.fixture
def agenda(offices):
    """An application for a school, which an operator registered."""
    client, _secret = clients.add(registration(offices))
    return client


def registration(offices, **more):
    asked = {"name": "  Agenda   du lycée ", "redirect_uris": ["https://agenda.example/back"], **more}
    return Registration(structures=[offices.carnot], **asked)


def rows(verb):
    return [(one.person, one.detail) for one in Act.objects.filter(verb=verb).order_by("pk")]


def test_a_registration_is_kept_with_its_name_and_who_did_it(offices):
    by = offices.actor("admin")
    client, secret = clients.add(registration(offices), by)

    assert rows("client.add") == [(by.person, {"client": client.pk, "name": "Agenda du lycée"})]
    assert secret
    assert secret not in str(rows("client.add"))


def test_a_command_has_nobody_as_its_author(offices, agenda):
    assert rows("client.add") == [(None, {"client": agenda.pk, "name": "Agenda du lycée"})]


def test_a_new_secret_is_kept_with_the_name_and_never_the_secret(offices, agenda):
    by = offices.actor("admin")
    secret = clients.new_secret(agenda.pk, by)

    assert rows("client.secret") == [(by.person, {"client": agenda.pk, "name": "Agenda du lycée"})]
    assert secret not in str(rows("client.secret"))


def test_another_audience_is_kept_with_the_name(offices, agenda):
    by = offices.actor("admin")
    clients.change_audience(agenda.pk, [offices.carnot], ["ENS"], by)

    assert rows("client.audience") == [(by.person, {"client": agenda.pk, "name": "Agenda du lycée"})]


def test_an_application_that_is_gone_is_still_named(offices, agenda):
    by, number = offices.actor("admin"), agenda.pk
    clients.drop(number, by)

    assert rows("client.drop") == [(by.person, {"client": number, "name": "Agenda du lycée"})]
    with pytest.raises(NotFound):
        clients.find(number)


def test_what_is_refused_is_not_said_to_be_done(offices, agenda):
    elsewhere, before = offices.actor("elsewhere"), Act.objects.count()
    for refused, act in (
        (NotFound, lambda: clients.new_secret(agenda.pk, elsewhere)),
        (NotFound, lambda: clients.change_audience(agenda.pk, [offices.ampere], [], elsewhere)),
        (NotFound, lambda: clients.drop(agenda.pk, elsewhere)),
        (Denied, lambda: clients.change_audience(agenda.pk, [offices.ampere], [], offices.actor("admin"))),
        (Denied, lambda: clients.add(registration(offices), offices.actor("teacher"))),
        (Unfit, lambda: clients.add(registration(offices, redirect_uris=["http://agenda.example/"]))),
    ):
        with pytest.raises(refused):
            act()
    assert Act.objects.count() == before


def test_a_public_application_has_no_secret_to_renew_and_nothing_is_kept_of_it(offices):
    client, secret = clients.add(registration(offices, public=True))

    assert secret == ""
    with pytest.raises(BadInput):
        clients.new_secret(client.pk)
    assert rows("client.secret") == []
