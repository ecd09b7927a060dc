"""What the recorder makes of statements: those that fix their workspace, and those that don't."""

import pytest

from tests.statements import TABLES, unfixed

FIXED = [
    "SELECT 1 FROM invoices WHERE workspace_id = $1 AND id = $2",
    'SELECT "id" FROM "invoices" WHERE "workspace_id"=$1 AND "id" IN ($2,$3) FOR NO KEY UPDATE',
    "UPDATE invoices SET notes = $3 WHERE workspace_id = $1 AND id = $2",
    "DELETE FROM pay_links WHERE workspace_id = $1",
    "INSERT INTO jobs (workspace_id, id) VALUES ($1, $2)",
    "SELECT 1 FROM invoices i JOIN customers c ON c.workspace_id = i.workspace_id "
    "WHERE i.workspace_id = $1",
    "SELECT 1 FROM invoices i JOIN customers c USING (workspace_id) WHERE i.workspace_id = $1",
    "SELECT 1 FROM jobs WHERE (workspace_id, id) IN "
    "(SELECT workspace_id, id FROM jobs WHERE workspace_id = $1)",
    "WITH given AS (SELECT * FROM json_populate_recordset(NULL::jobs, $1::json)) "
    "SELECT 1 FROM jobs j JOIN given ON j.workspace_id = given.workspace_id",
    "SELECT workspace_id FROM api_keys WHERE token_hash = $1",
]
LOOSE = {
    "SELECT 1 FROM invoices WHERE id = $1": ("invoices",),
    "SELECT 1 FROM invoices WHERE workspace_id <> $1": ("invoices",),
    "UPDATE invoices SET workspace_id = $1": ("invoices",),
    "DELETE FROM jobs WHERE done_at < $1": ("jobs",),
    "INSERT INTO jobs (id) VALUES ($1)": ("jobs",),
    "SELECT 1 FROM invoices i, customers c WHERE i.workspace_id = $1 AND c.id = i.customer_id": (
        "customers",
    ),
    "SELECT 1 FROM invoices i WHERE i.workspace_id = $1 "
    "AND EXISTS (SELECT FROM customers c WHERE c.id = i.customer_id)": ("customers",),
    "SELECT 1 FROM invoices i JOIN customers c ON c.workspace_id = i.workspace_id": (
        "invoices",
        "customers",
    ),
    "SELECT 1 FROM workspaces WHERE token_hash = $1": ("workspaces",),
}


@pytest.mark.parametrize("sql", FIXED)
def test_a_statement_that_fixes_its_workspace_passes(sql: str) -> None:
    assert unfixed(sql) == ()


@pytest.mark.parametrize("sql", LOOSE)
def test_a_statement_that_does_not_is_named_by_its_tables(sql: str) -> None:
    assert unfixed(sql) == LOOSE[sql]


def test_every_table_is_known() -> None:
    assert {"invoices", "pay_links", "event_heads", "workspaces", "jobs"} <= TABLES
