"""Companies with very many waiting leads: `python -m benchmarks.world --waiting 1000000 --due 100000`.

Every `waiting / due`-th lead is overdue, the oldest first, so the due rows lie scattered over the whole table, which is
the hard case for both the engine and bare SQL. Each lead has its arrival and its offer in the journal.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402  after setup, as Django wants it
from django.db import connection, transaction  # noqa: E402
from django.db.models import Count  # noqa: E402

from benchmarks import configure  # noqa: E402
from benchmarks.bulk import Loader, instant, now_utc, settle  # noqa: E402
from benchmarks.frame import answer, say  # noqa: E402
from leaddrum.facts import keep  # noqa: E402
from leaddrum.models import Company, Cycle, Drum, Effect, Entry, Keeping, Lead, Person, Stage, Standing  # noqa: E402

WORKDAY = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # a Tuesday, 11:00 in Moscow


@dataclass(frozen=True)
class Plan:
    waiting: int
    due: int  # of the waiting
    companies: int
    people: int  # in each company
    now: datetime
    always: bool = False  # service hours: round the clock instead of 09–13 and 14–18 with Russian holidays
    email: bool = True  # people have an address, so each notice is also a mail to be sent
    spread: float = 0.0  # seconds over which the due ones fall due from `now` on; 0: they are overdue
    reminders: bool = True
    cap: int = 100_000_000

    @property
    def step(self) -> int:
        return self.waiting // self.due if self.due else self.waiting + 1


def build(plan: Plan) -> None:
    """Migrate an empty database, apply the companies' files, fill in the leads."""
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        fill(plan)
    settle([Lead, Cycle, Entry, Effect])


