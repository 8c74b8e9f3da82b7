"""By what a client is known, and what becomes of text (S-25)."""

from __future__ import annotations

import unicodedata
from typing import Any

import orjson
import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from leaddrum.intake import clean, dedupe, rate


@pytest.mark.rule("S-25")
@pytest.mark.parametrize(
    ("text", "region", "key"),
    [
        ("+7 912 345-67-89", "RU", "+79123456789"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("9123456789", "RU", "+79123456789"),
        ("8 912 345 67 89 доб. 12", "RU", "+79123456789"),
        ("тел. 8 912 345 67 89", "RU", "+79123456789"),
        ("нет, 8 912 345 67 89", "RU", "+79123456789"),
        ("8 912 345 67 89; 8 912 345 67 80", "RU", "+79123456789"),
        ("８ ９１２ ３４５ ６７ ８９", "RU", "+79123456789"),
        ("87001234567", "KZ", "+77001234567"),
        ("030 901820", "DE", "+4930901820"),
        ("+49 30 901820", None, "+4930901820"),
        ("030 901820", None, ""),
        ("12345", "RU", ""),
        ("", "RU", ""),
        ("звоните после шести", "RU", ""),
        ("+", "RU", ""),
        ("1" * 5000, "RU", ""),
    ],
)
def test_a_phone_has_one_form(text: str, region: str | None, key: str) -> None:
    assert dedupe.phone_key(text, region) == key


@pytest.mark.rule("S-25")
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Anna@Example.COM", "anna@example.com"),
        (" anna@example.com ", "anna@example.com"),
        ("анна@почта.рф", "анна@почта.рф"),
        ("ANNA@XN--80A1ACNY.XN--P1AI", "anna@почта.рф"),
        ("anna@", ""),
        ("anna", ""),
        ("a@b@c.ru", ""),
        ("anna@example..com", ""),
        ("", ""),
        ("x" * 300 + "@example.com", ""),
    ],
)
def test_an_address_has_one_form(text: str, key: str) -> None:
    assert dedupe.email_key(text) == key


@pytest.mark.parametrize(
    ("zone", "language", "region"),
    [
        ("Europe/Moscow", "ru", "RU"),
        ("Asia/Almaty", "ru", "KZ"),
        ("Europe/Berlin", "en", "DE"),
        ("UTC", "ru", "RU"),
        ("UTC", "en", None),
    ],
)
def test_a_companys_country(zone: str, language: str, region: str | None) -> None:
    assert dedupe.region_of(zone, language) == region


@given(st.text())
def test_keys_never_fail_and_are_stable(text: str) -> None:
    for key in (dedupe.phone_key(text, "RU"), dedupe.phone_key(text, None)):
        assert key == "" or dedupe.phone_key(key, None) == key
    address = dedupe.email_key(text)
    assert address == "" or dedupe.email_key(address) == address


@given(st.text(st.characters()))
def test_cleaned_text_can_be_kept_and_is_clean_already(text: str) -> None:
    for cleaned in (clean.one_line(text), clean.many_lines(text)):
        cleaned.encode()
        assert "\x00" not in cleaned
        assert not any(unicodedata.category(letter) == "Cc" for letter in cleaned if letter not in "\n\t")
    assert clean.one_line(clean.one_line(text)) == clean.one_line(text)
    assert clean.many_lines(clean.many_lines(text)) == clean.many_lines(text)
    assert "\n" not in clean.one_line(text)


_anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(st.characters()) | st.binary() | st.integers(-(2**60), 2**60),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()) | st.integers(), inner),
    max_leaves=20,
)


@given(_anything)
def test_anything_can_be_kept(value: Any) -> None:
    kept = clean.storable(value)
    assert b"\\u0000" not in orjson.dumps(kept)


def test_a_bottomless_value_ends() -> None:
    value: Any = []
    for _ in range(500):
        value = [value]
    orjson.dumps(clean.storable(value))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "seen"),
    [
        (0, "1.2.3.4", "9.9.9.9", "9.9.9.9"),
        (1, "1.2.3.4", "9.9.9.9", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "9.9.9.9", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 5.5.5.5", "9.9.9.9", "1.2.3.4"),
        (2, "1.2.3.4", "9.9.9.9", "9.9.9.9"),
        (1, "nonsense", "9.9.9.9", "nonsense"),
        (0, "", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
    ],
)
def test_whose_call_it_is(settings: Settings, proxies: int, forwarded: str, peer: str, seen: str) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded}, REMOTE_ADDR=peer)
    assert rate.address(request) == seen
