"""The engine's tables. Written by `leaddrum.engine` alone.

Foreign keys have an index only where a page or the engine looks rows up by them, and the append-only tables have no
constraint on theirs: an index costs a random page with every hand-over, a constraint a look-up, and these rows are
written in the same transaction as the cycle they name and never deleted (docs/decisions/0002).

The open turn's columns live in its cycle's row; a turn gets a row of its own when it ends, with its verdict, and that
row never changes (I2). So a hand-over is a compare-and-set on one row and a few appends.
"""

from django.db import models

from leaddrum.models.columns import OwnJSONField
from leaddrum.models.company import Company, Person
from leaddrum.models.drum import Drum
from leaddrum.models.lead import Lead


class Cycle(models.Model):
    """One passage of a lead through a drum. `turn_*` columns are the open turn; `holder` NULL and state `offered` is
    an offer to everybody (strategy `claim`)."""

    class State(models.TextChoices):
        OFFERED = "offered"
        HELD = "held"
        WITH_HEAD = "with_head"
        TAKEN = "taken"
        CLOSED = "closed"
        WITHDRAWN = "withdrawn"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="cycles", db_index=False)
    number = models.PositiveIntegerField()  # 1, 2, … within the lead
    drum = models.ForeignKey(Drum, on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=9, choices=State.choices)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    seq = models.PositiveIntegerField(default=0)  # of the newest journal entry
    misses = models.PositiveIntegerField(default=0)
    turn_number = models.PositiveIntegerField(default=0)  # of the open turn, or of the last one
    holder = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    offered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    budget = models.PositiveIntegerField(default=0)  # working seconds of the open turn
    turn = OwnJSONField(default=dict)  # rest of the open turn: see core.cycle.Turn
    candidates = OwnJSONField(default=list)  # of the open turn's choice, or of the one that ended in a hold (S-20)
    seen = OwnJSONField(default=dict)  # person id -> his part in this cycle so far: see core.cycle.Part
    pinned = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)  # S-28
    priority = models.PositiveIntegerField(default=0)
    hold_reason = models.CharField(max_length=8, blank=True)  # closed | nobody | cap | cooldown | frozen
    hold = OwnJSONField(default=dict)  # since when, until when, whether the head was told
    taken_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    next_at = models.DateTimeField(null=True)  # when a tick must look at it next
    error = models.TextField(blank=True)  # the last failure of a tick on this lead; it is tried again in an hour

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "number"], name="cycle_number"),
            models.UniqueConstraint(
                fields=["lead"], name="cycle_open", condition=models.Q(state__in=["offered", "held", "with_head"])
            ),
        ]
        indexes = [
            models.Index(fields=["company", "next_at"], name="cycle_due", condition=models.Q(next_at__isnull=False)),
            models.Index(
                fields=["drum", "-priority", "opened_at"], name="cycle_queue", condition=models.Q(state="held")
            ),
            models.Index(fields=["holder"], name="cycle_holder", condition=models.Q(state="offered")),
            models.Index(fields=["drum", "ended_at"], name="cycle_taken", condition=models.Q(state="taken")),
            # What waits is counted, and what burns is found, from this alone, without reading its wide rows. "Not
            # ended" and not a list of states: with parameters SQLite does not recognise a list, and would read the
            # whole history instead.
            models.Index(
                fields=["company", "state", "drum", "hold_reason", "opened_at", "lead", "misses", "due_at"],
                name="cycle_waiting",
                condition=models.Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}/{self.number}"


class Turn(models.Model):
    """An ended turn."""

    class Verdict(models.TextChoices):
        TAKEN = "taken"
        MISSED = "missed"
        RETURNED = "returned"
        VOID = "void"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    cycle = models.ForeignKey(
        Cycle, on_delete=models.CASCADE, related_name="turns", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False)
    policy_version = models.PositiveIntegerField()
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    budget = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    verdict_at = models.DateTimeField()  # the instant it counts from: the take, the decline, the deadline that passed
    noticed_at = models.DateTimeField()  # when the engine knew
    reason = models.CharField(max_length=200, blank=True)
    candidates = OwnJSONField(default=list)  # S-20: [[person id, code, value], …], the chosen one first

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "number"], name="turn_number")]
        indexes = [  # of taken turns alone: a hand-over pays nothing for it
            models.Index(fields=["person", "verdict_at"], name="turn_taken", condition=models.Q(verdict="taken")),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id}/{self.number}"


