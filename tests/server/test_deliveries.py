"""The job that sends an event: what a clock does between its looks makes nothing wait longer."""

from datetime import timedelta

import pytest

from models.jobs import Job
from resolvers import jobs
from resolvers.jobs import NotYet
from resolvers.webhooks import DELIVERY_JOB
from server.deliveries import Deliverer
from server.settings import Settings
from tests.resolvers.making import NOON, customer, someone
from tests.resolvers.webhooks.test_endpoints import made

HOUR = timedelta(hours=1)


async def test_one_that_is_early_by_this_clock_is_put_off_until_its_time_by_every_clock(
    database: str, settings: Settings
) -> None:
    caller = await someone()
    await made(caller)
    await customer(caller)
    [job] = await Job.filter(workspace_id=caller.workspace_id, kind=DELIVERY_JOB)
    held = jobs.Claimed(job.workspace_id, job.id, job.kind, job.payload, 1, job.id)

    with pytest.raises(NotYet) as early:
        await Deliverer.of(settings).carry(caller.at(NOON - HOUR, NOON - HOUR), held)

    assert early.value.due == NOON
