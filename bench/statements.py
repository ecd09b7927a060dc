"""SQL that makes up customers, invoices and lines from their ordinal numbers: the same ones at every load."""

CUSTOMERS = """
INSERT INTO customers (workspace_id, id, version, name, email, email_consent, currency, locale,
                       time_zone, address, tax_treatment, payment_terms_days, metadata,
                       created_at, updated_at)
SELECT $1::uuid, md5($1::uuid::text || 'customer' || n)::uuid, 1, 'Customer ' || n || ' Ltd',
       'accounts@customer-' || n || '.example', 'UNKNOWN', 'USD', 'en', 'UTC',
       jsonb_build_object('line1', n || ' Mill Street', 'city', 'Leeds', 'postal_code', 'LS1 4AP',
                          'country', 'GB'),
       'STANDARD', 30, '{}', made_at, made_at
FROM generate_series(1, $2::int) AS n,
     LATERAL (SELECT timestamptz '2024-01-01' + n * interval '1 minute') AS made(made_at)
"""

COUNTER = """
INSERT INTO number_counters (workspace_id, id, series_id, period, first_sequence, last_sequence)
SELECT workspace_id, gen_random_uuid(), id, '', 1, $2::bigint
FROM number_series WHERE workspace_id = $1 AND document = 'INVOICE'
"""

DRAFTED_LINES = """
CREATE TEMPORARY TABLE drafted_lines (
    workspace_id uuid, n bigint, position int, made_at timestamptz, invoice_id uuid, id uuid,
    customer_id uuid, status text, description text, quantity numeric, unit_amount numeric,
    amount_minor bigint, tax_minor bigint
) ON COMMIT DELETE ROWS
"""

# $1 workspace, $2 and $3 the first and last invoice, $4 how many there will be, $5 customers.
# Ids sort by time, as the application's own do.
LINES = """
INSERT INTO drafted_lines
SELECT $1::uuid, n, position, made_at,
       (lpad(to_hex((extract(epoch FROM made_at) * 1000)::bigint), 12, '0') || '7'
        || substr(mark, 1, 3) || '8' || substr(mark, 4, 15))::uuid,
       md5(mark || position)::uuid,
       md5($1::uuid::text || 'customer' || 1 + abs(hashint8(n * 31)) % $5::int)::uuid,
       CASE WHEN abs(hashint8(n)) % 10 < 7 THEN 'OPEN' ELSE 'VOID' END,
       (ARRAY['Drafting of contracts', 'Court fees', 'Advice by telephone', 'Travel to hearing',
              'Review of documents', 'Expert opinion'])[1 + abs(hashint8(n + position)) % 6],
       quantity, unit_amount, amount_minor, round(amount_minor * 0.0825)::bigint
FROM generate_series($2::bigint, $3::bigint) AS n,
     LATERAL (SELECT timestamptz '2024-02-01' + interval '800 days' * (n::float8 / $4::bigint),
                     md5($1::uuid::text || n)) AS head(made_at, mark),
     generate_series(1, 3) AS position,
     LATERAL (SELECT (1 + abs(hashint8(n * 7 + position)) % 40) * 0.25,
                     100 + (abs(hashint8(n * 11 + position)) % 300) * 0.5)
     AS priced(quantity, unit_amount),
     LATERAL (SELECT round(quantity * unit_amount * 100)::bigint) AS reckoned(amount_minor)
"""

