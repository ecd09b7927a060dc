"""Reading: parts of one invoice, and what lists of them keep and how they are ordered."""

from typing import Any
from uuid import UUID

from resolvers.callers import Caller
from tests.plans.asking import Asker

COUNT = "query ($filter: InvoiceFilter) { invoices(filter: $filter) { totalCount } }"
NUMBERS = """query ($order: InvoiceOrder, $filter: InvoiceFilter) {
  invoices(orderBy: $order, filter: $filter) { nodes { number notes } } }"""


async def invoice(caller: Caller, invoice_id: UUID, selection: str) -> dict[str, Any]:
    """A selection of one invoice."""
    text = f"query ($id: ID!) {{ invoice(id: $id) {{ {selection} }} }}"
    data = await Asker(caller).read(text, {"id": f"inv_{invoice_id.hex}"})
    return dict(data["invoice"])


async def count(caller: Caller, **filtered: Any) -> int:
    """How many invoices a filter keeps."""
    return int((await Asker(caller).read(COUNT, {"filter": filtered}))["invoices"]["totalCount"])


async def notes(caller: Caller, **variables: Any) -> list[str]:
    """The notes of the invoices on a page, in its order."""
    data = await Asker(caller).read(NUMBERS, variables)
    return [node["notes"] for node in data["invoices"]["nodes"]]
