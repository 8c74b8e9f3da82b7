"""A page of the set-up as a browser has it: its fields are read from the page, changed, and sent back."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.web.reader import text

Fields = dict[str, list[str]]


class _Reader(HTMLParser):
    """The successful fields of the form with `data-form`, in their order (HTML, 4.10.21.4)."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._inside = False
        self._select = ""
        self._area = ""
        self._chosen: str | None = None

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        has = dict(found)
        name = has.get("name") or ""
        if tag == "form":
            self._inside = "data-form" in has
        if not self._inside:
            return
        kind = has.get("type") or "text"
        if tag == "input" and name and kind != "file" and (kind not in {"checkbox", "radio"} or "checked" in has):
            self.fields.setdefault(name, []).append(has.get("value") or "")
        elif tag == "select" and name:
            self._select, self._chosen = name, None
        elif tag == "option" and self._select and ("selected" in has or self._chosen is None):
            self._chosen = has.get("value") or ""
        elif tag == "textarea" and name:
            self._area = name
            self.fields.setdefault(name, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select" and self._select:
            self.fields.setdefault(self._select, []).append(self._chosen or "")
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][-1] += data


class Form:
    """One form, opened by somebody."""

    def __init__(self, client: Client, path: str) -> None:
        self.client = client
        self.path = path
        self.page: Any = client.get(path)
        assert self.page.status_code == 200, self.page
        self.fields = self._read()

    def _read(self) -> Fields:
        reader = _Reader()
        reader.feed(self.page.content.decode())
        return reader.fields

    @property
    def said(self) -> str:
        return text(self.page.content)

    def put(self, **values: str | list[str] | None) -> Form:
        """Fill fields; None takes the tick away. Names with a dash come with an underscore for it twice."""
        for key, value in values.items():
            name = key.replace("__", "-")
            if value is None:
                self.fields.pop(name, None)
            else:
                self.fields[name] = [value] if isinstance(value, str) else value
        return self

    def press(self, name: str = "look", value: str = "1", *, live: bool = False) -> HttpResponse:
        """Send it by that button; or, `live`, as the page does by itself. The fields are read anew."""
        headers = {"HX-Request": "true", "HX-Target": "look"} if live else {}
        sent = self.fields if live else {**self.fields, name: [value]}
        self.page = self.client.post(self.path, sent, headers=headers)
        if not live and self.page.status_code in {200, 422}:
            self.fields = self._read()
        return self.page  # type: ignore[no-any-return]  # the test client has no types

    def save(self) -> HttpResponse:
        """Look, then save what was seen."""
        self.press()
        assert "seal" in self.fields, self.said
        return self.press("save")
