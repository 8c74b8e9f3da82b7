"""Operators see every table; what the engine writes they cannot change."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import get_resolver

from leaddrum import access, second_factor
from leaddrum.models import Account, ApiToken, Incident, SecondFactor
from tests.world import World

MODELS = list(apps.get_app_config("leaddrum").get_models())


def test_every_table_is_there() -> None:
    get_resolver().check()  # the operators' pages come with the addresses
    assert [model for model in MODELS if model not in admin.site._registry] == []


@pytest.fixture
def operator(world: World, client: Client) -> Client:
    world.lead()
    world.until("10:31")
    account = access.operator("root")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_journal_cannot_be_changed(operator: Client) -> None:
    incident = Incident.objects.get()
    assert operator.get(f"/admin/leaddrum/incident/{incident.pk}/change/").status_code == 200
    for address in ("add/", f"{incident.pk}/delete/"):
        assert operator.get(f"/admin/leaddrum/incident/{address}").status_code == 403
    assert operator.post(f"/admin/leaddrum/incident/{incident.pk}/change/", {"explanation": "x"}).status_code == 403


def test_of_all_tables_accounts_and_tokens_alone_are_changed(operator: Client, rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = Account.objects.get(username="root")
    tables = {model: table for model, table in admin.site._registry.items() if model in MODELS}
    assert {model for model, table in tables.items() if table.has_change_permission(request)} == {Account, ApiToken}
    assert {model for model, table in tables.items() if table.has_delete_permission(request)} == {Account, ApiToken}
    assert {model for model, table in tables.items() if table.has_add_permission(request)} == {Account}
    sent = {"action": "delete_selected", "_selected_action": [Incident.objects.get().pk], "post": "yes"}
    operator.post("/admin/leaddrum/incident/", sent)
    assert Incident.objects.exists()


def test_digests_are_not_shown(operator: Client, world: World) -> None:
    factor = second_factor.begin(access.account_of(world.person("anna")), now=world.now)
    SecondFactor.objects.update(spare=["cafe" * 16])
    assert "cafecafe" not in operator.get(f"/admin/leaddrum/secondfactor/{factor.pk}/change/").content.decode()
    access.make_token(world.company, "crm", "admin", now=world.now)
    token = ApiToken.objects.get()
    for address in ("", f"{token.pk}/change/"):
        assert token.digest not in operator.get(f"/admin/leaddrum/apitoken/{address}").content.decode()


def test_operators_come_in_by_the_door_of_everybody(world: World, client: Client) -> None:
    """With its throttle, and with the second factor of one who is an employee as well."""
    anna = access.account_of(world.person("anna"))
    anna.is_staff = anna.is_superuser = True
    anna.set_password("короткая ночь в июне")
    anna.save()
    second_factor.begin(anna, now=world.now)
    SecondFactor.objects.update(confirmed_at=world.now)
    said = {"username": anna.username, "password": "короткая ночь в июне", "next": "/admin/"}
    answer = client.post("/admin/login/?next=/admin/", said)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fadmin%2F")
    assert client.get("/admin/").status_code == 302
    SecondFactor.objects.all().delete()
    signed_in = client.post("/sign-in", said | {"name": anna.username})
    assert (signed_in["Location"], client.get("/admin/").status_code) == ("/admin/", 200)


def test_employees_do_not_come_in(world: World, client: Client) -> None:
    person = world.person("anna")
    account = access.account_of(person)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/", follow=True).status_code == 403
    assert not Account.objects.get(pk=account.pk).is_staff
