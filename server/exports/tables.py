"""Tables: the columns of each export, and the statement that writes its rows.

Parameters: the workspace, its time zone, the first day and the last day, null where unbounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from resolvers.exports import Kind
from server.exports.cells import day, identity, instant, money, number, text, word


@dataclass(frozen=True)
class Table:
    """Columns by name, each the SQL of its cell; where the rows come from, their day and their order."""

    columns: Mapping[str, str]
    source: str
    happened_on: str
    order: str

    @property
    def heading(self) -> str:
        """The first row."""
        return ",".join(self.columns)

    @property
    def statement(self) -> str:
        """One row of one text for each row of the file."""
        cells = ", ',', ".join(self.columns.values())
        return (
            f"SELECT concat({cells}) FROM {self.source} AND $2::text IS NOT NULL "
            f"AND ($3::date IS NULL OR {self.happened_on} >= $3) "
            f"AND ($4::date IS NULL OR {self.happened_on} <= $4) ORDER BY {self.order}"
        )


def _amounts(row: str, *names: str) -> dict[str, str]:
    return {_camel(name): money(f"{row}.{name}_minor", f"{row}.currency") for name in names}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _local_day(expression: str, zone: str = "$2::text") -> str:
    return f"({expression} AT TIME ZONE {zone})::date"


_ISSUED_ON = _local_day("i.issued_at", "i.time_zone")
_INVOICES = Table(
    {
        "id": identity("inv", "i.id"),
        "number": text("i.number"),
        "status": word("i.status"),
        "customerId": identity("cus", "i.customer_id"),
        "customerName": text("i.buyer ->> 'name'"),
        "issuedOn": day(_ISSUED_ON),
        "dueOn": day("i.due_on"),
        "paidAt": instant("i.paid_at"),
        "voidedAt": instant("i.voided_at"),
        "closedBy": word("i.closed_by"),
        "currency": word("i.currency"),
        **_amounts(
            "i",
            *("subtotal", "discount", "tax", "total", "interest", "amount_paid"),
            *("amount_credited", "amount_refunded", "amount_written_off"),
            *("credit_balance_applied", "amount_due"),
        ),
        "settlementCurrency": word("i.settlement_currency"),
        "fxRate": number("i.fx_rate"),
        "settlementTotal": money("i.settlement_total_minor", "i.settlement_currency"),
        "notes": text("i.notes"),
    },
    "invoices i WHERE i.workspace_id = $1 AND i.status <> 'DRAFT'",
    _ISSUED_ON,
    "i.id",
)
_LINES = Table(
    {
        "invoiceId": identity("inv", "i.id"),
        "invoiceNumber": text("i.number"),
        "invoiceStatus": word("i.status"),
        "issuedOn": day(_ISSUED_ON),
        "id": identity("il", "l.id"),
        "position": word("l.position"),
        "code": text("l.code"),
        "description": text("l.description"),
        "quantity": number("l.quantity"),
        "unitAmount": number("l.unit_amount"),
        "currency": word("l.currency"),
        **_amounts("l", "amount", "discount", "allocated_discount"),
        "taxPercent": number("l.tax_percent"),
        **_amounts("l", "tax"),
        "periodStart": day("l.period_start"),
        "periodEnd": day("l.period_end"),
    },
    "invoices i JOIN line_items l ON l.workspace_id = $1 AND l.invoice_id = i.id "
    "WHERE i.workspace_id = $1 AND i.status <> 'DRAFT'",
    _ISSUED_ON,
    "i.id, l.position",
)
_CAME_IN = "coalesce(p.received_at, p.created_at)"
_PAID_INVOICES = (
    "(SELECT string_agg(i.number, ' ' ORDER BY a.position) FROM payment_allocations a "
    "JOIN invoices i ON i.workspace_id = $1 AND i.id = a.invoice_id "
    "WHERE a.workspace_id = $1 AND a.payment_id = p.id)"
)
_PAYMENTS = Table(
    {
        "id": identity("pay", "p.id"),
        "status": word("p.status"),
        "customerId": identity("cus", "p.customer_id"),
        "customerName": text("c.name"),
        "on": day(_local_day(_CAME_IN)),
        "method": word("p.method"),
        "reference": text("p.reference"),
        "invoiceNumbers": text(_PAID_INVOICES),
        "currency": word("p.currency"),
        **_amounts("p", "amount", "fee", "amount_refunded", "amount_overpaid"),
        "gateway": word("p.gateway"),
        "gatewayReference": text("p.gateway_reference"),
        "failureCode": word("p.failure_code"),
    },
    "payments p JOIN customers c ON c.workspace_id = $1 AND c.id = p.customer_id "
    "WHERE p.workspace_id = $1",
    _local_day(_CAME_IN),
    "p.id",
)
_LEDGER = Table(
    {
        "id": identity("led", "t.id"),
        "at": instant("t.at"),
        "on": day(_local_day("t.at")),
        "type": word("t.kind"),
        "invoiceId": identity("inv", "t.invoice_id"),
        "invoiceNumber": text("i.number"),
        "debitAccount": word("d.kind"),
        "creditAccount": word("k.kind"),
        "currency": word("t.currency"),
        **_amounts("t", "amount"),
        "entry": money("t.entry_minor", "t.currency"),
        "balance": money("t.balance_minor", "t.currency"),
        "settlementCurrency": (
            "CASE WHEN t.settlement_minor IS NOT NULL THEN i.settlement_currency END"
        ),
        "settlementAmount": money("t.settlement_minor", "i.settlement_currency"),
    },
    "ledger_transfers t "
    "JOIN ledger_accounts d ON d.workspace_id = $1 AND d.id = t.debit_account_id "
    "JOIN ledger_accounts k ON k.workspace_id = $1 AND k.id = t.credit_account_id "
    "LEFT JOIN invoices i ON i.workspace_id = $1 AND i.id = t.invoice_id WHERE t.workspace_id = $1",
    _local_day("t.at"),
    "t.id",
)

TABLES: Mapping[Kind, Table] = {
    Kind.INVOICES: _INVOICES,
    Kind.LINES: _LINES,
    Kind.PAYMENTS: _PAYMENTS,
    Kind.LEDGER: _LEDGER,
}
