"""Clients that nobody here wrote run their calls against the portal: `b24pysdk` (official) and `fast-bitrix24`.

They were written against real portals, so what they understand is what a portal says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from b24pysdk import BitrixApp, BitrixToken, BitrixWebhook, Client
from b24pysdk.api.requesters import BitrixOAuthRequester
from b24pysdk.credentials import OAuthEventData, OAuthPlacementData
from b24pysdk.credentials.auth import RenewedOAuth
from b24pysdk.credentials.oauth_workflow_data import OAuthWorkflowData
from b24pysdk.errors import BitrixAPINotFound, BitrixAPIOperationTimeLimit
from fast_bitrix24 import Bitrix

from tests.bitrix24 import certificates
from tests.bitrix24.portal import Clock, Portal, Server, php
from tests.bitrix24.portal.access import App, Robot
from tests.bitrix24.portal.sample import ANNA, BORIS


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secure(portal: Portal, tls: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """The official client speaks https only."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[0]))
    with Server(portal, tls=tls):
        yield portal


@pytest.fixture
def official(secure: Portal) -> Client:
    secure.webhook(1, secret="abc")
    return Client(BitrixWebhook(domain=secure.host, webhook_token="1/abc"))


def test_official_reads_people_and_leads(secure: Portal, official: Client) -> None:
    secure.import_(120)
    assert official.user.get(filter={"ID": ANNA}).result[0]["NAME"] == "Анна"
    assert official.crm.item.get(entity_type_id=1, bitrix_id=5).result["item"]["title"] == "Импорт 5"
    listed = official.crm.item.list(entity_type_id=1, select=["id"])
    assert len(listed.as_list().result) == 120
    assert len(list(listed.as_list_fast().result)) == 120
    assert secure.complaints == []


def test_official_hands_a_lead_over(secure: Portal, official: Client) -> None:
    number = secure.lead(assignedById=ANNA)
    calls = {
        "owner": official.crm.item.update(entity_type_id=1, bitrix_id=number, fields={"assignedById": BORIS}),
        "lead": official.crm.item.get(entity_type_id=1, bitrix_id=number),
    }
    answer = official.call_batch(calls)
    assert answer.result.result["lead"]["item"]["assignedById"] == BORIS
    official.im.notify.system.add(user_id=BORIS, message="Вам лид").result  # noqa: B018  # lazy
    assert secure.notices(BORIS) == ["Вам лид"]
    assert secure.complaints == []


def test_official_knows_our_errors_by_their_codes(secure: Portal, official: Client) -> None:
    with pytest.raises(BitrixAPINotFound):
        official.crm.item.get(entity_type_id=1, bitrix_id=1).result  # noqa: B018
    secure.faults.plan("operating", "user.get")
    with pytest.raises(BitrixAPIOperationTimeLimit):
        official.user.get().result  # noqa: B018
    secure.faults.plan("limit", "user.current")  # it tries 503 again
    assert official.user.current().result["ID"] == "1"
    assert secure.faults.happened["limit"] == 1


class _Requester(BitrixOAuthRequester):  # type: ignore[misc]  # the client has no types
    """Its authorization server is ours."""

    __slots__ = ()
    _OAUTH_TOKEN_URL = ""


class _App(BitrixApp):  # type: ignore[misc]
    def refresh_oauth_token(self, refresh_token: str, **values: Any) -> RenewedOAuth:
        return RenewedOAuth.from_dict(_Requester(self, **values).refresh_oauth_token(refresh_token))


def test_official_refreshes_its_token_when_it_has_expired(secure: Portal) -> None:
    assert secure.cloud is not None
    app = secure.cloud.register(secure, "https://127.0.0.1/app", ["crm", "user"])
    pair = secure.cloud.pair(secure, app, 1)
    _Requester._OAUTH_TOKEN_URL = f"{secure.url}/oauth/token/"
    token = BitrixToken(
        domain=secure.host,
        auth_token=pair["access_token"],
        refresh_token=pair["refresh_token"],
        bitrix_app=_App(client_id=app.client_id, client_secret=app.client_secret),
    )
    client = Client(token)
    assert client.user.current().result["ID"] == "1"
    secure.clock.forward(3601)
    assert client.user.current().result["ID"] == "1"
    assert secure.cloud.refreshed == 1
    assert secure.cloud.refreshes.keys() != {pair["refresh_token"]}


@pytest.fixture
def app(portal: Portal, server: Server) -> App:
    assert portal.cloud is not None
    return portal.cloud.register(portal, "https://127.0.0.1/app", ["crm", "bizproc"])


def test_official_parses_our_events(portal: Portal, app: App) -> None:
    from tests.bitrix24.portal.access import Binding

    assert portal.delivery is not None
    portal.bindings.append(Binding(707, "ONCRMLEADADD", "https://127.0.0.1/event", app))
    number = portal.lead(by=ANNA)
    portal.lead(by=0)  # a robot: no token
    by_person, by_robot = [OAuthEventData.from_dict(dict(_flat(post.body))) for post in portal.delivery.queue]
    assert by_person.data == {"FIELDS": {"ID": str(number)}}
    assert (by_person.auth.user_id, by_person.auth.application_token) == (ANNA, app.application_token)
    assert by_robot.is_system


def test_official_parses_our_frames_and_robots(portal: Portal, app: App) -> None:
    assert portal.cloud is not None
    assert portal.delivery is not None
    query, body = portal.cloud.frame(portal, app, ANNA, "CRM_LEAD_DETAIL_TAB", '{"ID":"5"}')
    parsed = OAuthPlacementData.from_dict(dict(parse_qsl(query)) | body)
    assert parsed.placement == "CRM_LEAD_DETAIL_TAB"
    portal.delivery.robot(Robot("drum", "https://127.0.0.1/robot", app, "Барабан"), 1, 5, {"minutes": "15"})
    workflow = OAuthWorkflowData.from_dict(dict(_flat(portal.delivery.queue[-1].body)))
    assert workflow.code == "drum"
    assert list(workflow.document_id) == ["crm", "CCrmDocumentLead", "LEAD_5"]


def _flat(body: dict[str, Any]) -> list[tuple[str, str]]:
    return parse_qsl(php.encode(body), keep_blank_values=True)


def test_fast_bitrix24_reads_and_writes_in_batches() -> None:
    from tests.bitrix24.portal import sample

    portal = sample.portal(Clock())
    portal.strict = False  # it sends `__order`, which no documentation knows and portals ignore
    portal.import_(120)
    with Server(portal):
        client = Bitrix(portal.webhook(1), verbose=False)
        assert len(client.get_all("crm.item.list", {"entityTypeId": 1, "select": ["id"]})) == 120
        found = client.get_by_ID("crm.item.get", [1, 2, 3], ID_field_name="id", params={"entityTypeId": 1})
        assert found["2"]["item"]["title"] == "Импорт 2"
        changes = [{"entityTypeId": 1, "id": number, "fields": {"assignedById": ANNA}} for number in range(1, 100)]
        assert all(item["assignedById"] == ANNA for item in client.call("crm.item.update", changes))
    assert portal.asked.count("batch") == 4  # two of pages and items, two of changes
    assert {item["assignedById"] for item in list(portal.crm.items[1].values())[:99]} == {ANNA}
    assert {complaint.rpartition(" ")[2] for complaint in portal.complaints} == {"__order"}
