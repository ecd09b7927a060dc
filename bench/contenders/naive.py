"""Strawberry over Tortoise rows with prefetch, as first written, and with Strawberry's caches."""

from typing import Any

from bench.asking import Ask, graphql
from bench.cluster import Loaded
from bench.contenders import agreed
from bench.contenders.contender import Contender, Dialect, Sample
from bench.contenders.limit import uvicorn

FIELDS = "id number status issuedAt dueOn totalMinor"
WHOLE = f"""
  {FIELDS}
  customer {{ id name email }}
  lines {{ position description quantity unitAmount taxMinor amountMinor }}
"""
LIST = f"query List($first: Int!) {{ invoices(first: $first) {{ {WHOLE} }} }}"
DEEP = f"""
query Deep($first: Int!, $offset: Int!) {{ invoices(first: $first, offset: $offset) {{ {WHOLE} }} }}
"""
FILTERED = f"""
query Filtered($first: Int!, $status: String!, $customer: UUID!) {{
  invoices(first: $first, status: $status, customerId: $customer) {{ {WHOLE} }}
}}
"""
BY_ID = f"query ById($id: UUID!) {{ invoice(id: $id) {{ {WHOLE} }} }}"
CUSTOMER = f"""
query Customer($id: UUID!) {{ customer(id: $id) {{ id name email invoices(first: 5) {{ {FIELDS} }} }} }}
"""


def dialect(document: str, parameters: list[str], read: Any) -> Dialect:
    """A GraphQL document that takes these parameters of a sample as variables."""

    def ask(loaded: Loaded, sample: Sample) -> Ask:
        variables = {name: sample[name] for name in parameters}
        return graphql(document, variables, x_workspace=str(loaded.home.workspace_id))

    return Dialect(ask, read)


def read_page(answer: Any) -> Any:
    """The invoices of a page."""
    return [agreed.invoice(invoice, invoice["lines"]) for invoice in answer["data"]["invoices"]]


def _invoice(answer: Any) -> Any:
    invoice = answer["data"]["invoice"]
    return agreed.invoice(invoice, invoice["lines"])


def _customer(answer: Any) -> Any:
    customer = answer["data"]["customer"]
    invoices = [agreed.invoice(invoice, None) for invoice in customer["invoices"]]
    return customer["name"], customer["email"], invoices


def with_scalars(uuid: str) -> dict[str, Dialect]:
    """The dialects, for a schema whose ids are of this type."""
    filtered, by_id, customer = (
        document.replace("UUID!", uuid) for document in (FILTERED, BY_ID, CUSTOMER)
    )
    return {
        "list": dialect(LIST, ["first"], read_page),
        "page-1": dialect(LIST, ["first"], read_page),
        "deep": dialect(DEEP, ["first", "offset"], read_page),
        "filtered": dialect(filtered, ["first", "status", "customer"], read_page),
        "by-id": dialect(by_id, ["id"], _invoice),
        "customer": dialect(customer, ["id"], _customer),
    }


DIALECTS = with_scalars("UUID!")
NAIVE = Contender(
    "Strawberry + Tortoise", lambda port: uvicorn("bench.naive.server:app", port), DIALECTS
)
CACHED = Contender(
    "Strawberry + Tortoise, cached",
    lambda port: uvicorn("bench.naive.server:cached", port),
    DIALECTS,
)
