"""The schema, as Strawberry's documentation writes one: types that read their fields off ORM rows."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from tortoise.query_utils import Prefetch
from tortoise.queryset import QuerySet

from bench.naive import tables

# Amounts pass two billion minor units, which GraphQL's Int does not.
BigInt = strawberry.scalar(int, name="BigInt", serialize=int, parse_value=int)


@strawberry.type
class Line:
    """A line of an invoice."""

    position: int
    description: str
    quantity: Decimal
    unit_amount: Decimal
    amount_minor: BigInt  # type: ignore[valid-type]  # a scalar
    tax_minor: BigInt  # type: ignore[valid-type]  # a scalar


@strawberry.type
class Customer:
    """Whom invoices go to."""

    id: strawberry.ID
    name: str
    email: str | None

    @strawberry.field
    async def invoices(self: Any, first: int = 25) -> list["Invoice"]:
        """The newest ones."""
        found = self.invoices.filter(workspace_id=self.workspace_id)
        newest: list[Invoice] = await found.order_by("-created_at", "-id").limit(first)
        return newest


@strawberry.type
class Invoice:
    """An invoice."""

    id: strawberry.ID
    number: str | None
    status: str
    issued_at: datetime | None
    due_on: date
    total_minor: BigInt  # type: ignore[valid-type]  # a scalar
    customer: Customer

    @strawberry.field
    def lines(self: Any) -> list[Line]:
        """What it is for."""
        return list(self.lines)


@strawberry.type
class Query:
    """Reads."""

    @strawberry.field
    async def invoices(
        self,
        info: strawberry.Info,
        first: int = 25,
        offset: int = 0,
        status: str | None = None,
        customer_id: UUID | None = None,
    ) -> list[Invoice]:
        """A page of invoices, the newest first."""
        found = _whole(_workspace(info)).order_by("-created_at", "-id").limit(first).offset(offset)
        if status is not None:
            found = found.filter(status=status)
        if customer_id is not None:
            found = found.filter(customer_id=customer_id)
        return await found  # type: ignore[return-value]  # rows have the fields' names

    @strawberry.field
    async def invoice(
        self,
        info: strawberry.Info,
        id: UUID,  # noqa: A002 - the schema's name
    ) -> Invoice | None:
        """One invoice."""
        return await _whole(_workspace(info)).filter(id=id).first()  # type: ignore[return-value]  # the same

    @strawberry.field
    async def customer(
        self,
        info: strawberry.Info,
        id: UUID,  # noqa: A002 - the schema's name
    ) -> Customer | None:
        """One customer."""
        found = tables.Customer.filter(workspace_id=_workspace(info), id=id)
        return await found.first()  # type: ignore[return-value]  # the same


def _workspace(info: strawberry.Info) -> UUID:
    return UUID(info.context["request"].headers["x-workspace"])


def _whole(workspace_id: UUID) -> QuerySet[tables.Invoice]:
    """Invoices with customer and lines; the workspace is said of each, for the indexes begin with it."""
    return tables.Invoice.filter(workspace_id=workspace_id).prefetch_related(
        Prefetch("customer", tables.Customer.filter(workspace_id=workspace_id)),
        Prefetch("lines", tables.Line.filter(workspace_id=workspace_id).order_by("position")),
    )
