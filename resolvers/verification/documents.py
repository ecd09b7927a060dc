"""Proofs about documents: each has its transfers, each transfer its document, and each is its lines."""

from resolvers.verification.checks import Check, any_of, differs, public

_NO_INVOICE = "'00000000-0000-0000-0000-000000000000'::uuid"
_SETTLED = "('SUCCEEDED', 'REFUNDED', 'PARTIALLY_REFUNDED')"

# A credit note's refund is set aside whole when the note is made; of one by itself, only what it
# takes of the credit balance is: the rest is booked when its gateway has given it back.
_SET_ASIDE = "CASE WHEN credit_note_id IS NULL THEN overpaid_minor ELSE amount_minor END"

# What each document promises of the ledger: how much, of which kind, on which invoice.
_PROMISED = f"""
SELECT workspace_id, 'ISSUED' AS kind, id AS source_id, id AS invoice_id, total_minor AS minor
FROM invoices WHERE status <> 'DRAFT'
UNION ALL
SELECT workspace_id, 'VOIDED', id, id, total_minor FROM invoices WHERE status = 'VOID'
UNION ALL
SELECT a.workspace_id, 'PAYMENT', a.payment_id, a.invoice_id, a.amount_minor
FROM payment_allocations a
JOIN payments p ON p.workspace_id = a.workspace_id AND p.id = a.payment_id
WHERE p.status IN {_SETTLED}
UNION ALL
SELECT workspace_id, 'OVERPAYMENT', id, {_NO_INVOICE}, amount_overpaid_minor
FROM payments WHERE status IN {_SETTLED}
UNION ALL
SELECT workspace_id, 'FEE', id, {_NO_INVOICE}, fee_minor FROM payments WHERE status IN {_SETTLED}
UNION ALL
SELECT workspace_id, 'CREDIT_NOTE', id, invoice_id, total_minor FROM credit_notes
UNION ALL
SELECT workspace_id, 'CREDIT_NOTE_VOIDED', id, invoice_id, total_minor
FROM credit_notes WHERE status = 'VOID'
UNION ALL
SELECT workspace_id, 'RETURNED_OUT_OF_BAND', id, invoice_id, out_of_band_minor FROM credit_notes
UNION ALL
SELECT workspace_id, 'OVERPAYMENT_RETURNED', id, {_NO_INVOICE}, overpaid_minor FROM refunds
UNION ALL
SELECT workspace_id, 'REFUND_PAID', id, {_NO_INVOICE}, {_SET_ASIDE}
FROM refunds WHERE status = 'SUCCEEDED'
UNION ALL
SELECT workspace_id, 'REFUND_KEPT', id, {_NO_INVOICE}, overpaid_minor
FROM refunds WHERE status = 'FAILED'
"""
_KINDS = (
    "('ISSUED', 'VOIDED', 'PAYMENT', 'OVERPAYMENT', 'FEE', 'CREDIT_NOTE', 'CREDIT_NOTE_VOIDED', "
    "'RETURNED_OUT_OF_BAND', 'OVERPAYMENT_RETURNED', 'REFUND_PAID', 'REFUND_KEPT')"
)
BOOKED = f"""
SELECT workspace_id, format('%s of %s', kind, source_id),
    format('the document says %s, the ledger %s', coalesce(promised.minor, 0), coalesce(booked.minor, 0))
FROM (SELECT * FROM ({_PROMISED}) AS documents WHERE minor > 0) AS promised
FULL JOIN (
    SELECT workspace_id, kind, source_id, coalesce(invoice_id, {_NO_INVOICE}) AS invoice_id,
        sum(amount_minor) AS minor
    FROM ledger_transfers WHERE kind IN {_KINDS} GROUP BY 1, 2, 3, 4
) AS booked USING (workspace_id, kind, source_id, invoice_id)
WHERE promised.minor IS DISTINCT FROM booked.minor
"""

