"""Who may call, by kind and preset. A new sender is a short file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from leaddrum.intake.hooks.call import Format
from leaddrum.intake.hooks.chat import Gateway
from leaddrum.intake.hooks.site_form import SiteForm, Tilda, YandexForms
from leaddrum.intake.hooks.telephony import AnyPbx, Mango, Zadarma

FORMATS: Mapping[tuple[str, str], Format] = {
    ("form", ""): SiteForm(),
    ("form", "tilda"): Tilda(),
    ("form", "yandex"): YandexForms(),
    ("calls", ""): AnyPbx(),
    ("calls", "mango"): Mango(),
    ("calls", "zadarma"): Zadarma(),
    ("chat", ""): Gateway(),
}
