"""A sample company of the wanted size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leaddrum.core.policy import Policy as PolicyValues
from leaddrum.core.policy import Roster
from leaddrum.models import Calendar, Company, Department, Drum, Person, Policy, Stage

if TYPE_CHECKING:
    from benchmarks.world import Plan


def company(number: int, plan: Plan) -> Company:
    made = Company.objects.create(key=f"c{number}", name=f"Окна-{number}", zone="Europe/Moscow", version=1)
    for position, (key, title, meaning) in enumerate(
        [("new", "Новый", "entry"), ("in_work", "В работе", "take"), ("junk", "Спам", "close")]
    ):
        Stage.objects.create(company=made, key=key, title=title, meaning=meaning, position=position)
    head = Person.objects.create(company=made, key="head", name="Ольга Руднева", role="head")
    sales = Department.objects.create(company=made, key="sales", name="Отдел продаж", head=head)
    for n in range(plan.people):
        email = f"p{n}@c{number}.example.com" if plan.email else ""
        sales.people.add(Person.objects.create(company=made, key=f"p{n}", name=f"Продавец {n}", email=email))
    sales.people.add(head)
    if plan.always:
        spec: dict[str, object] = {"every_day": ["00:00-24:00"]}
    else:
        spec = {"weekdays": ["09:00-13:00", "14:00-18:00"], "holidays": "RU"}
    Calendar.objects.create(company=made, key="office", spec=spec)
    drum = Drum.objects.create(company=made, key="leads", name="Новые лиды", version=1)
    values = PolicyValues(
        drum="leads",
        version=1,
        roster=Roster(people=tuple(f"p{n}" for n in range(plan.people))),
        entry=("new",),
        calendar="office",
        verdict_delay=0,
        open_offers_cap=plan.cap,
    )
    Policy.objects.create(drum=drum, version=1, spec=values.to_spec(), created_at=plan.now)
    made.default_drum = drum
    made.save()
    return made
