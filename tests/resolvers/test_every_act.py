"""What holds for every act: other workspaces' ids look unknown, and scopes are asked first."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from domain.errors import Refusal, Refused
from models.webhooks import WebhookDelivery
from resolvers import (
    api_keys,
    billing_subscriptions,
    credit_notes,
    customers,
    fx_rates,
    invoices,
    matters,
    number_series,
    payments,
    tax_rates,
    test_clocks,
    webhooks,
    workspaces,
)
from resolvers.callers import SCOPES, Caller
from resolvers.credit_notes import NoteInput
from resolvers.payments import MoneyIn
from tests.resolvers.making import (
    NOBODY,
    charge_interest,
    counts,
    customer,
    events,
    line,
    lines_of,
    refusals,
    someone,
    subscription,
    wanted,
)
from tests.resolvers.payments.making import only, sandbox
from tests.resolvers.webhooks.test_endpoints import URL, Anywhere


@dataclass(frozen=True)
class Ids:
    """Something of each kind, of one workspace."""

    customer: UUID = NOBODY
    matter: UUID = NOBODY
    draft: UUID = NOBODY
    draft_line: UUID = NOBODY
    issued: UUID = NOBODY
    issued_line: UUID = NOBODY
    late: UUID = NOBODY
    lost: UUID = NOBODY
    note: UUID = NOBODY
    payment: UUID = NOBODY
    key: UUID = NOBODY
    endpoint: UUID = NOBODY
    delivery: UUID = NOBODY
    subscription: UUID = NOBODY


TAX_RATE = {
    "name": "VAT",
    "country": "DE",
    "percent": Decimal(19),
    "valid_from": date(2007, 1, 1),
}
FX_RATE = {"base": "EUR", "quote": "USD", "rate": Decimal("1.0842")}
Act = Callable[[Caller, Ids], Awaitable[object]]

# Each act that takes an id, with the field it is refused at.
BY_ID: dict[str, tuple[Act, str]] = {
    "customers.update": (lambda c, of: customers.update(c, of.customer, {"name": "x"}), "id"),
    "customers.archive": (lambda c, of: customers.archive(c, of.customer), "id"),
    "matters.create": (lambda c, of: matters.create(c, of.customer, "x"), "customerId"),
    "matters.close": (lambda c, of: matters.close(c, of.matter), "id"),
    "api_keys.revoke": (lambda c, of: api_keys.revoke(c, of.key), "id"),
    "webhooks.update": (lambda c, of: webhooks.update(c, of.endpoint, {}, Anywhere()), "id"),
    "webhooks.delete": (lambda c, of: webhooks.delete(c, of.endpoint), "id"),
    "webhooks.rotate_secret": (lambda c, of: webhooks.rotate_secret(c, of.endpoint), "id"),
    "webhooks.retry": (lambda c, of: webhooks.retry(c, of.delivery), "id"),
    "billing_subscriptions.create": (
        lambda c, of: billing_subscriptions.create(
            c, subscription(of.customer, start_on=date(2099, 1, 31))
        ),
        "customerId",
    ),
    **{
        f"billing_subscriptions.{act.__name__}": (
            lambda c, of, act=act: act(c, of.subscription),  # type: ignore[misc]  # a default
            "id",
        )
        for act in (
            billing_subscriptions.pause,
            billing_subscriptions.resume,
            billing_subscriptions.cancel,
        )
    },
    "invoices.draft": (lambda c, of: invoices.draft(c, wanted(of.customer)), "customerId"),
    "invoices.issue": (lambda c, of: invoices.issue(c, wanted(of.customer)), "customerId"),
    "invoices.preview": (lambda c, of: invoices.preview(c, wanted(of.customer)), "customerId"),
    "invoices.send": (lambda c, of: invoices.send(c, of.draft), "id"),
    "invoices.send an issued one": (lambda c, of: invoices.send(c, of.issued), "id"),
    "invoices.send a new one": (
        lambda c, of: invoices.send(c, invoice=wanted(of.customer)),
        "customerId",
    ),
    "invoices.finalize": (lambda c, of: invoices.finalize(c, of.draft), "id"),
    "invoices.void": (lambda c, of: invoices.void(c, of.issued), "id"),
    "invoices.mark_uncollectible": (
        lambda c, of: invoices.mark_uncollectible(c, of.issued),
        "id",
    ),
    "invoices.unmark_uncollectible": (
        lambda c, of: invoices.unmark_uncollectible(c, of.lost),
        "id",
    ),
    "invoices.write_off": (lambda c, of: invoices.write_off(c, of.issued), "id"),
    "credit_notes.create": (
        lambda c, of: credit_notes.create(c, only(sandbox()), NoteInput(invoice_id=of.issued)),
        "invoiceId",
    ),
    "credit_notes.void": (lambda c, of: credit_notes.void(c, of.note), "id"),
    "payments.pay": (lambda c, of: payments.pay(c, sandbox(), of.issued), "id"),
    "payments.pay_with_token": (
        lambda c, of: payments.pay_with_token(c, sandbox(), of.issued, "pm_card_visa"),
        "id",
    ),
    "payments.record": (
        lambda c, of: payments.record(c, MoneyIn(of.customer, 1, "USD", "CASH")),
        "customerId",
    ),
    "payments.refund": (lambda c, of: payments.refund(c, only(sandbox()), of.payment), "id"),
    "payments.add_method": (
        lambda c, of: payments.add_method(c, sandbox(), of.customer, "pm_card_visa"),
        "customerId",
    ),
    "invoices.waive_interest": (lambda c, of: invoices.waive_interest(c, of.late), "id"),
    "invoices.rotate_pay_link": (lambda c, of: invoices.rotate_pay_link(c, of.issued), "id"),
    "invoices.update": (lambda c, of: invoices.update(c, of.draft, {"notes": "x"}), "id"),
    "invoices.update an issued one": (
        lambda c, of: invoices.update(c, of.issued, {"notes": "x"}),
        "id",
    ),
    "invoices.recompute_tax": (lambda c, of: invoices.recompute_tax(c, of.draft), "id"),
    "invoices.delete": (lambda c, of: invoices.delete(c, of.draft), "id"),
    "invoices.duplicate": (lambda c, of: invoices.duplicate(c, of.issued), "id"),
    "invoices.add_line": (lambda c, of: invoices.add_line(c, of.draft, line()), "invoiceId"),
    "invoices.update_line": (
        lambda c, of: invoices.update_line(c, of.draft_line, line()),
        "lineId",
    ),
    "invoices.update_line of an issued one": (
        lambda c, of: invoices.update_line(c, of.issued_line, line()),
        "lineId",
    ),
    "invoices.remove_line": (lambda c, of: invoices.remove_line(c, of.draft_line), "lineId"),
}
WITHOUT_ID: dict[str, Act] = {
    "customers.create": lambda c, _: customers.create(c, {"name": "x"}),
    "workspaces.update": lambda c, _: workspaces.update(c, {"name": "x"}),
    "number_series.set_series": lambda c, _: number_series.set_series(
        c, "INVOICE", "X{seq}", "NEVER"
    ),
    "api_keys.create": lambda c, _: api_keys.create(c, "x", c.mode, ["INVOICES_READ"]),
    "webhooks.create": lambda c, _: webhooks.create(c, URL, (), Anywhere()),
    "fx_rates.set_rate": lambda c, _: fx_rates.set_rate(c, FX_RATE),
    "tax_rates.set_rate": lambda c, _: tax_rates.set_rate(c, TAX_RATE),
    "test_clocks.set_clock": lambda c, _: test_clocks.set_clock(c, c.now),
}
EVERY: dict[str, Act] = {**{name: act for name, (act, _) in BY_ID.items()}, **WITHOUT_ID}
SCOPE_OF = {
    "customers": "CUSTOMERS_WRITE",
    "matters": "CUSTOMERS_WRITE",
    "invoices": "INVOICES_WRITE",
    "credit_notes": "INVOICES_WRITE",
    "payments": "PAYMENTS_WRITE",
    "billing_subscriptions": "INVOICES_WRITE",
    "workspaces": "SETTINGS_WRITE",
    "number_series": "SETTINGS_WRITE",
    "api_keys": "SETTINGS_WRITE",
    "webhooks": "SETTINGS_WRITE",
    "fx_rates": "SETTINGS_WRITE",
    "tax_rates": "SETTINGS_WRITE",
    "test_clocks": "SETTINGS_WRITE",
}
READING = {"invoices.preview": "INVOICES_READ"}
EVENTS = ("INVOICES_READ", "PAYMENTS_READ", "CUSTOMERS_READ")
GIVEN = {
    "api_keys.create": ["INVOICES_READ"],
    "webhooks.create": EVENTS,
    "webhooks.retry": EVENTS,
}
"""What they take besides: nobody grants, or has sent, what they may not read."""
OF_TEST_MODE = {"test_clocks.set_clock"}
FIXED_BY_ISSUE = {"invoices.update an issued one", "invoices.update_line of an issued one"}
OURS = {
    *("invoices.find_delivery", "invoices.mark_sent", "api_keys.while_live"),
    *("webhooks.find_message", "webhooks.record"),
    *("payments.carry_on", "payments.ask", "payments.follow_up", "payments.check_out"),
    *("payments.settle", "payments.settle_within", "payments.settle_refund"),
    *("payments.refund_for_note", "payments.carry_out", "payments.follow_up_refund"),
}


async def everything(caller: Caller) -> Ids:
    """One of each kind."""
    endpoint = await webhooks.create(caller, URL, (), Anywhere())
    customer_id = await customer(caller)
    draft_id = await invoices.draft(caller, wanted(customer_id))
    issued_id, late_id, lost_id = [
        await invoices.issue(caller, wanted(customer_id)) for _ in range(3)
    ]
    await payments.add_method(caller, sandbox(), customer_id, "pm_card_visa")
    payment_id = await payments.record(caller, MoneyIn(customer_id, 5, "EUR", "CASH"))
    await charge_interest(late_id, 100)
    credited = await credit_notes.create(
        caller, only(sandbox()), NoteInput(invoice_id=late_id, amount_minor=1)
    )
    await invoices.mark_uncollectible(caller, lost_id)
    await workspaces.update(caller, {"small_balance_limit": 10_000})
    return Ids(
        customer=customer_id,
        matter=await matters.create(caller, customer_id, "Case"),
        draft=draft_id,
        draft_line=(await lines_of(draft_id))[0].id,
        issued=issued_id,
        issued_line=(await lines_of(issued_id))[0].id,
        late=late_id,
        lost=lost_id,
        note=credited.credit_note_id,
        payment=payment_id,
        endpoint=endpoint.id,
        delivery=(await WebhookDelivery.filter(endpoint_id=endpoint.id).first().values("id"))["id"],
        key=(await api_keys.create(caller, "Shop", caller.mode, ["INVOICES_READ"])).id,
        subscription=await billing_subscriptions.create(
            caller, subscription(customer_id, start_on=date(2099, 1, 31))
        ),
    )


def acts_of_the_code() -> set[str]:
    modules = (
        *(customers, matters, invoices, credit_notes, payments, billing_subscriptions, workspaces),
        *(number_series, api_keys, tax_rates, fx_rates, test_clocks, webhooks),
    )
    return {
        f"{module.__name__.removeprefix('resolvers.')}.{name}"
        for module in modules
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if not name.startswith("_")
        and next(iter(inspect.signature(function).parameters), None) == "caller"
    }


def test_the_tables_here_hold_every_act() -> None:
    assert {name.partition(" ")[0] for name in EVERY} == acts_of_the_code() - OURS


@pytest.mark.parametrize("name", BY_ID)
async def test_another_workspaces_ids_cannot_be_told_from_unknown_ones(
    caller: Caller, stranger: Caller, name: str
) -> None:
    act, field = BY_ID[name]
    foreign = await everything(stranger)
    before = await counts(stranger), await events(stranger)

    theirs = await _whole_refusal(act(caller, foreign))
    unknown = await _whole_refusal(act(caller, Ids()))

    assert [vars(one) for one in theirs] == [vars(one) for one in unknown]
    assert [(one.code, one.field[-1]) for one in theirs] == [("NOT_FOUND", field)]
    assert (await counts(stranger), await events(stranger)) == before
    assert await events(caller) == []


async def _whole_refusal(act: Awaitable[object]) -> tuple[Refusal, ...]:
    with pytest.raises(Refused) as caught:
        await act
    return caught.value.refusals


async def test_a_sandboxs_ids_are_foreign_to_its_workspace(caller: Caller) -> None:
    made = await api_keys.create(caller, "Trial", "TEST", SCOPES)
    tester = await api_keys.find_caller(made.secret or "", caller.now)
    assert tester is not None
    trial = await everything(tester)
    for name, (act, _) in BY_ID.items():
        if name == "api_keys.revoke":
            continue
        assert [code for code, _ in await refusals(act(caller, trial))] == ["NOT_FOUND"], name


@pytest.mark.parametrize("name", EVERY)
async def test_every_act_asks_for_its_scope_first(database: str, name: str) -> None:
    caller = await someone()
    needed = READING.get(name, SCOPE_OF[name.partition(".")[0]])
    lacking = {needed, needed.replace("_READ", "_WRITE")}
    poor = replace(caller, scopes=frozenset(SCOPES) - lacking)
    assert await refusals(EVERY[name](poor, Ids())) == [("FORBIDDEN", ())]


@pytest.mark.parametrize("name", sorted(EVERY.keys() - FIXED_BY_ISSUE))
async def test_one_scope_is_enough_for_every_act(database: str, name: str) -> None:
    caller = await someone("TEST" if name in OF_TEST_MODE else "LIVE")
    ids = await everything(caller)
    scopes = {READING.get(name, SCOPE_OF[name.partition(".")[0]]), *GIVEN.get(name, ())}
    await EVERY[name](replace(caller, scopes=frozenset(scopes)), ids)


@pytest.mark.parametrize("name", EVERY)
async def test_a_token_for_one_customer_performs_no_act(database: str, name: str) -> None:
    caller = await someone()
    ids = await everything(caller)
    limited = replace(caller, customer_id=ids.customer)
    before = await counts(caller)
    assert await refusals(EVERY[name](limited, ids)) == [("FORBIDDEN", ())]
    assert await counts(caller) == before
