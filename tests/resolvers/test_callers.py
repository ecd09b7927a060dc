"""What a caller may do."""

import pytest

from domain.errors import Forbidden
from resolvers.callers import SCOPES, Caller, system
from tests.resolvers.making import NOBODY, NOON


def caller(*scopes: str) -> Caller:
    return Caller(NOBODY, "LIVE", frozenset(scopes), NOON, "key_1")


def test_a_scope_that_is_lacking_is_named() -> None:
    with pytest.raises(Forbidden) as refused:
        caller("INVOICES_READ").require("INVOICES_WRITE")
    assert refused.value.meta == {"scope": "INVOICES_WRITE"}


def test_who_may_write_a_noun_may_read_it() -> None:
    caller("INVOICES_WRITE").require("INVOICES_READ")


def test_who_may_write_one_noun_may_not_read_another() -> None:
    with pytest.raises(Forbidden):
        caller("INVOICES_WRITE").require("CUSTOMERS_READ")


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope.endswith("_WRITE")])
def test_a_token_for_one_customer_changes_nothing(scope: str) -> None:
    limited = Caller(NOBODY, "LIVE", frozenset(SCOPES), NOON, "key_1", customer_id=NOBODY)
    with pytest.raises(Forbidden):
        limited.require(scope)
    limited.require("INVOICES_READ")


def test_our_own_processes_may_do_everything() -> None:
    ours = system(NOBODY, "TEST", NOON)
    for scope in SCOPES:
        ours.require(scope)
