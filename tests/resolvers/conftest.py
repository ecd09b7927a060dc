"""Callers of workspaces that nobody else uses, in a migrated database."""

from datetime import UTC, datetime

import pytest

from resolvers import workspaces
from resolvers.callers import Caller, system

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


@pytest.fixture
async def caller(database: str) -> Caller:
    """Someone who may do everything in a new workspace: USD, UTC, and no payment terms."""
    return await someone()


@pytest.fixture
async def stranger(database: str) -> Caller:
    """The same in another workspace."""
    return await someone()


async def someone(mode: str = "LIVE") -> Caller:
    workspace_id = await workspaces.create("Acme", NOON, mode=mode)
    return system(workspace_id, mode, NOON, actor="key_1")
