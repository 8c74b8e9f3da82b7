"""Events leave the portal: by POST to handlers, at most once and in any order, and into the offline queue.

Nothing is repeated: what fails is lost, as the documentation says. `lost`, `doubled` and `reordered` are chances
between 0 and 1; a reordered event is delivered after those that came later.
"""

from __future__ import annotations

import hashlib
import random
import secrets
import threading
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.bitrix24.portal import crm, php
from tests.bitrix24.portal.access import App, Binding, Robot
from tests.bitrix24.portal.chat import Bot
from tests.bitrix24.portal.fields import CONTACT, DEAL, LEAD

if TYPE_CHECKING:
    from tests.bitrix24.portal.state import Portal

PATIENCE = 10  # seconds for a handler
DOCUMENTS = {LEAD: ("CCrmDocumentLead", "LEAD_{}"), DEAL: ("CCrmDocumentDeal", "DEAL_{}")}
DYNAMIC = "Bitrix\\Crm\\Integration\\BizProc\\Document\\Dynamic"


@dataclass
class Post:
    url: str
    body: dict[str, Any]


@dataclass
class Delivery:
    portal: Portal
    lost: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    random: random.Random = field(default_factory=lambda: random.Random(1))
    queue: list[Post] = field(default_factory=list)
    offline: list[dict[str, Any]] = field(default_factory=list)
    waiting: dict[str, Any] = field(default_factory=dict)  # robots' tokens: the answer, None until it comes
    counts: Counter[str] = field(default_factory=Counter)
    statuses: list[int] = field(default_factory=list)  # of the handlers' answers; 0: none came
    _thread: threading.Thread | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def chaos(self, lost: float = 0.0, doubled: float = 0.0, reordered: float = 0.0, seed: int = 1) -> None:
        self.lost, self.doubled, self.reordered, self.random = lost, doubled, reordered, random.Random(seed)

    # What raises events

    def changed(self, what: str, kind: crm.Type, item: crm.Item, by: int) -> None:
        """`move` is a deal's change of pipeline, which comes instead of its update."""
        fields: dict[str, Any] = {"ID": item["id"]}
        if kind.id == CONTACT:
            return  # nobody here binds its events
        if kind.id in (LEAD, DEAL):
            if what == "move":
                name = "ONCRMDEALMOVETOCATEGORY"
                fields |= {"CATEGORY_ID": item["categoryId"], "STAGE_ID": item["stageId"]}
            else:
                name = f"ONCRM{'LEAD' if kind.id == LEAD else 'DEAL'}{what.upper()}"
            self.event(name, {"FIELDS": fields}, by)
            return
        fields["ENTITY_TYPE_ID"] = kind.id
        for name in (f"ONCRMDYNAMICITEM{what.upper()}", f"ONCRMDYNAMICITEM{what.upper()}_{kind.id}"):
            self.event(name, {"FIELDS": fields}, by)

    def event(self, name: str, data: dict[str, Any], by: int, only: App | None = None) -> None:
        for binding in self.portal.bindings:
            if binding.event != name or (only is not None and binding.app is not only):
                continue
            if binding.app is not None and not binding.app.installed:
                continue
            if binding.offline:
                self._keep(binding, name, data)
            else:
                self._post(binding.handler, self._body(binding, name, data, by))

    def bot(self, bot: Bot, name: str, data: dict[str, Any], by: int) -> None:
        """A bot's event in webhook mode: the bot is `{id, code, auth}` there, and the whole has an `auth` of its own.
        The token of a bot that a webhook has registered is made of its `botToken` and told to nobody."""
        app = self.portal.apps.get(bot.owner)
        token = app.application_token if app else hashlib.md5(bot.token.encode()).hexdigest()  # noqa: S324
        short = {"id": bot.id, "code": bot.code, "auth": self._auth(app, bot.id, token)}
        auth = {"domain": self.portal.host, "member_id": self.portal.member_id, "application_token": token}
        self._post(bot.url, {"event": name, "data": data | {"bot": short}, "ts": self._now(), "auth": auth})

    def install(self, app: App, user: int) -> None:
        """The form of an application without pages was saved."""
        app.installed = True
        self._app_event(
            app, "ONAPPINSTALL", {"VERSION": app.version, "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "ru"}, user
        )

    def uninstall(self, app: App, *, clean: bool = True) -> None:
        """The application is deleted: its handlers, placements, robots and tokens with it."""
        portal = self.portal
        targets = {each.handler for each in portal.bindings if each.app is app and each.event == "ONAPPUNINSTALL"}
        auth = self._plain(app.application_token)
        for handler in targets:
            body = {
                "event": "ONAPPUNINSTALL",
                "data": {"LANGUAGE_ID": "ru", "CLEAN": int(clean)},
                "ts": self._now(),
                "auth": auth,
            }
            self._post(handler, body)
        portal.bindings = [each for each in portal.bindings if each.app is not app]
        portal.placements = [each for each in portal.placements if each.app is not app]
        portal.robots = {key: robot for key, robot in portal.robots.items() if robot.app is not app}
        portal.apps.pop(app.client_id, None)
        if portal.cloud is not None:
            portal.cloud.revoke(app)

    def robot(self, robot: Robot, kind: int, number: int, properties: dict[str, Any] | None = None) -> str:
        """A robot of the application is run on an item; its token."""
        class_, pattern = DOCUMENTS.get(kind, (DYNAMIC, f"DYNAMIC_{kind}_{{}}"))
        token = f"{secrets.token_hex(8)}|{secrets.token_hex(4)}|{secrets.token_hex(16)}"
        if robot.waits:
            self.waiting[token] = None
        document = ["crm", class_, pattern.format(number)]
        body = {
            "workflow_id": f"{secrets.token_hex(7)}.{secrets.randbelow(10**8)}",
            "code": robot.code,
            "document_id": document,
            "document_type": [*document[:2], pattern.rpartition("_")[0]],
            "event_token": token,
            "properties": properties or {},
            "use_subscription": "Y" if robot.waits else "N",
            "timeout_duration": "0",
            "ts": self._now(),
            "auth": self._auth(robot.app, robot.auth or 1, robot.app.application_token),
        }
        self._post(robot.handler, body)
        return token

    def _app_event(self, app: App, name: str, data: dict[str, Any], user: int) -> None:
        assert self.portal.cloud is not None
        pair = self.portal.cloud.pair(self.portal, app, user)
        body = {
            "event": name,
            "data": data,
            "ts": self._now(),
            "auth": pair | {"application_token": app.application_token},
        }
        self._post(app.installer or app.handler, body)

    def _body(self, binding: Binding, name: str, data: dict[str, Any], by: int) -> dict[str, Any]:
        app = binding.app
        token = app.application_token if app else binding.token
        auth = self._auth(app, binding.auth or by, token)
        return {"event": name, "event_handler_id": binding.id, "data": data, "ts": self._now(), "auth": auth}

    def _auth(self, app: App | None, by: int, token: str) -> dict[str, Any]:
        """Of the one who acted; a robot has no tokens, and an outgoing webhook gets none."""
        plain = self._plain(token)
        if app is None or not by or self.portal.cloud is None:
            return plain
        access, found = self.portal.cloud.issue(self.portal, app, by, refresh=False)
        return {
            "access_token": access,
            "expires": int(found.expires),
            "expires_in": 3600,
            "scope": ",".join(sorted(app.scopes)),
            "status": "L",
            "user_id": by,
        } | plain

    def _plain(self, token: str) -> dict[str, Any]:
        portal = self.portal
        return {
            "domain": portal.host,
            "client_endpoint": f"{portal.url}/rest/",
            "server_endpoint": f"{portal.cloud.url if portal.cloud else portal.url}/rest/",
            "member_id": portal.member_id,
            "application_token": token,
        }

    def _now(self) -> int:
        return int(self.portal.clock.now().timestamp())

    # Where they go

    def _keep(self, binding: Binding, name: str, data: dict[str, Any]) -> None:
        """One record per object and event, with the time of the last change. A change made in the name of a source is
        none for that source's own queue."""
        if binding.connector and binding.connector == self.portal.source:
            return
        mine = (binding.app, binding.connector, name, str(data))
        for row in self.offline:
            if (row["app"], row["connector"], row["event"], str(row["data"])) == mine and not row["process"]:
                row["at"] = self.portal.clock.now()
                return
        self.offline.append(
            {
                "id": self.portal.number("offline"),
                "app": binding.app,
                "connector": binding.connector,
                "event": name,
                "data": data,
                "at": self.portal.clock.now(),
                "message": secrets.token_hex(16),
                "process": "",
                "error": False,
            }
        )

    def _post(self, url: str, body: dict[str, Any]) -> None:
        """Into the queue, with the accidents that happen on the way."""
        self.counts["raised"] += 1
        if self.random.random() < self.lost:
            self.counts["lost"] += 1
            return
        copies = 1
        if self.random.random() < self.doubled:
            self.counts["doubled"] += 1
            copies = 2
        for _ in range(copies):
            if self.queue and self.random.random() < self.reordered:
                self.counts["reordered"] += 1
                self.queue.insert(self.random.randrange(len(self.queue)), Post(url, body))
            else:
                self.queue.append(Post(url, body))

    def pump(self) -> int:
        """Deliver what waits, now; how many went out."""
        with self.portal.lock:
            posts, self.queue = self.queue, []
        for post in posts:
            self.statuses.append(send(post))
        self.counts["delivered"] += len(posts)
        return len(posts)

    def start(self) -> None:
        """Deliver in the background, as they come."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, daemon=True, name="delivery")
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            self.pump()


def send(post: Post) -> int:
    """One POST, without a second try; the status, 0 for none."""
    request = urllib.request.Request(  # noqa: S310  # an address that a client gave us, as a portal does
        post.url,
        data=php.encode(post.body).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Bitrix24 Webhook Engine"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
