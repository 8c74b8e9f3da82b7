"""A company: its people, departments, calendars, stages, routes, and every version of its file."""

from django.conf import settings
from django.db import models


class Company(models.Model):
    """One tenant. Its row is locked by every transaction that changes its leads, so these are serial per company."""

    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    zone = models.CharField(max_length=64)
    language = models.CharField(max_length=8, default="ru")
    version = models.PositiveIntegerField(default=0)  # of its file; 0: no file was ever applied
    default_drum = models.ForeignKey("leaddrum.Drum", on_delete=models.PROTECT, null=True, related_name="+")
    staff_version = models.PositiveIntegerField(
        default=0
    )  # raised whenever people, absences, calendars or drums change
    crm = models.CharField(max_length=16, default="board")  # where its leads live: a key of leaddrum.crm.CRMS
    crm_seen_at = models.DateTimeField(null=True)  # the last complete look at the entry stages of a CRM apart
    crm_down_at = models.DateTimeField(null=True)  # since when a CRM apart does not answer (S-41)
    crm_error = models.TextField(blank=True)
    mask_after = models.PositiveSmallIntegerField(default=0)  # months; 0: clients' data is not masked by itself (S-49)
    first_step = models.PositiveSmallIntegerField(null=True)  # which of the five comes next; NULL: they are done
    head = models.BigIntegerField(default=0)  # rises with every change that pages show
    wake_at = models.DateTimeField(null=True, db_index=True)  # the earliest instant at which a tick has work here

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class CompanyVersion(models.Model):
    """The company file as it was applied: who, when, what changed in words."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    text = models.TextField()
    changes = models.JSONField(default=list)
    applied_at = models.DateTimeField()
    applied_by = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="company_version")]

    def __str__(self) -> str:
        return f"{self.company_id}/{self.number}"


class Calendar(models.Model):
    """Working hours as the file gives them; ``spec`` is what ``leaddrum.company`` compiles to a core calendar."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    key = models.CharField(max_length=64)
    spec = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="calendar_key")]

    def __str__(self) -> str:
        return self.key


class Stage(models.Model):
    """A column of the built-in board and what it means (S-30)."""

    class Meaning(models.TextChoices):
        ENTRY = "entry"
        TAKE = "take"
        CLOSE = "close"
        IGNORE = "ignore"

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    meaning = models.CharField(max_length=8, choices=Meaning.choices)
    position = models.PositiveIntegerField()
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="stage_key")]

    def __str__(self) -> str:
        return self.title


class Person(models.Model):
    """An employee. Never deleted: the journal speaks of him. Gone from the file means ``active = False``."""

    class Role(models.TextChoices):
        EMPLOYEE = "employee"
        HEAD = "head"
        ADMIN = "admin"

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.EMPLOYEE)
    zone = models.CharField(max_length=64, blank=True)  # empty: the company's
    language = models.CharField(max_length=8, blank=True)  # empty: the company's
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, null=True)  # own hours (S-12)
    quiet = models.JSONField(default=list)  # quiet hours, ["22:00-08:00"], in his zone: nothing is sent in them
    ways = models.JSONField(default=dict)  # his own choice: see leaddrum.engine.ways
    active = models.BooleanField(default=True)
    technical = models.BooleanField(default=False)  # a robot's account: its moves are no take (S-29)
    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    paused_at = models.DateTimeField(null=True)  # he (or S-55) paused him; he comes back by one press
    pause_reason = models.CharField(max_length=200, blank=True)
    open_offers = models.PositiveIntegerField(default=0)  # kept by the engine with each turn it opens and ends
    streak = models.PositiveIntegerField(default=0)  # missed turns in a row (S-55)

    class Meta:
        verbose_name_plural = "people"
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="person_key")]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="children")
    head = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="heads")
    deputy = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="deputises")
    people = models.ManyToManyField(Person, related_name="departments")
    position = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="department_key")]

    def __str__(self) -> str:
        return self.name


class Absence(models.Model):
    """Somebody is away in ``[starts_at, ends_at)``."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    from_file = models.BooleanField(default=False)  # owned by the company file: an apply replaces these and no other

    class Meta:
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["person", "ends_at"], name="absence_person")]

    def __str__(self) -> str:
        return f"{self.starts_at:%d.%m.%Y}-{self.ends_at:%d.%m.%Y}"


class Pause(models.Model):
    """Somebody was paused in ``[starts_at, ends_at)``; one person's pauses never overlap. `Person.paused_at` is the one
    that runs."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="pauses", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # NULL: it runs
    why = models.CharField(max_length=200, blank=True)  # in his words, or his head's; `misses`: S-55

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], name="pause_open", condition=models.Q(ends_at__isnull=True))
        ]
        indexes = [models.Index(fields=["person", "starts_at"], name="pause_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.starts_at:%d.%m.%Y %H:%M}"


class Route(models.Model):
    """One routing rule: ``when`` maps a lead field to the values it may have; the first match wins (S-26)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    position = models.PositiveIntegerField()
    when = models.JSONField()
    drum = models.ForeignKey("leaddrum.Drum", on_delete=models.CASCADE)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.when}"
