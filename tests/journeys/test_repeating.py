"""Clients that retry, and clients that act on what has changed meanwhile."""

import asyncio

from tests.journeys.making import customer, drafted, issued, wanted
from tests.site import Client

COUNT = "{ invoices { totalCount } customers { totalCount } }"


async def test_a_retry_with_the_same_key_gets_the_first_answer_and_changes_nothing(
    client: Client,
) -> None:
    invoice = await wanted(client)

    first = await client.do(
        "invoiceIssue", "invoice { id number }", invoice=invoice, idempotencyKey="order-17"
    )
    again = await client.do(
        "invoiceIssue", "invoice { number id status }", invoice=invoice, idempotencyKey="order-17"
    )

    assert again["invoice"] == {**first["invoice"], "status": "OPEN"}
    assert (await client.ask(COUNT))["invoices"]["totalCount"] == 1
    assert (await issued(client))["number"] == "INV-0002"


async def test_ten_retries_at_once_are_one_invoice(client: Client, patient_twins: None) -> None:
    invoice = await wanted(client)

    answers = await asyncio.gather(
        *(
            client.do(
                "invoiceIssue", "invoice { number }", invoice=invoice, idempotencyKey="order-18"
            )
            for _ in range(10)
        )
    )

    assert {answer["invoice"]["number"] for answer in answers} == {"INV-0001"}
    assert (await client.ask(COUNT))["invoices"]["totalCount"] == 1


async def test_a_key_is_for_one_input_and_one_mutation(client: Client) -> None:
    invoice = await wanted(client)
    await client.do("invoiceDraft", invoice=invoice, idempotencyKey="a")

    other = {**invoice, "notes": "Other"}
    refused = await client.refusals("invoiceDraft", invoice=other, idempotencyKey="a")
    await client.do("invoiceIssue", invoice=invoice, idempotencyKey="a")

    assert refused == [("IDEMPOTENCY_KEY_REUSED", ("idempotencyKey",))]


async def test_a_refusal_is_not_kept_so_the_key_can_be_used_again(client: Client) -> None:
    mute = await customer(client, emailConsent="UNKNOWN")
    invoice = await wanted(client, customerId=mute)

    refused = await client.refusals("invoiceSend", invoice=invoice, idempotencyKey="a")
    await client.do("customerUpdate", id=mute, emailConsent="GRANTED")
    sent = await client.do("invoiceSend", "invoice { number }", invoice=invoice, idempotencyKey="a")

    assert refused[0][0] == "EMAIL_CONSENT_MISSING"
    assert sent["invoice"]["number"] == "INV-0001"


async def test_a_key_of_another_workspace_is_another_key(client: Client, stranger: Client) -> None:
    for one in (client, stranger):
        made = await one.do(
            "invoiceIssue",
            "invoice { number }",
            invoice=await wanted(one),
            idempotencyKey="shared",
        )
        assert made["invoice"]["number"] == "INV-0001"


async def test_a_repeated_api_key_shows_its_secret_no_second_time(client: Client) -> None:
    given = {"name": "Till", "mode": "LIVE", "scopes": ["INVOICES_READ"], "idempotencyKey": "k"}

    first = await client.do("apiKeyCreate", "apiKey { id } secret", **given)
    again = await client.do("apiKeyCreate", "apiKey { id } secret", **given)

    assert first["secret"].startswith("ak_live_")
    assert again == {**first, "secret": None}


async def test_whoever_read_an_old_version_is_told_and_changes_nothing(client: Client) -> None:
    draft = await drafted(client)
    await client.do("invoiceUpdate", id=draft["id"], notes="Mine", expectedVersion=1)

    payload = await client.act(
        "invoiceUpdate", "invoice { id }", id=draft["id"], notes="Yours", expectedVersion=1
    )

    [error] = payload["userErrors"]
    assert payload["invoice"] is None
    assert error["code"] == "CONFLICT"
    assert error["meta"]["current"] == 2
    read = await client.ask("query($id: ID!) { invoice(id: $id) { notes } }", id=draft["id"])
    assert read["invoice"]["notes"] == "Mine"


async def test_of_two_who_change_the_same_version_one_wins(client: Client) -> None:
    draft = await drafted(client)

    answers = await asyncio.gather(
        *(
            client.act("invoiceUpdate", id=draft["id"], notes=f"By {who}", expectedVersion=1)
            for who in range(8)
        )
    )

    codes = [[error["code"] for error in answer["userErrors"]] for answer in answers]
    assert sorted(codes) == [[]] + [["CONFLICT"]] * 7
