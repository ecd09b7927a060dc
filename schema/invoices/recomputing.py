"""Recomputing tax: a draft's automatic taxes looked up again."""

from typing import Annotated

import strawberry

from resolvers import invoices
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.fields import computed, read_back
from schema.inputs import INPUT, KEY_DESCRIPTION, VERSION_DESCRIPTION
from schema.invoices.types import Invoice
from schema.payloads import Outcome, Payload, outcome, perform, uuid_of


@strawberry.input(description="Which draft to look up the automatic taxes of again.")
class InvoiceRecomputeTaxInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The draft.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION_DESCRIPTION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What invoiceRecomputeTax answers.")
class InvoiceRecomputeTaxPayload(Payload):
    """The draft."""

    invoice: Invoice | None = read_back("The draft with its taxes as of now; null where refused.")


@strawberry.type
class RecomputingMutations:
    """What can be done to a draft's taxes as a whole."""

    @computed(
        description="Look up a draft's automatic taxes again. Taxes that were given with a line stay, "
        "and a second time changes nothing.",
        takes="INVOICES_WRITE",
    )
    async def invoice_recompute_tax(
        self, info: strawberry.Info, input: Annotated[InvoiceRecomputeTaxInput, INPUT]
    ) -> InvoiceRecomputeTaxPayload | None:
        """Recomputes."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            recomputed = await invoices.recompute_tax(
                caller,
                uuid_of("inv", input.id),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": recomputed})

        return await perform(info, InvoiceRecomputeTaxPayload, input, act)
