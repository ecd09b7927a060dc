"""Paying over HTTP: by card, by transfer, and back again."""

import asyncio
from typing import Any

import httpx2

from tests.journeys.making import card, customer, issued, line, money
from tests.site import Client, Site
from tests.verifying import wrong_for

INVOICE = """invoice { status closedBy amountDue { minor } amountPaid { minor }
    payments { totalCount nodes { id status amount { amount } } } ledger { type amount { minor } } }"""
PAYMENT = """payment { id status method gateway fee { minor } amount { amount currency }
    amountRefunded { minor } amountOverpaid { minor } nextActionUrl failureCode
    allocations { invoice { id } amount { minor } } customer { id } }"""


async def buyer(client: Client, token: str = "pm_card_visa") -> str:
    """A customer with this card."""
    customer_id = await customer(client)
    await card(client, customer_id, token)
    return customer_id


async def read(client: Client, invoice: dict[str, Any]) -> dict[str, Any]:
    """An invoice as it is now."""
    found = await client.ask(
        f"query($id: ID!) {{ invoice: node(id: $id) {{ ...I }} }} {FRAGMENT}", id=invoice["id"]
    )
    made: dict[str, Any] = found["invoice"]
    return made


FRAGMENT = (
    f"fragment I on Invoice {{ {INVOICE.removeprefix('invoice {').rstrip().removesuffix('}')} }}"
)


async def test_a_card_pays_an_invoice_and_its_refund_opens_it(
    client: Client, database: str
) -> None:
    ann = await buyer(client)
    invoice = await issued(client, customerId=ann)

    paid = await client.do("invoicePay", f"{INVOICE} {PAYMENT}", id=invoice["id"])

    assert (paid["invoice"]["status"], paid["invoice"]["closedBy"]) == ("PAID", "PAYMENT")
    payment = paid["payment"]
    assert (payment["status"], payment["method"], payment["gateway"]) == (
        *("SUCCEEDED", "CARD", "sandbox"),
    )
    assert payment["amount"] == {"amount": "100.00", "currency": "USD"}
    assert payment["allocations"] == [
        {"invoice": {"id": invoice["id"]}, "amount": {"minor": 10_000}}
    ]
    assert paid["invoice"]["payments"]["nodes"] == [
        {"id": payment["id"], "status": "SUCCEEDED", "amount": {"amount": "100.00"}}
    ]

    back = await client.do("paymentRefund", PAYMENT, id=payment["id"], amount=2_500)

    assert back["payment"]["status"] == "PARTIALLY_REFUNDED"
    assert back["payment"]["amountRefunded"] == {"minor": 2_500}
    after = await read(client, invoice)
    assert (after["status"], after["amountDue"]) == ("PARTIALLY_PAID", {"minor": 2_500})
    assert [(one["type"], one["amount"]["minor"]) for one in after["ledger"]] == [
        *(("ISSUED", 10_000), ("PAYMENT", -10_000), ("REFUND", 2_500)),
    ]
    assert await wrong_for(client, database) == set()


async def test_a_decline_says_which_payment_failed_and_why(client: Client) -> None:
    ann = await buyer(client, "pm_card_chargeDeclined")
    invoice = await issued(client, customerId=ann)

    refused = await client.act("invoicePay", PAYMENT, id=invoice["id"])

    [error] = refused["userErrors"]
    assert (error["code"], error["meta"]["failureCode"]) == ("PAYMENT_DECLINED", "card_declined")
    assert refused["payment"] is None
    found = await client.ask(
        "query($id: ID!) { payment(id: $id) { status failureCode failureMessage } }",
        id=error["meta"]["paymentId"],
    )
    assert found["payment"] == {
        "status": "FAILED",
        "failureCode": "card_declined",
        "failureMessage": "Your card was declined.",
    }
    assert (await read(client, invoice))["status"] == "OPEN"


async def test_of_many_payments_at_once_one_succeeds(client: Client, database: str) -> None:
    ann = await buyer(client)
    invoice = await issued(client, customerId=ann)
    tries = (client.act("invoicePay", PAYMENT, id=invoice["id"]) for _ in range(6))

    answers = await asyncio.gather(*tries)

    codes = sorted(error["code"] for one in answers for error in one["userErrors"])
    assert len(codes) == 5
    assert set(codes) <= {"PAYMENT_IN_PROGRESS", "INVOICE_ALREADY_PAID"}
    after = await read(client, invoice)
    assert (after["amountPaid"], after["payments"]["totalCount"]) == ({"minor": 10_000}, 1)
    assert await wrong_for(client, database) == set()


