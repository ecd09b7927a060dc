"""A sandbox lives in the time of its test clock: its requests, its pay pages, and the worker for it."""

from typing import Any

import pytest

from models.connections import rows
from tests.journeys.making import customer, issued, wanted
from tests.postbox import Postbox
from tests.server.test_worker import has_failed, sent_at, until
from tests.site import Client, Site, working

pytestmark = pytest.mark.usefixtures("quiet")
NEXT_YEAR = "2097-03-01T00:00:00.000000Z"
LATER = "2097-04-01T00:00:00.000000Z"
READ = "query($id: ID!) { invoice(id: $id) { isOverdue displayStatus } }"


async def test_setting_the_clock_makes_an_invoice_overdue_at_once(site: Site) -> None:
    test = await site.someone(mode="TEST")
    invoice = await issued(test, dueDate="2097-02-01")
    before = await test.ask(READ, id=invoice["id"])

    await test.do("testClockSet", now=NEXT_YEAR)

    assert before["invoice"] == {"isOverdue": False, "displayStatus": "OPEN"}
    after = await test.ask(READ, id=invoice["id"])
    assert after["invoice"] == {"isOverdue": True, "displayStatus": "OVERDUE"}
    page = await site.http.get(invoice["publicPayUrl"])
    assert "Overdue" in page.text


async def test_the_answer_and_the_rest_of_the_request_live_in_the_new_time(site: Site) -> None:
    test = await site.someone(mode="TEST")

    moved = await test.do("testClockSet", "viewer { now mode } query { viewer { now } }", now=LATER)

    assert moved["viewer"] == {"now": LATER, "mode": "TEST"}
    assert moved["query"]["viewer"] == {"now": LATER}
    assert await now_of(test) == LATER


async def test_what_happens_is_dated_by_the_test_clock(site: Site) -> None:
    test = await site.someone(mode="TEST")
    await test.do("testClockSet", now=NEXT_YEAR)

    invoice = await issued(test)

    found = await test.ask(
        "query($id: ID!) { invoice(id: $id) { issuedAt createdAt } }", id=invoice["id"]
    )
    assert found["invoice"] == {"issuedAt": NEXT_YEAR, "createdAt": NEXT_YEAR}


async def test_null_is_the_real_clock_again(site: Site) -> None:
    test = await site.someone(mode="TEST")
    before = await now_of(test)
    await test.do("testClockSet", now=LATER)

    moved = await test.do("testClockSet", "viewer { now }", now=None)

    assert before < moved["viewer"]["now"] < NEXT_YEAR
    assert before < await now_of(test) < NEXT_YEAR


async def test_other_workspaces_keep_their_time(site: Site, client: Client) -> None:
    test, other = await site.someone(mode="TEST"), await site.someone(mode="TEST")

    await test.do("testClockSet", now=LATER)

    assert await now_of(other) < NEXT_YEAR
    assert await now_of(client) < NEXT_YEAR


async def test_a_live_key_moves_no_clock(client: Client) -> None:
    assert await client.refusals("testClockSet", now=LATER) == [("FORBIDDEN", ())]


async def test_a_mail_that_failed_is_tried_again_once_the_clock_has_moved_on(
    site: Site, postbox: Postbox
) -> None:
    test = await site.someone(mode="TEST")
    await test.do("testClockSet", now=NEXT_YEAR)
    postbox.answers["moody@example.com"] = "451 try later"
    someone = await customer(test, email="moody@example.com")
    invoice = await wanted(test, customerId=someone)
    sent = await test.do("invoiceSend", "invoice { id }", invoice=invoice)
    invoice_id = sent["invoice"]["id"]

    async with working(site.settings):
        await until(has_failed, invoice_id)
        del postbox.answers["moody@example.com"]
        await test.do("testClockSet", now=LATER)
        await postbox.first("moody@example.com")

    assert await sent_at(test, invoice_id) == LATER
    [job] = await rows("SELECT attempts FROM jobs WHERE payload ->> 'invoice' = $1", invoice_id)
    assert job["attempts"] == 2


async def now_of(client: Client) -> Any:
    return (await client.ask("{ viewer { now } }"))["viewer"]["now"]
