"""What docs/design.md promises of every colour: computed from the style sheets, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import leaddrum

STATIC = Path(leaddrum.__file__).parent / "static/leaddrum"
TEXT, LINE = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11

# What stands on what: the text's token, then the grounds it is written on.
PAGES = [
    ("ink", "ground sheet sunk act-soft warn-soft miss-soft hold-soft head-soft"),
    ("ink-2", "ground sheet sunk hold-soft"),
    ("link", "ground sheet sunk"),
    ("act", "sheet act-soft"),
    ("act-ink", "act act-hover"),
    ("warn", "sheet warn-soft"),
    ("miss", "ground sheet sunk miss-soft"),
    ("hold", "sheet hold-soft"),
    ("head", "sheet head-soft"),
]
LINES = [
    ("line-strong", "ground sheet sunk"),
    ("focus", "ground sheet sunk hold-soft"),
    ("act", "line"),
    ("miss", "line"),
]
BAR = [  # the drawing of a deadline: a rule of story.css, its property, and what stands beside it
    (".bar-open", "stroke", "ground sheet sunk"),
    (".bar-closed", "fill", "ground sheet sunk"),
    (".bar-used", "fill", "ground sheet sunk line"),
    (".key", "border", "ground sheet sunk"),
    (".key.used", "background", "ground sheet sunk"),
]
FORM = [("ink", "paper notice"), ("quiet", "paper"), ("wrong", "paper"), ("press-ink", "press")]
FORM_LINES = [("line", "paper"), ("press", "paper"), ("wrong", "paper")]


def themes(sheet: str) -> dict[str, dict[str, str]]:
    """The custom properties of both themes; a dark one changes some of the light ones."""
    css = (STATIC / sheet).read_text(encoding="utf-8")
    blocks = re.findall(r":root[^{]*\{([^}]*)\}", css)
    light, *dark = [dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", block)) for block in blocks]
    for values in dark[1:]:
        assert values == dark[0], f"{sheet}: the chosen dark theme is not the system's"
    return {"light": light, "dark": light | dark[0]}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_does() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("sheet", "pairs", "least"),
    [("base.css", PAGES, TEXT), ("base.css", LINES, LINE), ("form.css", FORM, TEXT), ("form.css", FORM_LINES, LINE)],
)
def test_what_is_written_can_be_read(theme: str, sheet: str, pairs: list[tuple[str, str]], least: float) -> None:
    values = themes(sheet)[theme]
    faint = {
        f"{name} on {ground}": round(found, 2)
        for name, grounds in pairs
        for ground in grounds.split()
        if (found := contrast(values[name], values[ground])) < least
    }
    assert faint == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("rule", "what", "grounds"), BAR)
def test_working_time_can_be_told_from_the_rest(theme: str, rule: str, what: str, grounds: str) -> None:
    """The day's edges and its lunch show by the line round working time, what the deadline used by its colour."""
    css = (STATIC / "story.css").read_text(encoding="utf-8")
    block = re.search(rf"^{re.escape(rule)} {{([^}}]*)}}", css, re.MULTILINE)
    assert block is not None
    token = re.search(rf"\b{what}:[^;]*var\(--([\w-]+)\)", block[1])
    assert token is not None
    values = themes("base.css")[theme]
    assert min(contrast(values[token[1]], values[ground]) for ground in grounds.split()) >= LINE


@pytest.mark.parametrize("sheet", sorted(path.name for path in STATIC.glob("*.css")))
def test_colours_are_tokens(sheet: str) -> None:
    """A page's own sheet names no colour: what it needs stands in base.css (form.css: in its own first lines)."""
    css = (STATIC / sheet).read_text(encoding="utf-8")
    rules = re.sub(r":root[^{]*\{[^}]*\}", "", css)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", rules) == []


@pytest.mark.parametrize("sheet", sorted(path.name for path in STATIC.glob("*.css")))
def test_every_token_is_there(sheet: str) -> None:
    """A property nobody defines is silently nothing."""
    css = (STATIC / sheet).read_text(encoding="utf-8")
    known = set(re.findall(r"(--[\w-]+):", css + (STATIC / "base.css").read_text(encoding="utf-8")))
    assert set(re.findall(r"var\((--[\w-]+)", css)) <= known
