"""Composite keys, foreign keys, checks and indexes: the rules that the database itself is sure of."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.constraints import check, one_of, points, primary_key, unique

TABLES = (
    "api_keys",
    "customers",
    "events",
    "idempotency_keys",
    "invoices",
    "jobs",
    "line_items",
    "matters",
    "number_counters",
    "number_series",
    "pay_links",
    "workspaces",
)

KEYS = [primary_key(table) for table in TABLES]

ENUMERATIONS = {
    ("workspaces", "mode"): "LIVE TEST",
    ("workspaces", "tax_rounding"): "PER_RATE PER_LINE PER_INVOICE",
    ("workspaces", "discount_tax_treatment"): "BEFORE_TAX AFTER_TAX",
    ("api_keys", "mode"): "LIVE TEST",
    ("customers", "email_consent"): "UNKNOWN GRANTED WITHDRAWN",
    ("customers", "tax_treatment"): "STANDARD EXEMPT REVERSE_CHARGE",
    ("number_series", "document"): "INVOICE CREDIT_NOTE",
    ("number_series", "reset"): "NEVER YEAR MONTH",
    ("invoices", "status"): "DRAFT OPEN PARTIALLY_PAID PAID VOID UNCOLLECTIBLE",
    ("invoices", "due_given"): "TERMS DATE INSTANT",
    ("invoices", "closed_by"): "PAYMENT CREDIT_NOTE CREDIT_BALANCE WRITE_OFF ZERO_TOTAL",
    ("invoices", "tax_rounding"): "PER_RATE PER_LINE PER_INVOICE",
    ("invoices", "discount_tax_treatment"): "BEFORE_TAX AFTER_TAX",
}


SUM_OF = """
CREATE FUNCTION sum_of(items jsonb, key text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT coalesce(sum((item ->> key)::bigint), 0) FROM jsonb_array_elements(items) AS item)
"""

WORKSPACES = [
    check("workspaces", "is_its_own", "workspace_id = id"),
    check("workspaces", "sandbox_of_live", "mode = 'LIVE' OR sandbox_id IS NULL"),
    check("workspaces", "terms", "payment_terms_days >= 0"),
    check(
        "workspaces",
        "settings",
        "small_balance_limit_minor >= 0 AND interest_percent >= 0 AND interest_grace_days >= 0",
    ),
    "ALTER TABLE api_keys ADD CONSTRAINT api_keys_token_hash UNIQUE (token_hash)",
    "ALTER TABLE pay_links ADD CONSTRAINT pay_links_token_hash UNIQUE (token_hash)",
    points("api_keys", "workspace", "workspace_id", "workspaces", "id"),
    points("customers", "workspace", "workspace_id", "workspaces", "id"),
    check("customers", "terms", "payment_terms_days >= 0"),
    points("matters", "customer", "customer_id", "customers", "id"),
    unique("matters", "of_customer", "customer_id, id"),
]

NUMBERS = [
    points("number_series", "workspace", "workspace_id", "workspaces", "id"),
    unique("number_series", "document", "document"),
    points("number_counters", "series", "series_id", "number_series", "id"),
    unique("number_counters", "period", "series_id, period"),
    unique("number_counters", "first", "series_id, period, first_sequence"),
    check("number_counters", "counts_up", "last_sequence >= first_sequence - 1"),
    "ALTER TABLE invoices ADD COLUMN number_previous bigint GENERATED ALWAYS AS "
    "(CASE WHEN number_sequence > number_first THEN number_sequence - 1 END) STORED",
    unique("invoices", "number", "number"),
    unique("invoices", "number_sequence", "series_id, number_period, number_sequence"),
    points(
        "invoices",
        "number_follows",
        "series_id, number_period, number_previous",
        "invoices",
        "series_id, number_period, number_sequence",
    ),
    points(
        "invoices",
        "number_starts",
        "series_id, number_period, number_first",
        "number_counters",
        "series_id, period, first_sequence",
    ),
    check("invoices", "numbered_unless_draft", "(status = 'DRAFT') = (number IS NULL)"),
    check(
        "invoices",
        "number_whole",
        "num_nulls(number, series_id, number_period, number_sequence, number_first) IN (0, 5) "
        "AND number_sequence >= number_first",
    ),
]

INVOICES = [
    points("invoices", "customer", "customer_id", "customers", "id"),
    points("invoices", "matter", "customer_id, matter_id", "matters", "customer_id, id"),
    check(
        "invoices",
        "frozen_unless_draft",
        "status = 'DRAFT' OR num_nulls(issued_at, seller, buyer, pay_token) = 0",
    ),
    check(
        "invoices",
        "total_adds_up",
        "total_minor = subtotal_minor - discount_minor "
        "+ CASE WHEN prices_include_tax THEN 0 ELSE tax_minor END",
    ),
    check(
        "invoices",
        "due_adds_up",
        "amount_due_minor >= 0 AND amount_due_minor = CASE status WHEN 'VOID' THEN 0 ELSE "
        "total_minor + interest_minor - amount_paid_minor - amount_credited_minor "
        "- credit_balance_applied_minor - amount_written_off_minor END",
    ),
    check(
        "invoices",
        "amounts_in_range",
        "least(subtotal_minor, discount_minor, tax_minor, total_minor, interest_minor, "
        "amount_paid_minor, amount_credited_minor, amount_refunded_minor, "
        "amount_written_off_minor, credit_balance_applied_minor) >= 0 "
        "AND greatest(subtotal_minor, total_minor, interest_minor) <= 100000000000000",
    ),
    check("invoices", "breakdown_adds_up", "tax_minor = sum_of(tax_breakdown, 'tax_minor')"),
]

# Each line carries the invoice's sums up to and with itself. It points to the line before it by the
# sums before it, and the invoice points to its last line by its own: no line can differ unnoticed.
LINES = [
    "ALTER TABLE line_items "
    "ADD COLUMN position_before int GENERATED ALWAYS AS (nullif(position - 1, 0)) STORED, "
    "ADD COLUMN amount_before_minor bigint GENERATED ALWAYS AS "
    "(amount_through_minor - amount_minor) STORED, "
    "ADD COLUMN discount_before_minor bigint GENERATED ALWAYS AS "
    "(discount_through_minor - discount_minor - allocated_discount_minor) STORED, "
    "ADD COLUMN tax_before_minor bigint GENERATED ALWAYS AS (tax_through_minor - tax_minor) STORED",
    "ALTER TABLE invoices ADD COLUMN last_position int GENERATED ALWAYS AS (nullif(line_count, 0)) STORED",
    unique(
        "line_items",
        "sums",
        "invoice_id, position, amount_through_minor, discount_through_minor, tax_through_minor",
    ),
    unique("line_items", "position", "invoice_id, position"),
    unique("invoices", "currency", "id, currency"),
    points(
        "line_items",
        "invoice",
        "invoice_id, currency",
        "invoices",
        "id, currency",
        "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    ),
    points(
        "line_items",
        "follows",
        "invoice_id, position_before, amount_before_minor, discount_before_minor, tax_before_minor",
        "line_items",
        "invoice_id, position, amount_through_minor, discount_through_minor, tax_through_minor",
        "DEFERRABLE INITIALLY DEFERRED",
    ),
    points(
        "invoices",
        "sum_of_lines",
        "id, last_position, subtotal_minor, discount_minor, tax_minor",
        "line_items",
        "invoice_id, position, amount_through_minor, discount_through_minor, tax_through_minor",
        "DEFERRABLE INITIALLY DEFERRED",
    ),
    check(
        "line_items",
        "starts_from_zero",
        "position > 1 OR (position = 1 AND amount_before_minor = 0 "
        "AND discount_before_minor = 0 AND tax_before_minor = 0)",
    ),
    check(
        "line_items",
        "amounts_in_range",
        "least(amount_minor, discount_minor, allocated_discount_minor, tax_minor) >= 0 "
        "AND discount_minor + allocated_discount_minor <= amount_minor",
    ),
    check("line_items", "taxes_add_up", "tax_minor = sum_of(taxes, 'amount_minor')"),
    check("line_items", "quantity_positive", "quantity > 0 AND unit_amount >= 0"),
    check("line_items", "period_whole", "period_end > period_start"),
    check(
        "invoices",
        "no_lines_no_sums",
        "line_count > 0 OR (subtotal_minor = 0 AND discount_minor = 0 AND tax_minor = 0)",
    ),
]

OTHERS = [
    points("events", "workspace", "workspace_id", "workspaces", "id"),
    points("idempotency_keys", "workspace", "workspace_id", "workspaces", "id"),
    unique("idempotency_keys", "key", "mutation, key"),
]

# Orderings are over expressions that are never null, so one row comparison pages through any of them.
INDEXES = [
    "CREATE INDEX invoices_by_created ON invoices (workspace_id, created_at, id)",
    "CREATE INDEX invoices_by_updated ON invoices (workspace_id, updated_at, id)",
    "CREATE INDEX invoices_by_due ON invoices (workspace_id, due_at, id)",
    "CREATE INDEX invoices_by_issued ON invoices "
    "(workspace_id, coalesce(issued_at, 'infinity'::timestamptz), id)",
    "CREATE INDEX invoices_by_number ON invoices (workspace_id, "
    "coalesce(number_period, '~') COLLATE \"C\", coalesce(number_sequence, 9223372036854775807), id)",
    "CREATE INDEX invoices_by_total ON invoices (workspace_id, total_minor, id)",
    "CREATE INDEX invoices_by_amount_due ON invoices (workspace_id, amount_due_minor, id)",
    "CREATE INDEX invoices_of_customer ON invoices (workspace_id, customer_id, created_at, id)",
    "CREATE INDEX invoices_of_matter ON invoices (workspace_id, matter_id, created_at, id) "
    "WHERE matter_id IS NOT NULL",
    "CREATE INDEX customers_by_created ON customers (workspace_id, created_at, id)",
    "CREATE INDEX events_by_time ON events (workspace_id, at, id)",
    "CREATE INDEX events_of_invoice ON events (workspace_id, invoice_id, position)",
    "CREATE INDEX jobs_ready ON jobs (run_at) WHERE done_at IS NULL AND dead_at IS NULL",
    "CREATE INDEX jobs_dead ON jobs (kind) WHERE dead_at IS NOT NULL",
    "CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)",
]

STATEMENTS = [
    *KEYS,
    SUM_OF,
    *(one_of(table, column, values) for (table, column), values in ENUMERATIONS.items()),
    *WORKSPACES,
    *NUMBERS,
    *INVOICES,
    *LINES,
    *OTHERS,
    *INDEXES,
]


class Migration(migrations.Migration):
    """Statement by statement, as a sharded PostgreSQL asks; Tortoise reckons its state once for all."""

    dependencies = [("billgraph", "0001_initial")]
    operations = [ops.RunSQL(STATEMENTS)]
