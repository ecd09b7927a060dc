"""Callers of workspaces that nobody else uses, in a migrated database."""

import pytest

from resolvers.callers import Caller
from tests.resolvers.making import someone


@pytest.fixture
async def caller(database: str) -> Caller:
    """Someone who may do everything in a new workspace: USD, UTC, and no payment terms."""
    return await someone()


@pytest.fixture
async def stranger(database: str) -> Caller:
    """The same in another workspace."""
    return await someone()
