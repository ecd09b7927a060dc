"""Finalizing: what goes live, what stops it, and that nothing happens half way."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.lines import LineDraft
from domain.totals import Discount, Tax
from resolvers import customers, invoices, matters, workspaces
from resolvers.callers import Caller
from resolvers.idempotency import Once
from tests.plans.listening import statements_sent
from tests.resolvers.making import (
    NOBODY,
    NOON,
    at,
    counts,
    customer,
    events,
    later,
    line,
    lines_of,
    numbers,
    refusals,
    someone,
    stored,
    types,
    wanted,
)

ADDRESS = {"line1": "1 Road", "city": "Berlin", "postal_code": "10115", "country": "DE"}
REVERSE_CHARGE = Tax("VAT", Decimal(0), "REVERSE_CHARGE")


async def test_a_new_invoice_goes_live_at_once(caller: Caller) -> None:
    invoice_id = await invoices.issue(
        caller,
        wanted(
            await customer(caller),
            lines=(
                line("Retainer", 250_000),
                LineDraft(
                    "Hosting",
                    Decimal(12),
                    unit_amount=Decimal("15.00"),
                    tax_rate=Decimal("0.0825"),
                ),
            ),
        ),
    )

    found = await stored(invoice_id)
    assert (found.status, found.number, found.version) == ("OPEN", "INV-0001", 1)
    assert (found.subtotal_minor, found.tax_minor) == (268_000, 1_485)
    assert found.total_minor == found.amount_due_minor == 269_485
    assert found.issued_at == NOON
    assert found.paid_at is None
    assert len(found.pay_token or "") == 32
    after = await counts(caller)
    assert (after["pay_links"], after["jobs"]) == (1, 0)


async def test_the_paylera_example_comes_to_the_cent(caller: Caller) -> None:
    lines = (
        line("Seats", 1_000, quantity=Decimal(7), tax_percent=Decimal(8)),
        line("Base", 4_900, tax_percent=Decimal(8)),
    )
    discounts = (Discount(percent=Decimal(10)),)
    customer_id = await customer(caller)

    before_tax = await stored(
        await invoices.issue(caller, wanted(customer_id, lines=lines, discounts=discounts))
    )

    assert before_tax.subtotal_minor == 11_900
    assert (before_tax.discount_minor, before_tax.tax_minor) == (1_190, 857)
    assert before_tax.total_minor == 11_567


async def test_an_issue_is_one_event_with_the_whole_invoice(caller: Caller) -> None:
    customer_id = await customer(caller)
    invoice_id = await invoices.issue(
        caller,
        wanted(customer_id, internal_notes="secret", notes="hello", metadata={"k": "v"}),
    )

    assert await types(caller) == ["invoice.finalized"]
    event = (await events(caller))[-1]
    assert event["subject_id"] == f"inv_{invoice_id.hex}"
    assert event["invoice_id"] == invoice_id
    assert event["previous"] is None
    data = event["data"]
    assert (data["number"], data["status"], data["total"]) == ("INV-0001", "OPEN", 10_000)
    assert data["customerId"] == f"cus_{customer_id.hex}"
    assert data["issuedAt"] == "2026-06-09T12:00:00.000000Z"
    assert (data["dueOn"], data["metadata"]) == ("2026-06-23", {"k": "v"})
    assert data["lines"][0]["unitAmount"] == "100"
    assert "secret" not in str(event)
    assert str((await stored(invoice_id)).pay_token) not in str(event)


async def test_a_draft_goes_live_with_the_event_telling_what_changed(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))
    line_ids = [one.id for one in await lines_of(draft_id)]

    await invoices.finalize(later(caller, hours=1), draft_id, expected_version=1)

    found = await stored(draft_id)
    assert (found.status, found.number, found.version) == ("OPEN", "INV-0001", 2)
    assert found.issued_at == found.updated_at == later(caller, hours=1).now
    assert [one.id for one in await lines_of(draft_id)] == line_ids
    assert await types(caller) == ["invoice.created", "invoice.finalized"]
    assert (await events(caller))[-1]["previous"] == {
        "status": "DRAFT",
        "number": None,
        "issuedAt": None,
        "version": 1,
        "updatedAt": "2026-06-09T12:00:00.000000Z",
    }


async def test_what_the_parties_were_at_issue_stays_on_the_invoice(caller: Caller) -> None:
    await workspaces.update(caller, {"tax_id": "US1", "address": ADDRESS, "country": "US"})
    customer_id = await customer(caller, tax_id="DE2", address=ADDRESS, locale="de")
    invoice_id = await invoices.issue(caller, wanted(customer_id))

    await workspaces.update(caller, {"name": "Other", "tax_id": None})
    await customers.update(caller, customer_id, {"name": "Bob", "address": None})

    kept = {**ADDRESS, "line2": None, "region": None}
    found = await stored(invoice_id)
    assert found.seller == {"name": "Acme", "country": "US", "tax_id": "US1", "address": kept}
    assert found.buyer == {
        "name": "Ann Ltd",
        "email": "ann@example.com",
        "locale": "de",
        "tax_id": "DE2",
        "tax_treatment": "STANDARD",
        "address": kept,
    }


async def test_an_invoice_over_nothing_is_paid_at_once(caller: Caller) -> None:
    free = wanted(await customer(caller), discounts=(Discount(percent=Decimal(100)),))

    invoice_id = await invoices.issue(caller, free)

    found = await stored(invoice_id)
    assert (found.status, found.closed_by, found.paid_at) == ("PAID", "ZERO_TOTAL", NOON)
    assert found.number == "INV-0001"
    assert await types(caller) == ["invoice.finalized", "invoice.paid"]


async def test_terms_are_reckoned_again_when_a_draft_is_finalized(caller: Caller) -> None:
    customer_id = await customer(caller)
    draft_id = await invoices.draft(caller, wanted(customer_id))
    await customers.update(caller, customer_id, {"payment_terms_days": 3})

    await invoices.finalize(later(caller, days=10), draft_id)

    assert (await stored(draft_id)).due_on == date(2026, 6, 22)


async def test_terms_that_are_gone_stop_a_draft_that_relies_on_them(caller: Caller) -> None:
    customer_id = await customer(caller)
    draft_id = await invoices.draft(caller, wanted(customer_id))
    await customers.update(caller, customer_id, {"payment_terms_days": None})
    assert await refusals(invoices.finalize(caller, draft_id)) == [("REQUIRED", ("id",))]


async def test_terms_count_from_a_given_issue_date(caller: Caller) -> None:
    issued_at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    invoice_id = await invoices.issue(caller, wanted(await customer(caller), issued_at=issued_at))
    found = await stored(invoice_id)
    assert (found.issued_at, found.due_on) == (issued_at, date(2026, 6, 15))
    assert found.created_at == NOON


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"lines": ()}, ("NO_LINES", ("invoice", "lines"))),
        ({"customer_id": NOBODY}, ("NOT_FOUND", ("invoice", "customerId"))),
        ({"due_date": date(2026, 6, 8)}, ("DUE_BEFORE_ISSUE", ("invoice", "dueDate"))),
        (
            {"issued_at": NOON + timedelta(hours=24, seconds=1)},
            ("ISSUE_DATE_IN_FUTURE", ("invoice", "issuedAt")),
        ),
        (
            {"presentment_currency": "EUR", "currency": "USD"},
            ("FX_RATE_UNAVAILABLE", ("invoice", "presentmentCurrency")),
        ),
        ({"currency": "EUR"}, ("FX_RATE_UNAVAILABLE", ("invoice", "presentmentCurrency"))),
        (
            {"lines": (line(), line(automatic_tax=True))},
            ("TAX_NOT_COMPUTED", ("invoice", "lines", "1", "automaticTax")),
        ),
        (
            {"lines": (line(taxes=(REVERSE_CHARGE,)),)},
            ("TAX_ID_REQUIRED", ("invoice", "customerId")),
        ),
    ],
)
async def test_a_refused_issue_leaves_nothing_and_uses_no_number(
    caller: Caller, given: dict[str, Any], refused: Any
) -> None:
    asked = wanted(**{"customer_id": await customer(caller), **given})
    before = await counts(caller)

    assert await refusals(invoices.issue(caller, asked)) == [refused]

    assert await counts(caller) == before
    assert await types(caller) == []
    await invoices.issue(caller, wanted(await customer(caller)))
    assert await numbers(caller) == ["INV-0001"]


async def test_an_issue_up_to_a_day_ahead_and_due_on_its_day_is_allowed(caller: Caller) -> None:
    ahead = NOON + timedelta(hours=24)
    due_date = ahead.date()
    customer_id = await customer(caller)
    asked = wanted(customer_id, issued_at=ahead, due_date=due_date)
    assert (await stored(await invoices.issue(caller, asked))).due_on == due_date


async def test_everything_that_stops_an_issue_is_said_at_once(caller: Caller) -> None:
    customer_id = await customer(caller, email=None, email_consent="UNKNOWN")
    asked = wanted(customer_id, currency="EUR", lines=(line(automatic_tax=True),))
    assert await refusals(invoices.send(caller, invoice=asked)) == [
        ("EMAIL_MISSING", ("invoice", "customerId")),
        ("EMAIL_CONSENT_MISSING", ("invoice", "customerId")),
        ("TAX_NOT_COMPUTED", ("invoice", "lines", "0", "automaticTax")),
        ("FX_RATE_UNAVAILABLE", ("invoice", "presentmentCurrency")),
    ]


async def finalizable(caller: Caller, **given: Any) -> tuple[UUID, UUID]:
    customer_id = await customer(caller)
    return customer_id, await invoices.draft(caller, wanted(customer_id, **given))


async def test_a_draft_is_judged_again_by_what_holds_when_it_is_finalized(
    caller: Caller,
) -> None:
    customer_id, draft_id = await finalizable(caller)
    matter_id = await matters.create(caller, customer_id, "Case")
    await invoices.update(caller, draft_id, {"matter_id": matter_id})
    await matters.close(caller, matter_id)
    await customers.archive(caller, customer_id)
    await workspaces.update(caller, {"closed_through": NOON.date()})
    before = await counts(caller)

    assert await refusals(invoices.finalize(caller, draft_id)) == [
        ("CUSTOMER_ARCHIVED", ("id",)),
        ("MATTER_CLOSED", ("id",)),
        ("PERIOD_CLOSED", ("id",)),
    ]

    assert await counts(caller) == before
    assert (await stored(draft_id)).version == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"lines": ()}, "NO_LINES"),
        ({"due_date": NOON.date()}, "DUE_BEFORE_ISSUE"),
        ({"currency": "EUR"}, "FX_RATE_UNAVAILABLE"),
        ({"lines": (line(automatic_tax=True),)}, "TAX_NOT_COMPUTED"),
        ({"lines": (line(taxes=(REVERSE_CHARGE,)),)}, "TAX_ID_REQUIRED"),
    ],
)
async def test_a_draft_that_cannot_go_live_stays_a_draft(
    caller: Caller, given: dict[str, Any], code: str
) -> None:
    _, draft_id = await finalizable(caller, **given)
    tomorrow = later(caller, days=1)
    assert await refusals(invoices.finalize(tomorrow, draft_id)) == [(code, ("id",))]
    assert (await stored(draft_id)).status == "DRAFT"


async def test_what_is_not_a_draft_is_not_finalized(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    assert await refusals(invoices.finalize(caller, invoice_id)) == [("INVALID_TRANSITION", ())]
    assert await numbers(caller) == ["INV-0001"]


async def test_reverse_charge_needs_both_tax_ids(database: str) -> None:
    caller = await someone(tax_id="DE1")
    asked = wanted(await customer(caller, tax_id="FR2"), lines=(line(taxes=(REVERSE_CHARGE,)),))
    assert (await stored(await invoices.issue(caller, asked))).tax_breakdown == [
        {
            "name": "VAT",
            "percent": "0",
            "category": "REVERSE_CHARGE",
            "taxable_minor": 10_000,
            "tax_minor": 0,
        }
    ]


@pytest.mark.parametrize(
    ("treatment", "name"), [("EXEMPT", "Exempt"), ("REVERSE_CHARGE", "Reverse charge")]
)
async def test_automatic_tax_follows_how_the_customer_is_treated(
    database: str, treatment: str, name: str
) -> None:
    caller = await someone(tax_id="DE136695976")
    customer_id = await customer(caller, tax_id="FR61954506077", tax_treatment=treatment)
    asked = wanted(customer_id, lines=(line(automatic_tax=True), line(tax_percent=Decimal(20))))
    automatic, manual = await lines_of(await invoices.issue(caller, asked))
    assert automatic.taxes == [
        {
            "name": name,
            "percent": "0",
            "category": treatment,
            "source": "AUTO",
            "amount_minor": 0,
        }
    ]
    assert manual.tax_minor == 2_000


async def test_automatic_tax_is_looked_up_again_when_a_draft_is_finalized(
    caller: Caller,
) -> None:
    customer_id, draft_id = await finalizable(caller, lines=(line(automatic_tax=True),))
    (before,) = await lines_of(draft_id)
    assert before.taxes == []
    await customers.update(caller, customer_id, {"tax_treatment": "EXEMPT"})

    await invoices.finalize(caller, draft_id)

    (after,) = await lines_of(draft_id)
    assert after.id == before.id
    assert [tax["category"] for tax in after.taxes] == ["EXEMPT"]
    assert (await stored(draft_id)).tax_breakdown[0]["category"] == "EXEMPT"


async def test_closed_books_take_no_invoice_on_their_last_day(database: str) -> None:
    caller = await someone(closed_through=date(2026, 6, 8))
    customer_id = await customer(caller)
    dated = wanted(customer_id, issued_at=datetime(2026, 6, 8, 23, 59, tzinfo=UTC))
    assert await refusals(invoices.issue(caller, dated)) == [
        ("PERIOD_CLOSED", ("invoice", "issuedAt"))
    ]
    await invoices.issue(caller, wanted(customer_id))


async def test_the_issue_day_is_that_of_the_workspaces_zone(database: str) -> None:
    caller = await someone(time_zone="Asia/Tokyo", closed_through=date(2026, 6, 9))
    customer_id = await customer(caller)
    before_midnight = at(caller, datetime(2026, 6, 9, 14, 59, tzinfo=UTC))
    after_midnight = at(caller, datetime(2026, 6, 9, 15, 0, tzinfo=UTC))
    refused = await refusals(invoices.issue(before_midnight, wanted(customer_id)))
    assert refused == [("PERIOD_CLOSED", ("invoice", "issuedAt"))]
    await invoices.issue(after_midnight, wanted(customer_id))


async def test_a_repeated_issue_answers_the_same_invoice(caller: Caller) -> None:
    asked = wanted(await customer(caller))
    once = Once("invoiceIssue", "k", asked)
    first = await invoices.issue(caller, asked, once=once)
    assert await invoices.issue(caller, asked, once=once) == first
    assert await numbers(caller) == ["INV-0001"]
    other = Once("invoiceIssue", "k", wanted(asked.customer_id, notes="x"))
    refused = await refusals(invoices.issue(caller, asked, once=other))
    assert refused == [("IDEMPOTENCY_KEY_REUSED", ("idempotencyKey",))]


async def test_an_issue_takes_four_statements(caller: Caller) -> None:
    """Parties, number, books, and everything that is written; with the mail's job and the link."""
    asked = wanted(await customer(caller), lines=(line(),) * 20)
    async with statements_sent(caller.workspace_id) as sent:
        await invoices.send(caller, invoice=asked)
    assert [sql.split()[0] for sql in sent] == [
        "BEGIN;",
        "SELECT",
        "WITH",
        "SELECT",
        "WITH",
        "COMMIT",
    ]