# A bare refund may take of several invoices, once it is paid; a credit note's is one entry for all
# that it gives back by refunds, and one for each of them that takes it back where it failed.
REFUNDED = f"""
SELECT workspace_id, format('refund of %s', source_id),
    format('it gives back %s, the ledger says %s', coalesce(asked.minor, 0), coalesce(booked.minor, 0))
FROM (
    SELECT workspace_id, source_id, sum(minor) AS minor FROM (
        SELECT workspace_id, coalesce(credit_note_id, id), amount_minor - overpaid_minor
        FROM refunds WHERE status = 'SUCCEEDED' OR credit_note_id IS NOT NULL
        UNION ALL
        SELECT workspace_id, id, amount_minor
        FROM refunds WHERE status = 'FAILED' AND credit_note_id IS NOT NULL
    ) AS parts(workspace_id, source_id, minor)
    GROUP BY 1, 2 HAVING sum(minor) > 0
) AS asked
FULL JOIN (
    SELECT workspace_id, source_id, sum(amount_minor) AS minor FROM ledger_transfers
    WHERE kind = 'REFUND' GROUP BY 1, 2
) AS booked USING (workspace_id, source_id)
WHERE asked.minor IS DISTINCT FROM booked.minor
UNION ALL
SELECT p.workspace_id, {public("pay", "p.id")},
    format('refunds come to %s, %s and %s, it says %s, %s and %s', coalesce(done, 0),
        coalesce(pending, 0), coalesce(overpaid, 0), p.amount_refunded_minor,
        p.amount_refunding_minor, p.overpaid_returned_minor)
FROM payments p LEFT JOIN (
    SELECT workspace_id, payment_id, sum(amount_minor) FILTER (WHERE status = 'SUCCEEDED') AS done,
        sum(amount_minor) FILTER (WHERE status = 'PENDING') AS pending,
        sum(overpaid_minor) FILTER (WHERE status <> 'FAILED') AS overpaid
    FROM refunds GROUP BY 1, 2
) AS r ON r.workspace_id = p.workspace_id AND r.payment_id = p.id
WHERE p.amount_refunded_minor <> coalesce(done, 0) OR p.amount_refunding_minor <> coalesce(pending, 0)
    OR p.overpaid_returned_minor <> coalesce(overpaid, 0)
"""

SOURCES = """
SELECT t.workspace_id, format('%s of %s', t.kind, t.source_id), 'there is no such document'
FROM ledger_transfers t
LEFT JOIN invoices i ON i.workspace_id = t.workspace_id AND i.id = t.source_id
LEFT JOIN payments p ON p.workspace_id = t.workspace_id AND p.id = t.source_id
LEFT JOIN refunds r ON r.workspace_id = t.workspace_id AND r.id = t.source_id
LEFT JOIN credit_notes c ON c.workspace_id = t.workspace_id AND c.id = t.source_id
WHERE num_nulls(i.id, p.id, r.id, c.id) = 4
"""

PAID = f"""
SELECT i.workspace_id, {public("inv", "i.id")},
    format('amountPaid is %s, its payments leave %s', i.amount_paid_minor, coalesce(a.kept, 0))
FROM invoices i LEFT JOIN (
    SELECT a.workspace_id, a.invoice_id, sum(a.amount_minor - a.returned_minor) AS kept
    FROM payment_allocations a
    JOIN payments p ON p.workspace_id = a.workspace_id AND p.id = a.payment_id
    WHERE p.status IN {_SETTLED} GROUP BY 1, 2
) AS a ON a.workspace_id = i.workspace_id AND a.invoice_id = i.id
WHERE i.amount_paid_minor <> coalesce(a.kept, 0)
UNION ALL
SELECT p.workspace_id, {public("pay", "p.id")},
    format('its amount is %s, its parts come to %s', p.amount_minor,
        coalesce(a.placed, 0) + p.amount_overpaid_minor)
FROM payments p LEFT JOIN (
    SELECT workspace_id, payment_id, sum(amount_minor) AS placed
    FROM payment_allocations GROUP BY 1, 2
) AS a ON a.workspace_id = p.workspace_id AND a.payment_id = p.id
WHERE p.status IN {_SETTLED} AND p.amount_minor <> coalesce(a.placed, 0) + p.amount_overpaid_minor
"""

