"""The jobs that ask payment gateways for outcomes that nobody knows yet."""

from collections.abc import Mapping

from resolvers.callers import Caller
from resolvers.jobs import Claimed
from resolvers.payments import CHARGE_JOB, REFUND_JOB, follow_up, follow_up_refund
from server.carriers import Carry
from server.outside.payment_gateways import gateways_of
from server.settings import Settings


def carriers(settings: Settings) -> Mapping[str, Carry]:
    """What carries each kind of them out."""
    gateways = gateways_of(settings)

    async def charge(caller: Caller, job: Claimed) -> None:
        await follow_up(caller, gateways, job.payload)

    async def refund(caller: Caller, job: Claimed) -> None:
        await follow_up_refund(caller, gateways, job.payload)

    return {CHARGE_JOB: charge, REFUND_JOB: refund}
