"""Patience: what has happened outside is written down, as soon as the database can be reached."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from models.connections import OUT_OF_REACH
from server.logs import reason

AGAIN_AFTER_S = 1.0

Kept = TypeVar("Kept")
log = structlog.stdlib.get_logger(__name__)


async def kept(keep: Callable[[], Awaitable[Kept]]) -> Kept:
    """What `keep` answers, which is run again for as long as the database is out of reach.

    For outcomes of what is not to happen twice, such as a mail that was taken. `keep` must bear a
    second run: of the first, the answer alone may be lost. Whoever loses their lease is cancelled.
    """
    while True:
        try:
            return await keep()
        except OUT_OF_REACH as fault:
            log.warning("an outcome waits for the database", error=reason(fault))
        await asyncio.sleep(AGAIN_AFTER_S)
