"""What is given up, forgiven or waived on invoices: what these mutations take, do and answer."""

from typing import Annotated

import strawberry

from resolvers import invoices
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.fields import computed, read_back
from schema.inputs import INPUT, KEY_DESCRIPTION, VERSION_DESCRIPTION
from schema.invoices.types import Invoice
from schema.payloads import Outcome, Payload, outcome, perform, uuid_of
from schema.scalars import MinorUnits

WHY = "Why, for the record: events tell it."
AFTER = "The invoice after the change; null where refused."


def _version() -> int | None:
    made: int | None = strawberry.field(default=None, description=VERSION_DESCRIPTION)
    return made


@strawberry.input(description="Which invoice to give up as lost.")
class InvoiceMarkUncollectibleInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The invoice.")
    reason: str | None = strawberry.field(default=None, description=WHY)
    expected_version: int | None = _version()
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which invoice to hope for again.")
class InvoiceUnmarkUncollectibleInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The invoice.")
    expected_version: int | None = _version()
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="How much of an invoice to forgive.")
class InvoiceWriteOffInput:
    """All of it, or part."""

    id: strawberry.ID = strawberry.field(description="The invoice.")
    amount: MinorUnits | None = strawberry.field(
        default=None, description="How much; the whole balance where left out."
    )
    reason: str | None = strawberry.field(default=None, description=WHY)
    expected_version: int | None = _version()
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="How much of an invoice's interest to take off.")
class InvoiceWaiveInterestInput:
    """All of it, or part."""

    id: strawberry.ID = strawberry.field(description="The invoice.")
    amount: MinorUnits | None = strawberry.field(
        default=None, description="How much; all interest that is not paid yet where left out."
    )
    reason: str | None = strawberry.field(default=None, description=WHY)
    expected_version: int | None = _version()
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What invoiceMarkUncollectible answers.")
class InvoiceMarkUncollectiblePayload(Payload):
    """The invoice."""

    invoice: Invoice | None = read_back(AFTER)


@strawberry.type(description="What invoiceUnmarkUncollectible answers.")
class InvoiceUnmarkUncollectiblePayload(Payload):
    """The invoice."""

    invoice: Invoice | None = read_back(AFTER)


@strawberry.type(description="What invoiceWriteOff answers.")
class InvoiceWriteOffPayload(Payload):
    """The invoice."""

    invoice: Invoice | None = read_back(AFTER)


@strawberry.type(description="What invoiceWaiveInterest answers.")
class InvoiceWaiveInterestPayload(Payload):
    """The invoice."""

    invoice: Invoice | None = read_back(AFTER)


@strawberry.type
class LossMutations:
    """What is not hoped for any more."""

    @computed(
        description="Give up what is due as lost: it is written off. A later payment still recovers "
        "it.",
        takes="INVOICES_WRITE",
    )
    async def invoice_mark_uncollectible(
        self, info: strawberry.Info, input: Annotated[InvoiceMarkUncollectibleInput, INPUT]
    ) -> InvoiceMarkUncollectiblePayload | None:
        """Marks."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            marked = await invoices.mark_uncollectible(
                caller,
                uuid_of("inv", input.id),
                input.reason,
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": marked})

        return await perform(info, InvoiceMarkUncollectiblePayload, input, act)

    @computed(
        description="Take that back: all that is still written off is due again.",
        takes="INVOICES_WRITE",
    )
    async def invoice_unmark_uncollectible(
        self, info: strawberry.Info, input: Annotated[InvoiceUnmarkUncollectibleInput, INPUT]
    ) -> InvoiceUnmarkUncollectiblePayload | None:
        """Unmarks."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            unmarked = await invoices.unmark_uncollectible(
                caller,
                uuid_of("inv", input.id),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": unmarked})

        return await perform(info, InvoiceUnmarkUncollectiblePayload, input, act)

    @computed(
        description="Forgive a small balance, up to the workspace's smallBalanceLimit. The invoice "
        "is PAID where nothing is left of it.",
        takes="INVOICES_WRITE",
    )
    async def invoice_write_off(
        self, info: strawberry.Info, input: Annotated[InvoiceWriteOffInput, INPUT]
    ) -> InvoiceWriteOffPayload | None:
        """Writes off."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            forgiven = await invoices.write_off(
                caller,
                uuid_of("inv", input.id),
                input.amount,
                input.reason,
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": forgiven})

        return await perform(info, InvoiceWriteOffPayload, input, act)

    @computed(
        description="Take interest off that is not paid yet. Whether more is posted later is the "
        "workspace's interestPercent.",
        takes="INVOICES_WRITE",
    )
    async def invoice_waive_interest(
        self, info: strawberry.Info, input: Annotated[InvoiceWaiveInterestInput, INPUT]
    ) -> InvoiceWaiveInterestPayload | None:
        """Waives."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            waived = await invoices.waive_interest(
                caller,
                uuid_of("inv", input.id),
                input.amount,
                input.reason,
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": waived})

        return await perform(info, InvoiceWaiveInterestPayload, input, act)
