"""The month's report: for whoever heads a department and for administrators, by mail, as HTML and PDF.

Sent once: the notice of it (`Effect`, kind `monthly`) is written under the company's lock before the mail goes, and
says whether it went. What did not go is tried again each hour, five times, under the same Message-ID.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import formats, translation
from django.utils.translation import gettext as _

from leaddrum import words
from leaddrum.engine import in_company
from leaddrum.facts import figures
from leaddrum.facts.monthly_pdf import pdf
from leaddrum.facts.people import people as each_person
from leaddrum.facts.period import Period, Scope
from leaddrum.models import Company, Department, Effect, FactLead, Keeping, Person

HOUR = 8  # of the first day of a month, in the company's zone
ATTEMPTS = 5
AGAIN = timedelta(hours=1)
log = structlog.stdlib.get_logger("leaddrum.monthly")
_done: set[tuple[int, date]] = set()  # months that this process need not look at again


@dataclass(frozen=True, slots=True)
class Report:
    """A month in words and figures, in one language."""

    title: str
    company: str
    lines: tuple[tuple[str, str, str], ...]  # name, this month, the month before
    people: tuple[tuple[str, str, str, str, str], ...]  # name, turns, missed, share taken, half within
    days: tuple[figures.Day, ...]
    anchor: str
    link: str


def due(now: datetime) -> None:
    """Send what is due: from eight o'clock of the first day on, for the month before."""
    for company in Company.objects.all():
        local = now.astimezone(ZoneInfo(company.zone))
        first = local.date().replace(day=1)
        if (company.pk, first) in _done or (local.day == 1 and local.hour < HOUR):
            continue
        month = (first - timedelta(1)).replace(day=1)
        if not FactLead.objects.filter(company_id=company.pk, opened_on__gte=month, opened_on__lt=first).exists():
            _done.add((company.pk, first))
            continue
        settled = [_once(company, person, month, now) for person in recipients(company)]
        if all(settled):
            _done.add((company.pk, first))


def recipients(company: Company) -> list[Person]:
    """Heads of departments and administrators who work here and have an address."""
    heads = Department.objects.filter(company=company, active=True).values("head")
    people = Person.objects.filter(company=company, active=True, technical=False).exclude(email="")
    return list((people.filter(pk__in=heads) | people.filter(role=Person.Role.ADMIN)).distinct().order_by("pk"))


def _once(company: Company, person: Person, month: date, now: datetime) -> bool:
    """Whether nothing is left to do for him."""
    with in_company(company.pk):
        told = Effect.objects.filter(person=person, kind="monthly", data__month=month.isoformat()).first()
        if told is None:
            told = Effect.objects.create(
                company=company,
                person=person,
                kind="monthly",
                data={"month": month.isoformat()},
                created_at=now,
                channel="report",
                state=Effect.State.PENDING,
                ready_at=now,
            )
        if told.state != Effect.State.PENDING:
            return True
        if told.ready_at is not None and told.ready_at > now:
            return False
        Effect.objects.filter(pk=told.pk).update(attempts=told.attempts + 1, ready_at=now + AGAIN)
    try:
        send(company, person, month, key=told.key)
    except Exception as error:
        log.warning("a monthly report was not sent", person=person.pk, error=f"{type(error).__name__}: {error}"[:200])
        dead = told.attempts + 1 >= ATTEMPTS
        state = Effect.State.DEAD if dead else Effect.State.PENDING
        Effect.objects.filter(pk=told.pk).update(state=state, error=f"{type(error).__name__}: {error}"[:500])
        return dead
    Effect.objects.filter(pk=told.pk).update(state=Effect.State.DONE, done_at=now, ready_at=None)
    return True


def send(company: Company, person: Person, month: date, *, key: str) -> None:
    """
    Raises:
        OSError, SMTPException: the mail did not go.
    """
    with translation.override(person.language or company.language):
        report = made(company, person, month)
        mail = EmailMultiAlternatives(
            subject=report.title,
            body=render_to_string("leaddrum/mail/monthly.txt", {"report": report}),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[person.email],
            headers={
                "Message-ID": f"<{key.replace(':', '.')}.{month:%Y-%m}@leaddrum>",
                "Auto-Submitted": "auto-generated",
            },
        )
        mail.attach_alternative(html(report), "text/html")
        mail.attach(f"leaddrum-{month:%Y-%m}.pdf", pdf(report), "application/pdf")
    mail.send()


def html(report: Report) -> str:
    context = {"report": report, "language": translation.get_language()}
    return render_to_string("leaddrum/mail/monthly.html", context)


def made(company: Company, person: Person, month: date) -> Report:
    """The report of a month as this person may read it; in the language that is active."""
    scope = _scope(company, person, month)
    before = _scope(company, person, (month - timedelta(1)).replace(day=1))
    period = Period(scope)
    now, was = figures.overview(period), figures.overview(Period(before))
    kept = Keeping.objects.filter(company=company).first()
    names = dict(Person.objects.filter(company=company).values_list("pk", "name"))
    counted = (
        (_("Leads"), now.counts["leads"], was.counts["leads"]),
        (_("Taken"), now.counts["taken"], was.counts["taken"]),
        (_("Taken before any deadline"), now.counts["in_time"], was.counts["in_time"]),
        (_("Missed turns"), now.missed, was.missed),
        (_("Reached the head"), now.counts["head"], was.counts["head"]),
        (_("Closed without being taken"), now.counts["junk"], was.counts["junk"]),
    )
    times = (
        (_("Half of the clients wait"), now.client.median, was.client.median),
        (_("Nine of ten clients wait"), now.client.ninth, was.client.ninth),
        (_("Half of the takes come within"), now.employee.median, was.employee.median),
        (_("Nine of ten takes come within"), now.employee.ninth, was.employee.ninth),
    )
    lines = [(name, formats.number_format(one), formats.number_format(other)) for name, one, other in counted]
    lines += [(name, _said(one), _said(other)) for name, one, other in times]
    people = [
        (
            names.get(one.person or 0, _("An offer to everybody")),
            *(str(one.turns), str(one.missed), words.percent(one.share)),
            _said(one.clock.median),
        )
        for one in each_person(period).rows
    ]
    name = formats.date_format(month, "F Y")
    if (translation.get_language() or "").startswith("ru"):
        name = name.lower()  # within a sentence Russian writes a month small
    title = _("%(company)s: leads in %(month)s") % {"company": company.name, "month": name}
    return Report(
        title=title,
        company=company.name,
        lines=tuple(lines),
        people=tuple(people),
        days=tuple(figures.by_day(period)),
        anchor=f"{kept.block}:{kept.digest}" if kept else "",
        link=f"{settings.PUBLIC_URL}/analytics?since={scope.since}&until={scope.until}",
    )


def _said(seconds: int | None) -> str:
    return "—" if seconds is None else words.duration(seconds)


def _scope(company: Company, person: Person, month: date) -> Scope:
    from leaddrum.engine import org

    until = (month + timedelta(days=31)).replace(day=1) - timedelta(1)
    scope = Scope(company.pk, month, until)
    if person.role == Person.Role.ADMIN:
        return scope
    at = datetime.combine(until, time(), ZoneInfo(company.zone))
    units = org.of(company, at).units
    found = {unit.id for unit in units.values() if person.pk in {unit.head, unit.deputy}}
    while more := {unit.id for unit in units.values() if unit.parent in found} - found:
        found |= more
    people = frozenset(member for unit in found for member in units[unit].people) | {person.pk}
    return Scope(company.pk, month, until, people=people)
