"""A browser's push service on loopback, with a browser behind it: checks who sends (RFC 8292) and opens what is sealed
(RFC 8291, RFC 8188), by the standard's own text and not by the library that sealed it."""

from __future__ import annotations

import json
import os
import struct
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def plain(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _hmac(key: bytes, data: bytes) -> bytes:
    made = HMAC(key, hashes.SHA256())
    made.update(data)
    return made.finalize()


def opened(sealed: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """RFC 8291 section 4, with HKDF written out as HMACs, and RFC 8188 section 2 for one record."""
    salt, size, length = sealed[:16], struct.unpack("!L", sealed[16:20])[0], sealed[20]
    sender, record = sealed[21 : 21 + length], sealed[21 + length :]
    assert len(record) <= size, "more than one record"
    mine = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    key = _hmac(_hmac(auth, shared), b"WebPush: info\x00" + mine + sender + b"\x01")
    base = _hmac(salt, key)
    secret = _hmac(base, b"Content-Encoding: aes128gcm\x00\x01")[:16]
    nonce = _hmac(base, b"Content-Encoding: nonce\x00\x01")[:12]
    padded = AESGCM(secret).decrypt(nonce, record, None).rstrip(b"\x00")
    assert padded[-1:] == b"\x02", "the last record ends with 2"
    return padded[:-1]


class Browser:
    """`answer`: what its push service says to the next message."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.answer = 201
        self.got: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.senders: list[dict[str, Any]] = []
        browser = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                browser._take(body, {name.lower(): value for name, value in self.headers.items()})
                self.send_response(browser.answer)
                self.send_header("Content-Length", "0")
                if browser.answer == 429:
                    self.send_header("Retry-After", "42")
                self.end_headers()

            def log_message(self, *_values: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def subscription(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON` gives it."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": text(point), "auth": text(self.auth)}
        return {"endpoint": f"{self.origin}/push/abc", "expirationTime": None, "keys": keys}

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _take(self, body: bytes, head: dict[str, str]) -> None:
        kind, _space, values = head["authorization"].partition(" ")
        assert kind == "vapid"
        token, key = (part.strip().partition("=")[2] for part in values.split(","))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), plain(key))
        claims = jwt.decode(token, public, algorithms=["ES256"], options={"verify_aud": False, "verify_exp": False})
        self.senders.append(claims | {"key": key})
        assert head["content-encoding"] == "aes128gcm"
        assert len(body) <= 4096  # what every push service takes (RFC 8030 7.2)
        assert int(head["ttl"]) >= 0
        assert len(head["topic"]) <= 32
        self.heads.append(head)
        if self.answer < 300:
            self.got.append(json.loads(opened(body, self.private, self.auth)))
