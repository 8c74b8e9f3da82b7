"""The settings of a drum as fields: their labels, examples, and what each choice means."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from leaddrum.company.choices import CHOICES
from leaddrum.web.setup.fields import Field

STRATEGIES = (
    ("circle", CHOICES["strategy"]["circle"], _("whose last offer is the oldest")),
    ("weighted", CHOICES["strategy"]["weighted"], _("somebody of weight 2 gets twice as many as one of weight 1")),
    ("least_loaded", CHOICES["strategy"]["least_loaded"], _("fewest open leads of this drum")),
    ("claim", CHOICES["strategy"]["claim"], _("whoever presses first has it")),
)
ESCALATIONS = (
    ("observe", CHOICES["escalation"]["observe"], _("the head is told and watches, the drum goes on")),
    ("own", CHOICES["escalation"]["own"], _("the lead becomes the head's")),
    (
        "freeze",
        CHOICES["escalation"]["freeze"],
        _("the drum stops until the head assigns the lead, restarts the drum or closes the lead"),
    ),
)
FIRST_TURNS = (
    ("owner", CHOICES["first_turn"]["owner"], _("when they are in the drum and on duty")),
    ("drum", CHOICES["first_turn"]["drum"], _("always chosen by the drum")),
)
ROSTERS = (
    ("people", _("These people"), _("in this order")),
    ("department", _("A department"), _("whoever belongs to it, newcomers too")),
    (
        "owner",
        _("The department of the responsible person"),
        _("a lead goes round the department of whoever it belongs to"),
    ),
)

TERM = (
    Field(
        "budget",
        _("Budget for one person"),
        "time",
        _("The working time a person has to take a lead: 20 min, 1 h 30 min, 90 s."),
    ),
    Field(
        "promise",
        _("Tell the client when to expect an answer"),
        "flag",
        _("On the page after the form: “we answer by 10:30”."),
    ),
    Field(
        "trial",
        _("Try two budgets at once"),
        "text",
        _("15 min, 30 min: each lead has one of them, and the adviser says which is better. Empty: nothing is tried."),
    ),
)
REMINDERS = (
    Field(
        "warn_at",
        _("Remind the person when this much of the budget is spent"),
        "text",
        _("In per cent, with commas. For example, 50, 80: of 20 minutes the 10th and the 16th. Empty: no reminders."),
    ),
)
HEAD = (
    Field(
        "escalate_after",
        _("Call the head after this many misses"),
        "number",
        _("For example, 4: after the fourth miss, and again after the eighth."),
    ),
    Field("escalation", _("What the head does then"), "radio", "", ESCALATIONS),
    Field(
        "pause_after",
        _("Pause somebody after this many misses in a row"),
        "number",
        _("0: never. One press brings the person back."),
    ),
    Field(
        "hold_alert", _("Tell the head when nobody is there for"), "time", _("In working time, once a lead: 15 min.")
    ),
    Field(
        "verdict_delay",
        _("Wait after the deadline"),
        "time",
        _("By the clock, for a press that is on its way: 20 s."),
    ),
)
CHOICE = (
    Field("strategy", _("In which order"), "radio", "", STRATEGIES),
    Field("first_turn", _("Who has the first turn"), "radio", "", FIRST_TURNS),
    Field(
        "open_offers_cap",
        _("Offers one person may hold"),
        "number",
        _("For example, 3: the fourth lead goes to somebody else."),
    ),
    Field(
        "cooldown",
        _("Not again to whoever missed it for"),
        "time",
        _("So long the same lead is not offered to the same person again: 30 min. Empty: as long as the budget."),
    ),
    Field(
        "make_up",
        _("After an absence, make up for offers"),
        "number",
        _("By weight only: so many at most come to a person besides the share. 0: none."),
    ),
    Field(
        "min_rest",
        _("Least rest of a shift"),
        "time",
        _("With less than this left before a person goes home, somebody else comes first: 5 min."),
    ),
    Field(
        "sticky_budget",
        _("Budget of a known client's own manager"),
        "time",
        _("Whoever works with the client is asked first, for so long, and loses no place in the circle: 10 min."),
    ),
)
HOURS = (Field("calendar", _("Working hours"), "select", _("Outside of them every deadline stands still.")),)
PLACE = (
    Field("name", _("Name"), "text", _("As people see it on the board: “Requests from the site”.")),
    Field("entry", _("Stages in which leads wait"), "checks", _("As long as a lead stands there, the drum turns.")),
    Field(
        "take_stage",
        _("“Take” moves the lead to"),
        "select",
        _("Whoever moves a lead to this stage by hand has taken it, too."),
    ),
    Field(
        "rotate",
        _("Hand over to the next"),
        "flag",
        _("Off: a deadline for a stage. Reminders and misses, but the lead stays with its owner."),
    ),
    Field(
        "relapse",
        _("First call, mail or comment after a take within"),
        "time",
        _("In working time: 60 min. Else the take was for show: an incident, and the drum again. 0: not watched."),
    ),
    Field("robots_take", _("A robot's move counts as a take"), "flag", _("Usually not: a robot calls nobody back.")),
)
SIGNALS = (
    Field(
        "take_signals",
        _("What counts as taken besides the stage"),
        "checks",
        _("Somebody who has talked to the client has taken the lead, even without moving a card."),
        tuple((code, label, "") for code, label in CHOICES["take_signals"].items()),
    ),
    Field("call_seconds", _("A call counts from"), "time", _("Shorter ones are no conversation: 30 s.")),
    Field(
        "on_signal",
        _("What follows from it"),
        "radio",
        "",
        (
            ("take", CHOICES["on_signal"]["take"], _("the program moves it by itself")),
            ("ask", CHOICES["on_signal"]["ask"], _("one press, and the lead is theirs")),
        ),
    ),
)
ROSTER = (
    Field("roster", _("Who is in the drum"), "radio", "", ROSTERS),
    Field("department", _("Department"), "select"),
    Field("subdepartments", _("With the departments below it"), "flag"),
)
ALL = (*PLACE, *TERM, *REMINDERS, *HEAD, *ROSTER, *CHOICE, *HOURS, *SIGNALS)
TIMES = frozenset(one.name for one in ALL if one.kind == "time")
NUMBERS = frozenset(one.name for one in ALL if one.kind == "number")
FLAGS = frozenset(one.name for one in ALL if one.kind == "flag") - {"subdepartments"}
