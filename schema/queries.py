"""The queries: the root of all reads."""

import strawberry

from plans import sources
from plans.rows import column
from schema.api_keys import ApiKey
from schema.billing_subscriptions import BillingSubscription
from schema.connections import Connection
from schema.credit_notes import CreditNoteQueries
from schema.customers import CUSTOMER_CONDITIONS, Customer
from schema.events import EVENT_ARGUMENTS, EVENT_CONDITIONS, EVENT_ORDERS, Event
from schema.exports import ExportQueries
from schema.fields import argument, by_id, field, page
from schema.fx_rates import FxRateQueries
from schema.invoices.filters import INVOICE_ARGUMENTS, INVOICE_CONDITIONS, INVOICE_ORDERS
from schema.invoices.previews import PreviewQueries
from schema.invoices.types import Invoice
from schema.nodes import Node
from schema.ordering import BY_CREATION
from schema.payments import PaymentQueries
from schema.reports import ReportQueries
from schema.tax_rates import TaxRateQueries
from schema.viewers import Viewer
from schema.webhooks import WebhookEndpoint


@strawberry.type(
    description="All reads. What is unknown, or another workspace's, is null. Root fields are "
    "nullable, so that a fault in one leaves the others' answers; lists alone are not: a fault in "
    "one of them leaves nothing."
)
class Query(
    PreviewQueries,
    PaymentQueries,
    CreditNoteQueries,
    TaxRateQueries,
    FxRateQueries,
    ReportQueries,
    ExportQueries,
):
    """Each field is one SQL statement."""

    node: Node | None = field(
        sources.AnyNode(),
        "Any object by its global id.",
        argument("id", strawberry.ID, "Its global id."),
    )
    nodes: list[Node | None] = field(
        sources.AnyNodes(),
        "Objects by their global ids, in the same order; null for each unknown one. At most 100.",
        argument("ids", list[strawberry.ID], "Their global ids."),
    )
    viewer: Viewer | None = field(sources.Asking(), "Who is asking.", null_on_fault_alone=True)
    invoice: Invoice | None = by_id("An invoice.")
    invoice_by_number: Invoice | None = field(
        sources.ByColumn("number", "number"),
        "An invoice by the number that people call it by.",
        argument("number", str, "Such as INV-0042; letter case counts."),
    )
    invoices: Connection[Invoice] | None = page(
        "Invoices, newest first unless ordered otherwise.",
        INVOICE_ORDERS,
        conditions=INVOICE_CONDITIONS,
        arguments=INVOICE_ARGUMENTS,
    )
    customer: Customer | None = by_id("A customer.")
    customers: Connection[Customer] | None = page(
        "Customers, newest first.",
        BY_CREATION,
        conditions=CUSTOMER_CONDITIONS,
        arguments={
            **argument("search", str | None, "Text in the name or e-mail, letter case aside."),
            **argument(
                "include_archived", bool | None, "Whether to list archived ones too.", False
            ),
        },
    )
    billing_subscription: BillingSubscription | None = by_id("A billing subscription.")
    billing_subscriptions: Connection[BillingSubscription] | None = page(
        "Billing subscriptions, newest first.", BY_CREATION
    )
    events: Connection[Event] | None = page(
        "What happened, the latest first.",
        EVENT_ORDERS,
        "POSITION",
        conditions=EVENT_CONDITIONS,
        arguments=EVENT_ARGUMENTS,
    )
    api_keys: list[ApiKey] = field(
        sources.All(column("created_at")), "The keys of this workspace and mode, oldest first."
    )
    webhook_endpoints: list[WebhookEndpoint] = field(
        sources.All(column("created_at")), "Where events are sent to, oldest first."
    )
