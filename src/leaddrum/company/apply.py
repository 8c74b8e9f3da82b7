"""Bring the tables to what a company file says (S-37): one transaction, repeatable, every version kept."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaddrum import engine
from leaddrum.company import write_drums, write_people
from leaddrum.company.diff import Change, differences
from leaddrum.company.portal import completed, plain
from leaddrum.company.problems import Unreadable
from leaddrum.company.shape import CompanyFile
from leaddrum.company.stored import stored
from leaddrum.company.translit import latin
from leaddrum.models import Calendar, Company, CompanyVersion, Cycle, Drum, Portal, Stage

Running = bool | Collection[str]


class CannotApply(ValueError):
    """The file is right in itself, but not for what is here now. The text says what to do; nothing was changed."""


def company_of(file: CompanyFile) -> Company | None:
    """The company that the file is about; None when it will be a new one.

    Raises:
        CannotApply: the file does not say, and it could be a renamed company as well as a new one.
    """
    key = file.key or key_from(file.name)
    company = Company.objects.filter(key=key).first()
    if company is None and not file.key:
        others = list(Company.objects.order_by("key").values_list("key", flat=True)[:5])
        if others:
            raise CannotApply(
                _(
                    'There is no company “%(key)s” here yet. Write into [company] either key = "%(other)s", '
                    'when it was renamed, or key = "%(key)s", when it is to be a new one.'
                )
                % {"key": key, "other": others[0]}
            )
    return company


def key_from(name: str) -> str:
    """An id made from a company's name: "Окна-Сервис" is okna-servis."""
    return re.sub(r"[^a-z0-9]+", "-", latin(name.lower())).strip("-")[:64].strip("-") or "main"


