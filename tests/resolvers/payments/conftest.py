"""A gateway to pay through, and books that balance after whatever a test did."""

from collections.abc import AsyncIterator

import pytest

from resolvers.callers import Caller
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import someone
from tests.resolvers.payments.making import sandbox
from tests.verifying import wrong_with


@pytest.fixture
def gateway(database: str) -> SandboxGateway:
    """The sandbox, quick even where it is slow."""
    return sandbox()


@pytest.fixture
async def caller(database: str) -> AsyncIterator[Caller]:
    """Someone who may do everything in a new workspace, whose books are proven afterwards."""
    made = await someone()
    yield made
    assert await wrong_with(database, made.workspace_id) == set()
