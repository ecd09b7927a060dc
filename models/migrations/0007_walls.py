"""Row-level security: each table shows a transaction the rows of the workspace that it has named."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.walls import raised, with_a_door

CREDENTIALS = ("api_keys", "pay_links")
TABLES = (
    *("allowances", "billing_subscriptions", "credit_note_lines", "credit_notes", "customers"),
    *("event_heads", "events", "fx_rates", "gateway_notices", "idempotency_keys", "invoices", "jobs"),
    *("ledger_accounts", "ledger_transfers", "line_items", "matters", "number_counters"),
    *("number_series", "payment_allocations", "payment_methods", "payments", "refunds"),
    *("sandbox_cards", "sandbox_charges", "sandbox_refunds", "tax_rates"),
    *("webhook_deliveries", "webhook_endpoints", "workspaces"),
)
STATEMENTS = [
    *(statement for table in TABLES for statement in raised(table)),
    *(statement for table in CREDENTIALS for statement in with_a_door(table)),
]


class Migration(migrations.Migration):
    """Statement by statement, as a sharded PostgreSQL asks; Tortoise reckons its state once for all."""

    dependencies = [("billgraph", "0006_allowances")]
    operations = [ops.RunSQL(STATEMENTS)]
