"""Access tokens: what they say of their caller, and until when."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from resolvers import access_tokens
from resolvers.callers import Caller
from tests.resolvers.making import NOON, customer

SECRET = b"k" * 32
SOME = frozenset({"INVOICES_READ", "CUSTOMERS_READ"})


async def test_a_token_says_who_calls(caller: Caller) -> None:
    customer_id = await customer(caller)
    made = await access_tokens.create(caller, SECRET, NOON, SOME, customer_id, 60)

    found = access_tokens.find_caller(made.text, SECRET, NOON)

    assert found is not None
    assert (found.workspace_id, found.mode) == (caller.workspace_id, caller.mode)
    assert (found.scopes, found.customer_id) == (SOME, customer_id)
    assert found.actor.startswith("cus_")
    assert found.expires_at == made.expires_at == NOON + timedelta(seconds=60)


async def test_a_token_ends(caller: Caller) -> None:
    made = await access_tokens.create(caller, SECRET, NOON, SOME, None, 60)
    last = made.expires_at - timedelta(microseconds=1)
    assert access_tokens.find_caller(made.text, SECRET, last) is not None
    assert access_tokens.find_caller(made.text, SECRET, made.expires_at) is None


async def test_a_sandboxs_clock_makes_no_token_last_longer(caller: Caller) -> None:
    ahead = replace(caller, now=NOON + timedelta(days=3650))
    made = await access_tokens.create(ahead, SECRET, NOON, SOME)
    assert made.expires_at == NOON + timedelta(seconds=900)


async def test_another_secret_signs_nothing(caller: Caller) -> None:
    made = await access_tokens.create(caller, b"x" * 32, NOON, SOME)
    assert access_tokens.find_caller(made.text, SECRET, NOON) is None


@given(some.text(max_size=300) | some.text("at_ey.J0-9", max_size=100).map("at_".__add__))
def test_no_text_but_a_token_is_one(text: str) -> None:
    assert access_tokens.find_caller(text, SECRET, NOON) is None
