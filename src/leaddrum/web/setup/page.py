"""One way for every page of the set-up: show, look, save.

A form is sent with the version it was opened on. What differs from that version is what he has changed, and only that
is written into the newest file; so two people who change different things do not undo each other. Each change is looked
at before it is saved (`leaddrum.company.editing`), live while he works, or by a button where there is no script.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from leaddrum import company as companies
from leaddrum.company import editing
from leaddrum.company.editing import Conflict, Look
from leaddrum.company.scope import Scope
from leaddrum.company.settings import Settings, as_of, newest
from leaddrum.company.toml import Tree, dumps
from leaddrum.models import Company, CompanyVersion
from leaddrum.web.setup import beside
from leaddrum.web.setup.values import Values, one, posted
from leaddrum.web.viewer import Signed, Viewer

READ = "look"


@dataclass
class Work:
    """One look at one form: what is in force, what stands in the fields, and what saving it would do."""

    viewer: Viewer
    now: Settings  # in force
    values: Values
    scope: Scope
    look: Look[Any] | None = None
    meanwhile: list[CompanyVersion] = field(default_factory=list)  # versions saved since the form was opened
    conflict: str = ""

    @property
    def file(self) -> companies.CompanyFile:
        """The settings as edited, where they can be read; else those in force."""
        return self.look.file if self.look and self.look.file else self.now.file


class Page(ABC):
    """What one page of the set-up is about. Made anew for each request."""

    template: str
    live = "leaddrum/setup/_look.html"  # what is drawn anew while he works
    drum = ""  # whose running turns may follow
    removes = False  # saving takes the thing itself away: the button says so

    @abstractmethod
    def values(self, settings: Settings) -> Values:
        """What the fields show of a version.

        Raises:
            Http404: there is no such thing in it.
        """

    @abstractmethod
    def write(self, tree: Tree, values: Values, before: Values) -> None:
        """Put into the newest file what `values` say otherwise than `before`."""

    def text(self, work: Work) -> str | None:
        """The whole new text, where a page does not change single values; None: `write` does."""
        del work
        return None

    def at_once(self) -> bool:
        """Whether opening the page is a look already."""
        return False

    def out(self) -> tuple[str, str]:
        """Where one goes who does not save, and what that is called; to this page anew, unless it looks at once."""
        return "", _("Undo all of it")

    def context(self, work: Work) -> dict[str, Any]:
        """What the template needs besides."""
        del work
        return {}

    def act(self, work: Work) -> bool:
        """A button that changes the form and saves nothing (copy, move, add); whether it was one."""
        del work
        return False

    def ask(self, work: Work) -> editing.Ask[Any] | None:
        """What else is to be known of the company as it would be."""
        del work
        return None

    def may(self, work: Work) -> bool:
        """Whether he may change this thing at all; else he reads it."""
        del work
        return True

    def path(self, key: str) -> str:
        """The name of the field that a problem's place belongs to; empty: it belongs to no field here."""
        del key
        return ""

    def say(self, name: str, what: str, work: Work) -> str:
        """A mistake in words that fit what the field takes: they follow a colon, or begin a line."""
        del name, work
        return what

    def saved(self, company: Company) -> None:
        """It is saved; the company as it is now."""
        del company

    @abstractmethod
    def after(self) -> str:
        """Where to go when it is saved."""


def scope_of(viewer: Viewer) -> Scope:
    """How much of the settings he may change."""
    people = viewer.org.people
    return Scope(
        admin=viewer.is_admin,
        people=frozenset(people[pk].key for pk in viewer.people if pk in people),
        departments=frozenset(viewer.org.units[pk].key for pk in viewer.departments if pk in viewer.org.units),
    )


def edit(request: Signed, page: Page) -> HttpResponse:
    """Show the form; or look at what was sent, and save it when it was looked at and he says so."""
    viewer = request.viewer
    now = in_force(viewer.company)
    if request.method != "POST":
        work = Work(viewer, now, page.values(now), scope_of(viewer))
        if page.at_once():
            _look(page, work, now)
        return _shown(request, page, work)
    base = _opened(viewer.company, now, request.POST.get("base", ""))
    work = Work(viewer, now, posted(request.POST), scope_of(viewer))
    if not page.may(work):
        raise PermissionDenied(_("This is not of your departments: you may read it."))
    work.meanwhile = _since(viewer.company, base.number, now.number)
    live = request.headers.get("HX-Target") == "look"  # htmx sends along what was pressed last: it means nothing here
    acted = not live and page.act(work)
    _look(page, work, base)
    saved = _save(request, page, work) if "save" in work.values and not acted and not live else None
    if saved is not None:
        return saved
    if live:
        more = page.context(work) if page.live != Page.live else {}
        return render(request, page.live, _context(request, page, work) | more)
    return _shown(request, page, work, status=200 if acted or READ in work.values else 422)


def in_force(company: Company) -> Settings:
    """The newest version of the settings.

    Raises:
        Http404: nothing was ever applied.
    """
    try:
        return newest(company)
    except CompanyVersion.DoesNotExist:
        raise Http404 from None


def _opened(company: Company, now: Settings, base: str) -> Settings:
    """The version on which the form was opened."""
    number = int(base) if base.isdecimal() and len(base) < 10 else now.number
    try:
        return now if number == now.number else as_of(company, number)
    except CompanyVersion.DoesNotExist:
        return now


def _since(company: Company, base: int, now: int) -> list[CompanyVersion]:
    if base >= now:
        return []
    found = CompanyVersion.objects.filter(company=company, number__gt=base).order_by("-number").defer("text")
    return list(found[:5])


def _look(page: Page, work: Work, base: Settings) -> None:
    text = page.text(work)
    if text is None:
        tree = work.now.tree
        page.write(tree, work.values, page.values(base))
        text = work.now.text if tree == work.now.tree else dumps(tree)
    work.look = editing.look(
        work.viewer.company,
        work.now,
        text,
        scope=work.scope,
        now=work.viewer.now,
        drum=page.drum,
        running=bool(one(work.values, "running")),
        ask=page.ask(work),
    )


def _save(request: Signed, page: Page, work: Work) -> HttpResponse | None:
    """Saved: on to the next page. Otherwise None, and `work` says why not."""
    looked = work.look
    if looked is None:
        return None
    try:
        viewer = work.viewer
        saved = editing.save(
            viewer.company, looked, seal=one(work.values, "seal"), by=viewer.person.name, now=viewer.now
        )
    except (Conflict, companies.CannotApply) as error:
        work.conflict = str(error) if looked.can_save else ""
        return None
    page.saved(saved)
    messages.success(request, _("Saved as version %(number)d.") % {"number": saved.version})
    return redirect(page.after())


def _shown(request: Signed, page: Page, work: Work, status: int = 200) -> HttpResponse:
    return render(request, page.template, _context(request, page, work) | page.context(work), status=status)


def _context(request: Signed, page: Page, work: Work) -> dict[str, Any]:
    return {
        "work": work,
        "base": one(work.values, "base") or work.now.number,
        "look": work.look,
        "may": page.may(work),
        "out": page.out(),
        "removes": page.removes,
        "posted": request.method == "POST",
    } | (beside.shown(page, work, work.look) if work.look else {})


def wrong(work: Work, page: Page) -> dict[str, str]:
    """What is wrong in each field."""
    if work.look is None:
        return {}
    found: dict[str, str] = {}
    for problem in work.look.errors:
        name = page.path(problem.key)
        if name:
            found.setdefault(name, page.say(name, problem.what, work))
    return found
