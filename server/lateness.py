"""The worker's look at late invoices: those that became overdue are told of, and bear interest."""

import asyncio
from contextlib import suppress
from uuid import UUID

import structlog

from resolvers import invoices, test_clocks
from server.clock import utc_now
from server.logs import reason

POLL_S = 5.0
FORGET_S = 3600.0

log = structlog.stdlib.get_logger(__name__)


async def work(stop: asyncio.Event) -> None:
    """Looks again and again until `stop` is set, then finishes what is in hand."""
    broken: set[UUID] = set()
    waited_s = 0.0
    while not stop.is_set():
        try:
            await _round(stop, broken)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the next round starts anew
            log.warning("late invoices could not be looked at", error=reason(fault))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_S)
        waited_s += POLL_S
        if waited_s > FORGET_S:
            broken.clear()
            waited_s = 0.0


async def _round(stop: asyncio.Event, broken: set[UUID]) -> None:
    """All that is late now: one invoice after the other, each in a transaction of its own."""
    now, clocks = utc_now(), await test_clocks.running()
    for look in (invoices.tell_next, invoices.charge_next):
        while not stop.is_set() and (late := await look(now, clocks, broken)):
            if late.fault is not None:
                broken.add(late.invoice_id)
                log.error(
                    "a late invoice could not be looked after",
                    invoice=str(late.invoice_id),
                    exc_info=late.fault,
                )
