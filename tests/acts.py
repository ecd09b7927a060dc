"""One valid input, or more, for every mutation: what tests of the whole schema go through."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
)

from domain.identifiers import decode_id
from models import __all__ as nouns
from models.connections import rows
from models.tables import TenantTable
from schema.schema import schema
from tests.journeys.making import (
    card,
    credited,
    customer,
    drafted,
    line,
    money,
    recorded,
    subscribed,
    subscription,
    wanted,
)
from tests.resolvers.making import charge_interest
from tests.site import Client

NOBODY_LISTENS = "http://127.0.0.1:49151/hook"
Json = dict[str, Any]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Things:
    """Ids of one of each noun in a workspace."""

    workspace: str
    customer: str
    matter: str
    draft: str
    line: str
    key: str
    endpoint: str
    delivery: str
    subscription: str
    method: str
    payment: str
    note: str

    def of_kind(self, text: str) -> str:
        """The thing of the kind that an id names, by its prefix."""
        ids = vars(self).values()
        [found] = [one for one in ids if one.partition("_")[0] == text.partition("_")[0]]
        return str(found)


async def things(client: Client) -> Things:
    """New things in the client's workspace; the draft could be sent."""
    endpoint = await client.do(
        "webhookEndpointCreate", "webhookEndpoint { id }", url=NOBODY_LISTENS
    )
    customer_id = await customer(client)
    matter = await client.do("matterCreate", "matter { id }", customerId=customer_id, name="Will")
    draft = await drafted(client, customerId=customer_id)
    viewer = await client.ask(
        """{ viewer { workspace { id } } apiKeys { id }
        events(first: 1) { nodes { deliveries { nodes { id } } } } }"""
    )
    return Things(
        workspace=viewer["viewer"]["workspace"]["id"],
        customer=customer_id,
        matter=matter["matter"]["id"],
        draft=draft["id"],
        line=draft["lines"][0]["id"],
        key=viewer["apiKeys"][0]["id"],
        endpoint=endpoint["webhookEndpoint"]["id"],
        delivery=viewer["events"]["nodes"][0]["deliveries"]["nodes"][0]["id"],
        subscription=await subscribed(client, customer_id),
        method=await card(client, customer_id),
        payment=await recorded(client, customer_id),
        note=await credited(client),
    )


async def inputs(client: Client, own: Things) -> Mapping[str, list[Json]]:
    """Inputs that every mutation takes; between them they name each id that it can."""
    invoice = await wanted(client, customerId=own.customer, matterId=own.matter)
    return {
        "invoiceDraft": [{"invoice": invoice}],
        "invoiceIssue": [{"invoice": invoice}],
        "invoiceSend": [{"id": own.draft}, {"invoice": invoice}],
        "invoiceFinalize": [{"id": own.draft}],
        "invoiceVoid": [{"id": own.draft}],
        "invoiceUpdate": [{"id": own.draft, "customerId": own.customer, "matterId": own.matter}],
        "invoiceDelete": [{"id": own.draft}],
        "invoiceDuplicate": [{"id": own.draft}],
        "invoiceLineAdd": [{"invoiceId": own.draft, "line": line()}],
        "invoiceLineUpdate": [{"lineId": own.line, "line": line()}],
        "invoiceLineRemove": [{"lineId": own.line}],
        "invoiceMarkUncollectible": [{"id": own.draft}],
        "invoiceUnmarkUncollectible": [{"id": own.draft}],
        "invoiceWriteOff": [{"id": own.draft}],
        "invoiceWaiveInterest": [{"id": own.draft}],
        "creditNoteCreate": [
            {"invoiceId": own.draft, "lines": {"lineItemId": own.line, "net": 100}},
        ],
        "creditNoteVoid": [{"id": own.note}],
        "invoiceRotatePayLink": [{"id": own.draft}],
        "invoicePay": [{"id": own.draft, "paymentMethodId": own.method}],
        "paymentRecord": [
            {
                **money(own.customer),
                "allocations": [{"invoiceId": own.draft, "amount": 1}],
            }
        ],
        "paymentRefund": [{"id": own.payment}],
        "customerAddPaymentMethod": [
            {"customerId": own.customer, "gatewayToken": "pm_card_mastercard"}
        ],
        "customerCreate": [{"name": "Bob"}],
        "customerUpdate": [{"id": own.customer, "name": "Bob"}],
        "customerArchive": [{"id": own.customer}],
        "matterCreate": [{"customerId": own.customer, "name": "Estate"}],
        "matterClose": [{"id": own.matter}],
        "billingSubscriptionCreate": [subscription(own.customer)],
        "billingSubscriptionPause": [{"id": own.subscription}],
        "billingSubscriptionResume": [{"id": own.subscription}],
        "billingSubscriptionCancel": [{"id": own.subscription}],
        "workspaceUpdate": [{"name": "Other"}],
        "numberSeriesSet": [{"document": "INVOICE", "template": "R-{seq}", "reset": "NEVER"}],
        "apiKeyCreate": [{"name": "Till", "mode": "LIVE", "scopes": ["INVOICES_READ"]}],
        "accessTokenCreate": [
            {"scopes": ["INVOICES_WRITE"], "ttlSeconds": 60},
            {"scopes": ["INVOICES_WRITE"], "customerId": own.customer},
        ],
        "apiKeyRevoke": [{"id": own.key}],
        "webhookEndpointCreate": [{"url": NOBODY_LISTENS, "types": ["INVOICE_PAID"]}],
        "webhookEndpointUpdate": [{"id": own.endpoint, "types": [], "enabled": True}],
        "webhookEndpointDelete": [{"id": own.endpoint}],
        "webhookEndpointRotateSecret": [{"id": own.endpoint}],
        "webhookDeliveryRetry": [{"id": own.delivery}],
        "invoiceRecomputeTax": [{"id": own.draft}],
        "fxRateSet": [{"base": "EUR", "quote": "USD", "rate": "1.0842"}],
        "taxRateSet": [
            {"name": "VAT", "country": "DE", "percent": "19", "validFrom": "2007-01-01"}
        ],
        "testClockSet": [{"now": "2099-01-01T00:00:00Z"}],
    }


