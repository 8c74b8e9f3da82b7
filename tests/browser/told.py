"""Four leads, each by another way in and taken by another way out: told with real servers, and pictured step by step.

A letter into a mailbox, taken by a button in Telegram; a missed call, taken by the link of a mail; a message of a
messenger, taken by a push; a form, taken in the browser. `tests.browser.told_pictures` takes the pictures of
docs/from-client-to-taken.md. What other programs show (a mail program, Telegram, the browser's
notice) is drawn plainly from the very bytes they got.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import SOON
from tests.crash.site import Process, Site, fast_company, until
from tests.intake.dovecot import USER, Dovecot
from tests.intake.letters import letter
from tests.ops import botserver, pushservice
from tests.ops.botserver import Telegram
from tests.ops.postbox import Postbox, html_of

ANNA = 101
BORIS = "boris@firm.example"
PHONE = {"width": 390, "height": 640}
SAYS: dict[str, dict[str, Any]] = {
    "ru": {
        "people": {},
        "company": "Окна",
        "drum": "Новые лиды",
        "letter": (
            "Балкон",
            "Здравствуйте! Сколько стоит остеклить балкон, 6 метров?",
            "Иван Петров <ivan@client.example>",
        ),
        "chat": {
            "name": "Олег",
            "phone": "+79161234567",
            "text": "Нужна входная дверь. Когда сможете приехать на замер?",
        },
        "form": {"name": "Мария", "phone": "+7 921 765-43-21"},
        "take": "Взять в работу",
        "yours": "Лид ваш",
        "notice": "уведомление браузера",
    },
    "en": {
        "people": {"anna": "Anna Kim", "boris": "Boris Levin", "clara": "Clara Weiss", "olga": "Olga Rudneva"},
        "company": "Windows",
        "drum": "New leads",
        "letter": (
            "Balcony",
            "Hello! What does it cost to glaze a balcony, 6 metres?",
            "Ivan Petrov <ivan@client.example>",
        ),
        "chat": {"name": "Oleg", "phone": "+79161234567", "text": "I need a front door. When can you come to measure?"},
        "form": {"name": "Maria", "phone": "+7 921 765-43-21"},
        "take": "Take",
        "yours": "The lead is yours",
        "notice": "notice of the browser",
    },
}
Shoot = Callable[[str, Page], None]


@dataclass(frozen=True)
class Office:
    """Everything real that stands around the site."""

    language: str
    site: Site
    served: Process
    dovecot: Dovecot
    postbox: Postbox
    telegram: Telegram
    phone: pushservice.Browser  # Clara's
    doors: dict[str, Any]

    @property
    def says(self) -> dict[str, Any]:
        return SAYS[self.language]

    def post(self, door: str, said: dict[str, Any]) -> None:
        """What a telephony or a messenger's gateway sends, signed."""
        body = json.dumps(said).encode()
        head = {"Content-Type": "application/json"}
        made = hmac.new(self.doors[door]["secret"].encode(), body, hashlib.sha256).hexdigest()
        head["X-LeadDrum-Signature"] = f"sha256={made}"
        answer = httpx.post(f"{self.served.url}/in/{self.doors[door]['token']}", content=body, headers=head, timeout=60)
        assert answer.json() == {"outcome": "created"}, answer.text


@contextmanager
def opened(language: str) -> Iterator[Office]:
    """One company whose four salespeople are told by four channels, in the order in which leads come round."""
    company = fast_company(budget="2h", roster={"people": ["anna", "boris", "clara", "olga"]})
    company["company"] |= {"name": SAYS[language]["company"], "language": language}
    company["drums"][0]["name"] = SAYS[language]["drum"]
    for person in company["people"]:
        person["name"] = SAYS[language]["people"].get(person["id"], person["name"])
        if person["id"] == "boris":
            person["email"] = BORIS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leaddrum-told-")))
        folder.chmod(0o755)  # the mail server is another user
        postbox, telegram, phone = Postbox(), Telegram(), pushservice.Browser()
        dovecot, site = Dovecot(folder / "imap"), Site(folder / "site", "", company)
        for one in (postbox, telegram, dovecot):
            one.start()
            stack.callback(one.stop)
        stack.callback(phone.stop)
        stack.callback(site.close)
        (folder / "token").write_text(botserver.TOKEN)
        telegram.chats[ANNA] = {"id": ANNA, "type": "private", "first_name": "Anna"}
        settings = {
            "LEADDRUM_MAIL_URL": f"smtp://127.0.0.1:{postbox.port}",
            "LEADDRUM_TELEGRAM_TOKEN_FILE": str(folder / "token"),
            "LEADDRUM_TELEGRAM_API": telegram.url,
            "LEADDRUM_POST_TO": "127.0.0.0/8",
        }
        around = {"telegram": str(ANNA), "push": phone.subscription(), "imap": dovecot.port, "user": USER}
        doors = site.inside("office", json.dumps(around))
        served = site.start("serve", "--port", "0", **settings).wait_ready()
        yield Office(language, site, served, dovecot, postbox, telegram, phone, doors)


