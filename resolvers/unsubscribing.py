"""Unsubscribing: whoever got a mail says that they want no more, by the link in it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.identifiers import decode_id, encode_id
from models.customers import Customer
from models.walls import looking_at
from models.workspaces import Workspace
from resolvers import customers
from resolvers.callers import system
from resolvers.signatures import is_signature, signature

FOLDER = "/unsubscribe"
PURPOSE = "unsubscribe"
RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A customer, as the page to unsubscribe needs to know them."""

    workspace_id: UUID
    customer_id: UUID
    seller_name: str
    locale: str | None
    is_mailed: bool


def path_of(secret: bytes, workspace_id: UUID, customer_id: UUID) -> str:
    """The address at which this customer, and nobody else, can be unsubscribed; it never expires."""
    ids = encode_id("wsp", workspace_id), encode_id("cus", customer_id)
    return "/".join((FOLDER, *ids, signature(secret, PURPOSE, *ids)))


async def find_subscriber(
    secret: bytes, workspace: str, customer: str, given: str
) -> Subscriber | None:
    """The customer of such an address, by its parts; None where this server did not make it."""
    if not is_signature(given, secret, PURPOSE, workspace, customer):
        return None
    workspace_id, customer_id = decode_id("wsp", workspace), decode_id("cus", customer)
    assert workspace_id is not None, "this server made it"
    with looking_at(workspace_id):
        found = await Customer.filter(workspace_id=workspace_id, id=customer_id).first()
        if found is None:
            return None
        seller = await Workspace.filter(workspace_id=workspace_id, id=workspace_id).get()
    is_mailed = found.email_consent != "WITHDRAWN"
    return Subscriber(found.workspace_id, found.id, seller.name, found.locale, is_mailed)


async def unsubscribe(subscriber: Subscriber, now: datetime) -> None:
    """Withdraws the customer's consent to e-mail; what is queued stops too. Twice is as good as once."""
    workspace_id = subscriber.workspace_id
    with looking_at(workspace_id):
        workspace = await Workspace.filter(workspace_id=workspace_id, id=workspace_id).get()
    there = workspace.test_now or now
    caller = system(workspace_id, workspace.mode, there, RECIPIENT).at(there, now)
    await customers.update(caller, subscriber.customer_id, {"email_consent": "WITHDRAWN"})
