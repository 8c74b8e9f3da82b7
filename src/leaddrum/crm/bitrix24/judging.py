"""What a portal's answers mean to the drum, in the words of every CRM."""

from __future__ import annotations

from leaddrum.crm.base import Answer, Applied, Busy, NotNow, Rejected, Unreachable, Unsure
from leaddrum.crm.bitrix24.answers import Later, Ok, Refused, Reply, Unknown


def answer(reply: Reply) -> Answer:
    """What came of a write."""
    match reply:
        case Ok():
            return Applied()
        case Refused():
            return Rejected(str(reply))
        case Later(why, after):
            return NotNow(why, after)
        case Unknown(why):
            return Unsure(why)


def doubtful(reply: Reply) -> None:
    """
    Raises:
        Unreachable, Busy: nothing is known by it.
    """
    if isinstance(reply, Unknown):
        raise Unreachable(reply.why)
    if isinstance(reply, Later):
        if reply.closed or reply.code == "CONNECTION":
            raise Unreachable(reply.why)
        raise Busy(reply.why, reply.after)
