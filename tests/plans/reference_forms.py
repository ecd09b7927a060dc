"""The wire's forms, written a second time and plainly: ids, instants, decimals, money."""

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

PREFIXES = {
    "ApiKey": "key",
    "BillingSubscription": "bs",
    "CreditNote": "cn",
    "Customer": "cus",
    "Event": "evt",
    "Invoice": "inv",
    "LedgerEntry": "led",
    "LineItem": "il",
    "Matter": "mat",
    "NumberSeries": "num",
    "Payment": "pay",
    "PaymentMethod": "pm",
    "WebhookDelivery": "whd",
    "WebhookEndpoint": "whe",
    "TaxRate": "txr",
    "FxRate": "fxr",
    "Workspace": "wsp",
}
TABLES = {
    "ApiKey": "api_keys",
    "BillingSubscription": "billing_subscriptions",
    "CreditNote": "credit_notes",
    "Customer": "customers",
    "Event": "events",
    "Invoice": "invoices",
    "LedgerEntry": "ledger_transfers",
    "LineItem": "line_items",
    "Matter": "matters",
    "NumberSeries": "number_series",
    "Payment": "payments",
    "PaymentMethod": "payment_methods",
    "WebhookDelivery": "webhook_deliveries",
    "WebhookEndpoint": "webhook_endpoints",
    "TaxRate": "tax_rates",
    "FxRate": "fx_rates",
    "Workspace": "workspaces",
}
DECIMALS = {"JPY": 0, "KWD": 3}


def written(value: Any) -> Any:
    """A value of a column as JSON has it."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return plain(value)
    return value


def plain(value: Decimal) -> str:
    """Digits alone, with no zero at the end that says nothing."""
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def public_id(kind: str, uuid: UUID) -> str:
    """The global id of a row."""
    return f"{PREFIXES[kind]}_{uuid.hex}"


def uuid_in(kind: str, text: str) -> UUID | None:
    """The uuid in a global id of this type, in its one spelling."""
    found = re.fullmatch(r"([a-z]+)_([0-9a-f]{32})", text)
    return UUID(found[2]) if found and found[1] == PREFIXES[kind] else None


def money(minor: int | None, currency: str) -> dict[str, Any] | None:
    """An amount, or none."""
    if minor is None:
        return None
    decimals = DECIMALS.get(currency, 2)
    return {
        "minor": minor,
        "currency": currency,
        "amount": f"{Decimal(minor).scaleb(-decimals):.{decimals}f}",
    }


def percent_of(part: int, whole: int) -> str:
    """A part in percent of the whole, two decimals, half up; nothing is no part of nothing."""
    share = Decimal(100 * part) / whole if whole else Decimal(0)
    return f"{share.quantize(Decimal('0.01'), ROUND_HALF_UP)}"


def instant(text: str) -> datetime:
    """An instant as a client writes it."""
    return datetime.fromisoformat(text.upper())
