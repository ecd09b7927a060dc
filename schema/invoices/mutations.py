"""The mutations of invoices: each decodes its input, performs one act, and answers its payload."""

from typing import Annotated

import strawberry

from resolvers import invoices
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.fields import computed
from schema.inputs import INPUT
from schema.invoices.inputs import invoice_fields, line_draft, wanted
from schema.invoices.payloads import (
    InvoiceDeleteInput,
    InvoiceDeletePayload,
    InvoiceDraftInput,
    InvoiceDraftPayload,
    InvoiceDuplicateInput,
    InvoiceDuplicatePayload,
    InvoiceFinalizeInput,
    InvoiceFinalizePayload,
    InvoiceIssueInput,
    InvoiceIssuePayload,
    InvoiceLineAddInput,
    InvoiceLineAddPayload,
    InvoiceLineRemoveInput,
    InvoiceLineRemovePayload,
    InvoiceLineUpdateInput,
    InvoiceLineUpdatePayload,
    InvoiceSendInput,
    InvoiceSendPayload,
    InvoiceUpdateInput,
    InvoiceUpdatePayload,
    InvoiceVoidInput,
    InvoiceVoidPayload,
)
from schema.payloads import Outcome, given_fields, outcome, perform, uuid_of


@strawberry.type
class InvoiceMutations:
    """What can be done to invoices."""

    @computed(description="Create a draft: no number, no e-mail.", takes="INVOICES_WRITE")
    async def invoice_draft(
        self, info: strawberry.Info, input: Annotated[InvoiceDraftInput, INPUT]
    ) -> InvoiceDraftPayload | None:
        """Drafts."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            made = await invoices.draft(caller, wanted(input.invoice), once=once)
            return outcome({"invoice": made})

        return await perform(info, InvoiceDraftPayload, input, act)

    @computed(description="Create an invoice and go live, in one call.", takes="INVOICES_WRITE")
    async def invoice_issue(
        self, info: strawberry.Info, input: Annotated[InvoiceIssueInput, INPUT]
    ) -> InvoiceIssuePayload | None:
        """Issues."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            made = await invoices.issue(caller, wanted(input.invoice), once=once)
            return outcome({"invoice": made})

        return await perform(info, InvoiceIssuePayload, input, act)

    @computed(
        description="Go live if it is not yet, then e-mail the pay link: a new invoice or one that "
        "exists.",
        takes="INVOICES_WRITE",
    )
    async def invoice_send(
        self, info: strawberry.Info, input: Annotated[InvoiceSendInput, INPUT]
    ) -> InvoiceSendPayload | None:
        """Sends."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            sent = await invoices.send(
                caller,
                None if input.id is None else uuid_of("inv", input.id),
                None if input.invoice is None else wanted(input.invoice),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": sent})

        return await perform(info, InvoiceSendPayload, input, act)

    @computed(
        description="Draft to open: takes the number, freezes the content. Without mail.",
        takes="INVOICES_WRITE",
    )
    async def invoice_finalize(
        self, info: strawberry.Info, input: Annotated[InvoiceFinalizeInput, INPUT]
    ) -> InvoiceFinalizePayload | None:
        """Finalizes."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            finalized = await invoices.finalize(
                caller,
                uuid_of("inv", input.id),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": finalized})

        return await perform(info, InvoiceFinalizePayload, input, act)

    @computed(
        description="Cancel an issued invoice on which nothing was paid. It keeps its number.",
        takes="INVOICES_WRITE",
    )
    async def invoice_void(
        self, info: strawberry.Info, input: Annotated[InvoiceVoidInput, INPUT]
    ) -> InvoiceVoidPayload | None:
        """Voids."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            voided = await invoices.void(
                caller,
                uuid_of("inv", input.id),
                input.reason,
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": voided})

        return await perform(info, InvoiceVoidPayload, input, act)

    @computed(
        description="Drafts: any field given is replaced, null clears. Later: internalNotes, "
        "metadata, feesWaived and a later dueDate alone.",
        takes="INVOICES_WRITE",
    )
    async def invoice_update(
        self, info: strawberry.Info, input: Annotated[InvoiceUpdateInput, INPUT]
    ) -> InvoiceUpdatePayload | None:
        """Updates."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            given = given_fields(input, "id", "expected_version", "idempotency_key")
            updated = await invoices.update(
                caller,
                uuid_of("inv", input.id),
                invoice_fields(given),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": updated})

        return await perform(info, InvoiceUpdatePayload, input, act)

    @computed(
        description="Delete a draft for good. What is issued can be voided.", takes="INVOICES_WRITE"
    )
    async def invoice_delete(
        self, info: strawberry.Info, input: Annotated[InvoiceDeleteInput, INPUT]
    ) -> InvoiceDeletePayload | None:
        """Deletes."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            await invoices.delete(
                caller,
                uuid_of("inv", input.id),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome(deleted_id=input.id)

        return await perform(info, InvoiceDeletePayload, input, act)

    @computed(description="Make a new draft with the same content.", takes="INVOICES_WRITE")
    async def invoice_duplicate(
        self, info: strawberry.Info, input: Annotated[InvoiceDuplicateInput, INPUT]
    ) -> InvoiceDuplicatePayload | None:
        """Duplicates."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            made = await invoices.duplicate(caller, uuid_of("inv", input.id), once=once)
            return outcome({"invoice": made})

        return await perform(info, InvoiceDuplicatePayload, input, act)

    @computed(description="Add a line to a draft.", takes="INVOICES_WRITE")
    async def invoice_line_add(
        self, info: strawberry.Info, input: Annotated[InvoiceLineAddInput, INPUT]
    ) -> InvoiceLineAddPayload | None:
        """Adds a line."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            added = await invoices.add_line(
                caller,
                uuid_of("inv", input.invoice_id),
                line_draft(input.line),
                input.position,
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": added.invoice_id, "line": added.line_id})

        return await perform(info, InvoiceLineAddPayload, input, act)

    @computed(description="Write a line of a draft anew.", takes="INVOICES_WRITE")
    async def invoice_line_update(
        self, info: strawberry.Info, input: Annotated[InvoiceLineUpdateInput, INPUT]
    ) -> InvoiceLineUpdatePayload | None:
        """Updates a line."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            updated = await invoices.update_line(
                caller,
                uuid_of("il", input.line_id),
                line_draft(input.line),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": updated.invoice_id, "line": updated.line_id})

        return await perform(info, InvoiceLineUpdatePayload, input, act)

    @computed(description="Remove a line from a draft.", takes="INVOICES_WRITE")
    async def invoice_line_remove(
        self, info: strawberry.Info, input: Annotated[InvoiceLineRemoveInput, INPUT]
    ) -> InvoiceLineRemovePayload | None:
        """Removes a line."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            left = await invoices.remove_line(
                caller,
                uuid_of("il", input.line_id),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": left})

        return await perform(info, InvoiceLineRemovePayload, input, act)
