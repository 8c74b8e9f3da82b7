"""Who may come in: accounts, one-time sign-in links, API tokens. Secrets are kept as SHA-256 digests only."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Account(AbstractUser):
    """A sign-in. A person of a company has one; an operator (Django's admin) has one without a person."""

    class Meta(AbstractUser.Meta):
        pass


class SignInLink(models.Model):
    """A link that signs one account in, once."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.account_id} {self.created_at:%d.%m.%Y %H:%M}"


class ApiToken(models.Model):
    """A bearer token of a company: ``role`` says what it may do, ``digest`` is all that is kept of it."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        INTAKE = "intake"  # may only add leads
        READ = "read"  # may only read
        FEED = "feed"  # may only read the feeds

    company = models.ForeignKey("leaddrum.Company", on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=16, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="token_name")]

    def __str__(self) -> str:
        return self.name


class SecondFactor(models.Model):
    """An account's second factor: the secret of an app that shows six digits. Sealed, for it must be used again."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.TextField()  # see `leaddrum.sealed`
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)  # until then it is asked of nobody
    used_step = models.BigIntegerField(default=0)  # a code counts once: the newest 30 seconds that a code was of
    spare = models.JSONField(default=list)  # digests of the codes that are left for a lost phone

    def __str__(self) -> str:
        return f"{self.account_id}"