def fill(plan: Plan) -> None:
    """The companies and their leads, into the empty tables of this database."""
    companies = [configure.company(number, plan) for number in range(plan.companies)]
    drums = [Drum.objects.get(company=company, key="leads") for company in companies]
    stages = [Stage.objects.get(company=company, key="new").pk for company in companies]
    rosters = [
        list(Person.objects.filter(company=company, key__startswith="p").order_by("pk")) for company in companies
    ]
    count = len(companies)
    fixed = [(companies[n].pk, drums[n].pk, stages[n], [p.pk for p in rosters[n]]) for n in range(count)]
    opened = plan.now - timedelta(seconds=1800)
    arrived = instant(opened)
    say(f"{plan.waiting:,} leads")
    leads = Loader(
        Lead,
        ["id", "company_id", "title", "name", "phone", "phone_key", "email", "email_key", "stage_id", "owner_id"],
        arrived_at=opened,
        moved_at=opened,
        source="form",
        text="Здравствуйте! Посчитайте, пожалуйста, остекление балкона, размеры приложил.",
        fields={"utm_source": "yandex", "region": "Москва"},
    )

    def lead_rows() -> Iterator[list[Any]]:
        for i in range(plan.waiting):
            company, _, stage, people = fixed[i % count]
            phone = f"+7900{i:07d}"
            mail = f"client{i}@example.com"
            holder = people[(i // count) % len(people)]
            yield [i + 1, company, f"Заявка {i}", f"Клиент {i}", phone, phone, mail, mail, stage, holder]

    leads.load(lead_rows())
    say("cycles")
    cycles = Loader(
        Cycle,
        [
            *["id", "company_id", "lead_id", "drum_id", "holder_id"],
            *["due_at", "next_at", "turn", "candidates", "seen"],
        ],
        number=1,
        state="offered",
        opened_at=opened,
        offered_at=opened,
        seq=2,
        turn_number=1,
        budget=1800,
    )
    cycles.load(_cycle_rows(plan, fixed))
    say("journal")
    shown = {number: _entry_data(people, plan) for number, (_, _, _, people) in enumerate(fixed)}
    entries = Loader(Entry, ["company_id", "cycle_id", "seq", "kind", "data"], at=opened)

    def entry_rows() -> Iterator[list[Any]]:
        for i in range(plan.waiting):
            company = fixed[i % count][0]
            people = fixed[i % count][3]
            yield [company, i + 1, 1, "arrived", '{"channel":"form","returned_by":null,"routes":[]}']
            yield [company, i + 1, 2, "offered", shown[i % count][(i // count) % len(people)]]

    entries.load(entry_rows())
    _count_up(plan, companies)
    del arrived


def _candidates(people: list[int], chosen: int) -> list[list[Any]]:
    """One line per candidate, the chosen one first (S-20)."""
    order = people[chosen:] + people[:chosen]
    return [[order[0], "chosen", ""], *([person, "later", ""] for person in order[1:])]


def _entry_data(people: list[int], plan: Plan) -> list[str]:
    due = (plan.now + timedelta(hours=1)).isoformat()
    offered = (plan.now - timedelta(seconds=1800)).isoformat()
    return [
        _plain(
            {
                "turn": 1,
                "person": people[n],
                "offered_at": offered,
                "due_at": due,
                "budget": 1800,
                "policy_version": 1,
                "sticky": False,
                "pinned": False,
                "next_up": people[(n + 1) % len(people)],
                "after": "arrived",
                "candidates": _candidates(people, n),
            }
        )
        for n in range(len(people))
    ]


def _cycle_rows(plan: Plan, fixed: list[tuple[int, int, int, list[int]]]) -> Iterator[list[Any]]:
    count = len(fixed)
    far = plan.now + timedelta(hours=6)
    remind = far - timedelta(minutes=5)
    waiting = _turn_data([[0.8, remind.isoformat()]] if plan.reminders else [])
    overdue = _turn_data([])
    lines = [[_plain(_candidates(people, n)) for n in range(len(people))] for _, _, _, people in fixed]
    far_at, remind_at = instant(far), instant(remind if plan.reminders else far)
    for i in range(plan.waiting):
        company, drum, _, people = fixed[i % count]
        n = (i // count) % len(people)
        number = i // plan.step
        is_due = i % plan.step == 0 and number < plan.due
        due_at, next_at = far_at, remind_at
        if is_due:
            seconds = plan.spread * number / plan.due if plan.spread else -600 + 300 * number / plan.due
            due_at = next_at = instant(plan.now + timedelta(seconds=seconds))
        seen = f'{{"{people[n]}":[1,null,0]}}'
        turn = overdue if is_due else waiting
        yield [i + 1, company, i + 1, drum, people[n], due_at, next_at, turn, lines[i % count][n], seen]


def _turn_data(remind_at: list[list[Any]]) -> str:
    """What of the open turn has no column of its own."""
    return _plain({"policy_version": 1, "remind_at": remind_at})


def _plain(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _count_up(plan: Plan, companies: list[Company]) -> None:
    """The counters the engine keeps beside its turns."""
    for person, drum, held in Cycle.objects.values_list("holder", "drum").annotate(held=Count("id")):
        Person.objects.filter(pk=person).update(open_offers=held)
        offered = plan.now - timedelta(seconds=1800)
        Standing.objects.update_or_create(drum_id=drum, person_id=person, defaults={"last_offer_at": offered})
    newest = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    wake = plan.now - timedelta(hours=1) if not plan.spread else plan.now
    for company in companies:
        Company.objects.filter(pk=company.pk).update(head=newest, wake_at=wake)
        Keeping.objects.create(company=company, entry=newest)  # a day like any other: the books are kept up
        keep.catch_up(company.pk, plan.now)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--due", type=int, default=1_000)
    parser.add_argument("--companies", type=int, default=4)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--always", action="store_true", help="service hours round the clock")
    parser.add_argument("--no-email", action="store_true")
    parser.add_argument("--real-now", action="store_true", help="now is the wall clock's, not a fixed Tuesday")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds until the first of the due falls due")
    parser.add_argument("--spread", type=float, default=0.0, help="seconds over which the due fall due")
    given = parser.parse_args()
    now = now_utc() + timedelta(seconds=given.delay) if given.real_now else WORKDAY
    plan = Plan(
        waiting=given.waiting,
        due=given.due,
        companies=given.companies,
        people=given.people,
        now=now,
        always=given.always,
        email=not given.no_email,
        spread=given.spread,
    )
    build(plan)
    connection.close()
    answer({"now": now.isoformat()})


if __name__ == "__main__":
    main()