def diff(company: Company | None, file: CompanyFile) -> tuple[Change, ...]:
    """What an apply would change, in the language that is active."""
    if company is None:
        return differences(None, file, running={})
    running = (
        Cycle.objects.filter(company=company, ended_at=None, state=Cycle.State.OFFERED)
        .values_list("drum__key")
        .annotate(open_turns=Count("id"))
        .order_by()
    )
    return differences(stored(company), file, running=dict(running))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an apply changes: in words, and the open turns whose deadline moves or that end by it (S-15)."""

    company: Company
    changes: tuple[Change, ...]
    moved: tuple[engine.Moved, ...] = ()


def apply(
    file: CompanyFile, text: str, *, by: str, now: datetime, company: Company | None = None, running: Running = False
) -> Company:
    """Make the tables say what the file says.

    A second apply of the same settings changes nothing and makes no version. To go back, apply an older version's text.

    Args:
        file: what was read from `text`.
        text: kept with the version.
        by: who does it, for the history.
        company: the company to change; else the one the file is about, which is made when it is new.
        running: the file's budgets also for the turns that run already (S-37): of all drums, or of these.

    Raises:
        CannotApply: leads stand in a stage that the file removes; or see `company_of`.
    """
    with translation.override(file.language):
        return _apply(file, text, by=by, now=now, company=company, running=running).company


def preview(file: CompanyFile, *, now: datetime, company: Company | None = None, running: Running = False) -> Outcome:
    """What `apply` would do, told in the active language: it is done and taken back, so it raises what `apply` does."""
    with trying(file, now=now, company=company, running=running) as outcome:
        return outcome


@contextmanager
def trying(
    file: CompanyFile, *, now: datetime, company: Company | None = None, running: Running = False
) -> Iterator[Outcome]:
    """The company as `apply` would make it, until the block ends: then it is taken back."""
    with transaction.atomic():
        yield _apply(file, "", by="", now=now, company=company, running=running)
        transaction.set_rollback(True)


@contextmanager
def settings_tried(file: CompanyFile, *, now: datetime, company: Company) -> Iterator[Outcome]:
    """The settings of the company as `apply` would make them, and the clocks after a take, until the block ends: its
    open turns stay as they are. What becomes of those is asked afterwards (`engine.would_move`), when the company is no
    longer held."""
    with transaction.atomic():
        outcome = _apply(file, "", by="", now=now, company=company, running=False, leads=False)
        outcome.company.refresh_from_db(fields=["staff_version"])
        yield outcome
        transaction.set_rollback(True)


def _apply(
    file: CompanyFile,
    text: str,
    *,
    by: str,
    now: datetime,
    company: Company | None,
    running: Running,
    leads: bool = True,
) -> Outcome:
    with transaction.atomic():
        target = company or company_of(file)
        file = known(file, target)
        if target is None:
            target = Company.objects.create(key=file.key or key_from(file.name), name="", zone=file.zone)
        with engine.in_company(target.pk) as locked:
            changes = diff(locked if locked.version else None, file)
            moved: list[engine.Moved] = []
            if changes:
                _write(locked, file, text, changes, by=by, now=now)
                if leads:
                    moved += engine.staff_changed(locked.pk, now=now)
                else:
                    moved += engine.people_edited(locked.pk, now=now)
            if running:
                for key, drum in Drum.objects.filter(company=locked, active=True).values_list("key", "pk"):
                    if running is True or key in running:
                        moved += engine.apply_to_running(locked.pk, drum, now=now)
            return Outcome(locked, changes, tuple(moved))


def known(file: CompanyFile, company: Company | None) -> CompanyFile:
    """The whole company that the file means: with a portal, people and stages are those last read there.

    Raises:
        CannotApply: the portal has not been connected, or does not have what the file names.
    """
    row = Portal.objects.filter(company=company).first() if company is not None else None
    if file.portal is None:
        if row is not None:
            raise CannotApply(
                _("The leads of this company live in a Bitrix24 portal: the section [bitrix24] must stay.")
            )
        return file
    if row is None:
        raise CannotApply(_("This portal is not connected yet: run leaddrum connect bitrix24 ADDRESS first."))
    try:
        return completed(file, row.org)
    except Unreadable as unreadable:
        raise CannotApply("; ".join(str(problem) for problem in unreadable.problems)) from unreadable


def _write(
    company: Company, file: CompanyFile, text: str, changes: Sequence[Change], *, by: str, now: datetime
) -> None:
    _calendars(company, file)
    _stages(company, file)
    write_people.people(company, file)
    write_people.departments(company, file)
    write_people.absences(company, file)
    company.default_drum = write_drums.drums(company, file, now)
    write_drums.routes(company, file)
    if file.portal is not None:
        Portal.objects.filter(company=company).update(settings=plain(file.portal))
    company.name, company.zone, company.language = file.name, file.zone, file.language
    company.mask_after = file.mask_after
    company.version += 1
    company.save(update_fields=["name", "zone", "language", "mask_after", "version", "default_drum"])
    CompanyVersion.objects.create(
        company=company,
        number=company.version,
        text=text,
        changes=[change.what for change in changes],
        applied_at=now,
        applied_by=by[:200],
    )


def _calendars(company: Company, file: CompanyFile) -> None:
    """A calendar that the file no longer has stays: turns that run under an older policy still count by it."""
    Calendar.objects.bulk_create(
        [Calendar(company=company, key=key, spec=spec) for key, spec in file.calendars.items()],
        update_conflicts=True,
        unique_fields=["company", "key"],
        update_fields=["spec"],
    )


def _stages(company: Company, file: CompanyFile) -> None:
    kept = [stage.key for stage in file.stages]
    leaving = Stage.objects.filter(company=company, active=True).exclude(key__in=kept)
    for stage in leaving.annotate(leads=Count("lead", filter=Q(lead__deleted_at=None))):
        if stage.leads and file.portal is None:  # a portal's stages go when the portal says so
            raise CannotApply(
                ngettext(
                    "%(count)d lead stands in the stage “%(stage)s”: move it first, then remove the stage.",
                    "%(count)d leads stand in the stage “%(stage)s”: move them first, then remove the stage.",
                    stage.leads,
                )
                % {"count": stage.leads, "stage": stage.title}
            )
    leaving.update(active=False)
    Stage.objects.bulk_create(
        [
            Stage(
                company=company, key=stage.key, title=stage.title, meaning=stage.meaning, position=position, active=True
            )
            for position, stage in enumerate(file.stages)
        ],
        update_conflicts=True,
        unique_fields=["company", "key"],
        update_fields=["title", "meaning", "position", "active"],
    )
