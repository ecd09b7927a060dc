"""What a migration may not do once servers of the release before run beside it, and what to do instead."""

import re
from collections.abc import Iterator
from typing import Any

from tortoise.migrations import operations as ops
from tortoise.migrations.migration import Migration

ALTER = "ALTER TABLE .* "
ADDED = ALTER + r"ADD (CONSTRAINT \S+ )?"
COLUMN = ALTER + r"ADD (COLUMN )?(?!CONSTRAINT|CHECK|FOREIGN|UNIQUE|PRIMARY|EXCLUDE)\S+ .*"
CONSTANT = "NULL|TRUE|FALSE|-?[0-9]|'|NOW|CURRENT_"
# By a form of the statement, in capitals and single spaces: what to do instead.
FORBIDDEN = {
    r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)": "CREATE INDEX CONCURRENTLY",
    r"DROP INDEX (?!CONCURRENTLY)": "DROP INDEX CONCURRENTLY",
    r"REINDEX (?!.*CONCURRENTLY)": "REINDEX … CONCURRENTLY",
    ADDED + r"(CHECK|FOREIGN KEY)\b(?!.* NOT VALID)": "NOT VALID, validated in the next migration",
    ADDED
    + r"(UNIQUE|PRIMARY KEY)\b(?!.* USING INDEX)": "CREATE UNIQUE INDEX CONCURRENTLY, USING INDEX",
    ADDED + r"EXCLUDE\b": "a unique index, which a sharded PostgreSQL takes",
    ALTER + r"ALTER (COLUMN )?\S+ SET NOT NULL": "CHECK (… IS NOT NULL) NOT VALID, validated later",
    ALTER + r"ALTER (COLUMN )?\S+ (SET DATA )?TYPE\b": "a new column, filled in batches",
    COLUMN + r"\bNOT NULL\b(?!.*\bDEFAULT\b)": "a DEFAULT: old servers write rows without it",
    COLUMN + rf"\bDEFAULT (?!{CONSTANT})": "a constant DEFAULT: others write every row anew",
    COLUMN + r"\bGENERATED\b": "a plain column: this writes every row anew",
    r".*\b(SERIAL|BIGSERIAL|AS IDENTITY)\b|CREATE SEQUENCE": "ids that the application makes",
    r"ALTER (TABLE|INDEX|VIEW) .*\bRENAME\b": "another beside it: old servers use the old name",
    ALTER + r"SET (SCHEMA|TABLESPACE|LOGGED|UNLOGGED)\b": "nothing: it writes the table anew",
    r"CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER|CREATE RULE": "a constraint",
    r"(UPDATE|DELETE|INSERT|MERGE|TRUNCATE|COPY)\b": "a job, in batches",
    r"(LOCK|CLUSTER|VACUUM|REFRESH)\b": "nothing: it keeps everybody waiting",
    r"(BEGIN|COMMIT|ROLLBACK|START|SAVEPOINT)\b": "nothing: migrate opens the transaction",
    r"(SET|RESET)\b": "nothing: migrate sets how long a lock is waited for",
    r"DO\b": "plain statements, which can be read here",
}
LATER = "a release after the last code that needs it"
# What servers of the release before may still use; allowed once `unused_since` names the release.
CONTRACTING = {
    ALTER + r"DROP (?!NOT NULL|DEFAULT)\S+": LATER,
    r"DROP (?!INDEX)\S+": LATER,
    r"REVOKE\b": LATER,
}
ABOUT = re.compile(r"(?:(?:ALTER|CREATE) TABLE|CREATE (?:UNIQUE )?INDEX \S+ ON|INSERT INTO) (\S+)")
RELEASE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
# What Tortoise may do by itself.
PLAIN = (ops.RunSQL, ops.CreateModel, ops.AlterModelOptions)
DROPPING = (ops.RemoveField, ops.DeleteModel)


def broken(migration: type[Migration]) -> list[str]:
    """Each rule that a migration breaks, with what to do instead."""
    since = getattr(migration, "unused_since", "")
    rules = FORBIDDEN if RELEASE.fullmatch(since) else {**FORBIDDEN, **CONTRACTING}
    made = _made_here(migration)
    found = [
        f"{statement[:60]}: {instead}"
        for statement in statements(migration)
        if not _is_about(statement, made)
        for form, instead in rules.items()
        if re.match(form, statement)
    ]
    found += [what for one in migration.operations if (what := _operation(one, since))]
    return [*found, *_concurrency(migration), *_validation(migration)]


def statements(migration: type[Migration]) -> Iterator[str]:
    """Its SQL, statement by statement, in capitals and single spaces."""
    for operation in migration.operations:
        if isinstance(operation, ops.RunSQL):
            given: Any = operation.sql
            for one in [given] if isinstance(given, str) else given:
                text = one if isinstance(one, str) else one[0]
                yield " ".join(re.sub(r"--[^\n]*", "", text).split()).rstrip(";").upper()


def _operation(operation: Any, since: str) -> str | None:
    name = type(operation).__name__
    if isinstance(operation, PLAIN):
        return None
    if isinstance(operation, DROPPING):
        return None if since else f"{name}: {LATER}"
    if isinstance(operation, ops.AddField):
        field: Any = operation.field
        return None if field.null else f"{name} {operation.name}: null=True, or SQL with a DEFAULT"
    return f"{name}: say it in SQL, by these rules"


def _made_here(migration: type[Migration]) -> set[str]:
    """Tables that no server uses yet."""
    created = {
        str((operation.options or {})["table"]).upper()
        for operation in migration.operations
        if isinstance(operation, ops.CreateModel)
    }
    tables = (re.match(r"CREATE TABLE (\S+)", statement) for statement in statements(migration))
    return created | {found[1] for found in tables if found}


def _is_about(statement: str, tables: set[str]) -> bool:
    # A foreign key locks the table that it points to as well.
    about = ABOUT.match(statement)
    return about is not None and about[1] in tables and "REFERENCES" not in statement


def _concurrency(migration: type[Migration]) -> Iterator[str]:
    said = list(statements(migration))
    concurrent = [one for one in said if " CONCURRENTLY " in one]
    if not concurrent:
        return
    if getattr(migration, "atomic", True):
        yield "CONCURRENTLY: atomic = False, for it runs in no transaction"
    if len(concurrent) != len(said):
        yield "CONCURRENTLY: alone in its migration, which is not whole or nothing"
    for one in concurrent:
        index = re.match(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\S+)", one)
        if index and f"DROP INDEX CONCURRENTLY IF EXISTS {index[1]}" not in said:
            yield f"{one[:60]}: DROP INDEX CONCURRENTLY IF EXISTS before it, for one that broke off"


def _validation(migration: type[Migration]) -> Iterator[str]:
    said = list(statements(migration))
    added = {found[1] for one in said if (found := re.search(r"ADD CONSTRAINT (\S+)", one))}
    for one in said:
        found = re.search(r"VALIDATE CONSTRAINT (\S+)", one)
        if found and found[1] in added:
            yield f"{one[:60]}: in the next migration, or the lock of adding it is held meanwhile"