def tell(office: Office, browser: Browser, shoot: Shoot = lambda _name, _page: None) -> None:
    """The four stories, one after the other."""
    locale = {"ru": "ru-RU", "en": "en-GB"}[office.language]
    with browser.new_context(viewport=PHONE, locale=locale) as context:  # type: ignore[arg-type]  # a plain dict
        context.add_cookies([{"name": "django_language", "value": office.language, "url": office.served.url}])
        for story in (_letter, _call, _message, _form):
            story(office, context.new_page(), shoot)
    assert office.site.check()["taken"] == 4


def _letter(office: Office, page: Page, shoot: Shoot) -> None:
    """A letter → the mailbox → an offer in Telegram → its button."""
    subject, text, sender = office.says["letter"]
    office.dovecot.put(letter(text, sender=sender, subject=subject))
    _drawn(page, f"<small>{html.escape(sender)}</small><h1>{subject}</h1><p>{text}</p>", USER)
    shoot("letter-1", page)
    until(lambda: bool(office.telegram.to(ANNA)))
    _chat(office, page)
    shoot("letter-2", page)
    office.telegram.presses(ANNA, office.says["take"])
    until(lambda: office.says["yours"] in office.telegram.texts(ANNA)[0])
    _chat(office, page)
    shoot("letter-3", page)


def _call(office: Office, page: Page, shoot: Shoot) -> None:
    """A missed call → the telephony's webhook → a mail → its link, in one press."""
    call = {"id": "5", "direction": "in", "client": "+79035556677", "answered_at": None}
    office.post("calls", call | {"started_at": "2026-03-02T10:00:00+03:00", "ended_at": "2026-03-02T10:00:20+03:00"})
    until(lambda: bool(office.postbox.to(BORIS)))
    page.set_content(html_of(office.postbox.to(BORIS)[0]))
    shoot("call-1", page)
    page.locator("a[href*='/t/']").click()
    shoot("call-2", page)
    page.locator("form button.act").click()
    expect(page.get_by_role("heading", name=office.says["yours"])).to_be_visible(timeout=SOON)
    shoot("call-3", page)


def _message(office: Office, page: Page, shoot: Shoot) -> None:
    """A messenger's gateway → a sealed push to her browser → the page it opens → the button there."""
    office.post("chat", {"id": "m1", "conversation": "wa-1", **office.says["chat"]})
    until(lambda: bool(office.phone.got))
    push = office.phone.got[0]
    body = html.escape(push["body"]).replace("\n", "<br>")
    _drawn(page, f"<h1>{html.escape(push['title'])}</h1><p>{body}</p>", f"LeadDrum · {office.says['notice']}")
    shoot("message-1", page)
    page.goto(push["url"])
    shoot("message-2", page)
    page.locator("form button.act").click()
    expect(page.get_by_role("heading", name=office.says["yours"])).to_be_visible(timeout=SOON)
    shoot("message-3", page)


def _form(office: Office, page: Page, shoot: Shoot) -> None:
    """The form page → the lead appears by itself on the page that she has open → the button there."""
    link = office.site.leaddrum("login", "olga").stdout.strip().splitlines()[-1]
    at_work = page.context.new_page()
    at_work.goto(office.served.url + link[link.index("/sign-in") :])
    at_work.locator("main form button").first.click()
    at_work.wait_for_url(lambda url: "sign-in" not in url)
    at_work.goto(office.served.url + "/my")
    page.goto(f"{office.served.url}/f/{office.doors['company']}/drum?lang={office.language}")
    page.wait_for_timeout(4000)  # nobody fills in a form faster: it would be set aside as a robot's
    for name, value in office.says["form"].items():
        page.locator(f"#{name}").fill(value)
    if page.locator("#consent").count():
        page.locator("#consent").check()
    shoot("form-1", page)
    page.locator("main form button").click()
    offer = at_work.locator("article.offer")
    expect(offer).to_be_visible(timeout=SOON)
    shoot("form-2", at_work)
    offer.locator("button.act").click()
    expect(at_work.locator("article.offer")).to_have_count(0, timeout=SOON)
    at_work.goto(office.served.url + "/my")
    shoot("form-3", at_work)


def _chat(office: Office, page: Page) -> None:
    """The messages of her chat with the bot, with their buttons."""
    drawn = []
    for message in office.telegram.to(ANNA):
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = "".join(f"<button>{html.escape(button['text'])}</button>" for row in rows for button in row)
        text = message["text"].replace("\n", "<br>")
        drawn.append(f"<div class=said>{text}</div><div class=row>{buttons}</div>")
    _drawn(page, "".join(drawn), "Telegram · LeadDrum")


def _drawn(page: Page, body: str, title: str) -> None:
    page.set_content(
        "<style>body{margin:0;font:16px/1.45 system-ui;background:#e9edf1;color:#17202b}header{padding:14px 16px;"
        "background:#fff;font-weight:600;border-bottom:1px solid #d5dbe2}main{margin:16px;padding:16px;background:#fff;"
        "border-radius:12px}h1{font-size:20px;margin:4px 0 8px}.said{white-space:normal}.row{display:flex;gap:6px;"
        "margin-top:12px;flex-wrap:wrap}button{flex:1;padding:10px 8px;border:1px solid #9fb3c8;border-radius:8px;"
        f"background:#eef4fb;font:inherit}}small{{color:#5b6675}}</style><header>{title}</header><main>{body}</main>"
    )
