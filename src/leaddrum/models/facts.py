"""What reports and feeds are read from: written by `leaddrum.facts`, behind the engine (docs/decisions/0005).

A column's meaning stands in `leaddrum.facts.columns`, which feeds the views, the OData feed, the exports and
docs/feeds.md. Instants are to the second, UTC; days are the company's.
"""

from django.db import models


class Fact(models.Model):
    """What every fact says of its passage, and when it last changed."""

    company_id = models.BigIntegerField()
    passage_id = models.BigIntegerField()
    lead_id = models.BigIntegerField()
    drum_id = models.BigIntegerField()
    source_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    department_id = models.BigIntegerField(null=True)
    is_deleted = models.BooleanField()
    changed_at = models.DateTimeField()
    change_stamp = models.BigIntegerField()

    class Meta:
        abstract = True


class TurnFact(Fact):
    """What a turn and its incident both say."""

    turn_number = models.PositiveIntegerField()
    policy_version = models.PositiveIntegerField()
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    budget_seconds = models.PositiveIntegerField()
    excuse = models.CharField(max_length=16)
    is_annulled = models.BooleanField()
    is_answerable = models.BooleanField()

    class Meta:
        abstract = True


class FactLead(Fact):
    """One passage of a lead through a drum."""

    passage_id = models.BigIntegerField(primary_key=True)
    passage = models.PositiveIntegerField()
    state = models.CharField(max_length=9)
    stage_id = models.BigIntegerField(null=True)  # where the lead stands now, whatever the passage; filled by 0032
    moved_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField()
    arrived_on = models.DateField()
    arrived_hour = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    opened_on = models.DateField()
    offered_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    turns = models.PositiveIntegerField()
    hand_overs = models.PositiveIntegerField()
    misses = models.PositiveIntegerField()
    misses_excused = models.PositiveIntegerField()
    misses_annulled = models.PositiveIntegerField()
    escalations = models.PositiveIntegerField()
    holds = models.PositiveIntegerField()
    taken_turn = models.PositiveIntegerField(null=True)
    is_taken = models.BooleanField()
    is_taken_in_time = models.BooleanField()
    is_junk = models.BooleanField()
    came_back = models.BooleanField()
    wait_seconds = models.BigIntegerField(null=True)
    service_seconds = models.BigIntegerField(null=True)
    offered_seconds = models.BigIntegerField()
    held_seconds = models.BigIntegerField()
    system_seconds = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "passage_id"], name="factlead_key"),
            models.Index(fields=["company_id", "change_stamp", "passage_id"], name="factlead_stamp"),
            models.Index(fields=["company_id", "opened_on"], name="factlead_opened"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}/{self.passage}"


class FactTurn(TurnFact):
    """One turn that has ended."""

    turn_key = models.BigIntegerField(primary_key=True)
    offered_on = models.DateField()
    offered_hour = models.PositiveSmallIntegerField()
    ended_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    verdict = models.CharField(max_length=8)
    is_taken = models.BooleanField()
    is_missed = models.BooleanField()
    worked_seconds = models.BigIntegerField(null=True)
    take_seconds = models.BigIntegerField(null=True)
    elapsed_seconds = models.BigIntegerField()
    system_seconds = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["passage_id", "turn_number"], name="factturn_number")]
        indexes = [
            models.Index(fields=["company_id", "turn_key"], name="factturn_key"),
            models.Index(fields=["company_id", "change_stamp", "turn_key"], name="factturn_stamp"),
            models.Index(fields=["company_id", "offered_on"], name="factturn_offered"),
        ]

    def __str__(self) -> str:
        return f"{self.passage_id}/{self.turn_number}"


class FactIncident(TurnFact):
    """One missed turn in the journal."""

    incident_id = models.BigIntegerField(primary_key=True)
    next_person_id = models.BigIntegerField(null=True)
    missed_at = models.DateTimeField()
    missed_on = models.DateField()
    missed_hour = models.PositiveSmallIntegerField()
    overdue_seconds = models.BigIntegerField()
    open_offers = models.PositiveIntegerField()
    is_excused = models.BooleanField()
    is_explained = models.BooleanField()
    annulled_at = models.DateTimeField(null=True)
    annulled_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["passage_id", "turn_number"], name="factincident_turn")]
        indexes = [
            models.Index(fields=["company_id", "incident_id"], name="factincident_key"),
            models.Index(fields=["company_id", "change_stamp", "incident_id"], name="factincident_stamp"),
            models.Index(fields=["company_id", "missed_on"], name="factincident_missed"),
        ]

    def __str__(self) -> str:
        return f"{self.passage_id}/{self.turn_number}"
