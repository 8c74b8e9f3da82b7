"""Notices on their way out: lanes, retries, the next channel, and what happens when nothing gets through (S-45).

A lane is one company's way through one channel (`leaddrum.lanes`):

1. Claim a lane that is due (`sending`; in the engine each channel has a thread of its own: `carriers`).
2. Offers that did not reach anybody in time: the engine warns the head and excuses the miss (S-45; `settling`).
3. Send, outside any transaction, the oldest notices that are ready (`waiting`, `writing`); settle each at once, if the
   lease is still ours. What a head is told is bundled in a storm. What a channel has sent before may change with its
   turn: that comes next.
4. Settle the lane: `next_send_at` is when the next notice is ready; after a failure, when it may be tried again.

A claim and a settlement hold the company's row as the engine does, so no notice written meanwhile is overlooked. What
was sent but not settled (a crash in between) is sent again with the same key: at least once, recognisably. What a
channel is in doubt about (the way broke after the whole message had gone) is repeated once and not a third time (S-40).
"""

from leaddrum.outbox.carriers import Carriers
from leaddrum.outbox.sending import send_due
from leaddrum.outbox.sent import Sent

__all__ = ["Carriers", "Sent", "send_due"]
