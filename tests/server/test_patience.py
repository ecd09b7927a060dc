"""What happened outside is written down once the database is back, and is not done again for that."""

import asyncpg
import pytest

from server import patience
from server.patience import kept


async def test_what_cannot_be_written_down_is_tried_until_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "AGAIN_AFTER_S", 0)
    faults = [
        ConnectionRefusedError(),
        asyncpg.InternalClientError("cannot switch to state 15"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.DiskFullError("could not extend file"),
    ]

    async def note() -> str:
        if faults:
            raise faults.pop(0)
        return "noted"

    assert await kept(note) == "noted"
    assert faults == []


async def test_what_the_database_refuses_is_not_tried_again() -> None:
    async def note() -> None:
        raise asyncpg.CheckViolationError("it may not be")

    with pytest.raises(asyncpg.CheckViolationError):
        await kept(note)
