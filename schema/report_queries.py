"""The SQL of reports: each one query with one row, every relation in it within the caller's workspace."""

from plans.rows import Row

# A day begins up to 14 hours before it does in Greenwich, and ends up to 12 hours after.
AROUND = "interval '1 day'"


def receivables(asking: Row, day: str | None, currency: str | None) -> str:
    """as_of, currency, total_minor and buckets: what was owed at the end of a local day.

    A balance then is the balance now without the ledger's entries since. Only where the day has
    passed are there any, so that the usual question reads open invoices alone.
    """
    own = asking.workspace
    return f"""
WITH asked AS MATERIALIZED (
    SELECT w.time_zone, {currency or "w.currency"} AS currency,
        {day or f"({asking.now} AT TIME ZONE w.time_zone)::date"} AS day
    FROM workspaces w WHERE w.workspace_id = {own} AND w.id = {own}
), since AS MATERIALIZED (
    SELECT (day + 1)::timestamp AT TIME ZONE time_zone AS instant FROM asked
), later AS MATERIALIZED (
    SELECT l.invoice_id, sum(l.entry_minor) AS minor
    FROM ledger_transfers l WHERE l.workspace_id = {own}
    AND (SELECT instant FROM since) <= {asking.now} AND l.invoice_id IS NOT NULL
    AND l.currency = (SELECT currency FROM asked) AND l.at >= (SELECT instant FROM since)
    GROUP BY l.invoice_id
), touched AS (
    SELECT i.id, i.due_on, i.amount_due_minor
    FROM invoices i WHERE i.workspace_id = {own} AND i.currency = (SELECT currency FROM asked)
    AND i.status IN ('OPEN', 'PARTIALLY_PAID')
    UNION ALL
    SELECT i.id, i.due_on, i.amount_due_minor
    FROM invoices i WHERE i.workspace_id = {own} AND i.id IN (SELECT invoice_id FROM later)
    AND i.status NOT IN ('DRAFT', 'OPEN', 'PARTIALLY_PAID')
), owed AS (
    SELECT greatest((SELECT day FROM asked) - due_on, 0) AS days,
        amount_due_minor - coalesce(later.minor, 0) AS minor
    FROM touched LEFT JOIN later ON later.invoice_id = touched.id
), aged AS (
    SELECT bucket.from_days, bucket.to_days, coalesce(sum(owed.minor), 0)::bigint AS minor,
        count(owed.minor) AS invoice_count
    FROM (VALUES (0, 0), (1, 30), (31, 60), (61, 90), (91, NULL)) AS bucket(from_days, to_days)
    LEFT JOIN owed ON owed.minor > 0 AND owed.days >= bucket.from_days
        AND owed.days <= coalesce(bucket.to_days, owed.days)
    GROUP BY bucket.from_days, bucket.to_days
)
SELECT day AS as_of, currency, (SELECT sum(minor)::bigint FROM aged) AS total_minor,
    (SELECT jsonb_agg(to_jsonb(aged) ORDER BY from_days) FROM aged) AS buckets
FROM asked
"""


