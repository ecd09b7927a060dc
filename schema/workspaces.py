"""Workspaces: a seller's settings and number series."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, cast

import strawberry

from domain.numbering import Reset, render
from plans.rows import Row, column
from plans.sources import JsonList
from resolvers import number_series, workspaces
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.addresses import Address, AddressInput
from schema.enums import enum_value
from schema.fields import (
    computed,
    derived,
    field,
    json_object,
    many,
    of_each_customer,
    read_back,
    reads,
    scalar,
)
from schema.inputs import INPUT, KEY_DESCRIPTION
from schema.nodes import Node
from schema.payloads import Outcome, Payload, changes, outcome, perform
from schema.payment_methods import PaymentFee, PaymentFeeInput
from schema.scalars import CountryCode, CurrencyCode, MinorUnits, TimeZone


@strawberry.enum(description="How taxes are rounded to minor units.")
class TaxRounding(Enum):
    """Where the one rounding of a tax happens."""

    PER_RATE = enum_value(
        "PER_RATE",
        description="Once for each distinct tax over all lines that bear it. The usual choice.",
    )
    PER_LINE = enum_value("PER_LINE", description="For each line and tax by itself.")
    PER_INVOICE = enum_value(
        "PER_INVOICE", description="Once for the invoice, over the exact sum of all its taxes."
    )


@strawberry.enum(description="Whether discounts lower the amount that taxes are reckoned on.")
class DiscountTaxTreatment(Enum):
    """BEFORE_TAX is the default."""

    BEFORE_TAX = enum_value(
        "BEFORE_TAX", description="Discounts come off first; tax is due on what is left."
    )
    AFTER_TAX = enum_value(
        "AFTER_TAX", description="Tax is due on the amount before the invoice's discounts."
    )


@strawberry.enum(description="The documents that a series numbers.")
class NumberedDocument(Enum):
    """What has numbers."""

    INVOICE = enum_value("INVOICE", description="Invoices.")
    CREDIT_NOTE = enum_value("CREDIT_NOTE", description="Credit notes.")


@strawberry.enum(description="When a series starts over.")
class NumberReset(Enum):
    """By the issue date in the workspace's time zone."""

    NEVER = enum_value("NEVER", description="It never does.")
    YEAR = enum_value("YEAR", description="Each year; the template holds the year.")
    MONTH = enum_value("MONTH", description="Each month; the template holds the month.")


def next_number(template: str, last: int, today: str, mode: str) -> str:
    """The number that the next document of a series would get on a day."""
    return render(template, last + 1, date.fromisoformat(today), test=mode == "TEST")


def _today(series: Row) -> str:
    return f"({series.now} AT TIME ZONE {_of_workspace(series, 'time_zone')})::date"


def _of_workspace(row: Row, name: str) -> str:
    own = row.workspace
    return f"(SELECT w.{name} FROM workspaces w WHERE w.workspace_id = {own} AND w.id = {own})"


def _last(series: Row) -> str:
    period = (
        f"CASE {series.reset} WHEN 'YEAR' THEN to_char({_today(series)}, 'YYYY') "
        f"WHEN 'MONTH' THEN to_char({_today(series)}, 'YYYY-MM') ELSE '' END"
    )
    return (
        "coalesce((SELECT c.last_sequence FROM number_counters c "
        f"WHERE c.workspace_id = {series.workspace} AND c.series_id = {series.id} "
        f"AND c.period = {period}), 0)"
    )


@reads("number_series", "num", "SETTINGS_READ")
@strawberry.type(description="How one kind of document is numbered: without gaps, ever.")
class NumberSeries(Node):
    """One a workspace and document."""

    document: NumberedDocument = scalar("document", "What it numbers.")
    template: str = scalar(
        "template", "What a number looks like: `INV-{seq:4}` or `INV-{YYYY}-{seq:6}`."
    )
    reset: NumberReset = scalar("reset", "When it starts over.")
    next: str = derived(
        next_number,
        {
            "template": column("template"),
            "last": _last,
            "today": _today,
            "mode": lambda series: _of_workspace(series, "mode"),
        },
        "The number that the next document would get now.",
    )


def _fees(workspace: Row) -> str:
    return (
        "(SELECT coalesce(jsonb_agg(fee.value || jsonb_build_object('method', fee.key) "
        f"ORDER BY fee.key), '[]') FROM jsonb_each({workspace.payment_fees}) AS fee)"
    )


