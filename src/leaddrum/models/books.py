"""The books that are kept behind the engine, besides the facts themselves (`models.facts`): how far, under which seal,
and what the feeds and pages need beside them.

Nothing here is written in the hand-over's transaction: a step of the loop follows the journal, company by company, and
brings these rows up to date (docs/decisions/0005).
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
    stamp = models.BigIntegerField(default=0)  # of the newest change of a fact or a dimension
    described = models.BigIntegerField(default=-1)  # the `staff_version` that the dimensions were last looked at
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


class Described(models.Model):
    """When a row of a dimension last changed (`leaddrum.facts.describing`)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    dimension = models.CharField(max_length=16)
    member = models.CharField(max_length=20)  # its key
    digest = models.CharField(max_length=32)
    stamp = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "dimension", "member"], name="described_member")]

    def __str__(self) -> str:
        return f"{self.dimension} {self.member}"


class DaySheet(models.Model):
    """The facts of one day, packed for the pages that count (`leaddrum.facts.sheets`)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    leads = models.BinaryField(default=b"")  # passages that began that day
    turns = models.BinaryField(default=b"")  # turns offered that day
    stamp = models.BigIntegerField()  # change stamp of the newest change of the day's facts
    due_at = models.DateTimeField(null=True)  # when to pack it; until then both are empty, and the facts are read

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "day"], name="daysheet_day")]
        indexes = [models.Index(fields=["due_at"], name="daysheet_due", condition=models.Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.day}"
