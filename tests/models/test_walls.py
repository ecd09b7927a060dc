"""Walls: a transaction sees and writes one workspace, whatever its statements forget to say."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from models.connections import rows
from models.customers import Customer
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE, Sight, looking_at
from resolvers.callers import Caller
from tests.recorder import RECORDER
from tests.resolvers.making import customer, someone

NAMES = "SELECT id FROM customers"


@pytest.fixture(autouse=True)
async def every_statement_fixes_its_workspace() -> AsyncIterator[None]:
    """Not here: the walls are for those that forget it."""
    yield
    await asyncio.sleep(0)  # the loop tells the recorder at its next turn
    RECORDER.faults()


async def _two() -> tuple[Caller, Caller]:
    one, other = await someone(), await someone()
    await customer(one)
    await customer(other)
    return one, other


async def _seen(sight: Sight | None) -> int:
    with looking_at(sight):
        return len(await rows(NAMES))


async def test_a_statement_that_forgets_its_workspace_sees_one_all_the_same(database: str) -> None:
    one, other = await _two()

    assert len(await transaction(one.workspace_id, lambda: rows(NAMES))) == 1
    assert await _seen(other.workspace_id) == 1
    assert await _seen(EVERY_WORKSPACE) >= 2


async def test_who_names_no_workspace_sees_nothing(database: str) -> None:
    await _two()

    assert await _seen(None) == 0


async def test_tortoise_sees_no_more(database: str) -> None:
    one, _ = await _two()
    with looking_at(one.workspace_id):
        assert {found.workspace_id for found in await Customer.all()} == {one.workspace_id}


async def test_what_is_another_workspace_s_cannot_be_changed(database: str) -> None:
    one, other = await _two()

    async def change() -> int:
        found = await rows(
            "UPDATE customers SET name = 'mine' WHERE workspace_id = $1 RETURNING 1",
            other.workspace_id,
        )
        found += await rows(
            "DELETE FROM customers WHERE workspace_id = $1 RETURNING 1", other.workspace_id
        )
        return len(found)

    assert await transaction(one.workspace_id, change) == 0


async def test_nothing_can_be_put_into_another_workspace(database: str) -> None:
    one, other = await _two()
    copied = "INSERT INTO jobs (workspace_id, id, kind, payload, run_at, attempts, created_at) "
    copied += "VALUES ($1, $2, 'x', '{}', now(), 0, now())"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await transaction(one.workspace_id, lambda: rows(copied, other.workspace_id, one.key_id))
    moved = "UPDATE customers SET workspace_id = $1"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await transaction(one.workspace_id, lambda: rows(moved, other.workspace_id))


async def test_what_was_in_sight_is_forgotten_with_the_transaction(database: str) -> None:
    one, _ = await _two()
    await asyncio.gather(*(transaction(one.workspace_id, lambda: rows(NAMES)) for _ in range(20)))

    assert await asyncio.gather(*(_seen(None) for _ in range(20))) == [0] * 20


async def test_a_failed_statement_leaves_nothing_in_sight(database: str) -> None:
    one, _ = await _two()
    for _ in range(20):
        with looking_at(one.workspace_id), pytest.raises(asyncpg.UndefinedColumnError):
            await rows("SELECT 1 FROM customers WHERE nothing")

    assert await asyncio.gather(*(_seen(None) for _ in range(20))) == [0] * 20


async def test_the_owner_of_the_tables_sees_no_more(database: str) -> None:
    await _two()
    connection = await asyncpg.connect(database)
    try:
        assert await connection.fetch(NAMES) == []
    finally:
        await connection.close()
