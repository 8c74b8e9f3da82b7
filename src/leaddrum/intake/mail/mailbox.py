"""A mailbox read by IMAP (RFC 9051), woken by IDLE.

1. Connect, sign in, open the folder.
2. Read what is newer than the last letter that was committed, oldest first. How far that is (UIDVALIDITY and UID) is
   written in the same commit as the letter's lead, so a connection that breaks anywhere loses nothing and repeats
   nothing; a Message-ID that was here before is no second lead, whatever the server counts.
3. Only then, and only when the way says so, is the letter marked as read. Nothing is ever deleted.
4. IDLE until something comes; anew after nine minutes, as servers end it after thirty. A server without IDLE is asked
   every quarter of a minute.
"""

from __future__ import annotations

import imaplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import structlog
from django.db import DatabaseError
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from leaddrum import clock, sealed
from leaddrum.intake.listening import Hold, TroubleError
from leaddrum.intake.mail import oauth, receive
from leaddrum.models import Way

CONNECT, READ = 15.0, 60.0  # seconds
IDLE_FOR = 9 * 60.0  # seconds; RFC 2177: less than 29 minutes
ASK_EVERY = 15.0  # seconds, of a server without IDLE, and of the folder of sent mail
NAP = 1.0  # seconds between two looks whether to stop
BATCH = 25  # letters fetched at once
LARGEST = 25 * 1024 * 1024  # bytes; of a larger one only the beginning is read
BEGINNING = 512 * 1024
ANEW = timedelta(days=14)  # looked back when the server has numbered its letters anew
WHOSE = "*"  # in the position, among the folders: of which mailbox they are; no folder is called so
log = structlog.stdlib.get_logger("leaddrum.mailbox")


def session(way: Way, hold: Hold) -> None:
    """Read the mailbox until told to stop.

    Raises:
        TroubleError: it cannot be read now; says why.
    """
    try:
        with _connected(way) as server:
            _watch(server, way, hold)
    except LoginError as error:
        raise TroubleError(f"{way.settings.get('user')}: {_plain(error)}") from error
    except (IMAPClientError, imaplib.IMAP4.error, OSError) as error:
        raise TroubleError(f"{way.settings.get('host')}: {_plain(error)}") from error
    except sealed.UnreadableError as error:
        raise TroubleError(str(error)) from error


def check(way: Way) -> str:
    """Sign in once and open the folder. Returns what the server counts.

    Raises:
        TroubleError: it cannot be read; says why.
    """
    try:
        with _connected(way) as server:
            opened = server.select_folder(_folder(way), readonly=True)
            return str(opened.get(b"EXISTS", 0))
    except (IMAPClientError, imaplib.IMAP4.error, OSError, sealed.UnreadableError) as error:
        raise TroubleError(f"{way.settings.get('host')}: {_plain(error)}") from error


@contextmanager
def _connected(way: Way) -> Iterator[IMAPClient]:
    said = way.settings
    speaks = said.get("security", "ssl")
    context = ssl.create_default_context()
    server = IMAPClient(
        str(said.get("host", "")),
        port=int(said.get("port") or (993 if speaks == "ssl" else 143)),
        ssl=speaks == "ssl",
        ssl_context=context if speaks == "ssl" else None,
        timeout=SocketTimeout(CONNECT, READ),
    )
    try:
        if speaks == "starttls":
            server.starttls(context)
        _sign_in(server, way)
        yield server
    finally:
        _leave(server)


def _leave(server: IMAPClient) -> None:
    try:
        server.logout()
    except (IMAPClientError, imaplib.IMAP4.error, OSError):
        with suppress(IMAPClientError, imaplib.IMAP4.error, OSError):
            server.shutdown()  # the line is dead; the socket is ours to close


def _sign_in(server: IMAPClient, way: Way) -> None:
    secrets, said = sealed.unseal(way.sealed), way.settings
    user = str(said.get("user", ""))
    if said.get("auth") != "oauth2":
        server.login(user, secrets.get("password", ""))
        return
    url = str(said.get("token_url", ""))
    try:
        server.oauth2_login(user, oauth.access_token(url, str(said.get("client_id", "")), secrets))
    except IMAPClientError:
        oauth.forget(url, secrets)
        raise


def _watch(server: IMAPClient, way: Way, hold: Hold) -> None:
    idles = b"IDLE" in server.capabilities()
    sent = str(way.settings.get("sent_folder", ""))
    while hold.still():
        _read_new(server, way, hold, _folder(way))
        if sent:
            _read_new(server, way, hold, sent)
            server.select_folder(_folder(way), readonly=_keeps(way))
        _note_well(way)
        if idles:
            _idle(server, hold, ASK_EVERY if sent else IDLE_FOR)
        else:
            _nap(hold, ASK_EVERY)
            server.noop()


