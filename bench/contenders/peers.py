"""What Node serves from the same tables: PostGraphile 5, and Mercurius with its just-in-time compiler."""

import functools
import shutil
import subprocess
from typing import Any

import orjson

from bench import load
from bench.asking import Ask, graphql
from bench.cluster import Loaded
from bench.contenders import agreed, naive
from bench.contenders.contender import Contender, Dialect, Sample
from server.settings import CHECKOUT

# What PostGraphile 5 asks for; below it answers nothing.
NODE_AT_LEAST = 22
FOLDER = CHECKOUT / "bench" / "peers"

FIELDS = "id: rowId number status issuedAt dueOn totalMinor"
WHOLE = f"""
  {FIELDS}
  customer: customerByWorkspaceIdAndCustomerId {{ id: rowId name email }}
  lines: lineItemsByWorkspaceIdAndInvoiceIdAndCurrency(orderBy: [POSITION_ASC]) {{
    nodes {{ position description quantity unitAmount taxMinor amountMinor }}
  }}
"""
PAGE = f"{{ pageInfo {{ hasNextPage endCursor }} nodes {{ {WHOLE} }} }}"
NEWEST = "orderBy: [CREATED_AT_DESC, ROW_ID_DESC]"
LIST = f"""
query List($first: Int!, $workspace: UUID!) {{
  invoices: allInvoices(first: $first, condition: {{workspaceId: $workspace}}, {NEWEST}) {PAGE}
}}
"""
DEEP = f"""
query Deep($first: Int!, $workspace: UUID!, $after: Cursor!) {{
  invoices: allInvoices(
    first: $first, after: $after, condition: {{workspaceId: $workspace}}, {NEWEST}
  ) {PAGE}
}}
"""
BEFORE = f"""
query Before($first: Int!, $workspace: UUID!) {{
  invoices: allInvoices(first: $first, condition: {{workspaceId: $workspace}}, {NEWEST}) {{
    pageInfo {{ endCursor }}
    nodes {{ rowId }}
  }}
}}
"""
FILTERED = f"""
query Filtered($first: Int!, $workspace: UUID!, $status: String!, $customer: UUID!) {{
  invoices: allInvoices(
    first: $first
    condition: {{workspaceId: $workspace, status: $status, customerId: $customer}}
    {NEWEST}
  ) {PAGE}
}}
"""
BY_ID = f"""
query ById($workspace: UUID!, $id: UUID!) {{
  invoice: invoiceByWorkspaceIdAndRowId(workspaceId: $workspace, rowId: $id) {{ {WHOLE} }}
}}
"""
CUSTOMER = f"""
query Customer($workspace: UUID!, $id: UUID!) {{
  customer: customerByWorkspaceIdAndRowId(workspaceId: $workspace, rowId: $id) {{
    id: rowId name email
    invoices: invoicesByWorkspaceIdAndCustomerId(first: 5, {NEWEST}) {{ nodes {{ {FIELDS} }} }}
  }}
}}
"""


def _dialect(document: str, parameters: list[str], read: Any, complete: Any = None) -> Dialect:
    def ask(loaded: Loaded, sample: Sample) -> Ask:
        given = {name: sample[name] for name in parameters}
        return graphql(document, {**given, "workspace": loaded.home.workspace_id})

    return Dialect(ask, read, complete)


def _whole(invoice: dict[str, Any]) -> dict[str, Any]:
    return agreed.invoice(invoice, invoice["lines"]["nodes"])


def _page(answer: Any) -> Any:
    return [_whole(invoice) for invoice in answer["data"]["invoices"]["nodes"]]


def _invoice(answer: Any) -> Any:
    return _whole(answer["data"]["invoice"])


def _customer(answer: Any) -> Any:
    customer = answer["data"]["customer"]
    invoices = [agreed.invoice(invoice, None) for invoice in customer["invoices"]["nodes"]]
    return customer["name"], customer["email"], invoices


async def _cursor(port: int, loaded: Loaded, sample: Sample) -> Sample:
    variables = {"first": sample["offset"], "workspace": loaded.home.workspace_id}
    answer = orjson.loads(await load.ask(port, graphql(BEFORE, variables).wire(port)))
    return {**sample, "after": answer["data"]["invoices"]["pageInfo"]["endCursor"]}


@functools.cache
def _missing() -> str:
    """Why Node's servers can't run here; installs them where they can."""
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        return "npm and node are not here"
    if not (FOLDER / "node_modules").exists():
        command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel", "error"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"npm ci failed: {done.stderr[-500:]}"
    version = subprocess.run([_node(), "--version"], capture_output=True, text=True, check=True)
    is_old = int(version.stdout.strip().lstrip("v").split(".")[0]) < NODE_AT_LEAST
    return f"node {version.stdout.strip()} is too old" if is_old else ""


def _node() -> str:
    """The Node that came along from npm, the same for everyone; else the one that is here."""
    came = sorted(FOLDER.glob("node_modules/node-*/bin/node"))
    return str(came[0]) if came else "node"


def _peer(name: str, script: str, dialects: dict[str, Dialect]) -> Contender:
    return Contender(
        name,
        lambda port: ["env", f"PORT={port}", _node(), script],
        dialects,
        lambda loaded: {"DATABASE_URL": loaded.dsn, "NODE_ENV": "production"},
        FOLDER,
        _missing,
    )


POSTGRAPHILE = _peer(
    "PostGraphile 5",
    "postgraphile.mjs",
    {
        "list": _dialect(LIST, ["first"], _page),
        "page-1": _dialect(LIST, ["first"], _page),
        "deep": _dialect(DEEP, ["first", "after"], _page, _cursor),
        "filtered": _dialect(FILTERED, ["first", "status", "customer"], _page),
        "by-id": _dialect(BY_ID, ["id"], _invoice),
        "customer": _dialect(CUSTOMER, ["id"], _customer),
    },
)

# By hand, so its schema is the naive one's, with a keyset where that has an offset.
MERCURIUS_DEEP = f"""
query Deep($first: Int!, $at: String!, $id: ID!) {{
  invoices(first: $first, afterAt: $at, afterId: $id) {{ {naive.WHOLE} }}
}}
"""
MERCURIUS = _peer(
    "Mercurius, JIT",
    "mercurius.mjs",
    {
        **naive.with_scalars("ID!"),
        "deep": naive.dialect(MERCURIUS_DEEP, ["first", "at", "id"], naive.read_page),
    },
)
