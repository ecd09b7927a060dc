"""The chain of events, rates, billing subscriptions and webhooks: their keys, checks and indexes."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.constraints import check, computed, one_of, points, primary_key, unique

TABLES = (
    "billing_subscriptions",
    "event_heads",
    "fx_rates",
    "tax_rates",
    "webhook_deliveries",
    "webhook_endpoints",
)

ENUMERATIONS = {
    ("billing_subscriptions", "status"): "ACTIVE PAUSED CANCELED",
    ("billing_subscriptions", "interval"): "WEEK MONTH QUARTER YEAR",
    ("billing_subscriptions", "action"): "DRAFT ISSUE SEND",
    (
        "tax_rates",
        "category",
    ): "STANDARD ZERO EXEMPT REVERSE_CHARGE INTRA_COMMUNITY EXPORT OUT_OF_SCOPE",
    ("webhook_deliveries", "status"): "PENDING DELIVERED FAILED",
}

# Everything that an event says, and the hash of the one before: a change to any shows in all after it.
EVENT_HASH = """
CREATE FUNCTION event_hash(previous bytea, workspace uuid, event uuid, place bigint, kind text,
    subject text, invoice uuid, content jsonb, content_before jsonb, who text, instant timestamptz)
RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(coalesce(previous, ''::bytea) || convert_to(jsonb_build_array(workspace, event, place,
    kind, subject, invoice, content, content_before, who,
    (extract(epoch FROM instant) * 1000000)::bigint)::text, 'UTF8'))
"""

EVENTS = [
    EVENT_HASH,
    computed(
        "events",
        "hash",
        "bytea",
        "event_hash(previous_hash, workspace_id, id, position, type, subject_id, invoice_id, data, "
        "previous, actor, at)",
    ),
    computed("events", "position_before", "bigint", "nullif(position - 1, 0)"),
    unique("events", "position", "position"),
    unique("events", "chain", "position, hash"),
    points("events", "follows", "position_before, previous_hash", "events", "position, hash"),
    check("events", "chain_whole", "position >= 1 AND (position = 1) = (previous_hash IS NULL)"),
    points("event_heads", "workspace", "workspace_id", "workspaces", "id"),
    check("event_heads", "is_its_own", "workspace_id = id"),
    "CREATE INDEX events_of_subject ON events (workspace_id, subject_id, position)",
]

# The worker asks at every turn who has a clock of their own, which are few.
CLOCKS = [
    "CREATE INDEX workspaces_with_clock ON workspaces (workspace_id) INCLUDE (test_now) "
    "WHERE test_now IS NOT NULL"
]

RATES = [
    points("tax_rates", "workspace", "workspace_id", "workspaces", "id"),
    check("tax_rates", "percent_in_range", "percent BETWEEN 0 AND 100"),
    check("tax_rates", "days_in_order", "valid_to >= valid_from"),
    check("tax_rates", "only_standard_taxes", "category = 'STANDARD' OR percent = 0"),
    "CREATE UNIQUE INDEX tax_rates_once ON tax_rates (workspace_id, country, "
    "coalesce(region, ''), coalesce(code, ''), name, valid_from)",
    check("workspaces", "fx_rate_max_age", "fx_rate_max_age_h BETWEEN 1 AND 8760"),
    points("fx_rates", "workspace", "workspace_id", "workspaces", "id"),
    check("fx_rates", "rate_positive", "rate > 0 AND base <> quote"),
    "CREATE INDEX fx_rates_newest ON fx_rates (workspace_id, base, quote, as_of DESC, id DESC)",
]

RECURRING = [
    points("billing_subscriptions", "customer", "customer_id", "customers", "id"),
    check("billing_subscriptions", "terms", "payment_terms_days >= 0 AND next_period >= 0"),
    check(
        "billing_subscriptions", "canceled_has_its_instant", "(status = 'CANCELED') = (canceled_at IS NOT NULL)"
    ),
    points("invoices", "subscription", "subscription_id", "billing_subscriptions", "id"),
    unique("invoices", "subscription_period", "subscription_id, subscription_period"),
    check(
        "invoices", "subscription_whole", "num_nulls(subscription_id, subscription_period) IN (0, 2)"
    ),
    "CREATE INDEX billing_subscriptions_due ON billing_subscriptions (next_run_at) "
    "WHERE status = 'ACTIVE'",
    "CREATE INDEX billing_subscriptions_of_customer ON billing_subscriptions (workspace_id, customer_id)",
]

WEBHOOKS = [
    points("webhook_endpoints", "workspace", "workspace_id", "workspaces", "id"),
    points(
        "webhook_deliveries", "endpoint", "endpoint_id", "webhook_endpoints", "id", "ON DELETE CASCADE"
    ),
    points("webhook_deliveries", "event", "event_id", "events", "id"),
    check(
        "webhook_deliveries", "pending_has_its_instant", "(status = 'PENDING') = (next_attempt_at IS NOT NULL)"
    ),
    unique("webhook_deliveries", "once", "endpoint_id, event_id"),
    "CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (workspace_id, event_id, id)",
]

STATEMENTS = [
    *map(primary_key, TABLES),
    *(one_of(table, column, values) for (table, column), values in ENUMERATIONS.items()),
    *EVENTS,
    *CLOCKS,
    *RATES,
    *RECURRING,
    *WEBHOOKS,
]


class Migration(migrations.Migration):
    """Statement by statement, as a sharded PostgreSQL asks; Tortoise reckons its state once for all."""

    dependencies = [("billgraph", "0003_money")]
    operations = [ops.RunSQL(STATEMENTS)]
