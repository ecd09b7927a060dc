"""One statement a measure; each answers, to the character, what Billgraph answers to the same question."""

INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

LINES = """
(SELECT coalesce(json_agg(json_build_object(
            'position', l.position, 'description', l.description,
            'quantity', trim_scale(l.quantity)::text,
            'unitAmount', trim_scale(l.unit_amount)::text,
            'tax', json_build_object('minor', l.tax_minor),
            'amount', json_build_object('minor', l.amount_minor)) ORDER BY l.position), '[]')
 FROM line_items l WHERE l.workspace_id = $1 AND l.invoice_id = i.id)
"""

CUSTOMER = """
(SELECT json_build_object('id', 'cus_' || replace(c.id::text, '-', ''),
                          'name', c.name, 'email', c.email)
 FROM customers c WHERE c.workspace_id = $1 AND c.id = i.customer_id)
"""

INVOICE = f"""
'id', 'inv_' || replace(i.id::text, '-', ''), 'number', i.number, 'status', i.status,
'issuedAt', to_char(i.issued_at AT TIME ZONE 'UTC', '{INSTANT}'), 'dueOn', i.due_on,
'total', json_build_object('minor', i.total_minor)
"""

WHOLE_INVOICE = f"json_build_object({INVOICE}, 'customer', {CUSTOMER}, 'lines', {LINES})"


def page(condition: str = "") -> str:
    """A page of $2 invoices, the newest first."""
    return f"""
SELECT json_build_object('data', json_build_object('invoices', json_build_object(
    'pageInfo', json_build_object(
        'hasNextPage', count(*) > $2,
        'endCursor', max(cursor) FILTER (WHERE n = least($2, count))),
    'nodes', coalesce(json_agg(node ORDER BY n) FILTER (WHERE n <= $2), '[]'))))::text
FROM (SELECT n, count(*) OVER () AS count, i.created_at::text || '|' || i.id AS cursor,
             {WHOLE_INVOICE} AS node
      FROM (SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS n
            FROM invoices WHERE workspace_id = $1 {condition}
            ORDER BY created_at DESC, id DESC LIMIT $2 + 1) i) rows
"""


LIST = page()
DEEP = page("AND (created_at, id) < ($3::timestamptz, $4::uuid)")
FILTERED = page("AND status = $3 AND customer_id = $4")

BY_ID = f"""
SELECT json_build_object('data', json_build_object('invoice', {WHOLE_INVOICE}))::text
FROM invoices i WHERE i.workspace_id = $1 AND i.id = $2
"""

CUSTOMER_WITH_INVOICES = f"""
SELECT json_build_object('data', json_build_object('customer', json_build_object(
    'id', 'cus_' || replace(c.id::text, '-', ''), 'name', c.name, 'email', c.email,
    'invoices', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object({INVOICE})), '[]')
        FROM (SELECT * FROM invoices WHERE workspace_id = $1 AND customer_id = c.id
              ORDER BY created_at DESC, id DESC LIMIT 5) i)))))::text
FROM customers c WHERE c.workspace_id = $1 AND c.id = $2
"""
