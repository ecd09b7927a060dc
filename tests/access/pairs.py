"""Pairs of callers of whom one must not see what is the other's: by workspace, by mode, and both ways."""

from dataclasses import dataclass

from domain.identifiers import PREFIXES, decode_id, encode_id, new_id, split_id
from models.connections import rows
from plans.definitions import table_of
from resolvers.callers import SCOPES
from schema.schema import schema
from tests import acts
from tests.access.callers import with_scopes
from tests.journeys.making import money, wanted
from tests.site import Client, Site

BY_WORKSPACE = "a key of another workspace"
LIVE_OF_TEST = "a LIVE key, of the sandbox's things"
TEST_OF_LIVE = "a TEST key, of the LIVE workspace's things"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"


@dataclass(frozen=True)
class Pair:
    """Who asks, with what is theirs to ask about, and a stranger with the same."""

    client: Client
    own: acts.Things
    stranger: Client
    theirs: acts.Things
    ids: dict[str, str]
    """One id of every kind that is the stranger's, by the type's name."""
    invoice: str
    """An invoice of the stranger's with a payment, a credit note and a subscription."""

    def full(self, prefix: str) -> str:
        """The stranger's thing of a kind that lists hang on."""
        return self.invoice if prefix == "inv" else self.theirs.of_kind(prefix)


Filled = tuple[Client, acts.Things, str]
"""Someone, what is theirs, and an invoice that all hangs on."""


async def pairs(site: Site) -> dict[str, Pair]:
    """A pair of each kind, by its name in the table of callers."""
    one, other = await filled(await site.someone()), await filled(await site.someone())
    sandbox = await filled(await with_scopes(site, one[0], *SCOPES, mode="TEST"))
    return {
        BY_WORKSPACE: await _pair(one, other),
        LIVE_OF_TEST: await _pair(one, sandbox),
        TEST_OF_LIVE: await _pair(sandbox, one),
    }


async def one_of_each(client: Client, workspace: str) -> dict[str, str]:
    """An id of every kind that there is in a workspace, by the type's name: its owner sees each."""
    found = {}
    for name, prefix in PREFIXES.items():
        table = table_of(schema._schema.type_map[name]).name
        stored = await rows(
            f"SELECT id FROM {table} WHERE workspace_id = $1 ORDER BY id LIMIT 100",
            decode_id("wsp", workspace),
        )
        ids = [encode_id(prefix, row["id"]) for row in stored]
        seen = await client.ask(NODES, ids=ids)
        found[name] = next(one["id"] for one in seen["nodes"] if one)
    return found


def like(some_id: str) -> str:
    """An id of the same kind that nothing has."""
    found = split_id(some_id)
    assert found
    return encode_id(found[0], new_id())


async def filled(client: Client) -> Filled:
    """Someone with one of everything in their workspace."""
    await client.do("fxRateSet", base="EUR", quote="USD", rate="1.0842")
    rate = {"name": "VAT", "country": "DE", "percent": "19", "validFrom": "2007-01-01"}
    await client.do("taxRateSet", **rate)
    things = await acts.things(client)
    return client, things, await _full_invoice(client, things)


async def _full_invoice(client: Client, things: acts.Things) -> str:
    issued = await client.do(
        "invoiceIssue", "invoice { id }", invoice=await wanted(client, customerId=things.customer)
    )
    invoice_id = issued["invoice"]["id"]
    await client.do("paymentRecord", **money(things.customer))
    await client.do("creditNoteCreate", invoiceId=invoice_id, amount=100)
    await rows(
        "UPDATE invoices SET subscription_id = $2, subscription_period = 0 "
        "WHERE workspace_id = $1 AND id = $3",
        decode_id("wsp", things.workspace),
        decode_id("bs", things.subscription),
        decode_id("inv", invoice_id),
    )
    return str(invoice_id)


async def _pair(one: Filled, other: Filled) -> Pair:
    stranger, theirs, invoice = other
    ids = await one_of_each(stranger, theirs.workspace)
    return Pair(*one[:2], stranger, theirs, ids, invoice)
