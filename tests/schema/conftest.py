"""Who reads, in a workspace of their own."""

from uuid import UUID

import pytest

from resolvers.callers import Caller
from tests.resolvers.making import customer, someone


@pytest.fixture
async def caller(database: str) -> Caller:
    """Someone who may do everything in a new workspace: USD, UTC."""
    return await someone()


@pytest.fixture
async def buyer(caller: Caller) -> UUID:
    """Their customer, who pays within 14 days."""
    return await customer(caller)
