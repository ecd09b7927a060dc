"""The live tables have the shape by which rows can be kept apart, and one day be spread over servers."""

from typing import Any

import pytest

from models.connections import rows
from models.roles import APPEND_ONLY, APPLICATION
from tests.statements import CREDENTIALS, HASH, TABLES

# What finds a workspace is unique in all of them.
UNIQUE_EVERYWHERE = {(table, (HASH,)) for table in CREDENTIALS}
KEYS = """
SELECT c.conrelid::regclass::text AS name, c.conname, array_agg(a.attname::text ORDER BY k.place) AS columns
FROM pg_constraint c, unnest(c.conkey) WITH ORDINALITY AS k(number, place), pg_attribute a
WHERE c.contype::text = ANY($1::text[]) AND c.connamespace = 'public'::regnamespace
    AND a.attrelid = c.conrelid AND a.attnum = k.number
GROUP BY c.oid
"""


async def _tenants(sql: str, *values: object) -> list[dict[str, Any]]:
    return [row for row in await rows(sql, *values) if row["name"] in TABLES]


async def test_every_table_is_one_of_tenants_but_the_record_of_migrations(database: str) -> None:
    found = await rows(
        "SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') "
        "AND relnamespace = 'public'::regnamespace"
    )

    assert {row["name"] for row in found} - {"tortoise_migrations"} == TABLES


async def test_every_key_begins_with_the_workspace(database: str) -> None:
    """A unique key without it could not be kept on one shard; nor could a foreign key."""
    found = await _tenants(KEYS, ["p", "u", "f"])
    without = {
        (row["name"], tuple(row["columns"]))
        for row in found
        if "workspace_id" not in row["columns"]
    }

    assert {row["name"] for row in found} == TABLES
    assert without == UNIQUE_EVERYWHERE


async def test_every_unique_index_holds_the_workspace(database: str) -> None:
    found = await _tenants(
        "SELECT indrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS says "
        "FROM pg_index WHERE indisunique"
    )
    without = [row["says"] for row in found if "workspace_id" not in row["says"]]

    assert all(any(HASH in says and table in says for table in CREDENTIALS) for says in without)


@pytest.mark.parametrize(
    ("what", "sql"),
    [
        (
            "triggers",
            "SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE NOT tgisinternal",
        ),
        (
            "exclusions",
            "SELECT conrelid::regclass::text AS name FROM pg_constraint WHERE contype = 'x'",
        ),
        (
            "sequences",
            "SELECT attrelid::regclass::text AS name FROM pg_attribute WHERE attidentity <> '' "
            "UNION ALL SELECT adrelid::regclass::text FROM pg_attrdef "
            "WHERE pg_get_expr(adbin, adrelid) LIKE '%nextval%'",
        ),
        ("rules", "SELECT ev_class::regclass::text AS name FROM pg_rewrite WHERE ev_type <> '1'"),
    ],
)
async def test_no_table_has_what_a_sharded_postgresql_refuses(
    database: str, what: str, sql: str
) -> None:
    assert await _tenants(sql) == [], what


async def test_jobs_point_at_no_table(database: str) -> None:
    """Else a worker could not claim them across shards."""
    assert [row for row in await _tenants(KEYS, ["f"]) if row["name"] == "jobs"] == []


async def test_every_table_is_behind_the_wall_for_its_owner_too(database: str) -> None:
    found = await _tenants(
        "SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS walled FROM pg_class"
    )
    policies = await rows("SELECT tablename, policyname, cmd, qual FROM pg_policies")
    doors = {row["tablename"] for row in policies if row["policyname"] == "way_in"}
    walls = [row for row in policies if row["policyname"] == "in_sight"]

    assert all(row["walled"] for row in found if row["name"] in TABLES)
    assert {row["tablename"] for row in walls} == TABLES
    assert len({row["qual"] for row in walls}) == 1
    assert doors == CREDENTIALS
    assert all(row["cmd"] == "SELECT" for row in policies if row["policyname"] == "way_in")


async def test_the_application_owns_nothing_and_passes_no_wall(database: str) -> None:
    [role] = await rows(
        "SELECT rolsuper OR rolbypassrls AS passes, rolcanlogin, "
        "EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) AS owns "
        "FROM pg_roles r WHERE rolname = $1",
        APPLICATION,
    )

    assert role == {"passes": False, "rolcanlogin": False, "owns": False}


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_what_is_append_only_can_only_be_added_to(database: str, table: str) -> None:
    [may] = await rows(
        "SELECT has_table_privilege($1, $2, 'INSERT') AS add, "
        "has_table_privilege($1, $2, 'UPDATE, DELETE, TRUNCATE') AS change",
        APPLICATION,
        table,
    )

    assert may == {"add": True, "change": False}
