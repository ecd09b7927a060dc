"""Proof about numbers: no gap and no double in any period of any series, and counters at the last."""

from resolvers.verification.checks import Check, public

GAPLESS = f"""
SELECT workspace_id, {public("num", "series_id")},
    format('period "%s" holds %s numbers from %s to %s, its counter says %s to %s', period,
        coalesce(held, 0), lowest, highest, first_sequence, last_sequence)
FROM (
    SELECT workspace_id, series_id, number_period AS period, count(*) AS held,
        count(DISTINCT number_sequence) AS distinct_ones, min(number_sequence) AS lowest,
        max(number_sequence) AS highest
    FROM (
        SELECT workspace_id, series_id, number_period, number_sequence
        FROM invoices WHERE number IS NOT NULL
        UNION ALL
        SELECT workspace_id, series_id, number_period, number_sequence FROM credit_notes
    ) AS numbered
    GROUP BY workspace_id, series_id, number_period
) AS found
FULL JOIN number_counters USING (workspace_id, series_id, period)
WHERE coalesce(held, 0) <> coalesce(last_sequence - first_sequence + 1, 0)
    OR held <> distinct_ones OR lowest <> first_sequence OR highest <> last_sequence
"""

NUMBERS = (
    Check("gapless", "numbers have no gap, and counters stand at the last of them", GAPLESS),
)