async def prepare(client: Client, own: Things, mutation: str) -> None:
    """Makes of the things what a mutation needs to go through, where they would be refused."""
    if mutation in READY:
        await READY[mutation](client, own)


async def _open(client: Client, own: Things) -> None:
    await client.do("invoiceFinalize", id=own.draft)


async def _forgivable(client: Client, own: Things) -> None:
    await client.do("workspaceUpdate", smallBalanceLimit=10_000)
    await _open(client, own)


async def _lost(client: Client, own: Things) -> None:
    await _open(client, own)
    await client.do("invoiceMarkUncollectible", id=own.draft)


async def _late(client: Client, own: Things) -> None:
    await _open(client, own)
    invoice_id = decode_id("inv", own.draft)
    assert invoice_id
    await charge_interest(invoice_id, 100)


READY: Mapping[str, Callable[[Client, Things], Awaitable[None]]] = {
    "invoiceVoid": _open,
    "invoiceRotatePayLink": _open,
    "creditNoteCreate": _open,
    "invoiceMarkUncollectible": _open,
    "invoiceUnmarkUncollectible": _lost,
    "invoiceWriteOff": _forgivable,
    "invoiceWaiveInterest": _late,
    "invoicePay": _open,
    "paymentRecord": _open,
}


def root(name: str) -> GraphQLObjectType:
    """Query or Mutation, as built."""
    found = schema._schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def read_back(mutation: str) -> str:
    """A selection of all that a mutation's payload has of its own."""
    payload = get_named_type(root("Mutation").fields[mutation].type)
    assert isinstance(payload, GraphQLObjectType)
    parts = [
        f"{name} {_id_of(get_named_type(field.type))}"
        for name, field in payload.fields.items()
        if name not in ("userErrors", "query")
    ]
    return " ".join(parts)


def _id_of(named: GraphQLNamedType) -> str:
    """What to select of a payload's field to have its row read."""
    if not is_composite_type(named):
        return ""
    has_id = isinstance(named, GraphQLObjectType) and "id" in named.fields
    return "{ id }" if has_id else "{ __typename }"


def id_paths(of: GraphQLInputType) -> Iterator[Path]:
    """Where in a value of an input type ids can stand."""
    named = get_named_type(of)
    if named.name == "ID":
        yield ()
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from ((name, *path) for path in id_paths(field.type))


def at(given: Any, path: Path) -> Any:
    """What stands at a path of an input, in a list the first; None where it ends before."""
    for step in path:
        given = given[0] if isinstance(given, list) and given else given
        given = given.get(step) if isinstance(given, dict) else None
    return given


def put(given: Any, path: Path, value: Any) -> Any:
    """The input with another value at a path."""
    if not path:
        return value
    if isinstance(given, list):
        return [put(given[0], path, value), *given[1:]]
    step, *rest = path
    return {**given, step: put(given[step], tuple(rest), value)}


async def footprint(workspace: str) -> Json:
    """What a workspace holds, by table: two that are equal mean that nothing changed.

    But for what its callers have spent of their allowances, which whoever asks does.
    """
    workspace_id = decode_id("wsp", workspace)
    tables = {table._meta.db_table for table in _tables()} - {"allowances"}
    parts = [
        f"SELECT '{table}' AS name, md5(coalesce(string_agg(content, '|' ORDER BY content), '')) "
        f"AS content FROM (SELECT (to_jsonb(t) - 'last_used_at')::text AS content FROM {table} t "
        "WHERE workspace_id = $1) AS found"
        for table in tables
    ]
    found = await rows(" UNION ALL ".join(parts), workspace_id)
    return {row["name"]: row["content"] for row in found}


def _tables() -> list[type[TenantTable]]:
    import models

    return [getattr(models, noun) for noun in nouns]
