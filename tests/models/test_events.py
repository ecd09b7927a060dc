"""The chain of events: gapless, in the order of commits, and broken by whoever changes one."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from models.connections import rows
from models.events import Event
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from models.writes import insert
from tests.postgres import CLIENTS, as_owner
from tests.resolvers.making import someone

NOW = datetime(2026, 6, 9, 12, 0, 0, 123_456, tzinfo=UTC)


def event(workspace_id: UUID, number: int = 0, **given: Any) -> Event:
    told = {"type": "invoice.created", "subject_id": f"inv_{number}", "data": {"n": number}}
    return Event(workspace_id=workspace_id, id=new_id(), actor="key_1", at=NOW, **told | given)


async def chain(workspace_id: UUID) -> list[dict[str, Any]]:
    return await rows(
        "SELECT position, previous_hash, hash, subject_id, event_hash(previous_hash, workspace_id, "
        "id, position, type, subject_id, invoice_id, data, previous, actor, at) AS anew "
        "FROM events WHERE workspace_id = $1 ORDER BY position",
        workspace_id,
    )


async def test_each_event_holds_the_hash_of_the_one_before_it(database: str) -> None:
    workspace_id = (await someone()).workspace_id

    await insert(event(workspace_id, 1), event(workspace_id, 2, previous={"n": 1}))
    await insert(event(workspace_id, 3))

    found = await chain(workspace_id)
    assert [row["position"] for row in found] == [1, 2, 3]
    assert [row["subject_id"] for row in found] == ["inv_1", "inv_2", "inv_3"]
    assert [row["previous_hash"] for row in found] == [None, found[0]["hash"], found[1]["hash"]]
    assert all(row["hash"] == row["anew"] for row in found)


async def test_many_at_once_make_one_chain_without_a_gap(many_connections: None) -> None:
    workspace_id = (await someone()).workspace_id

    async def tell(client: int) -> None:
        for number in range(8):
            told = [event(workspace_id, client), event(workspace_id, client)][: 1 + number % 2]
            await transaction(EVERY_WORKSPACE, lambda told=told: insert(*told))  # type: ignore[misc]  # bound now

    await asyncio.gather(*map(tell, range(CLIENTS)))

    found = await chain(workspace_id)
    assert [row["position"] for row in found] == list(range(1, CLIENTS * 12 + 1))
    assert [row["previous_hash"] for row in found[1:]] == [row["hash"] for row in found[:-1]]


async def test_a_rollback_leaves_no_gap(database: str) -> None:
    workspace_id = (await someone()).workspace_id

    async def fails() -> None:
        await insert(event(workspace_id, 1))
        raise RuntimeError("after all")

    with pytest.raises(RuntimeError):
        await transaction(EVERY_WORKSPACE, fails)
    await insert(event(workspace_id, 2))

    assert [row["subject_id"] for row in await chain(workspace_id)] == ["inv_2"]


@pytest.mark.parametrize(
    "statement", ["UPDATE events SET actor = 'x'", "DELETE FROM events", "TRUNCATE events CASCADE"]
)
async def test_the_application_can_only_add_events(database: str, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        await rows(statement)


async def test_not_even_the_owner_changes_an_event_that_others_follow(database: str) -> None:
    workspace_id = (await someone()).workspace_id
    await insert(event(workspace_id, 1), event(workspace_id, 2))
    owner = await as_owner(database)
    try:
        for change in ("actor = 'x'", "data = '{}'", "at = now()", "position = 7"):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await owner.execute(
                    f"UPDATE events SET {change} WHERE workspace_id = $1 AND position = 1",
                    workspace_id,
                )
    finally:
        await owner.close()