INVOICES = """
INSERT INTO invoices (workspace_id, id, version, status, customer_id, number, series_id,
                      number_period, number_sequence, number_first, currency,
                      presentment_currency, settlement_currency, time_zone, issued_at, due_at,
                      due_on, due_given, voided_at, created_at, updated_at, fees_waived, metadata,
                      prices_include_tax, discount_tax_treatment, tax_rounding, discounts,
                      tax_breakdown, line_count, subtotal_minor, discount_minor, tax_minor,
                      total_minor, amount_due_minor, ledger_count, seller, buyer, pay_token)
SELECT d.workspace_id, invoice_id, 1, status, customer_id,
       'INV-' || lpad(n::text, greatest(4, length(n::text)), '0'), s.id,
       '', n, 1, 'USD', 'USD', 'USD', 'UTC', made_at, date_trunc('day', made_at)
       + interval '31 days' - interval '1 microsecond', made_at::date + 30, 'TERMS',
       CASE status WHEN 'VOID' THEN made_at END, made_at, made_at, false, '{}', false,
       'BEFORE_TAX', 'PER_LINE', '[]',
       jsonb_build_array(jsonb_build_object(
           'name', 'Sales tax', 'percent', '8.25', 'category', 'STANDARD',
           'taxable_minor', sum(amount_minor), 'tax_minor', sum(d.tax_minor))),
       count(*), sum(amount_minor), 0, sum(d.tax_minor), sum(amount_minor) + sum(d.tax_minor),
       CASE status WHEN 'VOID' THEN 0 ELSE sum(amount_minor) + sum(d.tax_minor) END,
       CASE status WHEN 'VOID' THEN 2 ELSE 1 END, jsonb_build_object('name', 'Bench LLP'),
       jsonb_build_object('name', 'Customer'),
       replace(gen_random_uuid()::text, '-', '')
FROM drafted_lines d
JOIN number_series s ON s.workspace_id = d.workspace_id AND s.document = 'INVOICE'
GROUP BY d.workspace_id, invoice_id, n, status, customer_id, made_at, s.id
ORDER BY n
"""

LINE_ITEMS = """
INSERT INTO line_items (workspace_id, id, invoice_id, position, description, currency, quantity,
                        unit_amount, taxes, tax_percent, automatic_tax, metadata, amount_minor,
                        discount_minor, allocated_discount_minor, tax_minor, credited_net_minor,
                        credited_tax_minor, amount_through_minor, discount_through_minor,
                        tax_through_minor)
SELECT workspace_id, id, invoice_id, position, description, 'USD', quantity, unit_amount,
       jsonb_build_array(jsonb_build_object(
           'name', 'Sales tax', 'percent', '8.25', 'category', 'STANDARD', 'source', 'MANUAL',
           'amount_minor', tax_minor)),
       8.25, false, '{}', amount_minor, 0, 0, tax_minor, 0, 0,
       sum(amount_minor) OVER through, 0, sum(tax_minor) OVER through
FROM drafted_lines
WINDOW through AS (PARTITION BY invoice_id ORDER BY position)
ORDER BY n, position
"""

# What each was issued for, and what a void one was voided for; an account's id need only be its own.
ACCOUNTS = """
INSERT INTO ledger_accounts (workspace_id, id, kind, currency, debits_minor, credits_minor, created_at)
SELECT workspace_id, workspace_id, 'SALES', 'USD', NULL, NULL, min(made_at)
FROM drafted_lines GROUP BY workspace_id
ON CONFLICT (workspace_id, id) DO NOTHING
"""

RECEIVABLES = """
INSERT INTO ledger_accounts (workspace_id, id, kind, currency, debits_minor, credits_minor, created_at)
SELECT workspace_id, id, 'RECEIVABLE', 'USD', total_minor,
       CASE status WHEN 'VOID' THEN total_minor ELSE 0 END, issued_at
FROM invoices i
WHERE (workspace_id, id) IN (SELECT workspace_id, invoice_id FROM drafted_lines)
"""

TRANSFERS = """
INSERT INTO ledger_transfers (workspace_id, id, kind, source_id, leg, debit_account_id,
                              credit_account_id, currency, amount_minor, invoice_id,
                              entry_position, entry_minor, balance_minor, at)
SELECT workspace_id, gen_random_uuid(), kind, id, 0,
       CASE kind WHEN 'ISSUED' THEN id ELSE workspace_id END,
       CASE kind WHEN 'ISSUED' THEN workspace_id ELSE id END, 'USD', total_minor, id, position,
       CASE kind WHEN 'ISSUED' THEN total_minor ELSE -total_minor END,
       CASE kind WHEN 'ISSUED' THEN total_minor ELSE 0 END, issued_at
FROM invoices i, (VALUES ('ISSUED', 1), ('VOIDED', 2)) AS entry(kind, position)
WHERE (workspace_id, id) IN (SELECT workspace_id, invoice_id FROM drafted_lines)
  AND (kind = 'ISSUED' OR status = 'VOID')
"""

TABLES = "SELECT oid::regclass FROM pg_class WHERE relforcerowsecurity"
