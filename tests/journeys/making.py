"""What journeys start from: customers, lines and invoices as a client writes them."""

from typing import Any
from uuid import UUID

from domain.identifiers import decode_id
from tests.site import Client

MONEY = ("subtotal", "discount", "tax", "total")
LATE = "2099-12-31"


async def workspace_of(client: Client) -> UUID:
    """The id of a client's workspace, as the database has it."""
    found = await client.ask("{ viewer { workspace { id } } }")
    place = decode_id("wsp", found["viewer"]["workspace"]["id"])
    assert place
    return place


async def customer(client: Client, **given: Any) -> str:
    """The id of a customer who agreed to e-mail."""
    wanted = {"name": "Ann Ltd", "email": "ann@example.com", "emailConsent": "GRANTED", **given}
    made = await client.do("customerCreate", "customer { id }", **wanted)
    return str(made["customer"]["id"])


def line(
    description: str = "Work", quantity: int | str = 1, price: str = "100", **given: Any
) -> Any:
    """One line, its price in major units."""
    return {
        "description": description,
        "quantity": str(quantity),
        "unitAmount": {"decimal": price},
        **given,
    }


async def wanted(client: Client, **given: Any) -> dict[str, Any]:
    """An invoice to a new customer over one line of 100.00, due late enough."""
    customer_id = given.pop("customerId", None) or await customer(client)
    return {"customerId": customer_id, "dueDate": LATE, "lines": [line()], **given}


async def drafted(client: Client, **given: Any) -> dict[str, Any]:
    """A new draft: its id, version and lines."""
    selection = "invoice { id version status number lines { id description } }"
    made = await client.do("invoiceDraft", selection, invoice=await wanted(client, **given))
    found: dict[str, Any] = made["invoice"]
    return found


async def credited(client: Client) -> str:
    """The id of a credit note about a new invoice to a new customer."""
    invoice = await issued(client)
    made = await client.do(
        "creditNoteCreate", "creditNote { id }", invoiceId=invoice["id"], amount=100
    )
    return str(made["creditNote"]["id"])


async def issued(client: Client, **given: Any) -> dict[str, Any]:
    """A new open invoice: its id, version and number."""
    selection = "invoice { id version status number publicPayUrl }"
    made = await client.do("invoiceIssue", selection, invoice=await wanted(client, **given))
    found: dict[str, Any] = made["invoice"]
    return found


def subscription(customer_id: str, **given: Any) -> dict[str, Any]:
    """A subscription that begins late enough."""
    return {
        "customerId": customer_id,
        "interval": "MONTH",
        "startOn": LATE,
        "paymentTermsDays": 14,
        "lines": [line("Seat")],
        **given,
    }


async def subscribed(client: Client, customer_id: str, **given: Any) -> str:
    """The id of a new subscription."""
    made = await client.do(
        "billingSubscriptionCreate",
        "billingSubscription { id }",
        **subscription(customer_id, **given),
    )
    return str(made["billingSubscription"]["id"])


async def card(client: Client, customer_id: str, token: str = "pm_card_visa") -> str:
    """The id of a card that a customer pays with from now on."""
    made = await client.do(
        "customerAddPaymentMethod",
        "paymentMethod { id }",
        customerId=customer_id,
        gatewayToken=token,
    )
    return str(made["paymentMethod"]["id"])


def money(customer_id: str, cents: int = 500, **given: Any) -> dict[str, Any]:
    """Money of a customer that came by transfer."""
    return {
        "customerId": customer_id,
        "amount": cents,
        "currency": "USD",
        "method": "BANK_TRANSFER",
        **given,
    }


async def recorded(client: Client, customer_id: str) -> str:
    """The id of a payment that no invoice takes: it is in euro."""
    made = await client.do("paymentRecord", "payment { id }", **money(customer_id, currency="EUR"))
    return str(made["payment"]["id"])
