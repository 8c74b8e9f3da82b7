"""Looking at a portal before anything is done there: who we are in it, what we may, what it has, how its clock goes.

Reads only. What is missing is either a problem (nothing would work) or a doubt (something will not).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from leaddrum.company.portal import DEAL, LEAD
from leaddrum.crm.bitrix24 import people, zones
from leaddrum.crm.bitrix24.answers import CLOSED, Later, Ok, Refused, Reply, Unknown
from leaddrum.crm.bitrix24.budget import Urgency
from leaddrum.crm.bitrix24.client import Call, Client

NEEDED = (("crm",), ("user", "user_basic", "user_brief"), ("department",))
ALL = ("calendar", "crm", "department", "im", "imbot", "lists", "user")  # what we have a use for
SKEW, WRONG = 5.0, 120.0  # seconds between the clocks: a doubt, a problem


class NoPortal(Exception):
    """Nothing can be learned; says why, without the secret."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    entity: int
    number: int
    name: str
    default: bool = False


@dataclass(slots=True)
class Found:
    scopes: tuple[str, ...] = ()
    user: int = 0
    user_name: str = ""
    admin: bool = False
    zone: str = "UTC"
    offset: timedelta = timedelta(0)
    skew: float = 0.0  # seconds the portal's clock is ahead of ours
    simple: bool = False
    hours: Mapping[str, Any] = field(default_factory=dict)  # of `calendar.settings.get`
    pipelines: list[Pipeline] = field(default_factory=list)
    features: dict[str, bool] = field(default_factory=dict)
    org: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def plan(self) -> dict[str, Any]:
        """What is kept of it."""
        return {
            "scopes": list(self.scopes),
            "admin": self.admin,
            "zone": self.zone,
            "simple": self.simple,
            "features": self.features,
        }

    @property
    def employed(self) -> bool:
        """Whether whose access it is works there: an integrator and a system user are administrators too."""
        return any(user["id"] == self.user for user in self.org.get("users", ()))

    def stages(self, entity: int, pipeline: int) -> list[dict[str, Any]]:
        rows = [row for row in self.org["stages"] if (row["entity"], row["pipeline"]) == (entity, pipeline)]
        return sorted(rows, key=lambda row: int(row["sort"]))

    def first_stage(self, entity: int, pipeline: int) -> str:
        """The first that is not final."""
        return next((str(row["id"]) for row in self.stages(entity, pipeline) if row["semantics"] == "P"), "")


def probe(client: Client, now: datetime) -> Found:
    """
    Raises:
        NoPortal: nobody answers there, or the access is no good.
    """
    found = Found()
    first, time = client.timed("scope", {}, urgency=Urgency.VERDICT)
    if isinstance(first, Ok):
        found.scopes = tuple(sorted(map(str, first.value)))
    elif isinstance(first, Refused) and first.lacking:
        found.scopes = ALL  # what it does not let us do it refuses then
        found.doubts.append(_("The portal does not say what the webhook may: everything is tried."))
    else:
        raise NoPortal(why(first))
    for names in NEEDED:
        if not set(names) & set(found.scopes):
            words = _("The webhook lacks the scope “%(scope)s”: tick it in the webhook's form.")
            found.problems.append(words % {"scope": " / ".join(names)})
    if found.problems:
        return found
    _general(client, found, now, str(time.get("date_finish") or ""))
    _pipelines(client, found)
    if not found.problems:
        _org(client, found, now)
    return found


def _general(client: Client, found: Found, now: datetime, answered_at: str) -> None:
    """
    Args:
        answered_at: the portal's time in its last answer, for a portal without `server.time`.
    """
    asked = {
        "user": Call("user.current"),
        "profile": Call("profile"),
        "admin": Call("user.admin"),
        "time": Call("server.time"),
        "mode": Call("crm.settings.mode.get"),
        "offline": Call("feature.get", {"CODE": "rest_offline_extended"}),
        "connector": Call("feature.get", {"CODE": "rest_auth_connector"}),
    }
    if "calendar" in found.scopes:
        asked |= {"hours": Call("calendar.settings.get"), "zone": Call("calendar.user.settings.get")}
    replies = dict(zip(asked, client.batch(list(asked.values()), urgency=Urgency.VERDICT), strict=True))
    try:
        user = _either(replies["user"], replies["profile"]) or {}
        found.user = client.access.user or int(user["ID"])
        found.user_name = " ".join(str(user[part]) for part in ("NAME", "LAST_NAME") if user.get(part))
        admin = _either(replies["admin"], replies["profile"])
        admin = admin.get("ADMIN") if isinstance(admin, Mapping) else admin
        found.admin = admin in (None, True, "true", 1, "1")  # not told: what only administrators may is tried
        server = datetime.fromisoformat(str(_either(replies["time"]) or answered_at or now.isoformat()))
    except (KeyError, TypeError, ValueError) as error:
        raise NoPortal(_("its answers are not those of a Bitrix24 portal")) from error
    found.offset = server.utcoffset() or timedelta(0)
    found.skew = (server - now).total_seconds()
    own = replies.get("zone")
    likely = [str(own.value.get("timezoneName") or "")] if isinstance(own, Ok) and isinstance(own.value, dict) else []
    found.zone = zones.named(found.offset, now, *likely, str(user.get("TIME_ZONE") or ""))
    mode = replies["mode"]
    found.simple = isinstance(mode, Ok) and str(mode.value) == "2"
    hours = replies.get("hours")
    found.hours = hours.value if isinstance(hours, Ok) and isinstance(hours.value, dict) else {}
    for name in ("offline", "connector"):
        reply = replies[name]
        found.features[name] = (
            isinstance(reply, Ok) and isinstance(reply.value, dict) and reply.value.get("value") == "Y"
        )
    _doubts(found)


