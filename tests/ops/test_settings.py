"""One table of options: documented, parsed strictly, secrets also from files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from leaddrum import conf

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "settings.md"


def test_the_page_of_settings_is_the_table() -> None:
    """`python -m leaddrum.conf > docs/settings.md` writes it."""
    assert DOCUMENT.read_text(encoding="utf-8") == conf.document()


def test_every_setting_is_used() -> None:
    """An option nobody reads is a lie in the documentation."""
    text = (Path(conf.__file__).parent / "settings.py").read_text(encoding="utf-8")
    assert [option.variable for option in conf.OPTIONS if option.variable not in text] == []


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("s3cret\n")
    assert conf.read({"LEADDRUM_SECRET_KEY_FILE": str(file)})["LEADDRUM_SECRET_KEY"] == "s3cret"
    assert conf.read({"LEADDRUM_TICK_FILE": str(file)})["LEADDRUM_TICK"] == "1.0"  # no secret, no file
    with pytest.raises(conf.SettingError, match="LEADDRUM_SECRET_KEY_FILE"):
        conf.read({"LEADDRUM_SECRET_KEY_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", conf.MailServer("localhost", 25, "", "", False, False)),
        ("smtp://u%40x:p%2Fw@mx:587", conf.MailServer("mx", 587, "u@x", "p/w", False, True)),
        ("smtp://u:p@mx", conf.MailServer("mx", 587, "u", "p", False, True)),
        ("smtps://u:p@mx", conf.MailServer("mx", 465, "u", "p", True, False)),
    ],
)
def test_mail_servers(url: str, server: conf.MailServer) -> None:
    assert conf.mail_server(url) == server


@pytest.mark.parametrize("url", ["", "mx", "http://mx", "smtp://", "smtp://mx:port"])
def test_what_is_no_mail_server(url: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        conf.mail_server(url)


@pytest.mark.parametrize(
    ("parse", "wrong"),
    [
        *((conf.rate, text) for text in ("30", "often", "-1/minute", "")),
        *((conf.count, text) for text in ("-1", "1.5", "two", "")),
        *((conf.positive, text) for text in ("0", "-1", "nan", "inf", "soon")),
        *((conf.address, text) for text in ("leads.example.com", "ftp://x", "https://", "https://x/?a=1")),
        *((conf.level, text) for text in ("loud", "")),
        *((conf.listen, text) for text in ("mx", "mx:0", "mx:99999", "mx:smtp")),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_start(parse: Callable[[str], object], wrong: str) -> None:
    """And not with the first form that is sent."""
    with pytest.raises(ValueError, match=r"use |could not"):
        parse(wrong)


def test_what_can_be_used() -> None:
    assert (conf.rate("30/minute"), conf.count("2"), conf.level("WARNING")) == ("30/minute", 2, "warning")
    assert (conf.address(""), conf.address("https://leads.example.com/")) == ("", "https://leads.example.com")
    assert conf.listen("127.0.0.1:2525") == "127.0.0.1:2525"
