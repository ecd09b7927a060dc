"""Proofs about money: the ledger balances, its accounts count right, and every invoice follows from it."""

from dataclasses import fields

from domain.ledger import Amounts, Entry, entered
from resolvers.verification.checks import Check, any_of, differs, public


def _side(side: str, debit: str, credit: str) -> str:
    return (
        f"SELECT t.workspace_id, a.currency, {debit} AS debit_minor, {credit} AS credit_minor "
        "FROM ledger_transfers t JOIN ledger_accounts a ON a.workspace_id = t.workspace_id "
        f"AND a.id = t.{side}_account_id"
    )


BALANCED = f"""
SELECT workspace_id, currency,
    format('debits come to %s, credits to %s', sum(debit_minor), sum(credit_minor))
FROM ({_side("debit", "t.amount_minor", "0")} UNION ALL {_side("credit", "0", "t.amount_minor")}) AS sides
GROUP BY workspace_id, currency HAVING sum(debit_minor) <> sum(credit_minor)
"""


def _sums(side: str) -> str:
    return (
        f"(SELECT workspace_id, {side}_account_id AS id, sum(amount_minor) AS minor "
        f"FROM ledger_transfers GROUP BY workspace_id, {side}_account_id) AS {side}s "
        "USING (workspace_id, id)"
    )


_COUNTED = any_of(
    differs("what it counts of debits", "debits_minor", "coalesce(debits.minor, 0)"),
    differs("what it counts of credits", "credits_minor", "coalesce(credits.minor, 0)"),
)
COUNTED = f"""
SELECT workspace_id, format('account %s (%s)', id, kind), {_COUNTED}
FROM ledger_accounts LEFT JOIN {_sums("debit")} LEFT JOIN {_sums("credit")}
WHERE {_COUNTED} IS NOT NULL
"""

_CHAINED = any_of(
    differs("its place", "entry_position", "place"),
    differs("its balance", "balance_minor", "running_minor"),
    "CASE WHEN invoice_id <> CASE WHEN entry_minor > 0 THEN debit_account_id "
    "ELSE credit_account_id END OR abs(entry_minor) <> amount_minor "
    "THEN 'it is not what moves the receivable' END",
)
CHAINED = f"""
SELECT workspace_id, {public("led", "id")}, {_CHAINED} FROM (
    SELECT *, row_number() OVER so_far AS place, sum(entry_minor) OVER so_far AS running_minor
    FROM ledger_transfers WHERE invoice_id IS NOT NULL
    WINDOW so_far AS (PARTITION BY workspace_id, invoice_id ORDER BY entry_position)
) AS entries
WHERE {_CHAINED} IS NOT NULL
"""


def _coefficient(kind: Entry, term: str) -> int:
    return int(getattr(entered(Amounts(), kind, 1), term))


def _term(term: str) -> str:
    """SQL of what entries come to as one term of the balance: the domain's own rule, in a sum."""
    cases = " ".join(
        f"WHEN '{kind}' THEN {_coefficient(kind, term)}"
        for kind in Entry
        if _coefficient(kind, term)
    )
    return f"coalesce(sum(entry_minor * CASE kind {cases} ELSE 0 END), 0) AS {term}"


TERMS = tuple(field.name for field in fields(Amounts))
_FORMULA = (
    "CASE i.status WHEN 'VOID' THEN 0 ELSE i.total_minor + i.interest_minor - i.amount_paid_minor "
    "- i.amount_credited_minor - i.credit_balance_applied_minor - i.amount_written_off_minor END"
)
_OWED = any_of(
    differs("amountDue by its terms", "i.amount_due_minor", _FORMULA),
    differs(
        "amountDue by its ledger",
        "i.amount_due_minor",
        "CASE i.status WHEN 'DRAFT' THEN i.total_minor ELSE coalesce(e.due, 0) END",
    ),
    differs("the length of its ledger", "i.ledger_count", "coalesce(e.length, 0)"),
    *(
        differs(
            f"{term.replace('_', ' ')} by its ledger",
            f"i.{term}_minor",
            f"CASE i.status WHEN 'DRAFT' THEN i.{term}_minor ELSE coalesce(e.{term}, 0) END",
        )
        for term in TERMS
    ),
)
OWED = f"""
SELECT i.workspace_id, {public("inv", "i.id")}, {_OWED}
FROM invoices i LEFT JOIN (
    SELECT workspace_id, invoice_id, count(*) AS length, sum(entry_minor) AS due,
        {", ".join(map(_term, TERMS))}
    FROM ledger_transfers WHERE invoice_id IS NOT NULL GROUP BY workspace_id, invoice_id
) AS e ON e.workspace_id = i.workspace_id AND e.invoice_id = i.id
WHERE {_OWED} IS NOT NULL
"""

_SAID = """CASE
    WHEN status IN ('DRAFT', 'VOID') THEN status
    WHEN status = 'UNCOLLECTIBLE' AND amount_written_off_minor > 0 THEN status
    WHEN amount_due_minor = 0 THEN 'PAID'
    WHEN amount_paid_minor > 0 THEN 'PARTIALLY_PAID'
    ELSE 'OPEN'
END"""
STATUSES = f"""
SELECT workspace_id, {public("inv", "id")}, format('it is %s, its amounts say %s', status, {_SAID})
FROM invoices WHERE status <> {_SAID}
"""

MONEY = (
    Check("balanced", "debits equal credits in each workspace and currency", BALANCED),
    Check("counted", "accounts count what their transfers come to", COUNTED),
    Check("chained", "each entry of an invoice follows the one before it", CHAINED),
    Check("owed", "amountDue is its terms, and each term is its entries", OWED),
    Check("statuses", "each invoice has the status that its amounts say", STATUSES),
)