def _either(*replies: Reply) -> Any:
    """The first that is an answer; None when the portal has none of these methods.

    Raises:
        NoPortal: it has, and does not answer.
    """
    for reply in replies:
        if isinstance(reply, Ok):
            return reply.value
        if not (isinstance(reply, Refused) and reply.lacking):
            raise NoPortal(why(reply))
    return None


def why(reply: Refused | Later | Unknown) -> str:
    """What kept us out, in the reader's language where we know the reason."""
    if isinstance(reply, Later) and reply.code in CLOSED:
        return _(CLOSED[reply.code])
    return str(reply) if isinstance(reply, Refused) else _(reply.why)


def _doubts(found: Found) -> None:
    if abs(found.skew) > WRONG:
        words = _(
            "The portal's clock and this machine's differ by %(seconds)d s: takes are judged by the portal's time."
        )
        found.problems.append(words % {"seconds": abs(found.skew)})
    elif abs(found.skew) > SKEW:
        words = _("The portal's clock and this machine's differ by %(seconds)d s.")
        found.doubts.append(words % {"seconds": abs(found.skew)})
    without = {
        "lists": _("no journal in the portal"),
        "im": _("no notices in the portal, and nobody's absence is known"),
        "imbot": _("no bot with buttons"),
        "calendar": _("neither working time nor absences of the portal's calendar"),
    }
    for scope, lost in without.items():
        if scope not in found.scopes:
            found.doubts.append(_("Without the scope “%(scope)s”: %(lost)s.") % {"scope": scope, "lost": lost})
    if not found.admin:
        found.doubts.append(_("The webhook's owner is no administrator: the journal cannot be made in the portal."))


def _pipelines(client: Client, found: Found) -> None:
    """Leads, the pipelines of deals, and those of each smart process that has stages."""
    if not found.simple:
        found.pipelines.append(Pipeline(LEAD, 0, _("Lead"), default=True))
    deals, types = client.batch(
        [Call("crm.category.list", {"entityTypeId": DEAL}), Call("crm.type.list")], urgency=Urgency.VERDICT
    )
    if isinstance(deals, Ok):
        found.pipelines += [_pipeline(DEAL, row, _("Deal")) for row in deals.value.get("categories", ())]
    if isinstance(types, Refused) and not found.admin:
        words = _(
            "%(user)s, whose webhook this is, sees only what is his own in the CRM: "
            "make the webhook as an administrator of the CRM."
        )
        found.problems.append(words % {"user": found.user_name or found.user})
        return
    rows = types.value.get("types", ()) if isinstance(types, Ok) else ()
    staged = [row for row in rows if row.get("isStagesEnabled") in ("Y", True, 1)][:40]
    calls = [Call("crm.category.list", {"entityTypeId": int(row["entityTypeId"])}) for row in staged]
    for row, reply in zip(staged, client.batch(calls, urgency=Urgency.VERDICT), strict=True):
        if isinstance(reply, Ok):
            names = reply.value.get("categories", ())
            found.pipelines += [_pipeline(int(row["entityTypeId"]), one, str(row.get("title") or "")) for one in names]


def _pipeline(entity: int, row: Mapping[str, Any], kind: str) -> Pipeline:
    name = f"{kind}: {row.get('name') or row['id']}"
    return Pipeline(entity, int(row["id"]), name[:150], default=row.get("isDefault") in ("Y", True, 1))


def _org(client: Client, found: Found, now: datetime) -> None:
    watched = [(one.entity, one.number) for one in found.pipelines]
    calls: Sequence[Call] = people.calls({}, watched, scopes=(), absences=False, now=now)
    answered = []
    for start in range(0, len(calls), 50):
        some = calls[start : start + 50]
        answered += list(zip(some, client.batch(some, urgency=Urgency.VERDICT), strict=True))
    try:
        found.org = people.read({}, answered, now, more=client)
    except people.Unreadable as error:
        raise NoPortal(str(error)) from error
    for user in found.org["users"]:
        user["admin"] = found.admin and user["id"] == found.user
    if not found.employed:
        words = _(
            "%(user)s, whose webhook this is, is none of the portal's employees: the company file names who is an"
            " administrator here."
        )
        found.doubts.append(words % {"user": found.user_name or found.user})
    found.org["entities"] = {f"{one.entity}:{one.number}": one.name for one in found.pipelines}
