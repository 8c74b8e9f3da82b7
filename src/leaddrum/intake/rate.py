"""How often somebody may call. Counted in this process: with N web processes behind a balancer a limit is up to N times
as wide; it is there against floods and mistakes, not for billing."""

from __future__ import annotations

import ipaddress
import math
import time
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

_storage = MemoryStorage()
_limiter = SlidingWindowCounterRateLimiter(_storage)
_parsed = lru_cache(parse)


def seconds_to_wait(rate: str, *who: str) -> int:
    """Count one call. 0: go ahead; else whole seconds until another is worth while.

    Args:
        rate: as "30/minute".
        who: what is counted, and whose.
    """
    item: RateLimitItem = _parsed(rate)
    if _limiter.hit(item, *who):
        return 0
    return max(1, math.ceil(_limiter.get_window_stats(item, *who).reset_time - time.time()))


def forget() -> None:
    """Start counting anew."""
    _storage.reset()


def announced_bytes(request: HttpRequest) -> int:
    """How long the body says it is: what is too long is refused before it is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0


def address(request: HttpRequest) -> str:
    """Whose call it is: the peer, or what the outermost of our own proxies saw. An IPv6 client is his /64 network."""
    seen = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if 0 < settings.PROXIES <= len(hops):
        seen = hops[-settings.PROXIES]
    try:
        ip = ipaddress.ip_address(seen)
    except ValueError:
        return seen[:64]
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)
