"""Matters: opened for one customer, closed when done."""

from uuid import UUID

from domain.errors import Collector, CustomerArchived
from domain.identifiers import new_id
from domain.limits import NAME_LENGTH_MAX
from domain.texts import check_optional_text, check_text
from models.connections import rows
from models.matters import Matter
from models.writes import insert
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.refusals import not_found

_CUSTOMER = ("customerId",)


async def create(
    caller: Caller,
    customer_id: UUID,
    name: str,
    reference: str | None = None,
    *,
    once: Once | None = None,
) -> UUID:
    """A new matter's id.

    Raises Forbidden, Required, TooLong, InvalidFormat, and NotFound or CustomerArchived at
    ("customerId",).
    """
    caller.require("CUSTOMERS_WRITE")
    found = Collector()
    trimmed = found.keep(check_text, name, ("name",), NAME_LENGTH_MAX)
    label = found.keep(check_optional_text, reference, ("reference",), NAME_LENGTH_MAX)
    found.refuse()

    async def act() -> UUID:
        await _require_active(caller.workspace_id, customer_id)
        matter = Matter(
            workspace_id=caller.workspace_id,
            id=new_id(),
            customer_id=customer_id,
            name=trimmed,
            reference=label,
            created_at=caller.now,
        )
        await insert(matter)
        return matter.id

    return await idempotency.run(caller, once, act)


async def close(caller: Caller, matter_id: UUID, *, once: Once | None = None) -> UUID:
    """Keeps a matter from new invoices; a second time changes nothing.

    Raises Forbidden, and NotFound at ("id",).
    """
    caller.require("CUSTOMERS_WRITE")

    async def act() -> UUID:
        found = await rows(
            "UPDATE matters SET closed_at = coalesce(closed_at, $3) "
            "WHERE workspace_id = $1 AND id = $2 RETURNING 1",
            caller.workspace_id,
            matter_id,
            caller.now,
        )
        if not found:
            raise not_found("id")
        return matter_id

    return await idempotency.run(caller, once, act)


async def _require_active(workspace_id: UUID, customer_id: UUID) -> None:
    found = await rows(
        "SELECT archived_at FROM customers WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        customer_id,
    )
    if not found:
        raise not_found(*_CUSTOMER)
    if found[0]["archived_at"] is not None:
        raise CustomerArchived("This customer is archived.", field=_CUSTOMER)
