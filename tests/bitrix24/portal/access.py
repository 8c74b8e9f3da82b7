"""Who calls: an employee's webhook, or an application with an employee's token. What each may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.bitrix24.portal.people import User

if TYPE_CHECKING:
    from tests.bitrix24.portal.state import Portal

ALL_SCOPES = frozenset(
    [
        "crm",
        "user",
        "user_brief",
        "user_basic",
        "department",
        "im",
        "imbot",
        "lists",
        "calendar",
        "timeman",
        "bizproc",
        "placement",
        "biconnector",
    ]
)


@dataclass
class Webhook:
    user: int
    secret: str
    scopes: frozenset[str] = ALL_SCOPES
    expires: float | None = None  # Unix seconds


@dataclass
class App:
    """A local application, installed on this portal. `uninstalled`: its tokens are dead."""

    client_id: str
    client_secret: str
    name: str
    scopes: frozenset[str]
    handler: str  # the page of the application
    installer: str = ""  # the initial installation path
    page: bool = True  # with an interface; else “uses only the API”
    application_token: str = ""
    installed: bool = False  # `BX24.installFinish()` was called, or needs not be
    version: int = 1


@dataclass
class Binding:
    """An event's handler. `auth`: whose token is sent, 0 for who acted. An outgoing webhook has no application."""

    id: int
    event: str
    handler: str
    app: App | None = None
    auth: int = 0
    offline: bool = False
    connector: str = ""
    token: str = ""  # of an outgoing webhook


@dataclass
class Placement:
    code: str
    handler: str
    app: App
    title: str = ""
    languages: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class Robot:
    code: str
    handler: str
    app: App
    name: Any
    properties: dict[str, Any] = field(default_factory=dict)
    auth: int = 0
    waits: bool = True
    document: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Caller:
    """`access`: what operating time is counted by. `connector`: suppresses own echo in the offline queue."""

    portal: Portal
    user: User
    access: str
    scopes: frozenset[str]
    app: App | None = None
    address: str = "127.0.0.1"

    @property
    def admin(self) -> bool:
        return self.user.admin
