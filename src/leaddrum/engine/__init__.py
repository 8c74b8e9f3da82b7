"""The verbs: everything that changes a lead's way, one transaction each. The only writer of state.

Time is an argument (`now`, UTC). What cannot be done raises `Refused` and changes nothing; a press that comes too late
returns `Stale`.
"""

from leaddrum.engine import aftercare, broken_ways, built_in, mirror, silent_ways, ways, writes
from leaddrum.engine.aftercare import comment
from leaddrum.engine.answering import Answered, answer
from leaddrum.engine.arriving import Arrival, Arrived, arrive
from leaddrum.engine.board import assign, delete, head_decides, move
from leaddrum.engine.calling import Called, call, release
from leaddrum.engine.errors import Pressed, Refused, Stale
from leaddrum.engine.handing import answer_handover, hand_over, withdraw_handover
from leaddrum.engine.lock import in_company
from leaddrum.engine.merging import merge
from leaddrum.engine.people import (
    add_absence,
    annul,
    apply_to_running,
    end_absence,
    explain,
    pause,
    people_edited,
    resume,
    staff_changed,
    undelivered,
    would_move,
)
from leaddrum.engine.pressing import decline, standing, take, take_lead
from leaddrum.engine.retiming import Moved
from leaddrum.engine.threads import File
from leaddrum.engine.ticking import Ticked, tick
from leaddrum.engine.touches import Contact, lead_of, signal, touch

__all__ = [
    "Answered",
    "Arrival",
    "Arrived",
    "Called",
    "Contact",
    "File",
    "Moved",
    "Pressed",
    "Refused",
    "Stale",
    "Ticked",
    "add_absence",
    "aftercare",
    "annul",
    "answer",
    "answer_handover",
    "apply_to_running",
    "arrive",
    "assign",
    "broken_ways",
    "built_in",
    "call",
    "comment",
    "decline",
    "delete",
    "end_absence",
    "explain",
    "hand_over",
    "head_decides",
    "in_company",
    "lead_of",
    "merge",
    "mirror",
    "move",
    "pause",
    "people_edited",
    "release",
    "resume",
    "signal",
    "silent_ways",
    "staff_changed",
    "standing",
    "take",
    "take_lead",
    "tick",
    "touch",
    "undelivered",
    "ways",
    "withdraw_handover",
    "would_move",
    "writes",
]
