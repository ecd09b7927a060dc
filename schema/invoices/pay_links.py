"""Pay links of invoices: what the mutation that renews one takes, does and answers."""

from typing import Annotated

import strawberry

from resolvers import invoices
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.fields import computed, read_back
from schema.inputs import INPUT, KEY_DESCRIPTION
from schema.invoices.types import Invoice
from schema.payloads import Outcome, Payload, outcome, perform, uuid_of


@strawberry.input(description="Whose pay link to renew.")
class InvoiceRotatePayLinkInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The invoice; a draft has no link yet.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What invoiceRotatePayLink answers.")
class InvoiceRotatePayLinkPayload(Payload):
    """The invoice."""

    invoice: Invoice | None = read_back(
        "The invoice with its new publicPayUrl; null where refused."
    )


@strawberry.type
class PayLinkMutations:
    """What leads payers to their invoice."""

    @computed(
        description="A new pay link, for one that came into the wrong hands. The old one stops "
        "working at once, and mail that was sent before leads nowhere.",
        takes="INVOICES_WRITE",
    )
    async def invoice_rotate_pay_link(
        self, info: strawberry.Info, input: Annotated[InvoiceRotatePayLinkInput, INPUT]
    ) -> InvoiceRotatePayLinkPayload | None:
        """Renews the link."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            rotated = await invoices.rotate_pay_link(caller, uuid_of("inv", input.id), once=once)
            return outcome({"invoice": rotated})

        return await perform(info, InvoiceRotatePayLinkPayload, input, act)
