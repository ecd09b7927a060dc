"""The world that the tests of plans read, made once, and someone who asks about it."""

import pytest

from tests.plans.asking import Asker
from tests.plans.world import World, build


@pytest.fixture(scope="session")
async def world(database: str) -> World:
    """Four workspaces: two alike, a sandbox, and one with nothing in it."""
    return await build(database)


@pytest.fixture
def asker(world: World) -> Asker:
    """Someone of the first workspace who may see everything in it."""
    return Asker(world.callers[0])