def _idle(server: IMAPClient, hold: Hold, longest: float) -> None:
    """Until something comes."""
    server.idle()
    until = time.monotonic() + longest
    try:
        while hold.still() and time.monotonic() < until:
            if server.idle_check(timeout=NAP):
                break
    finally:
        server.idle_done()


def _nap(hold: Hold, seconds: float) -> None:
    until = time.monotonic() + seconds
    while hold.still() and time.monotonic() < until:
        hold.stopping.wait(NAP)


def _read_new(server: IMAPClient, way: Way, hold: Hold, folder: str) -> None:
    opened = server.select_folder(folder, readonly=_keeps(way))
    validity = int(opened.get(b"UIDVALIDITY", 0))
    uids = _new(server, way, folder, validity, int(opened.get(b"UIDNEXT", 1)))
    for at in range(0, len(uids), BATCH):
        batch = uids[at : at + BATCH]
        for uid, raw in _fetched(server, batch):
            if not hold.still():
                return
            _commit(way, folder, validity, uid, raw, sent=folder != _folder(way))
            _afterwards(server, way, folder, uid)


def _new(server: IMAPClient, way: Way, folder: str, validity: int, following: int) -> list[int]:
    """The numbers of the letters still to be read, oldest first."""
    known = way.position.get(folder) if way.position.get(WHOSE, _whose(way)) == _whose(way) else None
    old = str(way.settings.get("old", "new"))
    if known is None and old != "all":
        _reached(way, folder, validity, following - 1)
        Way.objects.filter(pk=way.pk).update(position=way.position)
        return []
    if known is not None and known[0] == validity:
        return sorted(uid for uid in server.search(["UID", f"{known[1] + 1}:*"]) if uid > known[1])
    if known is None:
        return sorted(server.search(["ALL"]))
    log.warning("mailbox numbered anew", way=way.pk, folder=folder)
    since = clock.now() - ANEW
    if old != "all":
        since = max(since, way.created_at)  # what lay there before is still left alone
    return sorted(server.search(["SINCE", since.date()]))


def _fetched(server: IMAPClient, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The letters of a batch, marked as nothing; one that is gone meanwhile is left out."""
    sizes = server.fetch(uids, ["RFC822.SIZE"])
    small = [uid for uid in uids if sizes.get(uid, {}).get(b"RFC822.SIZE", LARGEST + 1) <= LARGEST // BATCH]
    together = server.fetch(small, ["BODY.PEEK[]"]) if small else {}
    for uid in uids:
        if uid not in sizes:
            continue
        found = together.get(uid)
        if found is None and uid not in small:
            whole = sizes[uid].get(b"RFC822.SIZE", 0) <= LARGEST
            part = "BODY.PEEK[]" if whole else f"BODY.PEEK[]<0.{BEGINNING}>"
            found = server.fetch([uid], [part]).get(uid)
        raw = next((value for key, value in (found or {}).items() if key.startswith(b"BODY[")), None)
        if isinstance(raw, bytes):
            yield uid, raw


def _commit(way: Way, folder: str, validity: int, uid: int, raw: bytes, *, sent: bool) -> None:
    before = dict(way.position)
    _reached(way, folder, validity, uid)
    try:
        receive.surely(way, raw, sent=sent, now=clock.now(), position=way.position)
    except DatabaseError:
        way.position = before  # not committed: it is read again
        raise


def _reached(way: Way, folder: str, validity: int, uid: int) -> None:
    """In this mailbox: when the way is led to another one, what was read in the first says nothing of it, though the
    two may count alike."""
    kept = way.position if way.position.get(WHOSE, _whose(way)) == _whose(way) else {}
    way.position = {**kept, WHOSE: _whose(way), folder: [validity, uid]}


def _whose(way: Way) -> str:
    return f"{way.settings.get('user', '')}@{way.settings.get('host', '')}".lower()


def _afterwards(server: IMAPClient, way: Way, folder: str, uid: int) -> None:
    """What the company wants done with a letter that has become a lead. A failure is no reason to stop reading."""
    if _keeps(way) or folder != _folder(way):
        return
    try:
        server.add_flags([uid], [b"\\Seen"])
    except IMAPClientError as error:
        log.warning("letter not marked", way=way.pk, error=_plain(error))


def _note_well(way: Way) -> None:
    now = clock.now()
    way.seen_at, way.trouble = now, ""
    Way.objects.filter(pk=way.pk).update(seen_at=now, trouble="")


def _folder(way: Way) -> str:
    return str(way.settings.get("folder") or "INBOX")


def _keeps(way: Way) -> bool:
    return str(way.settings.get("afterwards", "keep")) == "keep"


def _plain(error: Exception) -> str:
    """What the server said, without Python's marks of bytes."""
    said: Any = error.args[0] if error.args else str(error)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return text.removeprefix("b'").rstrip("'")[:300] or type(error).__name__
