"""An office's Asterisk: a trunk to the telephone network, the phone 101, a queue as FreePBX builds it.

It is an endpoint by its address: what comes from 127.0.0.2 is the trunk, from 127.0.0.3 the phone. Both are SIPp.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.intake.dovecot import free_port
from tests.pbx import programs

DIRECT, QUEUE = "74951234567", "74957654321"  # the numbers clients call: the phone rings at once; or a queue's
USER, SECRET = "leaddrum", "ami-secret"
TRUNK, PHONE = "127.0.0.2", "127.0.0.3"
SCENARIOS = Path(__file__).parent / "sip"
PATIENCE = 30.0  # seconds

FILES = {
    "asterisk.conf": """
[directories]
astetcdir => {folder}
astmoddir => {modules}
astdatadir => {share}
astagidir => {share}/agi-bin
astvarlibdir => {folder}
astdbdir => {folder}
astkeydir => {folder}
astspooldir => {folder}
astrundir => {folder}
astlogdir => {folder}
""",
    "logger.conf": "[general]\n[logfiles]\nlog => notice,warning,error,verbose\n",
    "modules.conf": "[modules]\nautoload=yes\nnoload=chan_iax2.so\nnoload=chan_unistim.so\nnoload=res_prometheus.so\n",
    "manager.conf": """
[general]
enabled=yes
bindaddr=127.0.0.1
port={manager}
[{user}]
secret={secret}
read=call,cdr
deny=0.0.0.0/0.0.0.0
permit=127.0.0.1/255.255.255.255
""",
    "rtp.conf": "[general]\nrtpstart=20000\nrtpend=20100\n",
    "pjsip.conf": """
[transport]
type=transport
protocol=udp
bind=127.0.0.1:{sip}
[common](!)
type=endpoint
disallow=all
allow=ulaw
direct_media=no
send_connected_line=no
[trunk](common)
context=from-trunk
aors=trunk
[trunk]
type=aor
contact=sip:trunk@{trunk}:{sip}
[trunk]
type=identify
endpoint=trunk
match={trunk}
[101](common)
context=from-internal
aors=101
callerid=Anna <101>
[101]
type=aor
contact=sip:101@{phone}:{sip}
[101]
type=identify
endpoint=101
match={phone}
""",
    "extensions.conf": """
[from-trunk]
exten => {direct},1,Dial(PJSIP/101,1)
 same => n,Hangup(19)
exten => {queue},1,Queue(sales,,,,5)
[from-internal]
exten => 101,1,Dial(PJSIP/101,5)
exten => _XXXX.,1,Dial(PJSIP/${{EXTEN}}@trunk,5)
""",
    "queues.conf": "[general]\n[sales]\nstrategy=ringall\nmember => Local/101@from-internal/n\n",
}


class Asterisk:
    """One, started; its manager interface listens on `manager`."""

    def __init__(self, folder: Path) -> None:
        chosen = programs.found()
        if chosen is None:
            pytest.skip("no Asterisk here (python -m tests.pbx.programs, where there are packages of Debian)")
        self.programs, self.folder = chosen, folder
        self.manager, self.sip = free_port(), free_port()
        self.calls: list[subprocess.Popen[bytes]] = []
        values = {"folder": folder, "modules": chosen.modules, "share": chosen.share, "manager": self.manager,
                  "sip": self.sip, "user": USER, "secret": SECRET, "trunk": TRUNK, "phone": PHONE, "direct": DIRECT,
                  "queue": QUEUE}  # fmt: skip
        folder.mkdir(parents=True)
        for name, text in FILES.items():
            (folder / name).write_text(text.format(**values))
        command = [*chosen.asterisk, "-C", str(folder / "asterisk.conf"), "-f"]
        self.process = _started(command, folder)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        until, log = time.monotonic() + PATIENCE, self.folder / "log"
        while not log.exists() or b"Asterisk Ready" not in log.read_bytes():
            assert self.process.poll() is None, "Asterisk does not start"
            assert time.monotonic() < until, log.read_text()[-2000:]
            time.sleep(0.1)

    def phone(self, does: str) -> None:
        """The phone 101 `answers` the next call, or only `rings`."""
        self._sipp(does, PHONE)

    def client(self, does: str, number: str, caller: str, *, seconds: float = 1.0) -> None:
        """Somebody of the telephone network `calls` a number of ours, or `calls_in_vain`."""
        self._sipp(does, TRUNK, *self._call(number, caller, seconds))

    def dial(self, number: str, *, seconds: float = 1.0) -> None:
        """The phone 101 calls a client, who answers."""
        self._sipp("answers", TRUNK)
        self._sipp("calls", PHONE, *self._call(number, "101", seconds))

    def _call(self, number: str, caller: str, seconds: float) -> tuple[str, ...]:
        milliseconds = str(int(seconds * 1000))
        return (f"127.0.0.1:{self.sip}", "-s", number, "-key", "caller", caller, "-d", milliseconds)

    def _sipp(self, does: str, address: str, *call: str) -> None:
        place = ("-i", address, "-p", str(self.sip), "-mi", address, "-m", "1", "-timeout", "20", "-nostdin")
        command = [*self.programs.sipp, *call, "-sf", str(SCENARIOS / f"{does}.xml"), *place]
        self.calls.append(_started(command, self.folder))

    def over(self) -> None:
        """Every phone did what its part says, to the end."""
        codes = [call.wait(PATIENCE) for call in self.calls]
        self.calls.clear()
        assert not any(codes), codes

    def stop(self) -> None:
        """All of it ends at once."""
        for process in (*self.calls, self.process):
            process.kill()
            process.wait(PATIENCE)


def _started(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, stdin=nothing, stdout=nothing, stderr=nothing)
