"""The reference's resolvers of each type: what a field is, from the contract and the rules alone."""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.plans import reference_payments
from tests.plans.asking import PUBLIC_URL, SECRET
from tests.plans.reference_forms import money, percent_of, plain, public_id
from tests.plans.reference_lists import Row, event_type, is_overdue, page
from tests.plans.reference_recognition import recognition_schedule

Resolver = Callable[..., Any]


def snake(name: str) -> str:
    """The column of a field."""
    return re.sub("([A-Z])", lambda letter: "_" + letter[0].lower(), name)


def column(field: str) -> Resolver:
    """What most fields are: the column, or the key, of their name."""
    name = snake(field)
    return lambda row, _, **__: row[name] if name in row else row[field]


def _optional(key: str) -> Resolver:
    return lambda entry, _: entry.get(key)


def amount(name: str, currency: str = "currency") -> Resolver:
    """Money of two columns."""
    return lambda row, _: money(row[name], row[currency])


def _id(row: Row, _: Any) -> str:
    return public_id(row["__typename"], row["id"])


def _pointed(table: str, key: str) -> Resolver:
    return lambda row, info: info.context.tables[table].get(row[key])


def _sorted(table: str, points_here: str, order: str) -> Resolver:
    def resolve(row: Row, info: Any) -> list[Row]:
        found = info.context.where(table, points_here, row["id"])
        return sorted(found, key=lambda other: other[order])

    return resolve


def _with_currency(name: str) -> Resolver:
    """A list kept as JSON, whose amounts are in the currency of its row."""
    return lambda row, _: [{**entry, "currency": row["currency"]} for entry in row[name]]


def _percent(entry: Row, _: Any) -> str | None:
    return None if entry["percent"] is None else plain(Decimal(entry["percent"]))


ACTIONS = {
    "DRAFT": "UPDATE DELETE FINALIZE SEND",
    "OPEN": "SEND PAY RECORD_PAYMENT VOID MARK_UNCOLLECTIBLE WRITE_OFF CREDIT",
    "PARTIALLY_PAID": "SEND PAY RECORD_PAYMENT MARK_UNCOLLECTIBLE WRITE_OFF CREDIT",
    "PAID": "SEND CREDIT",
    "UNCOLLECTIBLE": "PAY RECORD_PAYMENT VOID UNMARK_UNCOLLECTIBLE CREDIT",
    "VOID": "",
}


def _actions(invoice: Row, info: Any) -> list[str]:
    workspace = info.context.workspace
    actions = ACTIONS[invoice["status"]].split()
    lost = invoice["status"] == "UNCOLLECTIBLE"
    owed = invoice["amount_written_off_minor"] if lost else invoice["amount_due_minor"]
    refused = set()
    if invoice["amount_paid_minor"] or invoice["amount_credited_minor"]:
        refused.add("VOID")
    if not owed:
        refused |= {"PAY", "RECORD_PAYMENT", "WRITE_OFF"}
    if invoice["amount_credited_minor"] >= invoice["total_minor"]:
        refused.add("CREDIT")
    forgivable = workspace["small_balance_limit_minor"] - invoice["amount_written_off_minor"]
    if invoice["amount_due_minor"] > forgivable:
        refused.add("WRITE_OFF")
    return [action for action in actions if action not in refused]


def _display_status(invoice: Row, info: Any) -> str:
    return "OVERDUE" if is_overdue(invoice, info.context.caller.now) else str(invoice["status"])


def _pay_url(invoice: Row, _: Any) -> str | None:
    token = invoice["pay_token"]
    return None if token is None else f"{PUBLIC_URL}/pay/{token}"


def _in_settlement(entry: Row, info: Any) -> dict[str, Any] | None:
    invoice = info.context.tables["invoices"][entry["invoice_id"]]
    return money(entry["settlement_minor"], invoice["settlement_currency"])


def _pdf_url(row: Row, info: Any, **given: Any) -> str | None:
    if row["number"] is None:
        return None
    workspace, own = (
        public_id(kind, row[key])
        for kind, key in (("Workspace", "workspace_id"), (row["__typename"], "id"))
    )
    path = f"/files/{workspace}/{own}/{row['number']}.pdf"
    expires = int(info.context.caller.now.timestamp()) + (given.get("ttlSeconds") or 900)
    tag = hmac.digest(SECRET, f"document link\n{path}\n{expires}".encode(), "sha256")
    signature = base64.b64encode(tag, b"-_").decode().strip("=")
    return f"{PUBLIC_URL}{path}?expires={expires}&signature={signature}"


def _next_number(series: Row, info: Any) -> str:
    [workspace] = info.context.all("workspaces")
    today: datetime = info.context.caller.now.astimezone(ZoneInfo(workspace["time_zone"]))
    period = {"NEVER": "", "YEAR": f"{today:%Y}", "MONTH": f"{today:%Y-%m}"}[series["reset"]]
    counters = info.context.where("number_counters", "series_id", series["id"])
    last = sum(one["last_sequence"] for one in counters if one["period"] == period)
    number = series["template"].replace("{YYYY}", f"{today:%Y}")
    width = int(re.search(r"\{seq:(\d+)\}", number)[1])  # type: ignore[index]  # all have it
    number = re.sub(r"\{seq:\d+\}", str(last + 1).zfill(width), number)
    return ("TEST-" if workspace["mode"] == "TEST" else "") + number


INVOICE_AMOUNTS = (
    *("subtotal", "discount", "tax", "total", "interest", "amountPaid", "amountCredited"),
    *("amountRefunded", "amountWrittenOff", "creditBalanceApplied", "amountDue"),
)
NOTE_AMOUNTS = (
    *("subtotal", "tax", "total", "prePayment", "postPayment", "refunded", "outOfBand"),
)

