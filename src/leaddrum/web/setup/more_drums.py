"""A drum comes, by the settings of another one; a drum goes, after a look at what that does."""

from __future__ import annotations

import copy
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from leaddrum.company.settings import Settings, named, rows
from leaddrum.company.toml import Tree
from leaddrum.web.setup import fields, ids
from leaddrum.web.setup.fields import Field
from leaddrum.web.setup.page import Page, Work, edit, wrong
from leaddrum.web.setup.values import Values, one
from leaddrum.web.viewer import Signed, admins_only

FIELDS = (
    Field("name", _("Name"), "text", _("As people see it on the board: “Calls”.")),
    Field("like", _("With the settings of"), "select", _("Everything can be changed afterwards.")),
)


class NewDrumPage(Page):
    template = "leaddrum/setup/drum_new.html"
    made = ""

    def values(self, settings: Settings) -> Values:
        return {"like": [settings.file.default_drum]}

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        del before
        there = rows(tree, "drums")
        like = named(tree, "drums", one(values, "like")) or there[0]
        self.made = ids.fresh(one(values, "name"), {str(row.get("id")) for row in there})
        if len(there) == 1 and "routing" not in tree:
            tree["routing"] = {"default_drum": there[0]["id"]}  # a single drum is it without saying so
        if one(values, "name"):
            there.append({**copy.deepcopy(like), "id": self.made, "name": one(values, "name")})

    def path(self, key: str) -> str:
        return "name" if key.startswith(f"drums[{self.made}]") else ""

    def after(self) -> str:
        return resolve_url("setup-drum", self.made)

    def context(self, work: Work) -> dict[str, Any]:
        drums = [(drum.key, drum.name, "") for drum in work.now.file.drums]
        return {"f": fields.shown(FIELDS, work.values, wrong(work, self), {"like": drums})}


class RemoveDrumPage(Page):
    template = "leaddrum/setup/drum_remove.html"
    removes = True

    def __init__(self, key: str) -> None:
        self.key = key

    def values(self, settings: Settings) -> Values:
        if self.key not in {drum.key for drum in settings.file.drums}:
            raise Http404
        return {}

    def at_once(self) -> bool:
        return True

    def out(self) -> tuple[str, str]:
        return resolve_url("setup-drum", self.key), gettext("Do not remove it")

    def write(self, tree: Tree, values: Values, before: Values) -> None:
        del values, before
        tree["drums"] = [row for row in rows(tree, "drums") if row.get("id") != self.key]
        tree["routes"] = [row for row in rows(tree, "routes") if row.get("drum") != self.key]
        if not tree["routes"]:
            del tree["routes"]

    def after(self) -> str:
        return resolve_url("setup")

    def context(self, work: Work) -> dict[str, Any]:
        return {"drum": next(drum for drum in work.now.file.drums if drum.key == self.key)}


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def new(request: Signed) -> HttpResponse:
    """Another drum."""
    return edit(request, NewDrumPage())


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def remove(request: Signed, key: str) -> HttpResponse:
    """One drum less: it takes nothing new, and what is in it goes on to its end."""
    return edit(request, RemoveDrumPage(key))
