"""Lists what is overdue, page by page, with nothing but the standard library: python examples/overdue.py"""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

URL = os.environ.get("BILLGRAPH_URL", "http://127.0.0.1:8000/graphql")
OVERDUE = """
query Overdue($after: String) {
  invoices(
    first: 100
    after: $after
    filter: { status: [OVERDUE] }
    orderBy: { field: DUE_AT, direction: ASC }
  ) {
    nodes { number dueOn amountDue { amount currency } customer { name } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def ask(document: str, variables: dict[str, Any]) -> Any:
    """What an operation answers; RuntimeError where the server says that it is wrong."""
    request = Request(  # noqa: S310 - the address is the caller's own
        URL,
        json.dumps({"query": document, "variables": variables}).encode(),
        {
            "authorization": f"Bearer {os.environ['BILLGRAPH_KEY']}",
            "content-type": "application/json",
        },
    )
    with urlopen(request, timeout=30) as response:  # noqa: S310 - as above
        answer = json.load(response)
    if "errors" in answer:
        raise RuntimeError(answer["errors"][0]["message"])
    return answer["data"]


def overdue() -> Iterator[Any]:
    """Every overdue invoice, the longest overdue first."""
    after, more = None, True
    while more:
        page = ask(OVERDUE, {"after": after})["invoices"]
        yield from page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]


def main() -> None:
    """A line for each."""
    for invoice in overdue():
        due = invoice["amountDue"]
        name = invoice["customer"]["name"]
        what = f"{invoice['number']:<12} {invoice['dueOn']}"
        sys.stdout.write(f"{what} {due['amount']:>12} {due['currency']}  {name}\n")


if __name__ == "__main__":
    main()
