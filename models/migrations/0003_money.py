"""The ledger, payments and credit notes: what the database itself is sure of about money."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.constraints import AT_COMMIT, check, computed, one_of, points, primary_key, unique

TABLES = (
    "credit_note_lines",
    "credit_notes",
    "gateway_notices",
    "ledger_accounts",
    "ledger_transfers",
    "payment_allocations",
    "payment_methods",
    "payments",
    "refunds",
    "sandbox_cards",
    "sandbox_charges",
    "sandbox_refunds",
)

ENTRY_KINDS = (
    "ISSUED VOIDED PAYMENT REFUND CREDIT_NOTE CREDIT_NOTE_VOIDED CREDIT_BALANCE_APPLIED "
    "CREDIT_BALANCE_RETURNED MOVED_TO_CREDIT_BALANCE RETURNED_OUT_OF_BAND INTEREST "
    "INTEREST_WAIVED WRITE_OFF RECOVERY WRITE_OFF_REVERSED"
)
METHODS = "CARD BANK_TRANSFER CASH CHEQUE OTHER"
ENUMERATIONS = {
    (
        "ledger_accounts",
        "kind",
    ): "RECEIVABLE WRITTEN_OFF CREDIT CASH SALES CREDITED INTEREST REFUNDS OUT_OF_BAND FEES",
    (
        "ledger_transfers",
        "kind",
    ): f"{ENTRY_KINDS} OVERPAYMENT OVERPAYMENT_RETURNED REFUND_PAID REFUND_KEPT FEE",
    ("payments", "status"): "PENDING SUCCEEDED FAILED REFUNDED PARTIALLY_REFUNDED",
    ("payments", "method"): METHODS,
    ("payment_methods", "type"): METHODS,
    ("refunds", "status"): "PENDING SUCCEEDED FAILED",
    ("credit_notes", "status"): "ISSUED VOID",
    (
        "credit_notes",
        "reason",
    ): "DUPLICATE FRAUDULENT ORDER_CHANGE ORDER_CANCELLATION PRODUCT_UNSATISFACTORY PRICE_ERROR OTHER",
}

# A receivable and a write-off never give back more than was put there, a customer's credit never
# pays out more than came in: whoever posts meets these checks under the account's row lock.
# The other accounts would be one hot row for a whole workspace, and no limit hangs on them.
ACCOUNTS = [
    points("ledger_accounts", "workspace", "workspace_id", "workspaces", "id"),
    points("ledger_accounts", "customer", "customer_id", "customers", "id"),
    unique("ledger_accounts", "currency", "id, currency"),
    check(
        "ledger_accounts",
        "counted",
        "(kind IN ('RECEIVABLE', 'WRITTEN_OFF', 'CREDIT')) = (num_nulls(debits_minor, credits_minor) = 0) "
        "AND num_nulls(debits_minor, credits_minor) IN (0, 2)",
    ),
    check(
        "ledger_accounts",
        "within_limit",
        "CASE WHEN kind = 'CREDIT' THEN debits_minor <= credits_minor "
        "ELSE credits_minor <= debits_minor END",
    ),
    check("ledger_accounts", "held_by_customer", "(kind = 'CREDIT') = (customer_id IS NOT NULL)"),
    "CREATE INDEX ledger_accounts_of_customer ON ledger_accounts (workspace_id, customer_id, currency) "
    "WHERE customer_id IS NOT NULL",
]

# An invoice's receivable has the invoice's own id. Its entries count from 1, each starting from the
# balance that the one before left, and the invoice points to its last: amountDue is their sum.
TRANSFERS = [
    unique("ledger_transfers", "once", "kind, source_id, leg"),
    *(
        points(
            "ledger_transfers",
            side,
            f"{side}_account_id, currency",
            "ledger_accounts",
            "id, currency",
        )
        for side in ("debit", "credit")
    ),
    check(
        "ledger_transfers",
        "moves",
        "amount_minor BETWEEN 1 AND 100000000000000 AND debit_account_id <> credit_account_id",
    ),
    check(
        "ledger_transfers",
        "entry_whole",
        "num_nulls(invoice_id, entry_position, entry_minor, balance_minor) IN (0, 4)",
    ),
    check(
        "ledger_transfers",
        "entry_is_receivable",
        "invoice_id IS NULL OR (entry_minor = amount_minor AND debit_account_id = invoice_id) "
        "OR (entry_minor = -amount_minor AND credit_account_id = invoice_id)",
    ),
    computed("ledger_transfers", "position_before", "int", "nullif(entry_position - 1, 0)"),
    computed("ledger_transfers", "balance_before_minor", "bigint", "balance_minor - entry_minor"),
    unique("ledger_transfers", "entry", "invoice_id, entry_position"),
    unique("ledger_transfers", "entry_balance", "invoice_id, entry_position, balance_minor"),
    points(
        "ledger_transfers",
        "entry_follows",
        "invoice_id, position_before, balance_before_minor",
        "ledger_transfers",
        "invoice_id, entry_position, balance_minor",
    ),
    check(
        "ledger_transfers",
        "entry_starts_from_zero",
        "entry_position > 1 OR (entry_position = 1 AND balance_before_minor = 0)",
    ),
    points("ledger_transfers", "invoice", "invoice_id", "invoices", "id", AT_COMMIT),
    computed(
        "invoices", "last_entry", "int", "CASE WHEN status <> 'DRAFT' THEN nullif(ledger_count, 0) END"
    ),
    points(
        "invoices",
        "due_is_its_ledger",
        "id, last_entry, amount_due_minor",
        "ledger_transfers",
        "invoice_id, entry_position, balance_minor",
        AT_COMMIT,
    ),
    check(
        "invoices",
        "ledger_unless_draft",
        "CASE WHEN status = 'DRAFT' OR total_minor = 0 THEN ledger_count >= 0 ELSE ledger_count > 0 END",
    ),
    check("invoices", "no_entries_no_due", "status = 'DRAFT' OR ledger_count > 0 OR amount_due_minor = 0"),
    check("invoices", "credited_at_most_total", "amount_credited_minor <= total_minor"),
    check(
        "invoices", "uncollectible_owes_nothing", "status <> 'UNCOLLECTIBLE' OR amount_due_minor = 0"
    ),
    check(
        "invoices",
        "void_holds_nothing",
        "status <> 'VOID' OR (interest_minor = 0 AND amount_paid_minor = 0 AND amount_credited_minor = 0 "
        "AND amount_written_off_minor = 0 AND credit_balance_applied_minor = 0)",
    ),
    "CREATE INDEX ledger_transfers_of_debit ON ledger_transfers (workspace_id, debit_account_id)",
    "CREATE INDEX ledger_transfers_of_credit ON ledger_transfers (workspace_id, credit_account_id)",
    "CREATE INDEX invoices_to_tell_past_due ON invoices (due_at) "
    "WHERE status IN ('OPEN', 'PARTIALLY_PAID') "
    "AND (interest_through IS NULL OR interest_through < due_on)",
    "CREATE INDEX invoices_to_charge_interest ON invoices (workspace_id, interest_through) "
    "WHERE status IN ('OPEN', 'PARTIALLY_PAID')",
]

PAYMENTS = [
    points("payment_methods", "customer", "customer_id", "customers", "id"),
    unique("payment_methods", "of_customer", "customer_id, id"),
    "CREATE UNIQUE INDEX payment_methods_default ON payment_methods (workspace_id, customer_id) "
    "WHERE is_default",
    points("payments", "customer", "customer_id", "customers", "id"),
    points("payments", "invoice", "invoice_id", "invoices", "id"),
    points("payments", "method", "customer_id, payment_method_id", "payment_methods", "customer_id, id"),
    check(
        "payments",
        "amounts_in_range",
        "amount_minor BETWEEN 1 AND 100000000000000 AND least(fee_minor, amount_refunded_minor, "
        "amount_refunding_minor, amount_overpaid_minor, overpaid_returned_minor) >= 0 "
        "AND amount_refunded_minor + amount_refunding_minor <= amount_minor "
        "AND amount_overpaid_minor <= amount_minor AND overpaid_returned_minor <= amount_overpaid_minor",
    ),
    check(
        "payments",
        "status_is_what_was_refunded",
        "CASE status WHEN 'REFUNDED' THEN amount_refunded_minor = amount_minor "
        "WHEN 'PARTIALLY_REFUNDED' THEN amount_refunded_minor BETWEEN 1 AND amount_minor - 1 "
        "ELSE amount_refunded_minor = 0 END",
    ),
    check("payments", "received", "status IN ('PENDING', 'FAILED') OR received_at IS NOT NULL"),
    "CREATE UNIQUE INDEX payments_one_pending ON payments (workspace_id, invoice_id) "
    "WHERE status = 'PENDING'",
    "CREATE UNIQUE INDEX payments_gateway_reference ON payments (workspace_id, gateway, gateway_reference) "
    "WHERE gateway_reference IS NOT NULL",
    unique("payments", "currency", "id, currency"),
    points("payment_allocations", "payment", "payment_id, currency", "payments", "id, currency"),
    points("payment_allocations", "invoice", "invoice_id, currency", "invoices", "id, currency"),
    unique("payment_allocations", "once", "payment_id, invoice_id"),
    unique("payment_allocations", "position", "payment_id, position"),
    check(
        "payment_allocations",
        "amounts_in_range",
        "amount_minor >= 0 AND returned_minor BETWEEN 0 AND amount_minor "
        "AND moved_minor BETWEEN 0 AND returned_minor",
    ),
    points("refunds", "payment", "payment_id, currency", "payments", "id, currency"),
    points("refunds", "credit_note", "credit_note_id", "credit_notes", "id", AT_COMMIT),
    check(
        "refunds",
        "amount_in_range",
        "amount_minor > 0 AND overpaid_minor BETWEEN 0 AND amount_minor "
        "AND (credit_note_id IS NULL OR overpaid_minor = 0)",
    ),
    unique("gateway_notices", "once", "gateway, reference"),
    unique("sandbox_cards", "token", "token"),
    unique("sandbox_charges", "key", "key"),
    check("sandbox_charges", "refunds", "refunded_minor BETWEEN 0 AND amount_minor"),
    unique("sandbox_refunds", "key", "key"),
    points("sandbox_refunds", "charge", "charge_id", "sandbox_charges", "id"),
    "CREATE INDEX payments_by_created ON payments (workspace_id, created_at, id)",
    "CREATE INDEX payments_of_customer ON payments (workspace_id, customer_id, created_at, id)",
    "CREATE INDEX payment_allocations_of_invoice ON payment_allocations (workspace_id, invoice_id)",
    "CREATE INDEX refunds_of_payment ON refunds (workspace_id, payment_id)",
    "CREATE INDEX refunds_of_credit_note ON refunds (workspace_id, credit_note_id)",
]

# Numbered as invoices are, and tied to their lines by running sums as invoices are.
CREDIT_NOTES = [
    computed(
        "credit_notes",
        "number_previous",
        "bigint",
        "CASE WHEN number_sequence > number_first THEN number_sequence - 1 END",
    ),
    unique("credit_notes", "number", "number"),
    unique("credit_notes", "number_sequence", "series_id, number_period, number_sequence"),
    points(
        "credit_notes",
        "number_follows",
        "series_id, number_period, number_previous",
        "credit_notes",
        "series_id, number_period, number_sequence",
    ),
    points(
        "credit_notes",
        "number_starts",
        "series_id, number_period, number_first",
        "number_counters",
        "series_id, period, first_sequence",
    ),
    check("credit_notes", "number_in_order", "number_sequence >= number_first"),
    points("credit_notes", "invoice", "invoice_id, currency", "invoices", "id, currency"),
    check("credit_notes", "total_adds_up", "total_minor > 0 AND total_minor = subtotal_minor + tax_minor"),
    check(
        "credit_notes",
        "total_goes_somewhere",
        "total_minor = pre_payment_minor + post_payment_minor AND post_payment_minor = "
        "refunded_minor + credit_balance_minor + out_of_band_minor "
        "AND written_off_minor <= pre_payment_minor",
    ),
    check(
        "credit_notes",
        "amounts_in_range",
        "least(tax_minor, pre_payment_minor, written_off_minor, post_payment_minor, "
        "refunded_minor, credit_balance_minor, out_of_band_minor) >= 0",
    ),
    check("credit_notes", "void_has_its_instant", "(status = 'VOID') = (voided_at IS NOT NULL)"),
    check(
        "credit_notes", "breakdown_adds_up", "tax_minor = sum_of(tax_breakdown, 'tax_minor')"
    ),
    unique("credit_notes", "of_invoice", "invoice_id, id"),
    points(
        "credit_note_lines",
        "note",
        "invoice_id, credit_note_id",
        "credit_notes",
        "invoice_id, id",
        AT_COMMIT,
    ),
    unique("line_items", "of_invoice", "invoice_id, id"),
    points("credit_note_lines", "line", "invoice_id, line_item_id", "line_items", "invoice_id, id"),
    unique("credit_note_lines", "line_once", "credit_note_id, line_item_id"),
    unique("credit_note_lines", "position", "credit_note_id, position"),
    computed("credit_note_lines", "position_before", "int", "nullif(position - 1, 0)"),
    computed("credit_note_lines", "net_before_minor", "bigint", "net_through_minor - net_minor"),
    computed("credit_note_lines", "tax_before_minor", "bigint", "tax_through_minor - tax_minor"),
    unique(
        "credit_note_lines", "sums", "credit_note_id, position, net_through_minor, tax_through_minor"
    ),
    points(
        "credit_note_lines",
        "follows",
        "credit_note_id, position_before, net_before_minor, tax_before_minor",
        "credit_note_lines",
        "credit_note_id, position, net_through_minor, tax_through_minor",
        AT_COMMIT,
    ),
    points(
        "credit_notes",
        "sum_of_lines",
        "id, line_count, subtotal_minor, tax_minor",
        "credit_note_lines",
        "credit_note_id, position, net_through_minor, tax_through_minor",
        AT_COMMIT,
    ),
    check(
        "credit_note_lines",
        "starts_from_zero",
        "position > 1 OR (position = 1 AND net_before_minor = 0 AND tax_before_minor = 0)",
    ),
    check("credit_note_lines", "amounts_in_range", "tax_minor >= 0 AND net_minor + tax_minor >= 0"),
    check("credit_note_lines", "taxes_add_up", "tax_minor = sum_of(taxes, 'amount_minor')"),
    # Where prices hold their tax and a discount comes after it, a line's net may be below zero;
    # net and tax together never are.
    check(
        "line_items",
        "credited_at_most_whole",
        "credited_net_minor + credited_tax_minor >= 0 AND credited_tax_minor BETWEEN 0 AND tax_minor "
        "AND credited_net_minor <= amount_minor - discount_minor - allocated_discount_minor",
    ),
    "CREATE INDEX credit_notes_by_created ON credit_notes (workspace_id, created_at, id)",
    "CREATE INDEX credit_notes_by_invoice ON credit_notes (workspace_id, invoice_id, created_at, id)",
    "CREATE INDEX credit_note_lines_of_line ON credit_note_lines (workspace_id, line_item_id)",
]

STATEMENTS = [
    *map(primary_key, TABLES),
    *(one_of(table, column, values) for (table, column), values in ENUMERATIONS.items()),
    *ACCOUNTS,
    *TRANSFERS,
    *PAYMENTS,
    *CREDIT_NOTES,
]


class Migration(migrations.Migration):
    """Statement by statement, as a sharded PostgreSQL asks; Tortoise reckons its state once for all."""

    dependencies = [("billgraph", "0002_constraints")]
    operations = [ops.RunSQL(STATEMENTS)]
