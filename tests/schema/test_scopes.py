"""Every mutation refuses a caller who lacks its scope, and changes nothing."""

import pytest

from tests import acts
from tests.site import Client, Site

READS = ("INVOICES_READ", "CUSTOMERS_READ", "SETTINGS_READ", "PAYMENTS_READ", "REPORTS_READ")
WRITES = ("INVOICES_WRITE", "CUSTOMERS_WRITE", "SETTINGS_WRITE", "PAYMENTS_WRITE")
SCOPES = {
    "invoice": "INVOICES_WRITE",
    "customer": "CUSTOMERS_WRITE",
    "matter": "CUSTOMERS_WRITE",
    "billingSubscription": "INVOICES_WRITE",
    "workspace": "SETTINGS_WRITE",
    "numberSeries": "SETTINGS_WRITE",
    "apiKey": "SETTINGS_WRITE",
    "webhook": "SETTINGS_WRITE",
    "taxRate": "SETTINGS_WRITE",
    "fxRate": "SETTINGS_WRITE",
    "testClock": "SETTINGS_WRITE",
    "accessToken": "INVOICES_WRITE",
    "payment": "PAYMENTS_WRITE",
    "invoicePay": "PAYMENTS_WRITE",
    "customerAddPaymentMethod": "PAYMENTS_WRITE",
    "creditNote": "INVOICES_WRITE",
}
# What their payloads show, or what is sent of theirs, takes these scopes too.
SHOWN = {
    "invoicePay": ("INVOICES_READ",),
    "customerAddPaymentMethod": ("CUSTOMERS_READ",),
    "webhookEndpointCreate": ("INVOICES_READ",),
    "webhookEndpointUpdate": ("INVOICES_READ", "PAYMENTS_READ", "CUSTOMERS_READ"),
    "webhookDeliveryRetry": ("INVOICES_READ",),
}
READABLE = {
    "{ viewer { workspace { name } } }": "SETTINGS_READ",
    "{ viewer { workspace { numberSeries { next } } } }": "SETTINGS_READ",
    "{ apiKeys { id } }": "SETTINGS_READ",
    "{ taxRates { id } }": "SETTINGS_READ",
    "{ fxRates { id } }": "SETTINGS_READ",
    "{ receivables { asOf } }": "REPORTS_READ",
    '{ taxReport(from: "2026-01-01", to: "2026-01-31") { to } }': "REPORTS_READ",
    "{ numberingReport(document: INVOICE) { last } }": "REPORTS_READ",
    "{ numberingReport(document: INVOICE) { series { id } } }": "SETTINGS_READ",
    "{ invoices { nodes { id } } }": "INVOICES_READ",
    '{ invoice(id: "inv_x") { id } }': "INVOICES_READ",
    '{ creditNote(id: "cn_x") { id } }': "INVOICES_READ",
    "{ creditNotes { nodes { id } } }": "INVOICES_READ",
    '{ invoiceByNumber(number: "INV-0001") { id } }': "INVOICES_READ",
    "{ customers { nodes { id } } }": "CUSTOMERS_READ",
    "{ events { nodes { id } } }": "INVOICES_READ",
    "{ invoices { nodes { events { nodes { id } } } } }": "INVOICES_READ",
    "{ webhookEndpoints { id } }": "SETTINGS_READ",
    "{ events { nodes { deliveries { nodes { id } } } } }": "SETTINGS_READ",
    '{ billingSubscription(id: "bs_x") { id } }': "INVOICES_READ",
    "{ billingSubscriptions { nodes { id } } }": "INVOICES_READ",
    '{ customer(id: "cus_x") { id } }': "CUSTOMERS_READ",
    '{ customer(id: "cus_x") { matters { nodes { id } } } }': "CUSTOMERS_READ",
    '{ customer(id: "cus_x") { invoices { nodes { id } } } }': "INVOICES_READ",
    "{ invoices { nodes { customer { name } } } }": "CUSTOMERS_READ",
    "{ invoices { nodes { matter { name } } } }": "CUSTOMERS_READ",
    "{ payments { nodes { id } } }": "PAYMENTS_READ",
    '{ payment(id: "pay_x") { id } }': "PAYMENTS_READ",
    "{ payments { nodes { allocations { invoice { id } } } } }": "INVOICES_READ",
    "{ payments { nodes { customer { id } } } }": "CUSTOMERS_READ",
    "{ invoices { nodes { payments { nodes { id } } } } }": "PAYMENTS_READ",
    "{ customers { nodes { paymentMethods { id } } } }": "PAYMENTS_READ",
    "{ customers { nodes { creditBalances { minor } } } }": "PAYMENTS_READ",
}


