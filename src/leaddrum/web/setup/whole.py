"""The settings as a whole: the company file down and up, older versions back, each looked at before it holds."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from leaddrum.company.problems import Problem, Unreadable
from leaddrum.company.read import text_of
from leaddrum.company.settings import Settings
from leaddrum.company.toml import Tree
from leaddrum.models import CompanyVersion
from leaddrum.web.setup.page import Page, Work, edit, in_force
from leaddrum.web.setup.values import Values
from leaddrum.web.viewer import Signed, admins_only


class FilePage(Page):
    """A whole text takes the place of the newest one, as it is: with its comments."""

    template = "leaddrum/setup/file.html"

    def __init__(self, request: Signed) -> None:
        self.request = request
        self.unreadable: tuple[Problem, ...] = ()

    def values(self, settings: Settings) -> Values:
        return {"text": [settings.text]}

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        raise NotImplementedError  # `text` takes its place

    def text(self, work: Work) -> str | None:
        sent = self.request.FILES.get("file")
        if sent is not None:
            try:
                work.values["text"] = [text_of(sent.read())]
            except Unreadable as error:
                self.unreadable = error.problems
                work.values["text"] = [work.now.text]
        text = work.values.get("text", [""])[-1].replace("\r\n", "\n")
        return text if text.strip() else work.now.text

    def context(self, work: Work) -> dict[str, Any]:
        return {"text": work.values.get("text", [work.now.text])[-1], "unreadable": self.unreadable}

    def after(self) -> str:
        return resolve_url("versions")


class BackPage(FilePage):
    """An older version's text, to be put into force again."""

    template = "leaddrum/setup/back.html"

    def __init__(self, request: Signed, version: CompanyVersion) -> None:
        super().__init__(request)
        self.version = version

    def text(self, work: Work) -> str | None:
        del work
        return self.version.text

    def at_once(self) -> bool:
        return True

    def out(self) -> tuple[str, str]:
        return resolve_url("versions"), _("Do not go back")

    def context(self, work: Work) -> dict[str, Any]:
        del work
        return {"version": self.version}


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def file(request: Signed) -> HttpResponse:
    """The company file: to be taken away, and to be brought back changed."""
    return edit(request, FilePage(request))


@require_safe
@admins_only
def download(request: Signed) -> HttpResponse:
    """The file that is in force."""
    now = in_force(request.viewer.company)
    answer = HttpResponse(now.text, content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="company-{now.number}.toml"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def back(request: Signed, number: int) -> HttpResponse:
    """What going back to a version would change, and the press that does it: a new version with the old text."""
    company = request.viewer.company
    if number >= company.version:
        raise Http404(_("This version is in force."))
    return edit(request, BackPage(request, get_object_or_404(CompanyVersion, company=company, number=number)))
