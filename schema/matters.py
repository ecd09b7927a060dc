"""Matters: what an invoice is about, within one customer."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.fields import one, reads, scalar
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.customers import Customer


@reads("matters", "mat", "CUSTOMERS_READ")
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
