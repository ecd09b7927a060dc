"""Verifying: whatever the checks find wrong with one workspace of the database of these tests."""

from uuid import UUID

import asyncpg

from resolvers.verification import CHECKS, faults
from tests.journeys.making import workspace_of
from tests.postgres import as_owner
from tests.site import Client

Found = set[tuple[str, str]]


async def wrong_with(dsn: str, workspace_id: UUID) -> Found:
    """The checks that find something, each with what it says."""
    connection = await as_owner(dsn)
    try:
        return await found_by(connection, workspace_id)
    finally:
        await connection.close()


async def found_by(connection: asyncpg.Connection, workspace_id: UUID) -> Found:
    """The same on a connection, with all that its open transaction has changed."""
    async with connection.transaction():
        return {
            (check.name, fault.wrong)
            for check in CHECKS
            async for fault in faults(connection, check, workspace_id)
        }


async def wrong_for(client: Client, dsn: str) -> Found:
    """What is wrong with a client's workspace."""
    return await wrong_with(dsn, await workspace_of(client))