def scope_of(mutation: str) -> str:
    """The scope that it takes, by the longest name that it starts with."""
    return SCOPES[max((noun for noun in SCOPES if mutation.startswith(noun)), key=len)]


@pytest.mark.parametrize("mutation", acts.root("Mutation").fields)
async def test_a_mutation_is_refused_without_its_scope(
    site: Site, client: Client, mutation: str
) -> None:
    scope = scope_of(mutation)
    own = await acts.things(client)
    lesser = await with_scopes(site, client, *READS, *(set(WRITES) - {scope}))
    before = await acts.footprint(own.workspace)

    for given in (await acts.inputs(client, own))[mutation]:
        payload = await lesser.act(mutation, **given)

        [error] = payload["userErrors"]
        assert error["code"] == "FORBIDDEN"
        assert error["meta"] == {"scope": scope}
    assert await acts.footprint(own.workspace) == before


@pytest.mark.parametrize("mutation", acts.root("Mutation").fields)
async def test_a_mutation_is_done_with_its_scope_alone(
    site: Site, client: Client, mutation: str
) -> None:
    """Reading back what it changed takes no more, as WRITE holds READ."""
    scope = scope_of(mutation)
    client = await site.someone("TEST") if mutation == "testClockSet" else client
    own = await acts.things(client)
    given = (await acts.inputs(client, own))[mutation][0]
    await acts.prepare(client, own, mutation)
    if mutation == "apiKeyCreate":
        given = {**given, "scopes": ["SETTINGS_READ"]}
    alone = await with_scopes(site, client, scope, *SHOWN.get(mutation, ()))

    payload = await alone.do(mutation, acts.read_back(mutation), **given)

    assert None not in payload.values()


@pytest.mark.parametrize(("document", "scope"), READABLE.items())
async def test_a_read_is_refused_without_its_scope(
    site: Site, client: Client, document: str, scope: str
) -> None:
    lesser = await with_scopes(site, client, *(set(READS) - {scope}))

    answer = await lesser.answer(document)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert scope in error["message"]


async def test_what_one_may_not_read_is_not_there_by_its_id(site: Site, client: Client) -> None:
    own = await acts.things(client)
    lesser = await with_scopes(site, client, "CUSTOMERS_READ")

    found = await lesser.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        ids=[own.customer, own.draft, own.line, own.key, own.workspace],
    )

    assert found["nodes"] == [{"id": own.customer}, None, None, None, None]


async def test_a_payload_that_shows_too_much_is_refused_before_anything_happens(
    site: Site, client: Client
) -> None:
    own = await acts.things(client)
    lesser = await with_scopes(site, client, "INVOICES_WRITE")
    before = await acts.footprint(own.workspace)

    answer = await lesser.answer(
        """mutation($id: ID!) { invoiceVoid(input: {id: $id}) {
        invoice { customer { email } } userErrors { code } } }""",
        id=own.draft,
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await acts.footprint(own.workspace) == before


async def test_a_key_cannot_give_what_it_lacks(site: Site, client: Client) -> None:
    lesser = await with_scopes(site, client, "SETTINGS_WRITE")

    refused = await lesser.refusals(
        "apiKeyCreate", name="More", mode="LIVE", scopes=["SETTINGS_READ", "INVOICES_READ"]
    )

    assert refused == [("FORBIDDEN", ("scopes",))]


async def with_scopes(site: Site, client: Client, *scopes: str) -> Client:
    """A client of the same workspace that may do less."""
    mode = (await client.ask("{ viewer { mode } }"))["viewer"]["mode"]
    made = await client.do("apiKeyCreate", "secret", name="Lesser", mode=mode, scopes=scopes)
    return site.client(made["secret"])
