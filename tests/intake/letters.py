"""Letters as mail programs write them."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any


def letter(
    text: str = "Здравствуйте! Сколько стоит остеклить балкон?",
    *,
    sender: str = "Иван Петров <ivan@client.example>",
    subject: str = "Балкон",
    number: str = "<1@client.example>",
    to: str = "sales@firm.example",
    files: tuple[tuple[str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """`headers`: with ``_`` for the dash, as In_Reply_To."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    if number:
        mail["Message-ID"] = number
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return bytes(mail)


def bounce() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "MAILER-DAEMON@mx.example", "sales@firm.example", "Undelivered"
    mail["Message-ID"] = "<b@mx.example>"
    mail.set_content("could not be delivered")
    mail.make_mixed()
    mail.replace_header("Content-Type", 'multipart/report; report-type="delivery-status"; boundary="x"')
    return bytes(mail)


HOSTILE: dict[str, Any] = {
    "nothing": b"",
    "zeros": b"\x00" * 5000,
    "no end": b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n" * 50,
    "deep": b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(1500)),
    "header": b"From: " + b"a" * 500_000 + b"@b.example\n\nhello",
    "addresses": b"From: " + b"<" * 50_000 + b"\n\nhello",
    "encoded": b"From: a@b.example\nSubject: =?utf-8?b?////?= =?nonsense?q?x?= =?utf-8?q?=ff?=\n\nhello",
    "charset": b"From: a@b.example\nContent-Type: text/plain; charset=utf-99\n\n\xff\xfe\xfd",
    "idna": b"From: x@xn--\xff.example\nReply-To: <@@>\n\nhello",
    "quotes": b"From: a@b.example\n\n" + b"On On " * 20_000 + b"\n" + b">" * 20_000,
    "lines": b"From: a@b.example\n\n" + b"\n" * 200_000,
    "html": b"From: a@b.example\nContent-Type: text/html\n\n" + b"<blockquote><div>" * 30_000 + b"</p>" * 30_000,
    "comment": b"From: a@b.example\nContent-Type: text/html\n\n" + b"<!-- " * 40_000 + b"<!" * 40_000,
    "base64": b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n" + b"=" * 40_000,
    "file": b'From: a@b.example\nContent-Type: x/y; name="../../etc/passwd"\nContent-Disposition: attachment\n\nroot',
    "folded": b"From: a@b.example\nSubject: hi\n\tBcc: evil@b.example\n\nhello",
}
