"""What does not work in a portal beside its leads, a line for each thing, until it works: the people, the list, the
bot. Heads read it on the page that says what is broken, operators in `leaddrum doctor`."""

from __future__ import annotations

from leaddrum import engine
from leaddrum.models import Portal

PEOPLE, LIST, BOT = "people", "the list", "the bot"
LONGEST = 500  # characters of one


def say(portal: Portal, topic: str, words: str) -> None:
    """`words` is all that is wrong with it now; empty: nothing. Others may have something to say at the same moment."""
    kept = _kept(portal)
    if _with(kept, topic, words) == kept:
        return
    with engine.in_company(portal.company_id):
        portal.trouble = _with(_kept(portal), topic, words)
        Portal.objects.filter(pk=portal.pk).update(trouble=portal.trouble)


def _kept(portal: Portal) -> str:
    return Portal.objects.values_list("trouble", flat=True).get(pk=portal.pk)


def _with(trouble: str, topic: str, words: str) -> str:
    others = [line for line in trouble.splitlines() if not line.startswith(f"{topic}: ")]
    return "\n".join([*others, *([f"{topic}: {' '.join(words.split())[:LONGEST]}"] if words else [])])
