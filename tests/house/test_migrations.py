"""Migrations keep their promises: what was released stays as it was, and what follows locks nobody out."""

import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tortoise import fields
from tortoise.migrations import operations as ops
from tortoise.migrations.migration import Migration

from models.migrate import names
from tests.house.migration_rules import broken

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = "models/migrations"


def git(*words: str, at: Path = CHECKOUT) -> str:
    done = subprocess.run(["git", *words], cwd=at, capture_output=True, text=True, check=True)
    return done.stdout


def releases() -> list[str]:
    """The tags of releases, the first of them first."""
    return git("tag", "--list", "v*", "--sort=version:refname").split()


def in_release(tag: str) -> list[str]:
    """The migrations that a release came with."""
    listed = git("ls-tree", "--name-only", f"{tag}:{FOLDER}").split()
    return [name.removesuffix(".py") for name in listed if name[0].isdigit()]


def test_a_migration_after_the_first_release_lets_old_servers_work_on() -> None:
    """The first release's own meet empty tables; before it there is nobody to lock out."""
    first = in_release(releases()[0]) if releases() else names()
    later = [name for name in names() if name not in first]

    found = {name: broken(import_module(f"models.migrations.{name}").Migration) for name in later}

    assert {name: rules for name, rules in found.items() if rules} == {}


def test_a_migration_that_was_released_is_what_it_was() -> None:
    changed = [
        f"{name} of {tag}"
        for tag in releases()
        for name in in_release(tag)
        if git("show", f"{tag}:{FOLDER}/{name}.py")
        != (CHECKOUT / FOLDER / f"{name}.py").read_text()
    ]

    assert changed == []


def migration(*operations: Any, **marks: Any) -> type[Migration]:
    return type("Sample", (Migration,), {"operations": list(operations), **marks})


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX due ON invoices (workspace_id, due_at)",
        "create unique index\n  due on invoices (workspace_id, due_at)",
        "DROP INDEX due",
        "REINDEX TABLE invoices",
        "ALTER TABLE invoices ADD CONSTRAINT paid CHECK (amount_paid_minor >= 0)",
        "ALTER TABLE invoices ADD CONSTRAINT whose FOREIGN KEY (a, b) REFERENCES customers (c, d)",
        "ALTER TABLE invoices ADD CONSTRAINT one UNIQUE (workspace_id, number)",
        "ALTER TABLE invoices ADD PRIMARY KEY (workspace_id, id)",
        "ALTER TABLE invoices ADD CONSTRAINT apart EXCLUDE USING gist (period WITH &&)",
        "ALTER TABLE invoices ALTER COLUMN notes SET NOT NULL",
        "ALTER TABLE invoices ALTER notes TYPE varchar(100)",
        "ALTER TABLE invoices ADD COLUMN colour text NOT NULL",
        "ALTER TABLE invoices ADD COLUMN token uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE invoices ADD COLUMN twice bigint GENERATED ALWAYS AS (total * 2) STORED",
        "ALTER TABLE invoices ADD COLUMN place bigserial",
        "CREATE SEQUENCE invoice_numbers",
        "ALTER TABLE invoices RENAME COLUMN notes TO remarks",
        "ALTER TABLE invoices RENAME TO bills",
        "ALTER TABLE invoices SET UNLOGGED",
        "CREATE TRIGGER watch AFTER UPDATE ON invoices EXECUTE FUNCTION watch()",
        "UPDATE invoices SET notes = '' WHERE notes IS NULL",
        "-- quickly\nDELETE FROM jobs",
        "TRUNCATE jobs",
        "LOCK TABLE invoices",
        "VACUUM FULL invoices",
        "COMMIT",
        "SET lock_timeout = 0",
        "DO $$ BEGIN UPDATE invoices SET notes = ''; END $$",
        "ALTER TABLE invoices DROP COLUMN notes",
        "ALTER TABLE invoices DROP CONSTRAINT paid",
        "DROP TABLE invoices",
        "REVOKE SELECT ON invoices FROM billgraph_application",
        "CREATE INDEX CONCURRENTLY due ON invoices (workspace_id, due_at)",
    ],
)
def test_a_statement_that_keeps_old_servers_from_working_is_refused(statement: str) -> None:
    assert broken(migration(ops.RunSQL(statement)))
    assert broken(migration(ops.RunSQL(["SELECT 1", statement])))


@pytest.mark.parametrize(
    "statements",
    [
        [
            "CREATE TABLE plans (workspace_id uuid NOT NULL)",
            "CREATE INDEX p ON plans (workspace_id)",
        ],
        ["ALTER TABLE invoices ADD COLUMN colour text"],
        ["ALTER TABLE invoices ADD COLUMN is_gift boolean NOT NULL DEFAULT false"],
        ["ALTER TABLE invoices ADD CONSTRAINT paid CHECK (paid_minor >= 0) NOT VALID"],
        ["ALTER TABLE invoices VALIDATE CONSTRAINT paid"],
        ["ALTER TABLE invoices ADD CONSTRAINT one UNIQUE USING INDEX one"],
        ["ALTER TABLE invoices ALTER COLUMN notes DROP NOT NULL"],
        ["ALTER TABLE invoices ALTER COLUMN notes SET DEFAULT 'x'"],
        ["GRANT SELECT ON plans TO billgraph_application"],
        ["ALTER TABLE plans ENABLE ROW LEVEL SECURITY"],
        ["COMMENT ON COLUMN invoices.notes IS 'Shown on it.'"],
    ],
)
def test_a_statement_that_lets_old_servers_work_on_is_allowed(statements: list[str]) -> None:
    assert broken(migration(ops.RunSQL(statements))) == []


def test_an_index_is_built_beside_the_servers_and_again_where_it_broke_off() -> None:
    statements = [
        "DROP INDEX CONCURRENTLY IF EXISTS due",
        "CREATE INDEX CONCURRENTLY due ON invoices (workspace_id, due_at)",
    ]

    assert broken(migration(ops.RunSQL(statements), atomic=False)) == []
    assert broken(migration(ops.RunSQL(statements)))
    assert broken(migration(ops.RunSQL(statements[1:]), atomic=False))
    assert broken(migration(ops.RunSQL([*statements, "SELECT 1"]), atomic=False))


def test_a_constraint_is_validated_in_a_migration_of_its_own() -> None:
    both = [
        "ALTER TABLE invoices ADD CONSTRAINT paid CHECK (paid_minor >= 0) NOT VALID",
        "ALTER TABLE invoices VALIDATE CONSTRAINT paid",
    ]

    assert broken(migration(ops.RunSQL(both)))


def test_what_no_code_uses_any_more_is_dropped_where_it_is_said_since_when() -> None:
    dropped = ops.RunSQL("ALTER TABLE invoices DROP COLUMN notes")

    assert broken(migration(dropped, unused_since="0.3.0")) == []
    assert broken(migration(dropped, unused_since="soon"))
    assert broken(migration(ops.RemoveField("Invoice", "notes")))
    assert broken(migration(ops.RemoveField("Invoice", "notes"), unused_since="0.3.0")) == []


def test_what_tortoise_does_by_itself_is_new_tables_and_columns_that_may_be_empty() -> None:
    empty, filled = fields.TextField(null=True), fields.TextField()

    assert broken(migration(ops.AddField("Invoice", "colour", empty))) == []
    assert broken(migration(ops.AddField("Invoice", "colour", filled)))
    assert broken(migration(ops.AlterField("Invoice", "notes", empty)))
    assert broken(migration(ops.RenameField("Invoice", "notes", "remarks")))