_MOVED = """
SELECT workspace_id, source_id AS id, sum(entry_minor) AS minor FROM ledger_transfers
WHERE kind IN ('MOVED_TO_CREDIT_BALANCE', 'CREDIT_BALANCE_RETURNED', 'CREDIT_BALANCE_APPLIED')
GROUP BY 1, 2
"""
_KEPT = """
SELECT workspace_id, credit_note_id AS id, sum(amount_minor) FILTER (WHERE status = 'FAILED') AS kept,
    sum(amount_minor) FILTER (WHERE status <> 'FAILED') AS refunded
FROM refunds GROUP BY 1, 2
"""
_CREDITED_WELL = any_of(
    differs("subtotal", "n.subtotal_minor", "coalesce(l.net, 0)"),
    differs("tax", "n.tax_minor", "coalesce(l.tax, 0)"),
    differs("total", "n.total_minor", "n.subtotal_minor + n.tax_minor"),
    differs("refunded", "n.refunded_minor", "coalesce(r.refunded, 0)"),
    differs(
        "what it put on the credit balance",
        "CASE n.status WHEN 'VOID' THEN 0 ELSE n.credit_balance_minor END",
        "coalesce(m.minor, 0) + coalesce(r.kept, 0)",
    ),
)
CREDITED = f"""
SELECT n.workspace_id, {public("cn", "n.id")}, {_CREDITED_WELL}
FROM credit_notes n
LEFT JOIN (
    SELECT workspace_id, credit_note_id AS id, sum(net_minor) AS net, sum(tax_minor) AS tax
    FROM credit_note_lines GROUP BY 1, 2
) AS l USING (workspace_id, id)
LEFT JOIN ({_MOVED}) AS m USING (workspace_id, id)
LEFT JOIN ({_KEPT}) AS r USING (workspace_id, id)
WHERE {_CREDITED_WELL} IS NOT NULL
UNION ALL
SELECT i.workspace_id, {public("inv", "i.id")},
    format('amountCredited is %s, its credit notes come to %s', i.amount_credited_minor,
        coalesce(n.minor, 0))
FROM invoices i LEFT JOIN (
    SELECT workspace_id, invoice_id AS id, sum(total_minor) AS minor
    FROM credit_notes WHERE status = 'ISSUED' GROUP BY 1, 2
) AS n USING (workspace_id, id)
WHERE i.amount_credited_minor <> coalesce(n.minor, 0)
"""

_LINE_WELL = any_of(
    differs("what was credited of its net", "line.credited_net_minor", "coalesce(c.net, 0)"),
    differs("what was credited of its tax", "line.credited_tax_minor", "coalesce(c.tax, 0)"),
)
LINES = f"""
SELECT workspace_id, {public("il", "id")}, {_LINE_WELL}
FROM line_items line LEFT JOIN (
    SELECT l.workspace_id, l.line_item_id AS id, sum(l.net_minor) AS net, sum(l.tax_minor) AS tax
    FROM credit_note_lines l
    JOIN credit_notes n ON n.workspace_id = l.workspace_id AND n.id = l.credit_note_id
    WHERE n.status = 'ISSUED' GROUP BY 1, 2
) AS c USING (workspace_id, id)
WHERE {_LINE_WELL} IS NOT NULL
"""

_TOTAL_WELL = any_of(
    differs("subtotal", "i.subtotal_minor", "coalesce(l.amount, 0)"),
    differs("discount", "i.discount_minor", "coalesce(l.discount, 0)"),
    differs("tax", "i.tax_minor", "coalesce(l.tax, 0)"),
    differs(
        "total",
        "i.total_minor",
        "i.subtotal_minor - i.discount_minor "
        "+ CASE WHEN i.prices_include_tax THEN 0 ELSE i.tax_minor END",
    ),
)
TOTALS = f"""
SELECT workspace_id, {public("inv", "id")}, {_TOTAL_WELL}
FROM invoices i LEFT JOIN (
    SELECT workspace_id, invoice_id AS id, sum(amount_minor) AS amount, sum(tax_minor) AS tax,
        sum(discount_minor + allocated_discount_minor) AS discount
    FROM line_items GROUP BY 1, 2
) AS l USING (workspace_id, id)
WHERE {_TOTAL_WELL} IS NOT NULL
"""

DOCUMENTS = (
    Check("booked", "documents have their transfers, and transfers their documents", BOOKED),
    Check("refunded", "refunds are booked, and payments say how much was given back", REFUNDED),
    Check("sources", "every transfer is of a document that is there", SOURCES),
    Check("paid", "amountPaid is what its payments leave on each invoice", PAID),
    Check("totals", "invoices are the sums of their lines", TOTALS),
    Check(
        "credited", "credit notes are the sums of their lines, invoices of their notes", CREDITED
    ),
    Check("lines", "lines say what live credit notes took of them", LINES),
)