class Incident(models.Model):
    """The journal record of one missed turn (S-47), or, with `turn_number` 0, of a cycle's false take (S-38). Only the
    explanation and the annulment are ever added to it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    cycle = models.ForeignKey(
        Cycle, on_delete=models.CASCADE, related_name="incidents", db_index=False, db_constraint=False
    )
    turn_number = models.PositiveIntegerField()
    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, related_name="incidents", db_index=False, db_constraint=False
    )
    drum = models.ForeignKey(Drum, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="incidents", db_index=False, db_constraint=False
    )
    policy_version = models.PositiveIntegerField()
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    missed_at = models.DateTimeField()  # when the verdict fell
    budget = models.PositiveIntegerField()
    open_offers = models.PositiveIntegerField()  # what he held then, this one included
    # '' | overload, call (S-48) | undelivered (S-45) | outage | watched: the portal was only watched
    excuse = models.CharField(max_length=16, blank=True)
    next_person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    candidates = OwnJSONField(default=list)  # of the hand-over that followed
    explanation = models.TextField(blank=True)  # his own words
    annulled_at = models.DateTimeField(null=True)
    annulled_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )  # NULL: the system
    annulled_why = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "turn_number"], name="incident_turn")]
        indexes = [
            models.Index(fields=["company", "id"], name="incident_company"),
            models.Index(fields=["person", "id"], name="incident_person"),
            # The journal's tallies read this alone. It grows at its end, so a miss finds its page warm.
            models.Index(
                fields=["company", "missed_at", "person", "drum", "excuse", "annulled_at"], name="incident_tally"
            ),
            # The same of false takes alone: there are few, and a miss pays nothing for it.
            models.Index(
                fields=["company", "missed_at", "person", "drum", "annulled_at", "turn_number"],
                name="incident_false",
                condition=models.Q(turn_number=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id}/{self.turn_number}"


class Entry(models.Model):
    """One line of the journal: what was decided and why. Append-only; a cycle's `seq` exists once or not at all."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    cycle = models.ForeignKey(
        Cycle, on_delete=models.CASCADE, related_name="entries", db_index=False, db_constraint=False
    )
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=24)
    data = OwnJSONField()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["cycle", "seq"], name="entry_seq")]

    def __str__(self) -> str:
        return f"{self.cycle_id}/{self.seq} {self.kind}"


class Effect(models.Model):
    """Something to be said to somebody, written in the same commit as its reason. It is his in-app notice at once;
    `channel` is the outward way still to be tried. With an `outlet` it is not his notice but what the company's post of
    that number is told about him."""

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        FAILED = "failed"  # every channel of his refused it; S-45 acts on it at `late_at`
        DEAD = "dead"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, null=True, db_index=False, db_constraint=False)
    seq = models.PositiveIntegerField(default=0)
    turn_number = models.PositiveIntegerField(default=0)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    kind = models.CharField(max_length=16)
    data = OwnJSONField()
    created_at = models.DateTimeField()
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=8, choices=State.choices)
    ready_at = models.DateTimeField(null=True)  # not before: quiet hours, back-off
    late_at = models.DateTimeField(null=True)  # an offer not delivered by then excuses the miss (S-45)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    outlet = models.BigIntegerField(null=True)
    tried = models.CharField(max_length=120, null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["company", "channel", "ready_at"],
                name="effect_pending",
                condition=models.Q(state__in=["pending", "failed"]),
            ),
            models.Index(fields=["person", "id"], name="effect_person"),
            models.Index(fields=["cycle", "person"], name="effect_cycle"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """What a receiver recognises a repeat by: `cycle:seq:kind:to`; its own number when that would not name it."""
        own = "" if self.cycle_id and not self.outlet else f":{self.outlet or 0}-{self.pk}"
        return f"{self.cycle_id or 0}:{self.seq}:{self.kind}:{self.person_id}{own}"


class CrmWrite(models.Model):
    """Something to be written into a CRM apart, in the same commit as its reason. Absolute values, so that a repeat
    changes nothing; and a write that may or may not have been applied is read back first (S-40)."""

    class State(models.TextChoices):
        PENDING = "pending"
        UNSURE = "unsure"  # sent; whether it was applied is not known
        DONE = "done"
        STALE = "stale"  # no longer wanted when its time came
        REFUSED = "refused"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="writes")
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, null=True, db_index=False)
    turn_number = models.PositiveIntegerField(default=0)  # the turn that starts with it; 0: none does
    seq = models.PositiveIntegerField(default=0)  # the first journal entry that a note tells of
    kind = models.CharField(max_length=8)  # owner | observer | stage; incident | note | todo
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    stage = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    ready_at = models.DateTimeField()  # not before
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["company", "ready_at"],
                name="crmwrite_open",
                condition=models.Q(state__in=["pending", "unsure"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.kind} {self.state}"


class Lane(models.Model):
    """One company's way out through one channel: lock, lease, rate and back-off at once."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    channel = models.CharField(max_length=16)
    next_send_at = models.DateTimeField(null=True, db_index=True)  # NULL: nothing to send
    lease = models.CharField(max_length=32, blank=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "channel"], name="lane_channel")]

    def __str__(self) -> str:
        return f"{self.company_id}/{self.channel}"


class Heartbeat(models.Model):
    """A process that turns the drum: when it last did."""

    worker = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.worker