def tax_report(asking: Row, first: str, last: str) -> str:
    """from_day, to_day and rows: taxes by issue date, less what was credited and voided on its day.

    Each day is that of the time zone which the invoice was issued in.
    """
    own = asking.workspace

    def within(instant: str, zone: str) -> str:
        """The first condition is for indexes; the second one is exact."""
        return (
            f"{instant} >= (({first})::timestamp AT TIME ZONE 'UTC') - {AROUND} "
            f"AND {instant} < ((({last}) + 1)::timestamp AT TIME ZONE 'UTC') + {AROUND} "
            f"AND ({instant} AT TIME ZONE {zone})::date BETWEEN {first} AND {last}"
        )

    zoned = (
        "JOIN LATERAL (SELECT i.time_zone "
        f"FROM invoices i WHERE i.workspace_id = {own} AND i.id = n.invoice_id) z ON true"
    )
    notes = f"(SELECT c.* FROM credit_notes c WHERE c.workspace_id = {own}) n"
    return f"""
WITH facts AS (
    SELECT i.currency, i.tax_breakdown, 1 AS sign
    FROM invoices i WHERE i.workspace_id = {own} AND i.number IS NOT NULL
    AND {within("coalesce(i.issued_at, 'infinity')", "i.time_zone")}
    UNION ALL
    SELECT i.currency, i.tax_breakdown, -1
    FROM invoices i WHERE i.workspace_id = {own} AND i.status = 'VOID'
    AND {within("i.voided_at", "i.time_zone")}
    UNION ALL
    SELECT n.currency, n.tax_breakdown, -1 FROM {notes} {zoned}
    WHERE {within("n.issued_at", "z.time_zone")}
    UNION ALL
    SELECT n.currency, n.tax_breakdown, 1 FROM {notes} {zoned}
    WHERE n.status = 'VOID' AND {within("n.voided_at", "z.time_zone")}
), taxed AS (
    SELECT facts.currency, part.name, part.category, trim_scale(part.percent) AS percent,
        sum(facts.sign * part.taxable_minor)::bigint AS taxable_minor,
        sum(facts.sign * part.tax_minor)::bigint AS tax_minor
    FROM facts, jsonb_to_recordset(facts.tax_breakdown) AS part(
        name text, percent numeric, category text, taxable_minor bigint, tax_minor bigint)
    GROUP BY facts.currency, part.name, part.category, trim_scale(part.percent)
)
SELECT {first} AS from_day, {last} AS to_day, coalesce((
    SELECT jsonb_agg(to_jsonb(taxed)
        ORDER BY currency COLLATE "C", percent DESC, name COLLATE "C", category COLLATE "C")
    FROM taxed), '[]') AS rows
"""


def numbering(asking: Row, document: str, period: str | None) -> str:
    """series_id, period, first, last, count and missing: the numbers of one period of a series."""
    own = asking.workspace
    return f"""
WITH asked AS MATERIALIZED (
    SELECT s.id AS series_id, s.document, {period or _present(asking, "s.reset")} AS period
    FROM number_series s WHERE s.workspace_id = {own} AND s.document = {document}
), counted AS MATERIALIZED (
    SELECT c.first_sequence, c.last_sequence
    FROM number_counters c WHERE c.workspace_id = {own}
    AND (c.series_id, c.period) = (SELECT series_id, period FROM asked)
), numbered AS MATERIALIZED (
    SELECT i.number_sequence AS place
    FROM invoices i WHERE i.workspace_id = {own} AND (SELECT document FROM asked) = 'INVOICE'
    AND (i.series_id, i.number_period) = (SELECT series_id, period FROM asked)
    UNION ALL
    SELECT n.number_sequence
    FROM credit_notes n WHERE n.workspace_id = {own}
    AND (SELECT document FROM asked) = 'CREDIT_NOTE'
    AND (n.series_id, n.number_period) = (SELECT series_id, period FROM asked)
)
SELECT asked.series_id, asked.period, coalesce(counted.first_sequence, 1) AS first,
    coalesce(counted.last_sequence, 0) AS last, (SELECT count(*) FROM numbered) AS count,
    coalesce((SELECT jsonb_agg(number ORDER BY number)
        FROM generate_series(counted.first_sequence, counted.last_sequence) AS number
        WHERE NOT EXISTS (SELECT FROM numbered WHERE place = number)), '[]') AS missing
FROM asked LEFT JOIN counted ON true
"""


def _present(asking: Row, reset: str) -> str:
    """The period that a document issued now falls in."""
    own = asking.workspace
    today = (
        f"({asking.now} AT TIME ZONE (SELECT w.time_zone "
        f"FROM workspaces w WHERE w.workspace_id = {own} AND w.id = {own}))"
    )
    return (
        f"CASE {reset} WHEN 'YEAR' THEN to_char({today}, 'YYYY') "
        f"WHEN 'MONTH' THEN to_char({today}, 'YYYY-MM') ELSE '' END"
    )
