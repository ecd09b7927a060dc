"""Whoever has a link pays its invoice, once, through whatever gateway stands behind the page."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from html import unescape

import httpx2
import pytest
from pydantic import SecretStr

from models.events import Event
from models.invoices import Invoice
from models.payments import Payment
from models.workspaces import Workspace
from tests import site as sites
from tests.journeys.making import customer, issued, line, workspace_of
from tests.server.outside import recorded_stripe
from tests.server.outside.recorded_stripe import RecordedStripe, shape
from tests.site import Client, Site
from tests.verifying import wrong_for

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GOOD, DECLINED, ASKS, LOST = (
    "4242 4242 4242 4242",
    "4000 0000 0000 0002",
    "4000 0025 0000 3155",
    "4000 0000 0000 7019",
)


class Payer:
    """A browser of a payer's, without a window."""

    def __init__(self, url: str) -> None:
        self.url = url
        agent = {"user-agent": BROWSER}
        self.http = httpx2.AsyncClient(headers=agent, follow_redirects=True, timeout=60)
        self.page = ""

    async def look(self, url: str | None = None) -> str:
        """The words of the page, which is open from now on."""
        return self._seen(await self.http.get(url or self.url))

    async def send(self, number: str = "", form: str | None = None) -> str:
        """Sends the form of the open page; the words of the page that this leads to."""
        fields = {"form": self.form if form is None else form, "number": number}
        return self._seen(await self.http.post(self.url, data=fields))

    async def press(self, answer: str) -> str:
        """Answers the bank's question on the open page."""
        return self._seen(await self.http.post(self.address, data={"answer": answer}))

    @property
    def form(self) -> str:
        return self.page.partition('name="form" value="')[2].partition('"')[0]

    @property
    def next_url(self) -> str:
        """Where the open page leads on to by itself."""
        return unescape(self.page.partition('content="0;url=')[2].partition('"')[0])

    def _seen(self, answer: httpx2.Response) -> str:
        self.address, self.page = str(answer.url), answer.text
        words = re.sub(r"</?(bdi|span|small)[^>]*>", "", self.page)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).replace("\xa0", " ").split())


@pytest.fixture
async def payer(client: Client, database: str) -> AsyncIterator[Payer]:
    """The payer of a new invoice over 100.00; whatever they do, the books balance."""
    invoice = await issued(client)
    opened = Payer(invoice["publicPayUrl"])
    await opened.look()
    yield opened
    await opened.http.aclose()
    assert await wrong_for(client, database) == set()


async def stands(client: Client) -> tuple[str, int, int]:
    """How the only invoice stands: its status, what is due and what was paid."""
    invoice = await Invoice.get(workspace_id=await workspace_of(client))
    return invoice.status, invoice.amount_due_minor, invoice.amount_paid_minor


PAID = ("PAID", 0, 10_000)
OPEN = ("OPEN", 10_000, 0)


async def test_a_good_card_pays_and_the_page_becomes_a_receipt(
    client: Client, payer: Payer
) -> None:
    said = await payer.send(GOOD)

    assert "Thank you Your payment has arrived." in said
    assert "Payments" in said
    assert await stands(client) == PAID
    told = await Event.filter(workspace_id=await workspace_of(client)).order_by("-position").first()
    assert told
    assert (told.type, told.actor) == ("invoice.paid", "pay page")
    assert "Thank you" not in await payer.look()


async def test_a_card_that_is_declined_leaves_all_as_it_was_and_another_one_pays(
    client: Client, payer: Payer
) -> None:
    said = await payer.send(DECLINED)
    assert "The card was declined, and nothing was charged." in said
    assert await stands(client) == OPEN

    assert "Thank you" in await payer.send(GOOD)
    assert await stands(client) == PAID


async def test_a_form_sent_many_times_at_once_pays_once(client: Client, payer: Payer) -> None:
    said = await asyncio.gather(*(payer.send(GOOD, payer.form) for _ in range(8)))

    assert await stands(client) == PAID
    assert all("Thank you" in words or "under way" in words for words in said)
    assert await attempts(client) == ["SUCCEEDED"]


async def test_many_pages_that_pay_at_once_pay_once(client: Client, payer: Payer) -> None:
    others = [Payer(payer.url) for _ in range(6)]
    for one in others:
        await one.look()

    await asyncio.gather(*(one.send(GOOD) for one in others))

    assert await stands(client) == PAID
    assert (await attempts(client)).count("SUCCEEDED") == 1
    for one in others:
        await one.http.aclose()


async def test_the_same_form_with_the_same_card_answers_what_it_answered(
    client: Client, payer: Payer
) -> None:
    form = payer.form
    for _ in range(3):
        assert "The card was declined" in await payer.send(DECLINED, form)
    assert await attempts(client) == ["FAILED"]

    assert "Thank you" in await payer.send(GOOD, form)


async def test_a_bank_that_asks_is_answered_on_its_own_page(client: Client, payer: Payer) -> None:
    await payer.send(ASKS)
    assert "You are being taken to the next step" in await payer.look(payer.address)
    assert "One step is left" in await payer.look()
    assert await stands(client) == OPEN

    await payer.look(f"{payer.url}?onward")
    assert "Approve the payment of $100.00?" in await payer.look(payer.next_url)
    assert "Thank you" in await payer.press("approve")
    assert await stands(client) == PAID


async def test_a_payment_that_is_not_approved_can_be_made_again(
    client: Client, payer: Payer
) -> None:
    await payer.send(ASKS)
    await payer.look(payer.next_url)
    assert "The payment was not approved, and nothing was charged." in await payer.press("refuse")
    assert await stands(client) == OPEN

    assert "Thank you" in await payer.send(GOOD)


