"""What reports, feeds and the seal of the journal are read from: written by `leaddrum.facts`, behind the engine.

Nothing here is written in the hand-over's transaction: a step of the loop follows the journal, company by company, and
brings these rows up to date (docs/decisions/0005). A column's meaning stands in `leaddrum.facts.columns`, which feeds
the views, the OData feed, the exports and docs/feeds.md. Instants are to the second, UTC; days are the company's.
"""

from django.db import models

from leaddrum.models.company import Company


class Keeping(models.Model):
    """How far a company's books are kept: the last row of each table that was read, the change stamp, the chain."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE)
    head = models.BigIntegerField(default=-1)  # the company's head when nothing was left to do
    entry = models.BigIntegerField(default=0)  # the last row of each journal table that was sealed and counted
    turn = models.BigIntegerField(default=0)
    incident = models.BigIntegerField(default=0)
    stamp = models.BigIntegerField(default=0)  # of the newest change of a fact
    block = models.BigIntegerField(default=0)  # number and digest of the chain's newest block
    digest = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.company_id}@{self.stamp}"


class Seal(models.Model):
    """A block of the chain over the journal (S-49): numbers and digests of some rows of one table, tied to the block
    before it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    number = models.BigIntegerField()
    table = models.CharField(max_length=8)  # entry | turn | incident
    rows = models.BinaryField()  # 8 bytes of number and 32 of digest for each row
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="seal_number")]

    def __str__(self) -> str:
        return f"{self.company_id}:{self.number}"


class SealedText(models.Model):
    """Words of people in a sealed row. The chain holds their commitment, not themselves, so that they can be masked."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    table = models.CharField(max_length=8)
    row = models.BigIntegerField()
    place = models.CharField(max_length=40)  # column, or key in the entry's data
    salt = models.CharField(max_length=32)  # '' once masked: without it nobody can try out what stood there
    commitment = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "row", "place"], name="sealed_text")]

    def __str__(self) -> str:
        return f"{self.table} {self.row} {self.place}"


class Source(models.Model):
    """A source that leads came from, with a number for the feeds."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="source_name")]

    def __str__(self) -> str:
        return self.name


class Day(models.Model):
    """A day of a company's calendar: every day that a fact names is here."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    date = models.DateField()
    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField()
    day = models.PositiveSmallIntegerField()
    weekday = models.PositiveSmallIntegerField()
    iso_week = models.PositiveSmallIntegerField()
    working_seconds = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "date"], name="day_date")]

    def __str__(self) -> str:
        return f"{self.date}"


class FactLead(models.Model):
    """One passage of a lead through a drum."""

    passage_id = models.BigIntegerField(primary_key=True)
    company_id = models.BigIntegerField()
    lead_id = models.BigIntegerField()
    passage = models.PositiveIntegerField()
    drum_id = models.BigIntegerField()
    source_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    department_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=9)
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
    is_deleted = models.BooleanField()
    changed_at = models.DateTimeField()
    change_stamp = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "passage_id"], name="factlead_key"),
            models.Index(fields=["company_id", "change_stamp", "passage_id"], name="factlead_stamp"),
            models.Index(fields=["company_id", "opened_on"], name="factlead_opened"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}/{self.passage}"


class FactTurn(models.Model):
    """One turn that has ended."""

    turn_key = models.BigIntegerField(primary_key=True)
    company_id = models.BigIntegerField()
    passage_id = models.BigIntegerField()
    lead_id = models.BigIntegerField()
    turn_number = models.PositiveIntegerField()
    drum_id = models.BigIntegerField()
    source_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    department_id = models.BigIntegerField(null=True)
    policy_version = models.PositiveIntegerField()
    offered_at = models.DateTimeField()
    offered_on = models.DateField()
    offered_hour = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    budget_seconds = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8)
    is_taken = models.BooleanField()
    is_missed = models.BooleanField()
    excuse = models.CharField(max_length=16)
    is_annulled = models.BooleanField()
    is_answerable = models.BooleanField()
    worked_seconds = models.BigIntegerField(null=True)
    take_seconds = models.BigIntegerField(null=True)
    elapsed_seconds = models.BigIntegerField()
    system_seconds = models.BigIntegerField()
    is_deleted = models.BooleanField()
    changed_at = models.DateTimeField()
    change_stamp = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["passage_id", "turn_number"], name="factturn_number")]
        indexes = [
            models.Index(fields=["company_id", "turn_key"], name="factturn_key"),
            models.Index(fields=["company_id", "change_stamp", "turn_key"], name="factturn_stamp"),
            models.Index(fields=["company_id", "offered_on"], name="factturn_offered"),
        ]

    def __str__(self) -> str:
        return f"{self.passage_id}-{self.turn_number}"


class FactIncident(models.Model):
    """One missed turn in the journal."""

    incident_id = models.BigIntegerField(primary_key=True)
    company_id = models.BigIntegerField()
    passage_id = models.BigIntegerField()
    lead_id = models.BigIntegerField()
    turn_number = models.PositiveIntegerField()
    drum_id = models.BigIntegerField()
    source_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    department_id = models.BigIntegerField(null=True)
    next_person_id = models.BigIntegerField(null=True)
    policy_version = models.PositiveIntegerField()
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    missed_at = models.DateTimeField()
    missed_on = models.DateField()
    missed_hour = models.PositiveSmallIntegerField()
    budget_seconds = models.PositiveIntegerField()
    overdue_seconds = models.BigIntegerField()
    open_offers = models.PositiveIntegerField()
    excuse = models.CharField(max_length=16)
    is_excused = models.BooleanField()
    is_explained = models.BooleanField()
    is_annulled = models.BooleanField()
    is_answerable = models.BooleanField()
    annulled_at = models.DateTimeField(null=True)
    annulled_by_id = models.BigIntegerField(null=True)
    is_deleted = models.BooleanField()
    changed_at = models.DateTimeField()
    change_stamp = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["passage_id", "turn_number"], name="factincident_turn")]
        indexes = [
            models.Index(fields=["company_id", "incident_id"], name="factincident_key"),
            models.Index(fields=["company_id", "change_stamp", "incident_id"], name="factincident_stamp"),
            models.Index(fields=["company_id", "missed_on"], name="factincident_missed"),
        ]

    def __str__(self) -> str:
        return f"{self.passage_id}-{self.turn_number}"
