"""A real IMAP server on loopback: Dovecot from Debian, one mailbox, a folder of its own, gone with the test."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from imapclient import IMAPClient

USER, PASSWORD = "sales@firm.example", "imap-secret"
CONF = """
base_dir = {base}/run
log_path = {base}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain xoauth2
mail_location = maildir:{base}/mail
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_max_userip_connections = 50
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {base}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""
OAUTH = """
introspection_mode = post
introspection_url = http://127.0.0.1:{port}/introspect
username_attribute = email
active_attribute = active
active_value = true
"""


def binary() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Dovecot:
    """`introspect`: the port that says whether an OAuth token is good; 0: none is."""

    def __init__(self, folder: Path, introspect: int = 0) -> None:
        self.folder, self.port = folder, free_port()
        # As root it may serve nobody's mail but another user's; as somebody else only its own.
        owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        (folder / "run").mkdir(parents=True)
        (folder / "mail").mkdir()
        if os.getuid() == 0:
            for path in (folder, folder / "mail"):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        values = {
            "base": folder,
            "user": owner.pw_name,
            "group": grp.getgrgid(owner.pw_gid).gr_name,
            "uid": owner.pw_uid,
            "gid": owner.pw_gid,
            "port": self.port,
            "password": PASSWORD,
        }
        (folder / "dovecot.conf").write_text(CONF.format(**values))
        (folder / "oauth2.conf").write_text(OAUTH.format(port=introspect or 1))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = binary()
        if program is None:
            pytest.skip("no Dovecot here (Debian, Ubuntu: apt install dovecot-imapd)")
        self.process = subprocess.Popen([program, "-F", "-c", str(self.folder / "dovecot.conf")])
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.5):
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text() if (self.folder / "log").exists() else "no log")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(15)
            self.process = None

    def client(self) -> IMAPClient:
        client = IMAPClient("127.0.0.1", self.port, ssl=False)
        client.login(USER, PASSWORD)
        return client

    def put(self, *letters: bytes, folder: str = "INBOX") -> None:
        """Deliver letters, as another program would."""
        client = self.client()
        try:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for letter in letters:
                client.append(folder, letter)
        finally:
            client.logout()

    def flags(self) -> list[tuple[bytes, ...]]:
        client = self.client()
        try:
            client.select_folder("INBOX", readonly=True)
            found = client.get_flags(client.search(["ALL"]))
            return [tuple(flag for flag in flags if flag != b"\\Recent") for _uid, flags in sorted(found.items())]
        finally:
            client.logout()


class Cutter:
    """Stands between us and a server and cuts the line after so many bytes from it; 0: never."""

    def __init__(self, port: int) -> None:
        self.to, self.after, self.cuts = port, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.to))
            threading.Thread(target=self._pipe, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pipe, args=(far, near, True), daemon=True).start()

    def _pipe(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        passed = 0
        with closing(source), closing(target), suppress(OSError):
            while data := source.recv(4096):
                passed += len(data)
                if counted and self.after and passed > self.after:
                    self.cuts += 1
                    for side in (source, target):
                        with suppress(OSError):
                            side.shutdown(socket.SHUT_RDWR)
                    return
                target.sendall(data)
