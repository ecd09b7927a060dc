"""Stories: random walks of acts over a few invoices, next to a small model of what they do."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from resolvers import invoices
from resolvers.callers import Caller
from tests.resolvers.making import (
    at,
    codes_of,
    customer,
    line,
    lines_of,
    numbers,
    someone,
    stored,
    types,
    wanted,
)

T = TypeVar("T")
CENTS = some.integers(0, 50_000)


@dataclass
class Known:
    """What the model knows of an invoice."""

    id: UUID
    cents: list[int]
    status: str = "DRAFT"
    number: str | None = None
    version: int = 1
    due_minor: int = 0


class Story(RuleBasedStateMachine):
    """Acts on invoices; after each, the database says what the model says."""

    known = Bundle("known")
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.caller: Caller = self.run(someone())
        self.customer_id = self.run(customer(self.caller))
        self.invoices: list[Known] = []
        self.issued = 0
        self.told: list[str] = []

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(act, self.loop).result(30)

    def attempt(self, act: Coroutine[Any, Any, Any], *, is_allowed: bool, code: str) -> bool:
        """Runs an act that must be allowed, or refused with a code."""
        assert self.run(codes_of(act)) == ([] if is_allowed else [code])
        return is_allowed

    def expect_live(self, of: Known) -> None:
        self.issued += 1
        of.number = f"INV-{self.issued:04}"
        of.status = "OPEN" if sum(of.cents) else "PAID"
        self.told += ["invoice.finalized"] + ["invoice.paid"] * (of.status == "PAID")

    @rule(target=known, cents=some.lists(CENTS, max_size=4))
    def draft(self, cents: list[int]) -> Known:
        asked = wanted(self.customer_id, lines=tuple(line(cents=one) for one in cents))
        made = Known(self.run(invoices.draft(self.caller, asked)), list(cents))
        self.invoices.append(made)
        self.told.append("invoice.created")
        return made

    @rule(target=known, cents=some.lists(CENTS, min_size=1, max_size=4))
    def issue(self, cents: list[int]) -> Known:
        asked = wanted(self.customer_id, lines=tuple(line(cents=one) for one in cents))
        made = Known(self.run(invoices.issue(self.caller, asked)), list(cents))
        self.invoices.append(made)
        self.expect_live(made)
        return made

    @rule(of=known, cents=CENTS, place=some.integers(1, 5))
    def add_line(self, of: Known, cents: int, place: int) -> None:
        if of not in self.invoices:
            return
        place = min(place, len(of.cents) + 1)
        added = invoices.add_line(self.caller, of.id, line(cents=cents), place)
        if self.attempt(added, is_allowed=of.status == "DRAFT", code="INVOICE_NOT_DRAFT"):
            of.cents.insert(place - 1, cents)
            self.changed(of, "invoice.updated")

    @rule(of=known, place=some.integers(0, 3))
    def remove_line(self, of: Known, place: int) -> None:
        if of not in self.invoices or place >= len(of.cents):
            return
        line_id = self.run(lines_of(of.id))[place].id
        removed = invoices.remove_line(self.caller, line_id)
        if self.attempt(removed, is_allowed=of.status == "DRAFT", code="INVOICE_NOT_DRAFT"):
            del of.cents[place]
            self.changed(of, "invoice.updated")

    @rule(of=known, cents=some.lists(CENTS, max_size=3))
    def replace_lines(self, of: Known, cents: list[int]) -> None:
        if of not in self.invoices:
            return
        lines = tuple(line(cents=one) for one in cents)
        replaced = invoices.update(self.caller, of.id, {"lines": lines})
        if self.attempt(replaced, is_allowed=of.status == "DRAFT", code="INVOICE_NOT_DRAFT"):
            of.cents = list(cents)
            self.changed(of, "invoice.updated")

    @rule(of=known)
    def finalize(self, of: Known) -> None:
        if of not in self.invoices:
            return
        code = "NO_LINES" if of.status == "DRAFT" else "INVALID_TRANSITION"
        allowed = of.status == "DRAFT" and bool(of.cents)
        act = invoices.finalize(self.caller, of.id, expected_version=of.version)
        if self.attempt(act, is_allowed=allowed, code=code):
            self.expect_live(of)
            of.version += 1

    @rule(of=known)
    def void(self, of: Known) -> None:
        if of not in self.invoices:
            return
        code = "INVOICE_HAS_PAYMENTS" if of.status == "PAID" else "INVALID_TRANSITION"
        act = invoices.void(self.caller, of.id)
        if self.attempt(act, is_allowed=of.status == "OPEN", code=code):
            of.status = "VOID"
            self.changed(of, "invoice.voided")

    @rule(of=known)
    def delete(self, of: Known) -> None:
        if of not in self.invoices:
            return
        act = invoices.delete(self.caller, of.id)
        if self.attempt(act, is_allowed=of.status == "DRAFT", code="INVALID_TRANSITION"):
            self.invoices.remove(of)
            self.told.append("invoice.deleted")

    @rule(target=known, of=known)
    def duplicate(self, of: Known) -> Known:
        if of not in self.invoices:
            return of
        made = Known(self.run(invoices.duplicate(self.caller, of.id)), list(of.cents))
        self.invoices.append(made)
        self.told.append("invoice.created")
        return made

    @rule()
    def wait(self) -> None:
        self.caller = at(self.caller, self.caller.now + timedelta(days=1))

    def changed(self, of: Known, event: str) -> None:
        of.version += 1
        self.told.append(event)

    @invariant()
    def the_database_agrees(self) -> None:
        for of in self.invoices:
            found = self.run(stored(of.id))
            assert (found.status, found.number, found.version) == (
                of.status,
                of.number,
                of.version,
            )
            total = sum(of.cents)
            assert found.total_minor == total
            assert found.amount_due_minor == (0 if of.status == "VOID" else total)
            assert [one.amount_minor for one in self.run(lines_of(of.id))] == of.cents

    @invariant()
    def no_number_is_missing(self) -> None:
        assert self.run(numbers(self.caller)) == [f"INV-{i:04}" for i in range(1, self.issued + 1)]

    @invariant()
    def each_change_is_one_event(self) -> None:
        assert self.run(types(self.caller)) == self.told


@pytest.mark.timeout(300)
async def test_no_walk_of_acts_leaves_the_model(database: str) -> None:
    Story.loop = asyncio.get_running_loop()
    walks = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, Story, settings=walks)
