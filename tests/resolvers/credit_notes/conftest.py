"""Whatever a test does with credit notes, the books are right after it."""

from collections.abc import AsyncIterator

import pytest

from resolvers.callers import Caller
from tests.verifying import wrong_with


@pytest.fixture(autouse=True)
async def proven(database: str, caller: Caller) -> AsyncIterator[None]:
    """Verifies the caller's workspace at the end of every test."""
    yield
    assert await wrong_with(database, caller.workspace_id) == set()
