"""Operators see every table; what the engine writes they cannot change."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from leaddrum import access
from leaddrum.models import Account, ApiToken, Incident
from tests.world import World

MODELS = list(apps.get_app_config("leaddrum").get_models())


def test_every_table_is_there() -> None:
    assert [model for model in MODELS if model not in admin.site._registry] == []


@pytest.fixture
def operator(world: World, client: Client) -> Client:
    world.lead()
    world.until("10:31")
    account = access.operator("root")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_opens(operator: Client, model: type) -> None:
    name = model._meta.model_name  # type: ignore[attr-defined]  # every one is a model
    assert operator.get(f"/admin/leaddrum/{name}/").status_code == 200


def test_the_journal_cannot_be_changed(operator: Client) -> None:
    incident = Incident.objects.get()
    assert operator.get(f"/admin/leaddrum/incident/{incident.pk}/change/").status_code == 200
    for address in ("add/", f"{incident.pk}/delete/"):
        assert operator.get(f"/admin/leaddrum/incident/{address}").status_code == 403
    assert operator.post(f"/admin/leaddrum/incident/{incident.pk}/change/", {"explanation": "x"}).status_code == 403


def test_digests_are_not_shown(operator: Client, world: World) -> None:
    access.make_token(world.company, "crm", "admin", now=world.now)
    token = ApiToken.objects.get()
    for address in ("", f"{token.pk}/change/"):
        assert token.digest not in operator.get(f"/admin/leaddrum/apitoken/{address}").content.decode()


def test_employees_do_not_come_in(world: World, client: Client) -> None:
    person = world.person("anna")
    account = access.account_of(person)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/").status_code == 302
    assert not Account.objects.get(pk=account.pk).is_staff
