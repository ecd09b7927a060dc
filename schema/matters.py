"""Matters: what an invoice is about, within one customer."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers import matters
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.fields import computed, one, read_back, reads, scalar
from schema.inputs import INPUT, KEY_DESCRIPTION
from schema.nodes import Node
from schema.payloads import Outcome, Payload, outcome, perform, uuid_of

if TYPE_CHECKING:
    from schema.customers import Customer


@reads("matters", "mat", "CUSTOMERS_READ", "customer_id")
@strawberry.type(description="A case, project or order of one customer that invoices belong to.")
class Matter(Node):
    """Of one customer."""

    customer: Annotated["Customer", strawberry.lazy("schema.customers")] = one(
        "customer_id", "Whose it is."
    )
    name: str = scalar("name", "What it is called.")
    reference: str | None = scalar("reference", "Your own reference, such as a file number.")
    closed_at: datetime | None = scalar(
        "closed_at", "Since when no new invoice may name it; null while it is open."
    )
    created_at: datetime = scalar("created_at", "When it was made.")


@strawberry.input(description="A new matter.")
class MatterCreateInput:
    """Of one customer."""

    customer_id: strawberry.ID = strawberry.field(description="Whose it is.")
    name: str = strawberry.field(description="What it is called, up to 255 characters.")
    reference: str | None = strawberry.field(default=None, description="Your own reference.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which matter to close.")
class MatterCloseInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The matter.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What matterCreate answers.")
class MatterCreatePayload(Payload):
    """The new matter."""

    matter: Matter | None = read_back("The new matter; null where refused.")


@strawberry.type(description="What matterClose answers.")
class MatterClosePayload(Payload):
    """The closed matter."""

    matter: Matter | None = read_back("The closed matter; null where refused.")


@strawberry.type
class MatterMutations:
    """What can be done to matters."""

    @computed(description="Open a matter for a customer.", takes="CUSTOMERS_WRITE")
    async def matter_create(
        self, info: strawberry.Info, input: Annotated[MatterCreateInput, INPUT]
    ) -> MatterCreatePayload | None:
        """Opens a matter."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            customer_id = uuid_of("cus", input.customer_id)
            made = await matters.create(caller, customer_id, input.name, input.reference, once=once)
            return outcome({"matter": made})

        return await perform(info, MatterCreatePayload, input, act)

    @computed(description="Close a matter: no new invoice may name it.", takes="CUSTOMERS_WRITE")
    async def matter_close(
        self, info: strawberry.Info, input: Annotated[MatterCloseInput, INPUT]
    ) -> MatterClosePayload | None:
        """Closes a matter."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            closed = await matters.close(caller, uuid_of("mat", input.id), once=once)
            return outcome({"matter": closed})

        return await perform(info, MatterClosePayload, input, act)
