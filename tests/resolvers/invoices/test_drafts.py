"""Drafts: what they default to, what they refuse, and how they go and come again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.totals import Discount, Tax
from resolvers import customers, invoices, matters, workspaces
from resolvers.callers import Caller
from tests.resolvers.making import (
    NOBODY,
    NOON,
    counts,
    customer,
    events,
    later,
    line,
    lines_of,
    refusals,
    someone,
    stored,
    types,
    wanted,
)

BERLIN = "Europe/Berlin"


async def test_a_draft_has_no_number_no_link_and_no_mail(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))

    found = await stored(draft_id)
    assert (found.status, found.version, found.number, found.pay_token) == ("DRAFT", 1, None, None)
    assert found.issued_at is None
    assert (found.total_minor, found.amount_due_minor) == (10_000, 10_000)
    assert found.due_on == date(2026, 6, 23)
    after = await counts(caller)
    assert (after["jobs"], after["pay_links"], after["number_counters"]) == (0, 0, 0)
    assert await types(caller) == ["invoice.created"]


async def test_a_draft_may_lack_lines_but_not_a_due_date(caller: Caller) -> None:
    customer_id = await customer(caller, payment_terms_days=None)
    refused = await refusals(invoices.draft(caller, wanted(customer_id, lines=())))
    assert refused == [("REQUIRED", ("invoice", "dueDate"))]
    draft_id = await invoices.draft(
        caller, wanted(customer_id, lines=(), due_date=date(2026, 6, 9))
    )
    assert (await stored(draft_id)).total_minor == 0


async def test_lines_keep_what_was_asked_and_what_it_comes_to(caller: Caller) -> None:
    asked = (
        line(" Work ", 250_000, code="W1", metadata={"k": "v"}),
        line(
            "Hosting",
            unit_amount_minor=None,
            unit_amount=Decimal("15.00"),
            quantity=Decimal("12.0"),
            tax_rate=Decimal("0.0825"),
            discount=Discount(percent=Decimal(10)),
            period_start=date(2026, 6, 1),
            period_end=date(2026, 7, 1),
        ),
    )
    draft_id = await invoices.draft(
        caller,
        wanted(
            await customer(caller),
            lines=asked,
            discounts=(Discount(fixed_minor=1000, name="Hello", code="HI"),),
        ),
    )

    work, hosting = await lines_of(draft_id)
    assert (work.description, work.code, work.metadata) == ("Work", "W1", {"k": "v"})
    assert (work.position, hosting.position) == (1, 2)
    assert (hosting.amount_minor, hosting.discount_minor) == (18_000, 1_800)
    assert hosting.discount_given == {"percent": "10", "fixed_minor": None}
    assert hosting.tax_percent == Decimal("8.25")
    assert [tax["amount_minor"] for tax in hosting.taxes] == [hosting.tax_minor]
    found = await stored(draft_id)
    assert found.discounts == [
        {
            "name": "Hello",
            "code": "HI",
            "percent": None,
            "fixed_minor": 1000,
            "amount_minor": 1000,
        }
    ]
    assert found.discount_minor == 2_800
    assert hosting.discount_through_minor == 2_800
    assert found.subtotal_minor == hosting.amount_through_minor == 268_000
    assert found.tax_breakdown[0]["tax_minor"] == found.tax_minor == hosting.tax_through_minor


async def test_currencies_and_policies_default_from_customer_and_workspace(
    database: str,
) -> None:
    caller = await someone(currency="EUR", tax_rounding="PER_LINE", prices_include_tax=True)
    plain = await stored(await invoices.draft(caller, wanted(await customer(caller))))
    swiss = await customer(caller, currency="CHF")
    foreign = await stored(await invoices.draft(caller, wanted(swiss)))
    given = await stored(
        await invoices.draft(
            caller,
            wanted(
                swiss,
                currency="EUR",
                presentment_currency="USD",
                tax_rounding="PER_INVOICE",
                prices_include_tax=False,
                discount_tax_treatment="AFTER_TAX",
            ),
        )
    )

    def currencies(of: Any) -> tuple[str, str, str]:
        return of.currency, of.presentment_currency, of.settlement_currency

    assert currencies(plain) == ("EUR", "EUR", "EUR")
    assert currencies(foreign) == ("CHF", "CHF", "EUR")
    assert currencies(given) == ("EUR", "USD", "EUR")
    assert (plain.tax_rounding, plain.prices_include_tax) == ("PER_LINE", True)
    assert (given.tax_rounding, given.prices_include_tax) == ("PER_INVOICE", False)
    assert given.discount_tax_treatment == "AFTER_TAX"


@pytest.mark.parametrize(
    ("due_date", "due_at", "given"),
    [
        (date(2026, 6, 30), datetime(2026, 6, 30, 21, 59, 59, 999_999, UTC), "DATE"),
        (datetime(2026, 7, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, 1, tzinfo=UTC), "INSTANT"),
        (None, datetime(2026, 6, 23, 21, 59, 59, 999_999, UTC), "TERMS"),
    ],
)
async def test_a_due_day_counts_whole_in_the_workspaces_zone(
    database: str, due_date: Any, due_at: datetime, given: str
) -> None:
    caller = await someone(time_zone=BERLIN)
    draft_id = await invoices.draft(caller, wanted(await customer(caller), due_date=due_date))
    found = await stored(draft_id)
    assert (found.due_at, found.due_given) == (due_at, given)
    assert found.time_zone == BERLIN


async def test_terms_are_the_customers_else_the_workspaces_and_zero_is_a_value(
    database: str,
) -> None:
    caller = await someone(payment_terms_days=30)
    own = await customer(caller, payment_terms_days=0)
    none = await customer(caller, payment_terms_days=None)
    assert (await stored(await invoices.draft(caller, wanted(own)))).due_on == NOON.date()
    assert (await stored(await invoices.draft(caller, wanted(none)))).due_on == date(2026, 7, 9)


async def test_everything_wrong_with_an_input_is_said_at_once(caller: Caller) -> None:
    customer_id = await customer(caller)
    await customers.archive(caller, customer_id)
    wrong = wanted(
        customer_id,
        matter_id=NOBODY,
        due_date=date(2026, 6, 1),
        issued_at=datetime(2026, 6, 11, tzinfo=UTC),
        currency="XXX",
        settlement_currency="YYY",
        tax_rounding="UP",
        lines=(
            line(" ", quantity=Decimal(0)),
            line(unit_amount_minor=-1, tax_rate=Decimal("8.25")),
        ),
        discounts=(Discount(percent=Decimal(101)),),
        notes="x" * 5001,
        internal_notes="\x00",
        metadata={"k": "v" * 501},
    )

    before = await counts(caller)
    assert await refusals(invoices.draft(caller, wrong)) == [
        ("CUSTOMER_ARCHIVED", ("invoice", "customerId")),
        ("NOT_FOUND", ("invoice", "matterId")),
        ("ISSUE_DATE_IN_FUTURE", ("invoice", "issuedAt")),
        ("DUE_BEFORE_ISSUE", ("invoice", "dueDate")),
        ("CURRENCY_UNSUPPORTED", ("invoice", "currency")),
        ("CURRENCY_UNSUPPORTED", ("invoice", "presentmentCurrency")),
        ("CURRENCY_UNSUPPORTED", ("invoice", "settlementCurrency")),
        ("INVALID_FORMAT", ("invoice", "taxRounding")),
        ("REQUIRED", ("invoice", "lines", "0", "description")),
        ("OUT_OF_RANGE", ("invoice", "lines", "0", "quantity")),
        ("OUT_OF_RANGE", ("invoice", "lines", "1", "unitAmount", "minor")),
        ("TAX_RATE_INVALID", ("invoice", "lines", "1", "taxRate")),
        ("OUT_OF_RANGE", ("invoice", "discounts", "0", "percent")),
        ("TOO_LONG", ("invoice", "notes")),
        ("INVALID_FORMAT", ("invoice", "internalNotes")),
        ("METADATA_LIMIT", ("invoice", "metadata", "k")),
    ]
    assert await counts(caller) == before


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        (
            {"currency": "EUR", "presentment_currency": "CHF"},
            ("FX_PAIR_UNSUPPORTED", ("invoice", "currency")),
        ),
        (
            {"lines": (line(discount=Discount(fixed_minor=10_001)),)},
            ("DISCOUNT_EXCEEDS_LINE", ("invoice", "lines", "0", "discount")),
        ),
        (
            {"discounts": (Discount(fixed_minor=10_001),)},
            ("DISCOUNT_EXCEEDS_SUBTOTAL", ("invoice", "discounts", "0")),
        ),
        (
            {"lines": (line(cents=10**14, quantity=Decimal(2)),)},
            ("AMOUNT_TOO_LARGE", ("invoice", "lines", "0")),
        ),
        ({"lines": (line(),) * 501}, ("LINE_LIMIT", ("invoice", "lines"))),
    ],
)
async def test_an_input_that_does_not_add_up_is_refused(
    caller: Caller, given: dict[str, Any], refused: Any
) -> None:
    asked = wanted(await customer(caller), **given)
    assert await refusals(invoices.draft(caller, asked)) == [refused]


async def test_five_hundred_lines_are_stored(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller), lines=(line(),) * 500))
    assert len(await lines_of(draft_id)) == 500


async def test_a_matter_must_be_open_and_the_customers_own(caller: Caller) -> None:
    one, other = await customer(caller), await customer(caller)
    matter_id = await matters.create(caller, one, "Case")
    field = ("invoice", "matterId")

    await invoices.draft(caller, wanted(one, matter_id=matter_id))
    refused = await refusals(invoices.draft(caller, wanted(other, matter_id=matter_id)))
    assert refused == [("MATTER_CUSTOMER_MISMATCH", field)]
    await matters.close(caller, matter_id)
    refused = await refusals(invoices.draft(caller, wanted(one, matter_id=matter_id)))
    assert refused == [("MATTER_CLOSED", field)]


async def test_a_draft_dated_into_closed_books_is_refused(database: str) -> None:
    caller = await someone(closed_through=NOON.date())
    customer_id = await customer(caller)
    dated = wanted(customer_id, issued_at=NOON)
    assert await refusals(invoices.draft(caller, dated)) == [
        ("PERIOD_CLOSED", ("invoice", "issuedAt"))
    ]
    await invoices.draft(caller, wanted(customer_id))


async def test_a_deleted_draft_is_gone_and_its_event_stays(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))
    await invoices.delete(caller, draft_id)

    after = await counts(caller)
    assert (after["invoices"], after["line_items"]) == (0, 0)
    assert await types(caller) == ["invoice.created", "invoice.deleted"]
    assert (await events(caller))[-1]["data"]["lines"][0]["description"] == "Work"
    assert await refusals(invoices.delete(caller, draft_id)) == [("NOT_FOUND", ("id",))]


async def test_an_issued_invoice_is_not_deleted(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    assert await refusals(invoices.delete(caller, invoice_id)) == [("INVALID_TRANSITION", ())]


async def test_a_duplicate_is_a_draft_of_today_with_the_same_content(caller: Caller) -> None:
    asked = wanted(
        await customer(caller),
        lines=(
            line(taxes=(Tax("VAT", Decimal(19)), Tax("City", Decimal("1.5")))),
            line(discount=Discount(fixed_minor=5)),
        ),
        discounts=(Discount(Decimal(10), name="Loyal"),),
        notes="Thanks",
        internal_notes="VIP",
        metadata={"k": "v"},
        fees_waived=True,
        tax_rounding="PER_LINE",
    )
    old_id = await invoices.issue(caller, asked)
    await invoices.void(caller, old_id)

    new_id = await invoices.duplicate(later(caller, days=100), old_id)

    old, new = await stored(old_id), await stored(new_id)
    assert (new.status, new.version, new.number, new.issued_at) == ("DRAFT", 1, None, None)
    assert new.due_on == date(2026, 9, 17) + timedelta(days=14)
    for name in (
        *("customer_id", "currency", "notes", "internal_notes", "metadata", "fees_waived"),
        *("tax_rounding", "total_minor", "discounts", "tax_breakdown"),
    ):
        assert getattr(new, name) == getattr(old, name), name
    assert not {a.id for a in await lines_of(old_id)} & {b.id for b in await lines_of(new_id)}
    assert (await types(caller))[-1] == "invoice.created"


async def test_a_duplicate_is_due_as_many_days_after_today_as_the_old_one_was(
    caller: Caller,
) -> None:
    customer_id = await customer(caller, payment_terms_days=None)
    old_id = await invoices.issue(caller, wanted(customer_id, due_date=date(2026, 6, 19)))
    new_id = await invoices.duplicate(later(caller, days=100), old_id)
    assert (await stored(new_id)).due_on == date(2026, 9, 27)


async def test_an_archived_customers_invoice_is_not_duplicated(caller: Caller) -> None:
    customer_id = await customer(caller)
    old_id = await invoices.issue(caller, wanted(customer_id))
    await customers.archive(caller, customer_id)
    refused = await refusals(invoices.duplicate(caller, old_id))
    assert refused == [("CUSTOMER_ARCHIVED", ("id",))]


async def test_the_workspaces_zone_is_a_drafts_until_it_is_issued(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))
    await workspaces.update(caller, {"time_zone": BERLIN})
    await invoices.finalize(caller, draft_id)
    found = await stored(draft_id)
    assert found.time_zone == BERLIN
    assert found.due_at == datetime(2026, 6, 23, 21, 59, 59, 999_999, UTC)


async def test_an_input_is_not_changed_by_what_is_made_of_it(caller: Caller) -> None:
    asked = wanted(await customer(caller), metadata={"k": "v"})
    copy = replace(asked)
    await invoices.draft(caller, asked)
    assert asked == copy