@reads("workspaces", "wsp", "SETTINGS_READ", of_each_customer)
@strawberry.type(description="A seller's own space: nothing in it is seen from another.")
class Workspace(Node):
    """LIVE, or the TEST sandbox of one."""

    name: str = scalar("name", "The seller's name, as documents show it.")
    time_zone: TimeZone = scalar("time_zone", "Where its days begin and end.")
    currency: CurrencyCode = scalar("currency", "What it settles in, and invoices in by default.")
    country: CountryCode | None = scalar("country", "Where the seller is established.")
    tax_id: str | None = scalar("tax_id", "The seller's tax id, such as DE136695976.")
    address: Address | None = json_object("address", "The seller's address.")
    tax_rounding: TaxRounding = scalar("tax_rounding", "How its new invoices round taxes.")
    discount_tax_treatment: DiscountTaxTreatment = scalar(
        "discount_tax_treatment", "Whether discounts on its new invoices come off before tax."
    )
    prices_include_tax: bool = scalar(
        "prices_include_tax", "Whether prices on its new invoices hold their taxes."
    )
    payment_terms_days: int | None = scalar(
        "payment_terms_days",
        "Days from issue to due date where neither invoice nor customer says; 0 is due on receipt. "
        "Null: each invoice says its own dueDate.",
    )
    small_balance_limit: MinorUnits = scalar(
        "small_balance_limit_minor", "The most that may be forgiven of an invoice; 0 is nothing."
    )
    interest_percent: Decimal = scalar(
        "interest_percent", "Yearly simple interest on overdue principal, in percent; 0 is off."
    )
    interest_grace_days: int = scalar(
        "interest_grace_days", "Days after the due date within which no interest is posted."
    )
    strict_chronology: bool = scalar(
        "strict_chronology", "Whether an invoice may not be dated before the newest issued one."
    )
    closed_through: date | None = scalar(
        "closed_through", "The last day of the closed books: nothing is issued on or before it."
    )
    fx_rate_max_age_hours: int = scalar(
        "fx_rate_max_age_h",
        "How old an exchange rate may be for an invoice to be issued at it, in hours; 96 unless said.",
    )
    payment_fees: list[PaymentFee] = field(
        JsonList(_fees), "What payers bear on top of what they pay, by method; none by default."
    )
    number_series: list[NumberSeries] = many(
        "workspace_id", "document", "How its documents are numbered."
    )
    created_at: datetime = scalar("created_at", "When it was made.")
    updated_at: datetime = scalar("updated_at", "When its settings last changed.")


@strawberry.input(description="What to change of the workspace: only fields given; null clears.")
class WorkspaceUpdateInput:
    """Absent, null and a value are three different things."""

    name: str | None = strawberry.field(default=strawberry.UNSET, description="The seller's name.")
    time_zone: TimeZone | None = strawberry.field(
        default=strawberry.UNSET, description="Where its days begin and end."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=strawberry.UNSET, description="What it settles in."
    )
    country: CountryCode | None = strawberry.field(
        default=strawberry.UNSET, description="Where the seller is established."
    )
    tax_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="The seller's tax id."
    )
    address: AddressInput | None = strawberry.field(
        default=strawberry.UNSET, description="The seller's whole address."
    )
    tax_rounding: TaxRounding | None = strawberry.field(
        default=strawberry.UNSET, description="How new invoices round taxes."
    )
    discount_tax_treatment: DiscountTaxTreatment | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether discounts on new invoices come off before tax.",
    )
    prices_include_tax: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether prices on new invoices hold their taxes."
    )
    payment_terms_days: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="Days from issue to due date; 0 is due on receipt; null: each invoice says.",
    )
    small_balance_limit: MinorUnits | None = strawberry.field(
        default=strawberry.UNSET, description="The most that may be forgiven of an invoice."
    )
    interest_percent: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Yearly simple interest in percent; 0 is off."
    )
    interest_grace_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="Days late within which no interest is posted."
    )
    strict_chronology: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether issue dates may never go back."
    )
    closed_through: date | None = strawberry.field(
        default=strawberry.UNSET, description="The last day of the closed books."
    )
    fx_rate_max_age_hours: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How old an exchange rate may be that is locked, 1 to 8760 hours.",
    )
    payment_fees: list[PaymentFeeInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="What payers bear on top, all of it: it is replaced. Invoices with feesWaived "
        "are spared.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="How to number a kind of document.")
class NumberSeriesSetInput:
    """Numbers already given stay as they are."""

    document: NumberedDocument = strawberry.field(description="What it numbers.")
    template: str = strawberry.field(
        description="With `{seq}` or `{seq:6}`, and `{YYYY}`, `{YY}`, `{MM}` of the issue date."
    )
    reset: NumberReset = strawberry.field(description="When it starts over.")
    start_at: int | None = strawberry.field(
        default=None, description="The first number of a period that has none yet; 1 if left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What workspaceUpdate answers.")
class WorkspaceUpdatePayload(Payload):
    """The changed workspace."""

    workspace: Workspace | None = read_back("The workspace after the change; null where refused.")


@strawberry.type(description="What numberSeriesSet answers.")
class NumberSeriesSetPayload(Payload):
    """The changed series."""

    number_series: NumberSeries | None = read_back("The series after it; null where refused.")


@strawberry.type
class WorkspaceMutations:
    """What can be done to the workspace."""

    @computed(
        description="Change the workspace's settings. Issued invoices keep what they were issued with.",
        takes="SETTINGS_WRITE",
    )
    async def workspace_update(
        self, info: strawberry.Info, input: Annotated[WorkspaceUpdateInput, INPUT]
    ) -> WorkspaceUpdatePayload | None:
        """Changes settings."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            given = changes(input, "idempotency_key")
            return outcome({"workspace": await workspaces.update(caller, given, once=once)})

        return await perform(info, WorkspaceUpdatePayload, input, act)

    @computed(
        description="Say how invoices or credit notes are numbered from now on.",
        takes="SETTINGS_WRITE",
    )
    async def number_series_set(
        self, info: strawberry.Info, input: Annotated[NumberSeriesSetInput, INPUT]
    ) -> NumberSeriesSetPayload | None:
        """Sets a series."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            series = await number_series.set_series(
                caller,
                input.document.value,
                input.template,
                cast(Reset, input.reset.value),
                start_at=input.start_at,
                once=once,
            )
            return outcome({"number_series": series})

        return await perform(info, NumberSeriesSetPayload, input, act)
