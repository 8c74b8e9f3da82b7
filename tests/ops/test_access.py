"""Secrets that let somebody in: once, for a while, kept as digests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leaddrum import access
from leaddrum.models import ApiToken, SignInLink
from tests.world import World


def test_a_link_signs_in_once_within_its_minutes(world: World) -> None:
    account = access.account_of(world.person("anna"))
    secret = access.make_link(account, now=world.now)
    assert SignInLink.objects.get().digest == access.digest(secret)
    assert access.peek_link(secret, now=world.now) == account
    assert access.peek_link(secret, now=world.now) == account  # a mail program may look
    assert access.consume_link(secret, now=world.now) == account
    assert access.consume_link(secret, now=world.now) is None
    late = access.make_link(account, now=world.now)
    assert access.consume_link(late, now=world.now + timedelta(minutes=access.LINK_MINUTES)) is None
    assert access.consume_link("guessed", now=world.now) is None


def test_a_dismissed_persons_link_is_worth_nothing(world: World) -> None:
    account = access.account_of(world.person("anna"))
    secret = access.make_link(account, now=world.now)
    account.is_active = False
    account.save()
    assert access.consume_link(secret, now=world.now) is None


def test_one_account_a_person(world: World) -> None:
    first = access.account_of(world.person("anna"))
    assert access.account_of(world.person("anna")) == first
    assert not first.has_usable_password()


def test_tokens_expire_and_are_revoked(world: World) -> None:
    secret = access.make_token(world.company, "crm", "read", now=world.now, days=1)
    token = access.find_token(secret, now=world.now)
    assert token is not None
    assert (token.role, token.company_id) == ("read", world.company_id)
    assert secret not in str(ApiToken.objects.values().get())
    assert access.find_token(secret, now=world.now + timedelta(days=1)) is None
    with pytest.raises(access.NameTakenError):
        access.make_token(world.company, "crm", "admin", now=world.now)
    assert access.revoke_token(world.company, "crm", now=world.now)
    assert access.find_token(secret, now=world.now) is None
    assert not access.revoke_token(world.company, "crm", now=world.now)
