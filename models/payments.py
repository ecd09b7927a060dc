"""Payments: money that came in, what of it went to which invoice, and what was given back."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable, minor


class Payment(TenantTable):
    """One that charges a gateway names its invoice; an invoice has at most one that is PENDING."""

    status: str = fields.TextField()
    customer_id: UUID = fields.UUIDField()
    invoice_id: UUID | None = fields.UUIDField(null=True)
    payment_method_id: UUID | None = fields.UUIDField(null=True)
    currency: str = fields.TextField()
    amount_minor: int = minor()
    fee_minor: int = minor(default=0)
    amount_refunded_minor: int = minor(default=0)
    amount_refunding_minor: int = minor(default=0)
    amount_overpaid_minor: int = minor(default=0)
    overpaid_returned_minor: int = minor(default=0)
    method: str = fields.TextField()
    gateway: str | None = fields.TextField(null=True)
    gateway_reference: str | None = fields.TextField(null=True)
    next_action_url: str | None = fields.TextField(null=True)
    reference: str | None = fields.TextField(null=True)
    failure_code: str | None = fields.TextField(null=True)
    failure_message: str | None = fields.TextField(null=True)
    received_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "payments"


class PaymentAllocation(TenantTable):
    """What a payment pays of one invoice, or would have; what of it was given back, in whatever way.

    `moved_minor` of what was given back wasn't refunded: it went to the customer's credit balance,
    or out of band.
    """

    payment_id: UUID = fields.UUIDField()
    invoice_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    currency: str = fields.TextField()
    amount_minor: int = minor()
    returned_minor: int = minor(default=0)
    moved_minor: int = minor(default=0)

    class Meta:
        table = "payment_allocations"


class Refund(TenantTable):
    """Money given back of one payment: asked for by itself, or by a credit note.

    `overpaid_minor` of it comes from what was paid too much, the rest from what invoices were paid.
    """

    payment_id: UUID = fields.UUIDField()
    credit_note_id: UUID | None = fields.UUIDField(null=True)
    status: str = fields.TextField()
    currency: str = fields.TextField()
    amount_minor: int = minor()
    overpaid_minor: int = minor(default=0)
    gateway_reference: str | None = fields.TextField(null=True)
    reason: str | None = fields.TextField(null=True)
    failure_code: str | None = fields.TextField(null=True)
    failure_message: str | None = fields.TextField(null=True)
    created_at: datetime = fields.DatetimeField()
    settled_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "refunds"
