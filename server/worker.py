"""The worker: claims the jobs that transactions promised, and carries them out until it is told to stop."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from time import perf_counter

import structlog

from models import tracing
from models.connections import FAULTS, rows
from models.walls import looking_at
from resolvers import allowances, idempotency, jobs
from resolvers.callers import Caller, system
from resolvers.invoices import MAIL_JOB
from resolvers.jobs import Claimed
from resolvers.webhooks import DELIVERY_JOB
from server import billing, lateness, payment_jobs
from server.carriers import DONE, LATER, Carry
from server.clock import utc_now
from server.database import connected
from server.deliveries import Deliverer
from server.invoice_mail import InvoiceMailer
from server.logs import FACTS, reason
from server.metrics.instruments import JOBS
from server.outside.smtp import MailNotTaken
from server.patience import kept
from server.settings import Settings
from server.slots import Slots

AT_ONCE = 10
DELIVERIES_AT_ONCE = 50
RENEW_S = jobs.LEASE.total_seconds() / 3
HOUSEKEEPING_S = 3600.0

log = structlog.stdlib.get_logger(__name__)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Works until `stop` is set, then finishes what is in hand."""
    async with connected(settings):
        carriers: Mapping[str, Carry] = {
            MAIL_JOB: InvoiceMailer.of(settings).carry,
            **payment_jobs.carriers(settings),
        }
        deliverers: Mapping[str, Carry] = {DELIVERY_JOB: Deliverer.of(settings).carry}
        await asyncio.gather(
            _slots("jobs", AT_ONCE, carriers).work(stop),
            # Receivers are slow at times, and nobody's mail waits for them.
            _slots("deliveries", DELIVERIES_AT_ONCE, deliverers).work(stop),
            billing.work(stop),
            lateness.work(stop),
            _tidy(stop),
        )


def _slots(name: str, size: int, carriers: Mapping[str, Carry]) -> Slots:
    return Slots(
        size, tuple(carriers), lambda job: carry_out(job, carriers[job.kind]), utc_now, name
    )


async def carry_out(job: Claimed, carry: Carry) -> bool:
    """Carries out one job for as long as its lease is held; another has it where that is lost.

    Whether it is done.
    """
    began_s = perf_counter()
    told = FACTS.set({"job": str(job.id), "workspace_id": job.workspace_id})
    try:
        with tracing.span(f"job {job.kind}", "job", {"billgraph.attempt": job.attempts}, job.trace):
            return await _carried_out(job, carry, began_s)
    finally:
        FACTS.reset(told)


async def _carried_out(job: Claimed, carry: Carry, began_s: float) -> bool:
    with looking_at(job.workspace_id):
        work = asyncio.create_task(_attempt(job, carry))
    loss = asyncio.create_task(_lease_lost(job))
    try:
        await asyncio.wait({work, loss}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        work.cancel()
        raise
    finally:
        loss.cancel()
    if not work.done():
        log.warning("a job was let go: its lease is lost", kind=job.kind)
        work.cancel()
        await asyncio.wait({work})
    if not work.cancelled() and (fault := work.exception()):
        # The job is tried again once its lease has run out.
        log.warning("a job's outcome could not be kept", error=reason(fault))
    is_lost = work.cancelled() or work.exception() is not None
    outcome = "lost" if is_lost else work.result()
    JOBS.add(perf_counter() - began_s, job.kind, outcome)
    return outcome == DONE


async def _attempt(job: Claimed, carry: Carry) -> str:
    """Does the work; what goes wrong is kept with the job, which is tried again unless that is idle."""
    try:
        settled = await carry(await _caller(job), job)
    except jobs.NotYet as later:
        due = later.due
        await kept(lambda: jobs.put_off(job, due))
        return LATER
    except Exception as error:  # noqa: BLE001 - whatever it is, the job keeps it
        why = reason(error)
        log.warning("a job failed", kind=job.kind, attempt=job.attempts, error=why)
        is_final = isinstance(error, MailNotTaken) and error.is_final
        await kept(lambda: _fail(job, why, is_final=is_final))
        return "dead" if is_final or job.attempts >= jobs.ATTEMPTS_MAX else "retried"
    if settled is None:
        await kept(lambda: jobs.complete(job, utc_now()))
    return settled or DONE


async def _fail(job: Claimed, why: str, *, is_final: bool) -> None:
    await jobs.fail(job, (await _caller(job)).now, why, is_final=is_final)


async def _lease_lost(job: Claimed) -> None:
    """Holds the lease; returns once another has it."""
    while True:
        await asyncio.sleep(RENEW_S)
        with suppress(*FAULTS):
            if not await jobs.renew(job, utc_now()):
                return


async def _caller(job: Claimed) -> Caller:
    """The worker itself, in the time of the job's workspace."""
    [workspace] = await rows(
        "SELECT mode, test_now FROM workspaces WHERE workspace_id = $1 AND id = $1",
        job.workspace_id,
    )
    now = utc_now()
    caller = system(job.workspace_id, workspace["mode"], now, "worker")
    return caller.at(workspace["test_now"] or now, now)


async def _tidy(stop: asyncio.Event) -> None:
    """Deletes idempotency keys, jobs and allowances that have outlived their time, now and then."""
    while not stop.is_set():
        for purge in (idempotency.purge, jobs.purge, allowances.purge):
            try:
                while await purge(utc_now()):
                    pass
            except FAULTS as fault:
                log.warning("what is out of date waits for the database", error=reason(fault))
        await _pause(stop, HOUSEKEEPING_S)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
