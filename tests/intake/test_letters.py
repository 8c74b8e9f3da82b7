"""Letters as they come become leads, join them, or are set aside; the parser is never stopped (S-46)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import DataError, OperationalError

from leaddrum import engine
from leaddrum.intake import ways
from leaddrum.intake.mail import letter as letters
from leaddrum.intake.mail import quotes, receive
from leaddrum.models import Attachment, Effect, Lead, Request, Touch, Way
from tests.intake.letters import HOSTILE, bounce, letter
from tests.world import Card, World


def mailbox(world: World, **settings: Any) -> Way:
    from leaddrum.models import Company

    company = Company.objects.get(pk=world.company_id)
    return ways.make(company, "mailbox", "Продажи", settings=settings, now=world.now)


def take_in(world: World, way: Way, raw: bytes) -> str:
    outcome = receive.take_in(way, raw, now=world.now)
    world.check()
    return outcome


def test_a_letter_is_a_lead(world: World) -> None:
    way = mailbox(world)
    signed = "Сколько стоит остеклить балкон?\n\n-- \nИван Петров\nтел. 8 916 123-45-67\n"
    assert take_in(world, way, letter(signed, files=(("план.pdf", b"%PDF"),))) == "created"
    lead = Lead.objects.get()
    assert (lead.title, lead.name, lead.email) == ("Балкон", "Иван Петров", "ivan@client.example")
    assert lead.text == "Сколько стоит остеклить балкон?"
    assert (lead.source, lead.phone_key) == ("mail", "+79161234567")
    file = Attachment.objects.get()
    assert (file.name, bytes(file.content), file.request.lead_id) == ("план.pdf", b"%PDF", lead.pk)
    way.refresh_from_db()
    assert (way.lead_id, way.lead_at, way.trouble) == (lead.pk, world.now, "")
    assert Card(world, lead.pk).holder == "anna"


def test_the_same_letter_is_one_lead_however_often_it_comes(world: World) -> None:
    way, other = mailbox(world), mailbox(world)
    outcomes = [take_in(world, way, letter()) for _ in range(3)]
    assert outcomes == ["created", "repeated", "repeated"]
    assert take_in(world, other, letter()) == "repeated"
    assert take_in(world, way, letter(number="")) == "joined"
    assert take_in(world, way, letter(number="")) == "repeated"
    assert Lead.objects.count() == 1


@pytest.mark.rule("S-25")
def test_an_answer_joins_its_lead_whatever_address_it_comes_from(world: World) -> None:
    way = mailbox(world)
    take_in(world, way, letter())
    again = letter(
        "Да, ещё дверь", sender="petrov@other.example", number="<2@x>", subject="Re: Балкон",
        In_Reply_To="<our@firm.example>", References="<1@client.example> <our@firm.example>",
    )  # fmt: skip
    assert take_in(world, way, again) == "joined"
    assert Lead.objects.get().priority == 1


@pytest.mark.rule("S-25")
def test_a_letter_about_a_lead_in_work_tells_its_owner(world: World) -> None:
    way = mailbox(world)
    take_in(world, way, letter())
    lead = Card(world, Lead.objects.get().pk)
    world.take(lead, by="anna")
    again = letter("Когда приедете?", number="<2@x>", In_Reply_To="<1@client.example>")
    assert take_in(world, way, again) == "joined"
    assert Lead.objects.count() == 1
    assert Effect.objects.filter(person=world.pk("anna"), kind="wrote").count() == 1
    assert lead.journal[-1] == "wrote"
    world.move(lead, "junk", by="anna")
    assert take_in(world, way, letter("И снова", number="<3@x>", In_Reply_To="<1@client.example>")) == "created"


@pytest.mark.rule("S-54")
def test_a_colleagues_answer_takes_the_lead(world: World) -> None:
    world.person_table("anna")["email"] = "anna@firm.example"
    world.edit(take_signals=["mail"])
    way = mailbox(world, address="sales@firm.example")
    take_in(world, way, letter())
    lead = Card(world, Lead.objects.get().pk)
    world.forward(minutes=5)
    reply = letter(
        "Добрый день, 30 тысяч", sender="Анна <anna@firm.example>", to="ivan@client.example", number="<r@firm.example>",
        In_Reply_To="<1@client.example>",
    )  # fmt: skip
    assert take_in(world, way, reply) == "replied"
    assert (lead.state, lead.owner) == ("taken", "anna")
    assert take_in(world, way, reply) == "replied"
    assert Touch.objects.count() == 1
    nobody = letter("Внутреннее", sender="anna@firm.example", to="sales@firm.example", number="<i@firm.example>")
    assert take_in(world, way, nobody) == "ours"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (bounce(), "bounce"),
        (letter(Auto_Submitted="auto-replied", number="<a@x>"), "auto_reply"),
        (letter(subject="Автоответ: меня нет", number="<o@x>"), "auto_reply"),
        (letter(List_Unsubscribe="<https://news.example/x>", number="<n@x>"), "newsletter"),
        (letter(Precedence="bulk", number="<p@x>"), "newsletter"),
        (letter(X_LeadDrum_Key="1:2:offer:3", number="<l@x>"), "ours"),
    ],
)
def test_what_is_no_request_is_listed_and_no_lead(world: World, raw: bytes, why: str) -> None:
    way = mailbox(world)
    assert take_in(world, way, raw) == why
    assert take_in(world, way, raw) == "repeated"
    request = Request.objects.get()
    assert (request.lead_id, request.set_aside, request.errors, request.way_id) == (None, why, [], way.pk)


def test_a_form_that_mails_names_the_client_in_reply_to(world: World) -> None:
    raw = letter(sender="Сайт <noreply@firm-site.example>", Reply_To="Мария <maria@client.example>")
    take_in(world, mailbox(world), raw)
    assert Lead.objects.values_list("name", "email").get() == ("Мария", "maria@client.example")


@pytest.mark.rule("S-46")
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_letter_stops_the_others(world: World, name: str) -> None:
    way, began = mailbox(world), time.process_time()
    outcome = take_in(world, way, HOSTILE[name])
    assert time.process_time() - began < 20  # of the processor; what grows with the square takes minutes
    assert outcome in {"created", "kept"}
    request = Request.objects.get()
    assert (request.lead_id is None) == bool(request.errors)
    assert take_in(world, way, letter(number="<next@x>")) in {"created", "joined"}


@pytest.mark.rule("S-46")
def test_a_letter_that_breaks_the_parser_is_kept_as_it_came(world: World) -> None:
    take_in(world, mailbox(world), b"Subject: nonsense\xff\n\n")
    request = Request.objects.get()
    assert "nonsense" in request.payload["raw"]
    assert request.errors[0]["what"].startswith("Это письмо не прочитать")


def test_files_are_kept_within_limits() -> None:
    found = letters.read(letter(files=tuple((f"{n}.bin", b"x") for n in range(12))))
    assert (len(found.files), found.left_out) == (10, ("10.bin", "11.bin"))
    large = letters.read(letter(files=(("a.bin", b"x" * (6 * 2**20)), ("b.bin", b"y"))))
    assert ([file.name for file in large.files], large.left_out) == (["b.bin"], ("a.bin",))


@pytest.mark.parametrize(
    "history",
    [
        "пн, 2 мар. 2026 г. в 10:00, Анна Ким <anna@firm.ru>:\n\n> Добрый день",
        '02.03.2026, 10:00, "Анна Ким" <anna@firm.ru>:\n> Добрый',
        "02.03.2026 10:00, Анна Ким пишет:\n> Добрый",
        "On Mon, Mar 2, 2026 at 10:00 AM Anna Kim <anna@firm.ru>\nwrote:\n\n> Good day",
        "-----Original Message-----\nFrom: Anna\nhello",
        "От: Anna <a@b.c>\nОтправлено: 2 марта 2026 г. 10:00\nКому: x\nТема: y\n\nдобрый день",
        "From: Anna <a@b.c>\nSent: Monday\nTo: x\nSubject: y\n\nhello",
        "________________________________\nFrom: Anna <a@b.c>\nSent: Monday\n",
        "> просто цитата\n> ещё",
    ],
)
def test_the_history_is_left_out(history: str) -> None:
    said, _signature = quotes.newest(f"Да, согласен.\nЖду.\n\n{history}\n")
    assert said == "Да, согласен.\nЖду."


def test_what_only_looks_like_history_stays() -> None:
    text = "Нужны окна:\n- 2 штуки\n- срок: 10:00 завтра\n\nТема: ремонт"
    assert quotes.newest(text) == (text, "")
    assert quotes.newest("> всё письмо\n> в кавычках")[0] == "всё письмо\nв кавычках"


def test_html_is_read_as_people_see_it() -> None:
    html = (
        "<style>p{}</style><p>Добрый&nbsp;день</p><div>Нужна <b>дверь</b></div><script>x()</script>"
        '<div class="gmail_quote">On … wrote: <blockquote>старое</blockquote></div>'
    )
    raw = b"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n" + html.encode()
    assert letters.read(raw).text == "Добрый день\n\nНужна дверь"


def test_a_company_whose_leads_live_elsewhere_keeps_its_mail(world: World) -> None:
    from leaddrum.models import Company

    way = mailbox(world)
    Company.objects.filter(pk=world.company_id).update(crm="apart", staff_version=99)
    way.company.refresh_from_db()
    assert receive.take_in(way, letter(), now=world.now) == "kept"
    assert Request.objects.get().errors
    with pytest.raises(engine.Refused):
        engine.arrive(world.company_id, engine.Arrival("x"), now=world.now)


@pytest.mark.rule("S-46")
def test_a_letter_the_database_does_not_take_is_kept_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_values: Any, **_more: Any) -> None:
        raise fault

    way = mailbox(world)
    with monkeypatch.context() as broken:
        broken.setattr(engine, "arrive", refuse)
        fault: Exception = OperationalError("gone")
        with pytest.raises(OperationalError):  # it comes again when the database does
            receive.surely(way, letter(), now=world.now)
        for fault in (DataError("a zero byte"), RuntimeError("never seen")):
            raw = letter(number=f"<{type(fault).__name__}@x>")
            assert receive.surely(way, raw, now=world.now, position={"INBOX": [1, 7]}) == "kept"
    assert Request.objects.filter(lead=None).count() == 2
    assert Way.objects.get().position == {"INBOX": [1, 7]}
    assert receive.surely(way, letter(), now=world.now) == "created"


@pytest.mark.rule("S-46")
def test_zero_bytes_in_the_headers_are_left_out(world: World) -> None:
    raw = (
        b"From: a@b.example\nIn-Reply-To: <a\x00b@x>\nReferences: <c\x00d@x>\n"
        b"Content-Type: multipart/mixed; boundary=x\n\n"
        b"--x\nContent-Type: image/p\x00ng; name=a.png\n\nfile\n--x\n\nhello\n--x--\n"
    )
    assert letters.read(raw).follows == ("mail:ab@x", "mail:cd@x")
    assert take_in(world, mailbox(world), raw) == "created"
    assert Attachment.objects.get().kind == "image/png"


def test_what_we_sent_ourselves_is_no_request(world: World) -> None:
    """Nobody filled in the mailbox's own address, and nobody of ours has it: its user name is it, and what lies among
    the sent letters is ours whoever is named as sender."""
    way = mailbox(world, user="Sales@Firm.example")
    assert receive.take_in(way, letter(sender="sales@firm.example", to="x@y.example"), now=world.now) == "ours"
    raw = letter(sender="Отдел <office@firm.example>", to="x@y.example", number="<2@x>")
    assert receive.take_in(way, raw, sent=True, now=world.now) == "ours"
    assert not Lead.objects.exists()
    take_in(world, way, letter(number="<3@x>"))
    answer = letter(sender="office@firm.example", to="ivan@client.example", number="<4@x>", In_Reply_To="<3@x>")
    assert receive.take_in(way, answer, sent=True, now=world.now) == "replied"


def test_a_letter_by_a_mailing_service_is_a_request(world: World) -> None:
    """Amazon SES puts a Feedback-ID into each letter of a site's form."""
    raw = letter(sender="Сайт <forms@site.example>", Feedback_ID="1.eu-west-1.abc=:AmazonSES")
    assert take_in(world, mailbox(world), raw) == "created"


def test_a_form_that_begins_like_a_phones_footer_is_read_whole() -> None:
    form = "Отправлено с сайта okna.example\nИмя: Иван\nТелефон: 8 916 123-45-67\nВопрос: сколько стоит?"
    assert quotes.newest(form) == (form, "")
    assert quotes.newest(f"Новая заявка\n\n{form}") == (f"Новая заявка\n\n{form}", "")
    assert quotes.newest("-- \nИван, 8 916 123-45-67") == ("-- \nИван, 8 916 123-45-67", "")
    assert quotes.newest("Перезвоните.\n\nОтправлено с iPhone\n")[0] == "Перезвоните."


@pytest.mark.parametrize(
    "html",
    [
        "<div><blockquote>Здравствуйте!<div>Нужна дверь</div></blockquote></div>",
        '<div dir="ltr"><br><div class="gmail_quote">Здравствуйте!<br>Нужна дверь</div></div>',
    ],
)
def test_a_letter_that_only_passes_another_on_says_what_that_says(html: str) -> None:
    raw = b"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n" + html.encode()
    assert letters.read(raw).text == "Здравствуйте!\nНужна дверь"
