"""By which channels a person is told, in which order, and when not at all (S-45).

`Person.ways` is his own choice: `order` (channels, the first is tried first), `off` (channels he does not want) and
`quiet` (his quiet hours, in place of the company file's). A channel that refuses everything comes after the others, so
that it is still tried when nothing else is left, and mends itself when it works again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leaddrum.engine.belonging import company_of_person
from leaddrum.engine.desk import Desk, desk
from leaddrum.engine.errors import Refused
from leaddrum.engine.lock import in_company
from leaddrum.engine.org import ORDER
from leaddrum.engine.rows import dumped
from leaddrum.models import Company, Outlet, Person, Reach

KINDS = ("offer", "missed", "taken", "escalated", "hold", "undelivered", "closed", "false_take")  # what a post may hear
CHAT_KINDS = ("offer", "reminder", "escalated", "hold", "undelivered")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel reaches somebody."""

    channel: str
    address: str
    title: str = ""
    secret: Mapping[str, Any] | None = None


def link(person_id: int, found: Address, *, now: datetime) -> None:
    """This address is his from now on. A messenger's account is one person's, and he has one of them; browsers he may
    have several.

    Raises:
        Refused: it is somebody else's in this company.
    """
    person = _person(person_id)
    with desk(person.company_id, now) as table:
        same = Reach.objects.filter(company=person.company_id, channel=found.channel, address=found.address)
        taken = same.exclude(person=person_id).filter(person__active=True)
        if found.channel != "push" and taken.exists():
            raise Refused("linked_already", person=taken.values_list("person", flat=True)[0])
        same.exclude(person=person_id).delete()
        if found.channel != "push":
            Reach.objects.filter(person=person_id, channel=found.channel).exclude(address=found.address).delete()
        Reach.objects.update_or_create(
            company_id=person.company_id,
            channel=found.channel,
            address=found.address,
            defaults={
                "person_id": person_id,
                "title": found.title[:200],
                "secret": dict(found.secret or {}),
                "created_at": now,
                "broken_at": None,
                "error": "",
            },
        )
        _changed(table)


def unlink(person_id: int, channel: str, *, address: str = "", now: datetime) -> None:
    """This address (or all of the channel) is his no longer."""
    person = _person(person_id)
    with desk(person.company_id, now) as table:
        found = Reach.objects.filter(person=person_id, channel=channel)
        (found.filter(address=address) if address else found).delete()
        _changed(table)


def choose(person_id: int, order: Iterable[str], off: Iterable[str], quiet: list[str] | None, *, now: datetime) -> None:
    """His own order of channels, those he does not want, his quiet hours (None: the company file's)."""
    person = _person(person_id)
    chosen = {"order": list(dict.fromkeys(order)), "off": sorted(set(off)), "quiet": quiet}
    with desk(person.company_id, now) as table:
        Person.objects.filter(pk=person_id).update(ways=chosen)
        _changed(table)


def broken(person_id: int, found: Address, error: str, *, now: datetime) -> None:
    """This address refuses everything. He is told by what else there is, and so is his head; once, until it works."""
    with desk(company_of_person(person_id), now) as table:
        row, _made = Reach.objects.get_or_create(
            company_id=table.company,
            channel=found.channel,
            address=found.address,
            defaults={"person_id": person_id, "created_at": now},
        )
        if row.broken_at is not None or row.person_id != person_id:
            return
        Reach.objects.filter(pk=row.pk).update(broken_at=now, error=error[:500])
        _changed(table)
        if found.channel not in Reach.objects.filter(person=person_id, broken_at=None).values_list(
            "channel", flat=True
        ):
            said = {"channel": found.channel, "error": error[:200]}
            others = (way for way in table.org.people[person_id].ways if way != found.channel)
            table.changes.tell(person_id, "broken", said, by=next(others, "inapp"))
            head = table.org.head_of(person_id, now)
            if head is not None:
                table.changes.tell(head, "broken", {**said, "person": person_id})


def works(person_id: int, channel: str, address: str, *, now: datetime) -> None:
    """A message got through again."""
    with desk(company_of_person(person_id), now) as table:
        mended = Reach.objects.filter(person=person_id, channel=channel, address=address)
        if mended.exclude(broken_at=None).update(broken_at=None, error=""):
            _changed(table)


def test(person_id: int, channel: str, *, now: datetime) -> None:
    """A message that says nothing but that it came, through this very channel.

    Raises:
        Refused: he has no such way.
    """
    person = _person(person_id)
    with desk(person.company_id, now) as table:
        if channel not in table.org.people[person_id].reached:
            raise Refused("no_way")
        table.changes.tell(person_id, "test", {"channel": channel}, by=channel)


def test_outlet(company_id: int, outlet_id: int, *, by: int, now: datetime) -> None:
    """A message that says nothing but that it came.

    Raises:
        Refused: the company has no such post.
    """
    with desk(company_id, now) as table:
        post = next((post for post in table.org.posts if post.id == outlet_id), None)
        if post is None or by not in table.org.people:
            raise Refused("no_way")
        data = dumped({"channel": post.channel})
        table.changes.tell_post(post, (company_id, None, 0, 0, by, "test", data, now))


def open_outlet(company_id: int, found: Address, *, department: int | None, now: datetime, shape: str = "") -> int:
    """The company, or a department of it, hears of its leads there from now on."""
    with in_company(company_id):
        row, _made = Outlet.objects.update_or_create(
            company_id=company_id,
            channel=found.channel,
            address=found.address,
            defaults={
                "department_id": department,
                "title": found.title[:200],
                "shape": shape,
                "secret": str((found.secret or {}).get("secret", "")),
                "kinds": list(CHAT_KINDS if found.channel == "telegram" else KINDS),
                "created_at": now,
                "broken_at": None,
                "error": "",
            },
        )
        another_version(company_id)
        return row.pk


def close_outlet(company_id: int, outlet_id: int) -> None:
    with in_company(company_id):
        Outlet.objects.filter(company=company_id, pk=outlet_id).delete()
        another_version(company_id)


def another_version(company_id: int) -> None:
    """Not the next number but any other: an edit that is rolled back must not leave its people under a later one's."""
    Company.objects.filter(pk=company_id).update(staff_version=secrets.randbelow(2**31))


def _changed(table: Desk) -> None:
    """The people are read anew, with the edit in them."""
    another_version(table.company)
    table.renew()
    table.changes.bumped += 1


def _person(person_id: int) -> Person:
    person = Person.objects.filter(pk=person_id, active=True).first()
    if person is None:
        raise Refused("no_person")
    return person


__all__ = ["ORDER", "Address", "broken", "choose", "close_outlet", "link", "open_outlet", "test", "unlink", "works"]