FIELDS: Mapping[str, Mapping[str, Resolver]] = {
    **reference_payments.FIELDS,
    "ApiKey": {"id": _id},
    "TaxRate": {"id": _id},
    "FxRate": {"id": _id},
    "Viewer": {
        "workspace": lambda caller, info: info.context.tables["workspaces"][caller.workspace_id],
        "scopes": lambda caller, _: sorted(caller.scopes),
        "now": lambda caller, _: caller.now,
        "mode": lambda caller, _: caller.mode,
        "customer": lambda caller, info: info.context.tables["customers"].get(caller.customer_id),
    },
    "Workspace": {
        "id": _id,
        "smallBalanceLimit": lambda row, _: row["small_balance_limit_minor"],
        "fxRateMaxAgeHours": lambda row, _: row["fx_rate_max_age_h"],
        "numberSeries": _sorted("number_series", "workspace_id", "document"),
        "paymentFees": reference_payments.payment_fees,
    },
    "NumberSeries": {"id": _id, "next": _next_number},
    "Address": {name: _optional(snake(name)) for name in ("line2", "region", "postalCode")},
    "Customer": {
        "id": _id,
        "matters": lambda row, info, **given: page(
            info.context.where("matters", "customer_id", row["id"]),
            info.context.tables["matters"],
            given,
        ),
        "invoices": lambda row, info, **given: info.context.invoices(
            info.context.where("invoices", "customer_id", row["id"]), given
        ),
        "creditBalances": reference_payments.credit_balances,
        "paymentMethods": reference_payments.payment_methods,
    },
    "Matter": {"id": _id, "customer": _pointed("customers", "customer_id")},
    "Invoice": {
        "id": _id,
        "displayStatus": _display_status,
        "isOverdue": lambda row, info: is_overdue(row, info.context.caller.now),
        "availableActions": _actions,
        "customer": _pointed("customers", "customer_id"),
        "matter": _pointed("matters", "matter_id"),
        "internalNotes": lambda row, info: (
            None if info.context.caller.customer_id else row["internal_notes"]
        ),
        "subscription": _pointed("billing_subscriptions", "subscription_id"),
        "settlementTotal": amount("settlement_total_minor", "settlement_currency"),
        "lines": _sorted("line_items", "invoice_id", "position"),
        "discounts": _with_currency("discounts"),
        "creditNotes": lambda row, info, **given: page(
            info.context.where("credit_notes", "invoice_id", row["id"]),
            info.context.tables["credit_notes"],
            given,
        ),
        "ledger": _sorted("ledger_transfers", "invoice_id", "entry_position"),
        "taxBreakdown": _with_currency("tax_breakdown"),
        "events": lambda row, info, **given: page(
            info.context.where("events", "invoice_id", row["id"]),
            info.context.tables["events"],
            given,
            "POSITION",
        ),
        "payments": reference_payments.of_invoice,
        "recognitionSchedule": recognition_schedule,
        "publicPayUrl": _pay_url,
        "pdfUrl": _pdf_url,
        **{name: amount(snake(name) + "_minor") for name in INVOICE_AMOUNTS},
    },
    "WebhookEndpoint": {"id": _id},
    "WebhookDelivery": {
        "id": _id,
        "endpoint": _pointed("webhook_endpoints", "endpoint_id"),
        "event": _pointed("events", "event_id"),
    },
    "Event": {
        "id": _id,
        "type": lambda event, _: event_type(event),
        "name": lambda event, _: event["type"],
        "deliveries": lambda row, info, **given: page(
            info.context.where("webhook_deliveries", "event_id", row["id"]),
            info.context.tables["webhook_deliveries"],
            given,
        ),
        "invoice": _pointed("invoices", "invoice_id"),
    },
    "BillingSubscription": {
        "id": _id,
        "customer": _pointed("customers", "customer_id"),
        "nextPeriodStart": lambda row, _: row["next_period_on"],
        "invoices": lambda row, info, **given: page(
            info.context.where("invoices", "subscription_id", row["id"]),
            info.context.tables["invoices"],
            given,
        ),
    },
    "LineItem": {
        "id": _id,
        **{
            name: amount(snake(name) + "_minor")
            for name in ("amount", "discount", "allocatedDiscount", "tax")
        },
        "taxes": _with_currency("taxes"),
        "taxRate": lambda row, _: row["tax_percent"] / 100,
        "effectiveTaxPercent": lambda row, _: percent_of(row["tax_minor"], row["amount_minor"]),
    },
    "CreditNote": {
        "id": _id,
        "pdfUrl": _pdf_url,
        "invoice": _pointed("invoices", "invoice_id"),
        "lines": _sorted("credit_note_lines", "credit_note_id", "position"),
        **{name: amount(snake(name) + "_minor") for name in NOTE_AMOUNTS},
        "toCreditBalance": amount("credit_balance_minor"),
    },
    "CreditNoteLine": {
        "lineItem": _pointed("line_items", "line_item_id"),
        "net": amount("net_minor"),
        "tax": amount("tax_minor"),
        "total": lambda row, _: money(row["net_minor"] + row["tax_minor"], row["currency"]),
    },
    "LedgerEntry": {
        "id": _id,
        "type": lambda row, _: row["kind"],
        "amount": amount("entry_minor"),
        "settlementAmount": _in_settlement,
        "balance": amount("balance_minor"),
    },
    "LineTax": {"percent": _percent, "amount": amount("amount_minor")},
    "TaxSubtotal": {
        "percent": _percent,
        "taxable": amount("taxable_minor"),
        "tax": amount("tax_minor"),
    },
    "Discount": {
        "percent": _percent,
        "fixed": amount("fixed_minor"),
        "amount": amount("amount_minor"),
    },
}