async def test_a_charge_whose_answer_got_lost_is_found_by_looking_again(
    client: Client, payer: Payer
) -> None:
    assert "Thank you" in await payer.send(LOST)
    assert await stands(client) == PAID


async def test_what_was_paid_meanwhile_is_not_paid_again(client: Client, payer: Payer) -> None:
    other = Payer(payer.url)
    await other.look()
    await other.send(GOOD)

    assert "Paid" in await payer.send(GOOD)
    assert await attempts(client) == ["SUCCEEDED"]
    await other.http.aclose()


async def test_a_void_invoice_takes_no_money(client: Client, payer: Payer) -> None:
    read = await client.ask("{ invoices { nodes { id } } }")
    await client.do("invoiceVoid", id=read["invoices"]["nodes"][0]["id"])

    assert "Please don't pay this invoice." in await payer.send(GOOD)
    assert await attempts(client) == []
    assert "<form" not in payer.page


async def test_an_amount_that_fell_meanwhile_is_shown_and_not_charged(
    client: Client, payer: Payer
) -> None:
    await client.do("workspaceUpdate", smallBalanceLimit=10_000)
    read = await client.ask("{ invoices { nodes { id } } }")
    invoice_id = read["invoices"]["nodes"][0]["id"]
    await client.do("invoiceWriteOff", id=invoice_id, amount=4_000)

    said = await payer.send(GOOD)

    assert "The amount has changed" in said
    assert "Pay $60.00" in said
    assert await attempts(client) == []
    assert "Thank you" in await payer.send(GOOD)


async def test_a_fee_is_charged_on_top_and_kept_apart(client: Client, site: Site) -> None:
    place = await workspace_of(client)
    fees = {"CARD": {"percent": "2.9", "fixed_minor": 30}}
    await Workspace.filter(workspace_id=place, id=place).update(payment_fees=fees)
    payer = Payer((await issued(client))["publicPayUrl"])
    assert "Card fee $3.20 To pay $103.20" in await payer.look()

    assert "Card · Card fee $3.20 $100.00" in await payer.send(GOOD)

    assert await stands(client) == PAID
    [payment] = await made(client)
    assert (payment.amount_minor, payment.fee_minor) == (10_000, 320)
    await payer.http.aclose()


async def test_a_link_that_was_renewed_takes_no_money(client: Client, payer: Payer) -> None:
    read = await client.ask("{ invoices { nodes { id } } }")
    renewed = await client.do(
        "invoiceRotatePayLink",
        "invoice { publicPayUrl }",
        id=read["invoices"]["nodes"][0]["id"],
    )

    assert "There is no invoice here" in await payer.send(GOOD)
    payer.url = renewed["invoice"]["publicPayUrl"]
    await payer.look()
    assert "Thank you" in await payer.send(GOOD)


async def test_a_test_invoice_is_paid_in_the_sandbox(site: Site) -> None:
    client = await site.someone("TEST")
    payer = Payer((await issued(client))["publicPayUrl"])

    assert "This is a test invoice. No real money is taken for it." in await payer.look()
    assert "Thank you" in await payer.send(GOOD)
    await payer.http.aclose()


@pytest.fixture
def stripe() -> Iterator[RecordedStripe]:
    with recorded_stripe.running() as opened:
        yield opened


@pytest.fixture
async def stripe_site(site: Site, stripe: RecordedStripe) -> AsyncIterator[Site]:
    """The server with GATEWAY=stripe."""
    given = {
        "gateway": "stripe",
        "stripe_api_key": SecretStr("sk_test_51abc"),
        "stripe_webhook_secret": SecretStr("whsec_abc"),
        "stripe_api_base": stripe.address,
    }
    async with sites.opened(site.settings.model_copy(update=given)) as opened:
        yield opened


async def test_with_stripe_the_payer_pays_there_and_comes_back(
    stripe_site: Site, stripe: RecordedStripe
) -> None:
    client = await stripe_site.someone()
    ada = await customer(client, name="Ada", locale="en-GB")
    lines = [line("Will", 1, "2694.85")]
    payer = Payer((await issued(client, customerId=ada, lines=lines))["publicPayUrl"])
    session = shape("checkout_session")
    stripe.will("POST /v1/checkout/sessions", session)
    stripe.will(f"GET /v1/checkout/sessions/{session['id']}", session)

    assert "You pay on Stripe's secure page" in await payer.look()
    await payer.send()
    assert payer.next_url == session["url"]
    assert "One step is left" in await payer.look()

    stripe.answers.pop(f"GET /v1/checkout/sessions/{session['id']}")
    paid = {**session, "status": "complete", "payment_status": "paid"}
    paid["payment_intent"] = shape("payment_intent")
    stripe.will(f"GET /v1/checkout/sessions/{session['id']}", paid)
    back = stripe.asked[0].fields["success_url"]
    assert "Thank you" in await payer.look(back)
    assert await stands(client) == ("PAID", 0, 269_485)
    await payer.http.aclose()


async def test_while_stripe_refuses_the_page_says_so_and_nothing_is_charged(
    stripe_site: Site, stripe: RecordedStripe
) -> None:
    client = await stripe_site.someone()
    payer = Payer((await issued(client))["publicPayUrl"])
    stripe.will("POST /v1/checkout/sessions", recorded_stripe.failure("amount_too_small"), 400)

    await payer.look()
    assert "The payment could not be made, and nothing was charged." in await payer.send()
    assert await stands(client) == OPEN
    await payer.http.aclose()


async def made(client: Client) -> list[Payment]:
    """All payments of the client's workspace."""
    return await Payment.filter(workspace_id=await workspace_of(client)).order_by("id")


async def attempts(client: Client) -> list[str]:
    """How every payment of the client's workspace stands."""
    return [payment.status for payment in await made(client)]
