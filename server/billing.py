"""The worker's billing: invoices of subscriptions are made as their periods begin."""

import asyncio
from contextlib import suppress

import structlog

from domain.errors import Refused
from resolvers import billing, test_clocks
from resolvers.billing import Turn
from server.clock import utc_now
from server.logs import reason

AT_ONCE = 4
POLL_S = 1.0
POLL_AFTER_FAULT_S = 5.0

log = structlog.stdlib.get_logger(__name__)


async def work(stop: asyncio.Event) -> None:
    """Bills what is due until `stop` is set, then finishes what is in hand."""
    while not stop.is_set():
        pause_s = await _round()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause_s)


async def _round() -> float:
    """Bills a period each of some subscriptions; how long to wait before the next round, in s."""
    try:
        now, clocks = utc_now(), await test_clocks.running()
        first = await billing.bill_next(now, clocks)
        if first is None:
            return POLL_S
        others = await asyncio.gather(*(billing.bill_next(now, clocks) for _ in range(AT_ONCE - 1)))
    except Exception as fault:  # noqa: BLE001 - whatever it is, the next round starts anew
        log.warning("billing could not reach the database", error=reason(fault))
        return POLL_AFTER_FAULT_S
    for turn in (first, *others):
        if turn is not None and turn.fault is not None:
            _tell(turn, turn.fault)
    return 0


def _tell(turn: Turn, fault: Exception) -> None:
    log.warning(
        "a period could not be billed",
        subscription=str(turn.subscription_id),
        period=turn.due.index,
        error=reason(fault),
        exc_info=None if isinstance(fault, Refused) else fault,
    )
