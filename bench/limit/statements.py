"""One statement a measure; each answers what Billgraph answers to the same question, value for value.

The JSON is put together as text: concat() keeps its output functions from row to row, where
json_build_object looks each type up again, so this is faster than what one would write first.
"""

INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

LINES = """
(SELECT concat('[', string_agg(concat(
    '{"position":', l.position, ',"description":', to_json(l.description),
    ',"quantity":"', trim_scale(l.quantity), '","unitAmount":"', trim_scale(l.unit_amount),
    '","tax":{"minor":', l.tax_minor, '},"amount":{"minor":', l.amount_minor, '}}'
 ), ',' ORDER BY l.position), ']')
 FROM line_items l WHERE l.workspace_id = $1 AND l.invoice_id = i.id)
"""

NAME = """
'{"id":"cus_', replace(c.id::text, '-', ''), '","name":', to_json(c.name),
',"email":', coalesce(to_json(c.email)::text, 'null')
"""

CUSTOMER = f"""
(SELECT concat({NAME}, '}}') FROM customers c
 WHERE c.workspace_id = $1 AND c.id = i.customer_id)
"""

INVOICE = f"""
'{{"id":"inv_', replace(i.id::text, '-', ''),
'","number":', coalesce(to_json(i.number)::text, 'null'), ',"status":"', i.status,
'","issuedAt":', coalesce('"' || to_char(i.issued_at AT TIME ZONE 'UTC', '{INSTANT}') || '"', 'null'),
',"dueOn":"', i.due_on, '","total":{{"minor":', i.total_minor, '}}'
"""

WHOLE_INVOICE = f"""concat({INVOICE}, ',"customer":', {CUSTOMER}, ',"lines":', {LINES}, '}}')"""


def page(condition: str = "") -> str:
    """A page of $2 invoices, the newest first."""
    return f"""
SELECT concat('{{"data":{{"invoices":{{"pageInfo":{{"hasNextPage":', (count(*) > $2)::text,
    ',"endCursor":', coalesce(to_json(max(cursor) FILTER (WHERE n = least($2, count)))::text, 'null'),
    '}},"nodes":[', string_agg(node, ',' ORDER BY n) FILTER (WHERE n <= $2), ']}}}}}}')
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
SELECT concat('{{"data":{{"invoice":', {WHOLE_INVOICE}, '}}}}')
FROM invoices i WHERE i.workspace_id = $1 AND i.id = $2
"""

CUSTOMER_WITH_INVOICES = f"""
SELECT concat('{{"data":{{"customer":', {NAME}, ',"invoices":{{"nodes":[', (
    SELECT string_agg(concat({INVOICE}, '}}'), ',' ORDER BY i.created_at DESC, i.id DESC)
    FROM (SELECT * FROM invoices WHERE workspace_id = $1 AND customer_id = c.id
          ORDER BY created_at DESC, id DESC LIMIT 5) i), ']}}}}}}}}')
FROM customers c WHERE c.workspace_id = $1 AND c.id = $2
"""
