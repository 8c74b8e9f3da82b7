"""Leads and the requests they came from."""

from django.db import models

from leaddrum.models.company import Company, Person, Stage


class Lead(models.Model):
    """A card of the board. ``moved_at``/``moved_by`` are the record of the last change of stage.

    On the built-in board this row is the lead. Of a CRM apart it is the lead as last read from there (`read_at`) or as
    we have just changed it.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    crm_key = models.CharField(max_length=64, null=True)  # its number in a CRM apart
    read_at = models.DateTimeField(null=True)  # a CRM apart: nothing that happened after this instant is known here
    title = models.CharField(max_length=300)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=64, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone_key = models.CharField(max_length=32, blank=True)  # E.164, or '' when it is no phone number (S-25)
    email_key = models.CharField(max_length=254, blank=True)  # normalised address
    source = models.CharField(max_length=64, blank=True)
    fields = models.JSONField(default=dict)
    text = models.TextField(blank=True)  # what the client wrote
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, db_index=False)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, db_index=False)
    observers = models.ManyToManyField(Person, related_name="observed", blank=True)  # heads pulled in (S-8)
    priority = models.PositiveIntegerField(default=0)  # raised by each further request while it waits (S-25)
    arrived_at = models.DateTimeField()  # the client's clock starts here and never again (S-31)
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    deleted_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["company", "stage", "arrived_at"], name="lead_column"),
            models.Index(fields=["owner", "stage", "arrived_at"], name="lead_owner"),  # a person's column of the board
            models.Index(fields=["company", "phone_key"], name="lead_phone", condition=~models.Q(phone_key="")),
            models.Index(fields=["company", "email_key"], name="lead_email", condition=~models.Q(email_key="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "crm_key"], name="lead_crm_key", condition=models.Q(crm_key__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.title


class Request(models.Model):
    """What came in, as it came in: nothing is lost, not even what cannot be read (S-46)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, null=True, related_name="requests")
    channel = models.CharField(max_length=16)  # form | api | csv | hand | mail | call | chat
    external_id = models.CharField(max_length=200, null=True)
    received_at = models.DateTimeField()
    payload = models.JSONField()
    errors = models.JSONField(default=list)  # [{"where", "what"}] when no lead could be made of it
    way = models.ForeignKey("leaddrum.Way", on_delete=models.SET_NULL, null=True, db_index=False)  # by which it came
    # Read, and no lead on purpose: auto_reply | bounce | newsletter | ours | spam | test | event | dealt
    set_aside = models.CharField(max_length=12, blank=True)
    thread = models.CharField(max_length=200, blank=True)  # the conversation it belongs to, where the channel has them

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "external_id"], name="request_external_id")]
        indexes = [
            models.Index(
                fields=["company", "received_at"], name="request_unread", condition=models.Q(lead__isnull=True)
            ),
            models.Index(fields=["way", "id"], name="request_way", condition=models.Q(way__isnull=False)),
            models.Index(fields=["company", "thread", "id"], name="request_thread", condition=~models.Q(thread="")),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.received_at:%d.%m.%Y %H:%M}"


class Import(models.Model):
    """A CSV import: preview, progress, refused rows with line and reason."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField()
    file_name = models.CharField(max_length=255)
    settings = models.JSONField(default=dict)  # encoding, delimiter, header, columns: what each column is
    state = models.CharField(max_length=8, default="preview")  # preview | running | done | failed
    rows = models.PositiveIntegerField(default=0)
    line = models.PositiveIntegerField(default=0)  # physical lines of the file already dealt with
    done = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    joined = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.file_name


class ImportFile(models.Model):
    """The file of an import. Apart from it, because progress is saved after every batch and this never changes."""

    source = models.OneToOneField(Import, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField()
    digest = models.CharField(max_length=64)  # SHA-256: the same file sent twice makes no lead twice

    def __str__(self) -> str:
        return str(self.source_id)


class ImportRefusal(models.Model):
    """A row of an import that no lead could be made of."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField()
    what = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "line"], name="refusal_line")]

    def __str__(self) -> str:
        return f"{self.source_id}:{self.line}"
