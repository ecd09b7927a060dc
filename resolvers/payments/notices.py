"""Notices: what a gateway tells by callback, acted on once, in whatever order it comes."""

from datetime import datetime
from uuid import UUID

from domain.identifiers import decode_id, new_id
from models.connections import rows
from models.payments import Payment, Refund
from models.transactions import transaction
from models.walls import looking_at
from models.workspaces import Workspace
from resolvers.callers import Caller, system
from resolvers.gateways import About, Gateway, Notice
from resolvers.payments.refund_settling import settle_refund_within
from resolvers.payments.settling import settle_within


async def receive(gateway: Gateway, notice: Notice, now: datetime) -> None:
    """Keeps a verified notice and settles what it is about, in one transaction.

    What was received before changes nothing, and neither does what is about nothing of ours: a
    payment of another gateway, or one that does not exist (rules: Payments).
    """
    with looking_at(notice.workspace_id):
        caller = await _caller(gateway, notice, now)
    if caller is None:
        return

    async def act() -> None:
        if not await _is_new(gateway, notice, now):
            return
        if notice.about is About.CHARGE and (payment_id := await _payment(gateway, notice)):
            await settle_within(caller, payment_id, notice.outcome)
        if notice.about is About.REFUND and (refund_id := await _refund(notice)):
            await settle_refund_within(caller, refund_id, notice.outcome)

    await transaction(notice.workspace_id, act)


async def _caller(gateway: Gateway, notice: Notice, now: datetime) -> Caller | None:
    """The gateway, in the time of the notice's workspace; None where there is no such workspace."""
    found = await Workspace.filter(workspace_id=notice.workspace_id, id=notice.workspace_id).first()
    if found is None:
        return None
    caller = system(found.id, found.mode, now, gateway.name)
    return caller.at(found.test_now or now, now)


async def _is_new(gateway: Gateway, notice: Notice, now: datetime) -> bool:
    """Whether it came for the first time; a twin that is being received is waited for."""
    found = await rows(
        "INSERT INTO gateway_notices (workspace_id, id, gateway, reference, kind, received_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (workspace_id, gateway, reference) DO NOTHING RETURNING 1",
        notice.workspace_id,
        new_id(),
        gateway.name,
        notice.reference,
        notice.kind,
        now,
    )
    return bool(found)


async def _payment(gateway: Gateway, notice: Notice) -> UUID | None:
    payment_id = decode_id("pay", notice.key)
    found = await Payment.filter(
        workspace_id=notice.workspace_id, id=payment_id, gateway=gateway.name
    ).exists()
    return payment_id if found else None


async def _refund(notice: Notice) -> UUID | None:
    refund_id = decode_id("re", notice.key)
    found = await Refund.filter(workspace_id=notice.workspace_id, id=refund_id).exists()
    return refund_id if found else None
