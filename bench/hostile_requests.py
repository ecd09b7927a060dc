"""Hostile requests: hostile documents as they are posted, and bodies, variables and headers beside them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from bench.hostile_documents import ALL_OF_AN_INVOICE, DOCUMENTS

NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
FILTERED = "query($filter: InvoiceFilter) { invoices(filter: $filter) { totalCount } }"
PREVIEW = (
    "query($invoice: InvoiceInput!) { invoicePreview(invoice: $invoice) "
    "{ preview { total { minor } } userErrors { code field } } }"
)
SHOWN = PREVIEW.replace(
    "preview {",
    "preview { lines { amount { minor amount currency } tax { minor amount currency } "
    "taxes { name percent category amount { minor amount } } }",
)
VIEWER = "{ viewer { mode } }"
JSON = "application/json"
TURN = "@turn"
CUSTOMER = "cus_" + "0" * 32


@dataclass(frozen=True)
class Hostile:
    """A request: its body, where it is not a GET, and headers beside the usual ones.

    TURN in it is another number each time, so that nothing is remembered of the last time.
    """

    name: str
    body: bytes = b""
    target: str = "/graphql"
    headers: Mapping[str, str] = field(default_factory=dict)
    chunk_size: int = 0

    def wire(self, key: str, customer: str = CUSTOMER, turn: int = 0) -> bytes:
        """HTTP/1.1, the whole of it; CUSTOMER in it is one who exists."""
        body = self.body.replace(TURN.encode(), b"%d" % turn)
        body = body.replace(CUSTOMER.encode(), customer.encode())
        given = {
            "host": "billgraph",
            "connection": "close",
            "accept": "application/graphql-response+json",
            "accept-encoding": "gzip",
            "authorization": f"Bearer {key}",
            **{name: value.replace(TURN, str(turn)) for name, value in self.headers.items()},
        }
        if not body:
            return _head("GET", self.target, given)
        given.setdefault("content-type", JSON)
        if self.chunk_size:
            given["transfer-encoding"] = "chunked"
            return (
                _head("POST", self.target, given)
                + b"".join(_chunks(body, self.chunk_size))
                + b"0\r\n\r\n"
            )
        given["content-length"] = str(len(body))
        return _head("POST", self.target, given) + body


def requests() -> Iterator[Hostile]:
    """All of them."""
    for name, text in DOCUMENTS.items():
        yield _asked(name, text)
    yield _asked(
        "the schema, by someone without a key",
        DOCUMENTS["the standard introspection"],
        headers={"authorization": ""},
    )
    for name, (text, variables) in _variables().items():
        yield _asked(name, text, variables)
    for name, body in _bodies().items():
        yield Hostile(name, body)
    yield from _by_http()


def _variables() -> Mapping[str, tuple[str, Any]]:
    """Much, long and deep variables."""
    return {
        "50,000 ids": (NODES, {"ids": ["x"] * 50_000}),
        "200,000 empty ids": (NODES, {"ids": [""] * 240_000}),
        "200,000 numbers for ids": (NODES, {"ids": [1] * 200_000}),
        "200,000 ids that are objects": (NODES, {"ids": [{}] * 200_000}),
        "50,000 customers to filter by": (FILTERED, {"filter": {"customerId": ["x"] * 50_000}}),
        "100,000 statuses to filter by": (FILTERED, {"filter": {"status": ["OPEN"] * 100_000}}),
        "100,000 numbers to filter by": (FILTERED, {"filter": {"metadata": [{}] * 100_000}}),
        "60,000 unknown parts of an input": (
            FILTERED,
            {"filter": {f"a{place}": 1 for place in range(60_000)}},
        ),
        "60,000 unknown variables": (VIEWER, {f"a{place}": 1 for place in range(60_000)}),
        "a text of 1 MiB": (FILTERED, {"filter": {"number": {"startsWith": "x" * 1_000_000}}}),
        "a text of null characters": (
            FILTERED,
            {"filter": {"number": {"startsWith": "\0" * 150_000}}},
        ),
        "an id of 1 MiB": (NODES, {"ids": ["inv_" + "0" * 1_000_000]}),
        "an invoice of 500 lines": (PREVIEW, {"invoice": _invoice(500)}),
        "an invoice of 500 lines, with all there may be": (
            PREVIEW,
            {"invoice": _invoice(500, taxes=20)},
        ),
        "an invoice of 500 lines, shown": (SHOWN, {"invoice": _invoice(500)}),
        "an invoice of 500 lines, with all there may be, shown": (
            SHOWN,
            {"invoice": _invoice(500, taxes=20)},
        ),
        "an invoice of 9,000 lines": (PREVIEW, {"invoice": _invoice(9_000)}),
        "an invoice of 250,000 empty lines": (
            PREVIEW,
            {"invoice": {**_invoice(0), "lines": [{}] * 250_000}},
        ),
        "an invoice with 40,000 metadata": (
            PREVIEW,
            {"invoice": {**_invoice(1), "metadata": {f"a{place}": "b" for place in range(40_000)}}},
        ),
        "an invoice with quantities of 30,000 digits": (
            PREVIEW,
            {"invoice": _invoice(30, quantity="9" * 30_000)},
        ),
        "20 variables of @include": (
            "query("
            + " ".join(f"$v{place}: Boolean!" for place in range(20))
            + ") { viewer { "
            + " ".join(f"a{place}: mode @include(if: $v{place})" for place in range(20))
            + " } }",
            {f"v{place}": place % 3 == 0 for place in range(20)},
        ),
        "everything of 100 nodes": (
            f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on Invoice {{ {ALL_OF_AN_INVOICE} }} }} }}",
            {"ids": ["inv_" + "0" * 32] * 100},
        ),
    }


def _invoice(lines: int, quantity: str = "1.5", taxes: int = 0) -> dict[str, Any]:
    taxed = [{"name": f"Tax {place}", "percent": "1.5"} for place in range(taxes)]
    line: dict[str, Any] = {
        "description": "Work",
        "quantity": quantity,
        "unitAmount": {"decimal": "99.95"},
        **({"taxes": taxed} if taxes else {"taxPercent": 20}),
        "metadata": {f"key{place}": "value" for place in range(taxes)},
    }
    return {"customerId": CUSTOMER, "dueDate": "2099-12-31", "lines": [line] * lines}


def _bodies() -> Mapping[str, bytes]:
    """What is JSON and no request, or hardly one."""

    def holding(value: bytes) -> bytes:
        return b'{"query": "{ viewer { mode } }", "variables": {"a": %b}}' % value

    return {
        "JSON 100,000 deep": holding(b"[" * 100_000 + b"]" * 100_000),
        "JSON 1,000 deep": holding(b"[" * 1_000 + b"]" * 1_000),
        "JSON 900 deep around a fraction": holding(b'{"a":' * 900 + b"0.5" + b"}" * 900),
        "half a million numbers": holding(b"[" + b"1," * 500_000 + b"1]"),
        "250,000 fractions": holding(b"[" + b"0.5," * 250_000 + b"1]"),
        "half a million numbers and one fraction": holding(b"[" + b"1," * 500_000 + b"0.5]"),
        "250,000 numbers of an exponent": holding(b"[" + b"1e9," * 250_000 + b"1]"),
        "JSON with an integer of 5,000 digits": holding(b"9" * 5_000),
        "JSON with an integer of a million digits": holding(b"9" * 1_000_000),
        "JSON with a fraction of a million digits": holding(b"0." + b"9" * 1_000_000),
        "NaN": holding(b"NaN"),
        "250,000 empty objects": holding(b"[" + b"{}," * 300_000 + b"{}]"),
        "70,000 members": holding(
            b"{" + b",".join(b'"%d":0.5' % place for place in range(75_000)) + b"}"
        ),
        "one member 100,000 times": holding(b"{" + b'"a":0.5,' * 110_000 + b'"a":1}'),
        "1 MiB of escapes": holding(b'"' + b"\\u00e9" * 170_000 + b'"'),
        "1 MiB of white space": b" " * 1_000_000 + holding(b"1"),
        "a batch of 35,000": b"[" + b'{"query":"{viewer{mode}}"},' * 35_000 + b"{}]",
        "more than 1 MiB": holding(b"[" + b"1," * 2_000_000 + b"1]"),
        "an id of a document of 1 MiB": b'{"documentId": "%b"}' % (b"a" * 1_000_000),
    }


def _by_http() -> Iterator[Hostile]:
    """What is in a request beside its body."""
    body = json.dumps({"query": VIEWER}).encode()
    yield Hostile("an Accept of 30,000 ranges", body, headers={"accept": TURN + "a," * 30_000})
    yield Hostile(
        "an Accept of 30,000 weights", body, headers={"accept": TURN + ",*/*;" + "q;" * 30_000}
    )
    yield Hostile("2,000 headers", body, headers={f"x-{place}": "y" for place in range(2_000)})
    yield Hostile(
        "a key of 60,000 signs", body, headers={"authorization": "Bearer " + "k" * 60_000}
    )
    yield Hostile("a URL of 8,000 parameters", target="/graphql?" + "a=1&" * 8_000)
    yield Hostile(
        "a URL of 4,500 parameters, each another",
        target="/graphql?" + "&".join(f"{place:x}=1" for place in range(4_500)),
    )
    yield Hostile(
        "a URL of 30 KB", target="/graphql?query=" + quote("{ viewer { mode " + "," * 9_000 + "} }")
    )
    yield Hostile("300 KB in chunks of one byte", body + b" " * 300_000, chunk_size=1)
    yield Hostile("1 MB in chunks of 64 bytes", body + b" " * 1_000_000, chunk_size=64)


def _asked(
    name: str, text: str, variables: Any = None, headers: Mapping[str, str] | None = None
) -> Hostile:
    body = json.dumps({"query": f"{text}\n# {TURN}", "variables": variables}).encode()
    return Hostile(name, body, headers=headers or {})


def _head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items() if value),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _chunks(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        chunk = body[start : start + size]
        yield b"%x\r\n%b\r\n" % (len(chunk), chunk)
