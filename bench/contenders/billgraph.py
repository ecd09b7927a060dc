"""Billgraph, started as users start it, asked with an API key."""

import sys
from typing import Any

import orjson

from bench import load
from bench.asking import Ask, graphql
from bench.cluster import Loaded
from bench.contenders import agreed
from bench.contenders.contender import Contender, Dialect, Sample
from server.settings import RATE_LIMIT_MAX

PAGE_AT_MOST = 100
FIELDS = "id number status issuedAt dueOn total { minor }"
WHOLE = f"""
  {FIELDS}
  customer {{ id name email }}
  lines {{ position description quantity unitAmount tax {{ minor }} amount {{ minor }} }}
"""
PAGE = f"{{ pageInfo {{ hasNextPage endCursor }} nodes {{ {WHOLE} }} }}"
LIST = f"query List($first: Int!) {{ invoices(first: $first) {PAGE} }}"
DEEP = f"""
query Deep($first: Int!, $after: String) {{ invoices(first: $first, after: $after) {PAGE} }}
"""
FILTERED = f"""
query Filtered($first: Int!, $filter: InvoiceFilter) {{
  invoices(first: $first, filter: $filter) {PAGE}
}}
"""
WALK = """
query Walk($first: Int!, $after: String) {
  invoices(first: $first, after: $after) { pageInfo { endCursor } }
}
"""
BY_ID = f"query ById($id: ID!) {{ invoice(id: $id) {{ {WHOLE} }} }}"
CUSTOMER = f"""
query Customer($id: ID!) {{
  customer(id: $id) {{ id name email invoices(first: 5) {{ nodes {{ {FIELDS} }} }} }}
}}
"""


def _dialect(document: str, variables: Any, read: Any, complete: Any = None) -> Dialect:
    def ask(loaded: Loaded, sample: Sample) -> Ask:
        return graphql(document, variables(sample), authorization=_token(loaded))

    return Dialect(ask, read, complete)


def _token(loaded: Loaded) -> str:
    return f"Bearer {loaded.home.api_key}"


def flat(invoice: dict[str, Any]) -> dict[str, Any]:
    """An invoice of this schema with its amounts flat."""
    return {**invoice, "totalMinor": invoice["total"]["minor"]}


def _whole(invoice: dict[str, Any]) -> dict[str, Any]:
    lines = [
        {**line, "taxMinor": line["tax"]["minor"], "amountMinor": line["amount"]["minor"]}
        for line in invoice["lines"]
    ]
    return agreed.invoice(flat(invoice), lines)


def read_page(answer: Any) -> Any:
    """The invoices of a page."""
    return [_whole(invoice) for invoice in answer["data"]["invoices"]["nodes"]]


def read_invoice(answer: Any) -> Any:
    """One invoice."""
    return _whole(answer["data"]["invoice"])


def read_customer(answer: Any) -> Any:
    """A customer with the newest invoices."""
    customer = answer["data"]["customer"]
    invoices = [agreed.invoice(flat(invoice), None) for invoice in customer["invoices"]["nodes"]]
    return customer["name"], customer["email"], invoices


async def _walk(port: int, loaded: Loaded, sample: Sample) -> Sample:
    """The cursor of a deep page, found as a client finds it: page by page."""
    walked, cursor = 0, None
    while walked < sample["offset"]:
        size = min(PAGE_AT_MOST, sample["offset"] - walked)
        given = graphql(WALK, {"first": size, "after": cursor}, authorization=_token(loaded))
        answer = orjson.loads(await load.ask(port, given.wire(port)))
        walked, cursor = walked + size, answer["data"]["invoices"]["pageInfo"]["endCursor"]
    return {**sample, "cursor": cursor}


def _filter(sample: Sample) -> dict[str, Any]:
    wanted = {"status": [sample["status"]], "customerId": [f"cus_{sample['customer'].hex}"]}
    return {"first": sample["first"], "filter": wanted}


BILLGRAPH = Contender(
    "Billgraph",
    lambda port: [sys.executable, "-m", "server", "serve", "--port", str(port)],
    {
        "list": _dialect(LIST, lambda s: {"first": s["first"]}, read_page),
        "page-1": _dialect(LIST, lambda s: {"first": s["first"]}, read_page),
        "deep": _dialect(
            DEEP, lambda s: {"first": s["first"], "after": s["cursor"]}, read_page, _walk
        ),
        "filtered": _dialect(FILTERED, _filter, read_page),
        "by-id": _dialect(BY_ID, lambda s: {"id": f"inv_{s['id'].hex}"}, read_invoice),
        "customer": _dialect(CUSTOMER, lambda s: {"id": f"cus_{s['id'].hex}"}, read_customer),
    },
    # Counted as anyone's requests are, and never refused.
    lambda loaded: {"DATA_DIR": str(loaded.folder), "RATE_LIMIT": str(RATE_LIMIT_MAX)},
)
