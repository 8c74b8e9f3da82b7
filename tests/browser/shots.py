"""What is taken: every page, by the area it belongs to."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.browser.shot import (
    Shot,
    away,
    changes,
    clicks,
    fills,
    floods,
    guesses,
    opens,
    scrolls,
    slowly,
    without_token,
)
from tests.browser.states import states

if TYPE_CHECKING:
    from leaddrum.demo.stage import Stage
    from tests.browser.sample import Marked, Sample

SITE = "http://shop.example"  # a site that shows the form in a frame


def shots(stage: Stage, day: Sample, marked: Marked) -> Iterator[Shot]:
    form = f"/f/{day.company.key}/site"
    yield from doors(stage, day)
    yield from floor(stage, marked)
    yield from stories(marked)
    yield from setup(marked)
    yield from ways_in(stage, day, form)
    yield from ways_of(day)
    yield from presses(day, marked)
    yield from errors(form)
    yield from told(day)
    yield Shot("admin", "/admin/", "operator")
    yield Shot("admin-incidents", "/admin/leaddrum/incident/", "operator")
    yield Shot("admin-leads", "/admin/leaddrum/lead/", "operator")
    yield Shot("admin-cycle", "/admin/leaddrum/cycle/1/change/", "operator")
    yield Shot("admin-incident", "/admin/leaddrum/incident/1/change/", "operator")
    yield from states(stage, day)


def told(day: Sample) -> Iterator[Shot]:
    """How people are told: by several channels, one of which has stopped."""
    from django.conf import settings

    from leaddrum.engine import ways
    from leaddrum.models import Remembered

    settings.TELEGRAM_TOKEN = "1:pictures"
    Remembered.objects.update_or_create(name="telegram_bot", defaults={"value": "okna_leads_bot"})
    yield Shot("channels-mail-only", "/my/channels", "boris")
    anna, push = day.pk("anna"), {"p256dh": "x", "auth": "x"}
    ways.link(anna, ways.Address("telegram", "101", "@anna_kim"), now=day.now)
    ways.link(anna, ways.Address("push", "https://push.example.com/1", "Chrome, Windows", push), now=day.now)
    gone = ways.Address("telegram", "101")
    ways.broken(anna, gone, "403 Forbidden: bot was blocked by the user", now=day.now)
    yield Shot("channels", "/my/channels", "anna")
    yield Shot("channels-link", "/my/channels", "boris", clicks("section form[action$=telegram] button"))
    chat = ways.Address("telegram", "-1", day.said({"ru": "Продажи, общий чат", "en": "Sales, everybody"}))
    ways.open_outlet(day.company_id, chat, department=None, now=day.now)
    hook = ways.Address("webhook", "https://hooks.example.com/services/T0/B0", "Mattermost", {"secret": "x"})
    ways.open_outlet(day.company_id, hook, department=None, now=day.now, shape="text")
    yield Shot("posts", "/settings/posts", "irina")
    fill = fills("main form[action$=webhook]", url="https://crm.example.com/leads")
    yield Shot("posts-secret", "/settings/posts", "irina", fill)


def doors(stage: Stage, day: Sample) -> Iterator[Shot]:
    from leaddrum import access

    secret = access.make_link(access.account_of(day.person("anna")), now=stage.now, minutes=60)
    yield Shot("sign-in", "/sign-in")
    yield Shot("sign-in-wrong", "/sign-in", act=fills("main form", name="nobody@example.com", password="wrong"))
    yield Shot("sign-in-link", f"/sign-in/link/{secret}")
    yield Shot("sign-in-link-spent", "/sign-in/link/spent")
    yield Shot("ask-link", "/sign-in/link")
    yield Shot("ask-link-sent", "/sign-in/link", act=fills("main form", email="somebody@example.com"))
    yield Shot("password", "/password", "anna")
    weak = {"new_password1": "12345678", "new_password2": "12345678"}
    yield Shot("password-weak", "/password", "anna", fills("main form", **weak))
    yield from second_factors(stage, day)


def second_factors(stage: Stage, day: Sample) -> Iterator[Shot]:
    """Off, half-way, on, and asked for."""
    import pyotp

    from leaddrum import access, second_factor

    boris = access.account_of(day.person("boris"))
    yield Shot("second-factor", "/second-factor", "boris")
    begun = second_factor.begin(boris, now=stage.now)
    yield Shot("second-factor-app", "/second-factor", "boris")
    code = pyotp.TOTP(second_factor.secret_of(begun)).at(stage.now)
    second_factor.confirm(boris, code, now=stage.now)
    yield Shot("second-factor-on", "/second-factor", "boris")
    boris.set_password("pictures only")
    boris.save()
    known = {"name": boris.username, "password": "pictures only"}
    yield Shot("second-code", "/sign-in", act=fills("main form", **known))
    second_factor.off(boris)


def floor(stage: Stage, marked: Marked) -> Iterator[Shot]:
    from leaddrum.models import Heartbeat, Lane

    yield Shot("now", "/now", "olga")
    yield Shot("now-assign", "/now", "olga", clicks("[data-ask=assign]"))
    Heartbeat.objects.update(beat_at=stage.now - timedelta(minutes=7))
    Lane.objects.update(failures=3, error="smtp.example.com: 451 try again later")
    yield Shot("now-broken", "/now", "irina")
    Heartbeat.objects.update(beat_at=stage.now)
    Lane.objects.update(failures=0, error="")
    yield Shot("board", "/", "olga")
    yield Shot("board-beside", f"/?lead={marked.passed_on.id}", "olga")
    yield Shot("board-late", "/?late=1", "olga")
    yield Shot("board-holder", "/", "anna")
    yield Shot("board-drum", "/?drum=tenders", "olga")
    yield Shot("board-menu", "/", "olga", clicks(".card-menu > summary"))
    yield Shot("board-more", "/", "olga", scrolls(".board", 900))
    yield Shot("board-of-nothing", "/", "pavel")
    yield Shot("menu", "/", "irina", clicks(".top .menu > summary"))
    yield Shot("my", "/my", "anna")
    yield Shot("my-decline", "/my", "anna", clicks(".decline > summary"))
    yield Shot("my-hand", "/my", "anna", opens("[data-key=hand]"))
    yield Shot("my-pause", "/my", "anna", opens("[data-key=pause]"))
    yield Shot("my-away", "/my/away", "anna", away)
    yield Shot("my-month", "/my/month", "anna", opens("details.fold"))
    yield Shot("my-late", "/my", "boris")
    yield Shot("my-paused", "/my", "gulnara")
    yield Shot("my-asked", "/my", "vera")
    yield Shot("my-empty", "/my", "irina", clicks(".pause > summary"))
    yield Shot("my-absent", "/my", "gleb")
    yield Shot("my-head", "/my", "olga")


def stories(marked: Marked) -> Iterator[Shot]:
    for name in ("calm", "late", "passed_on", "held", "with_head", "taken"):
        card = getattr(marked, name)
        yield Shot("lead-" + name.replace("_", "-"), f"/leads/{card.id}", "olga")
    passed_on = marked.passed_on
    yield Shot("lead-open", f"/leads/{passed_on.id}", "olga", opens("details.fold:not(.act-fold)"))
    yield Shot("lead-assign", f"/leads/{passed_on.id}", "olga", opens("#assign"))
    yield Shot("lead-why-then", f"/leads/{passed_on.id}", "olga", clicks(".step [id^=why-when] > summary"))
    yield Shot("lead-move", f"/leads/{passed_on.id}", "olga", opens("#move"))
    yield Shot("lead-close", f"/leads/{passed_on.id}", "olga", opens("#close"))
    yield Shot("lead-holder", f"/leads/{marked.late.id}", "anna", opens("#decline"))
    yield Shot("lead-known", f"/leads/{marked.again.id}", "olga")
    yield Shot("deadline", f"/leads/{passed_on.id}/deadlines/1-1", "olga")
    yield Shot("journal", "/journal", "olga")
    yield Shot("journal-filtered", "/journal?person=gulnara&annulled=0", "olga")
    yield Shot("journal-empty", "/journal?since=2026-01-01&until=2026-01-02", "olga")
    yield Shot("journal-wrong", "/journal?since=yesterday", "olga")
    yield Shot("journal-annul", "/journal", "olga", opens(".incident-more .fold:last-child"))
    yield Shot("journal-explain", "/journal", "gulnara", opens(".incident-more .fold:last-child"))
    yield Shot("untaken", "/journal/closed", "olga")
    yield Shot("unread", "/journal/unread", "irina", opens("details.fold"))
    yield Shot("versions", "/settings/versions", "irina")


def setup(marked: Marked) -> Iterator[Shot]:
    yield Shot("setup", "/setup", "irina")
    yield Shot("setup-head", "/setup", "olga")
    yield Shot("setup-drum", "/setup/drums/site", "irina")
    yield Shot("setup-drum-look", "/setup/drums/site", "irina", changes(budget="15", open_offers_cap="2"))
    yield Shot("setup-drum-docs", "/setup/drums/site", "irina", changes(budget="15"))
    yield Shot("setup-drum-wrong", "/setup/drums/site", "irina", changes(budget="скоро", warn_at="200"))
    yield Shot("map", "/map?drum=site", "olga")
    yield Shot("map-week", "/map?drum=calls&days=7", "olga")
    yield Shot("map-leads", "/map/site/taken", "olga")
    yield Shot("setup-hours", "/setup/hours/office?year=2026", "irina", changes(**{"day-5": "10-15"}))
    yield Shot("setup-new-hours", "/setup/new-hours?person=anna", "irina", clicks("#kind-shifts"))
    yield Shot("setup-people", "/setup/people", "irina")
    yield Shot("setup-person", "/setup/people/anna", "irina")
    yield Shot("setup-person-head", "/setup/people/anna", "olga")
    yield Shot("setup-paste", "/setup/new-people", "irina", changes(lines="Мария Белова; belova@example.com; Партнёры"))
    yield Shot("setup-departments", "/setup/departments", "irina")
    yield Shot(
        "setup-departments-wrong", "/setup/departments", "irina", changes(**{"head-keys": "o", "deputy-keys": "?"})
    )
    yield Shot("setup-stages", "/setup/stages", "irina")
    yield Shot("setup-routes", "/setup/routes", "irina")
    yield Shot("setup-company", "/setup/company", "irina")
    yield Shot("setup-new-drum", "/setup/new-drum", "irina")
    yield Shot("setup-remove-drum", "/setup/drums/calls/remove", "irina")
    yield Shot("setup-file", "/setup/file", "irina")
    yield Shot("setup-back", "/setup/versions/1", "irina")


def ways_in(stage: Stage, day: Sample, form: str) -> Iterator[Shot]:
    from leaddrum.intake import table

    asked = f"{form}?lang={day.language}"
    good = {"name": day.said({"ru": "Иван Пробный", "en": "Sam Sample"}), "phone": "+7 495 555-01-77"}
    yield Shot("form", asked)
    yield Shot("form-wrong", asked, act=slowly(stage, fills("main form", phone="12", email="not an address")))
    yield Shot("form-quick", asked, act=fills("main form", **good, consent="yes"))
    yield Shot("form-sent", asked, act=slowly(stage, fills("main form", **good, consent="yes")))
    yield Shot("form-thanks", f"{form}/thanks?lang={day.language}")
    yield Shot("form-framed", f"{SITE}/")
    yield Shot("add", "/add", "anna")
    yield Shot("add-wrong", "/add", "anna", fills("main form"))
    yield Shot("add-long", "/add", "anna", fills("main form", title="x" * 20 + " " + "я" * 250, phone="?"))
    yield Shot("import", "/import", "olga")
    found = [table.load(day.company, day.person("olga"), name, csv(day), now=day.now) for name in FILES]
    yield Shot("import-preview", f"/import/{found[0].pk}", "olga")
    table.start(found[1])
    yield Shot("import-running", f"/import/{found[1].pk}", "olga")
    table.run_pending(day.now)
    yield Shot("import-done", f"/import/{found[1].pk}", "olga")
    yield Shot("import-again", "/import", "olga")


def ways_of(day: Sample) -> Iterator[Shot]:
    """The ways in of a company: some work, one is in trouble, one is silent, one is off; and which drum a lead would go
    to."""
    from leaddrum import access
    from leaddrum.engine import built_in
    from leaddrum.intake import trying, ways
    from leaddrum.models import ApiToken, Drum, Way

    yield Shot("ways-none", "/ways", "irina")
    box = {"host": "imap.example.com", "user": "sales@example.com", "address": "sales@example.com"}
    made = {
        kind: ways.make(day.company, kind, day.said(name), preset=preset, settings=settings, now=day.now)
        for kind, preset, name, settings in (
            ("smtp", "", {"ru": "Почта от сайта", "en": "Mail of the site"}, {}),
            ("form", "", {"ru": "Форма на сайте", "en": "Form of the site"}, {}),
            ("calls", "", {"ru": "Телефония", "en": "Telephony"}, {"people": "101 = anna"}),
            ("chat", "", {"ru": "WhatsApp", "en": "WhatsApp"}, {}),
            ("mailbox", "", {"ru": "Почта отдела продаж", "en": "Mail of the sales"}, box),
            ("telegram", "", {"ru": "Телеграм-бот", "en": "Telegram bot"}, {}),
        )
    }
    for kind in ("smtp", "form", "chat"):
        trying.send(made[kind], now=day.now)
    ways.keep(made["form"], "form", {"raw": "{not json"}, now=day.now, problems=[])
    ways.ill(made["mailbox"], "imap.example.com: AUTHENTICATIONFAILED", day.now)
    Way.objects.filter(pk=made["mailbox"].pk).update(trouble_told_at=day.now)
    quiet = {"quiet_since": day.now - timedelta(days=3), "silent_told_at": day.now, "usual_pause": 2400}
    Way.objects.filter(pk=made["telegram"].pk).update(seen_at=day.now, **quiet)
    Way.objects.filter(pk=made["calls"].pk).update(active=False)
    there = Way.objects.filter(company=day.company)
    page, api = there.get(kind="page", drum__key="site"), there.get(kind="api")
    unwatched = built_in.row(day.company_id, "page", Drum.objects.get(company=day.company_id, key="calls").pk, day.now)
    there.filter(pk=unwatched.pk).update(active=False)
    Way.objects.filter(pk=api.pk).update(lead_at=day.now - timedelta(days=3), **quiet)
    for name, role in (("tilda-bridge", "intake"), ("crm", "admin"), ("old-site", "intake")):
        access.make_token(day.company, name, role, now=day.now - timedelta(days=40))
    ApiToken.objects.filter(name="tilda-bridge").update(expires_at=day.now - timedelta(days=3))
    ApiToken.objects.filter(name="crm").update(last_used_at=day.now - timedelta(minutes=3))
    access.revoke_token(day.company, "old-site", now=day.now - timedelta(days=20))
    yield Shot("ways", "/ways", "irina")
    yield Shot("way-page", f"/ways/{page.pk}", "irina")
    yield Shot("way-page-unwatched", f"/ways/{unwatched.pk}", "irina")
    yield Shot("way-api-silent", f"/ways/{api.pk}", "irina")
    yield Shot("way-form", f"/ways/{made['form'].pk}", "irina")
    yield Shot("way-silent", f"/ways/{made['telegram'].pk}", "irina")
    yield Shot("now-ways", "/now", "irina")
    yield Shot("now-ways-head", "/now", "olga")
    yield Shot("way-mailbox", f"/ways/{made['mailbox'].pk}", "irina")
    yield Shot("way-calls", f"/ways/{made['calls'].pk}", "irina")
    yield Shot("way-new", "/ways/new/mailbox", "irina")
    yield Shot("way-new-wrong", "/ways/new/mailbox", "irina", fills("main form", name=""))
    yield Shot("lead-written-to", f"/leads/{written_to(day)}", "olga")
    yield Shot("routing", "/routing", "irina")
    yield Shot("routing-asked", "/routing?phone=%2B7+812+555-01-77&source=form", "irina")


def written_to(day: Sample) -> int:
    """A lead of a messenger: the client has sent a drawing, he was answered with a file, and one answer did not go."""
    from leaddrum import engine
    from leaddrum.intake import chats, ways
    from leaddrum.models import Reply
    from tests.browser.sample import both

    bot = ways.make(day.company, "telegram", "Telegram", now=day.now)
    drawing = engine.File(day.said(both("чертёж-окна.pdf", "window-drawing.pdf")), "application/pdf", b"%PDF" * 90_000)
    name, asks = day.said(both("Мария", "Mary")), day.said(both("Сколько стоит такое окно?", "How much is this one?"))
    said = chats.Said("777", "1", name=name, text=asks, files=(drawing,))
    lead = ways.arrive(bot, chats.arrival(bot, said), now=day.now).lead
    price = engine.File(day.said(both("смета.xlsx", "estimate.xlsx")), "application/vnd.ms-excel", b"x" * 48_000)
    for words, files in (
        (both("Добрый день! Считаем, пришлю смету через полчаса.", "Hello! I will send an estimate soon."), []),
        (both("Вот смета, без монтажа.", "Here it is, without mounting."), [price]),
    ):
        engine.answer(lead, day.said(words), files, by=day.pk("anna"), now=day.now)
    Reply.objects.filter(lead=lead).update(state="sent", sent_at=day.now)
    last = Reply.objects.filter(lead=lead).latest("pk")
    Reply.objects.filter(pk=last.pk).update(state="failed", error="403 Forbidden: bot was blocked by the user")
    return lead


FILES = ("leads-from-the-autumn-fair-hall-3-stand-41-all-visitors-2026-11.csv", "leads.csv")


def csv(day: Sample) -> bytes:
    heading = day.said({"ru": "Имя;Телефон;Почта;Город;Комментарий", "en": "Name;Phone;E-mail;Town;Comment"})
    out = io.StringIO()
    out.write(heading + "\n")
    for number in range(40):
        out.write(f"Sample {number + 1};+7 495 555-02-{number:02};sample{number}@example.com;Тверь;\n")
        if number % 9 == 3:
            out.write(f"Sample;no number {number};not-an-address;;\n;;;;\n")
            out.write(f'"Broken quote;+7 495 555-03-{number:02}\n')
    return out.getvalue().encode()


def presses(day: Sample, marked: Marked) -> Iterator[Shot]:
    from leaddrum import links

    late, old = marked.late, marked.passed_on
    anna, gulnara = day.pk("anna"), day.pk("gulnara")
    yield Shot("press", f"/t/{links.make(*late.turn, anna)}")
    yield Shot("press-late", f"/t/{links.make(old.cycle.pk, 1, gulnara)}")
    yield Shot("press-bad", "/t/nonsense")
    yield Shot("press-taken", f"/t/{links.make(*marked.taken.turn, anna)}")


def errors(form: str) -> Iterator[Shot]:
    yield Shot("error-404", "/leads/999999", "anna")
    yield Shot("error-404-nobody", "/nothing-here")
    yield Shot("error-404-form", "/f/nobody/nothing")
    yield Shot("error-403", "/import", "anna")
    yield Shot("error-403-csrf", "/add", "anna", without_token)
    yield Shot("error-500", "/", "anna", breaks="leaddrum.web.board._context")
    yield Shot("offline", "/offline")
    yield Shot("error-429-form", form, act=floods)
    yield Shot("error-429-sign-in", "/sign-in", act=guesses)
