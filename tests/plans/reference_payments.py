"""The reference's resolvers of payments: what came in, from whom, for which invoice."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.plans.reference_forms import instant, money, plain, public_id
from tests.plans.reference_lists import COMPARED, Row, page

COLUMNS = {
    "amount": "amount_minor",
    "fee": "fee_minor",
    "amountRefunded": "amount_refunded_minor",
    "amountOverpaid": "amount_overpaid_minor",
}


def _id(row: Row, _: Any) -> str:
    return public_id(row["__typename"], row["id"])


def _amount(column: str) -> Any:
    return lambda row, _: money(row[column], row["currency"])


def _allocations(payment: Row, info: Any) -> list[Row]:
    found = info.context.where("payment_allocations", "payment_id", payment["id"])
    return sorted(found, key=lambda part: part["position"])


def of_invoice(invoice: Row, info: Any, **given: Any) -> dict[str, Any]:
    """The payments of an invoice."""
    parts = info.context.where("payment_allocations", "invoice_id", invoice["id"])
    known = info.context.tables["payments"]
    return page([known[part["payment_id"]] for part in parts], known, given)


def credit_balances(customer: Row, info: Any) -> list[dict[str, Any] | None]:
    """What of a customer's credit is unspent, by currency."""
    held = info.context.where("ledger_accounts", "customer_id", customer["id"])
    left = {one["currency"]: one["credits_minor"] - one["debits_minor"] for one in held}
    return [money(left[currency], currency) for currency in sorted(left) if left[currency] > 0]


def payment_methods(customer: Row, info: Any) -> list[Row]:
    """What a customer pays with."""
    found = info.context.where("payment_methods", "customer_id", customer["id"])
    return sorted(found, key=lambda method: method["id"])


def payment_fees(workspace: Row, _: Any) -> list[dict[str, Any]]:
    """What payers bear on top, by method."""
    fees = workspace["payment_fees"]
    return [
        {
            "method": method,
            "percent": plain(Decimal(fees[method]["percent"])),
            "fixed": fees[method]["fixed_minor"],
        }
        for method in sorted(fees)
    ]


def payments(_: Any, info: Any, **given: Any) -> dict[str, Any]:
    """All payments that a filter keeps."""
    wanted = given.get("filter") or {}
    found = [row for row in info.context.all("payments") if _is_wanted(row, wanted)]
    return page(found, info.context.tables["payments"], given)


def _is_wanted(payment: Row, wanted: Mapping[str, Any]) -> bool:
    statuses, customers = wanted.get("status"), wanted.get("customerId")
    times = (wanted.get("createdAt") or {}).items()
    return (
        (statuses is None or payment["status"] in statuses)
        and (customers is None or public_id("Customer", payment["customer_id"]) in customers)
        and all(
            COMPARED[name](payment["created_at"], instant(text))
            for name, text in times
            if text is not None
        )
    )


FIELDS = {
    "PaymentMethod": {"id": _id},
    "PaymentAllocation": {
        "invoice": lambda part, info: info.context.tables["invoices"].get(part["invoice_id"]),
        "amount": _amount("amount_minor"),
    },
    "Payment": {
        "id": _id,
        "customer": lambda row, info: info.context.tables["customers"].get(row["customer_id"]),
        "allocations": _allocations,
        **{name: _amount(column) for name, column in COLUMNS.items()},
    },
}