async def test_a_bank_that_asks_its_customer_is_answered_on_its_page(
    site: Site, client: Client
) -> None:
    ann = await buyer(client, "pm_card_authenticationRequired")
    invoice = await issued(client, customerId=ann)
    paid = await client.do("invoicePay", PAYMENT, id=invoice["id"])
    assert paid["payment"]["status"] == "PENDING"
    assert await client.refusals("invoicePay", id=invoice["id"]) == [
        ("PAYMENT_IN_PROGRESS", ("id",))
    ]
    assert await client.refusals("invoiceVoid", id=invoice["id"]) == [("PAYMENT_IN_PROGRESS", ())]

    await approve(site, paid["payment"]["nextActionUrl"])

    assert (await read(client, invoice))["status"] == "PAID"


async def approve(site: Site, url: str) -> httpx2.Response:
    """Does what a payer does on the sandbox's page."""
    return await site.http.post(url, data={"answer": "approve"}, headers={"origin": site.address})


async def test_a_transfer_pays_the_oldest_invoices_and_leaves_credit(
    client: Client, database: str
) -> None:
    ann = await customer(client)
    later = await issued(client, customerId=ann, dueDate="2099-02-02")
    first = await issued(client, customerId=ann, dueDate="2099-01-01")

    made = await client.do("paymentRecord", PAYMENT, **money(ann, 25_000))

    assert [one["invoice"]["id"] for one in made["payment"]["allocations"]] == [
        *(first["id"], later["id"]),
    ]
    assert made["payment"]["amountOverpaid"] == {"minor": 5_000}
    found = await client.ask(
        "query($id: ID!) { customer(id: $id) { creditBalances { amount currency } } }", id=ann
    )
    assert found["customer"]["creditBalances"] == [{"amount": "50.00", "currency": "USD"}]
    following = await issued(client, customerId=ann, lines=[line(price="80")])
    assert (await read(client, following))["amountDue"] == {"minor": 3_000}
    assert await wrong_for(client, database) == set()


async def test_allocations_say_where_it_goes_and_faults_are_at_their_place(client: Client) -> None:
    ann = await customer(client)
    one, two = [await issued(client, customerId=ann) for _ in range(2)]
    parts = [{"invoiceId": two["id"], "amount": 4_000}, {"invoiceId": one["id"], "amount": 10_001}]
    wrong = await client.refusals("paymentRecord", **money(ann, 20_000, allocations=parts))
    assert wrong == [("AMOUNT_EXCEEDS_BALANCE", ("allocations", "1", "amount"))]
    made = await client.do("paymentRecord", PAYMENT, **money(ann, 20_000, allocations=parts[:1]))
    assert made["payment"]["amountOverpaid"] == {"minor": 16_000}


async def test_fees_are_a_setting_and_lists_of_payments_are_filtered(client: Client) -> None:
    fees = [{"method": "CARD", "percent": "2.9", "fixed": 30}]
    workspace = "workspace { paymentFees { method percent fixed } }"
    changed = await client.do("workspaceUpdate", workspace, paymentFees=fees)
    assert changed["workspace"]["paymentFees"] == fees
    ann, bob = await buyer(client), await customer(client)
    invoice = await issued(client, customerId=ann)
    paid = await client.do("invoicePay", PAYMENT, id=invoice["id"])
    assert paid["payment"]["fee"] == {"minor": 320}
    recorded = await client.do("paymentRecord", PAYMENT, **money(bob))

    text = "query($f: PaymentFilter) { payments(filter: $f) { totalCount nodes { id } } }"
    own = {"status": ["SUCCEEDED"], "customerId": [bob]}
    assert (await client.ask(text, f=own))["payments"]["nodes"] == [
        {"id": recorded["payment"]["id"]}
    ]
    assert (await client.ask(text))["payments"]["totalCount"] == 2
    assert (await client.ask(text, f={"status": ["FAILED"]}))["payments"]["nodes"] == []
    none = await client.do("workspaceUpdate", workspace, paymentFees=None)
    assert none["workspace"]["paymentFees"] == []


async def test_a_customers_cards_are_shown_and_a_wrong_token_is_refused(client: Client) -> None:
    ann = await buyer(client)
    await card(client, ann, "pm_card_mastercard")
    text = "query($id: ID!) { customer(id: $id) { paymentMethods { type label isDefault } } }"
    found = await client.ask(text, id=ann)
    assert found["customer"]["paymentMethods"] == [
        {"type": "CARD", "label": "Visa ·· 4242", "isDefault": False},
        {"type": "CARD", "label": "Mastercard ·· 4444", "isDefault": True},
    ]
    wrong = await client.refusals(
        "customerAddPaymentMethod", customerId=ann, gatewayToken="tok_nothing"
    )
    assert wrong == [("INVALID_ARGUMENT", ("gatewayToken",))]
