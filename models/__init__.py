"""The tables: Tortoise models of every noun, one module a noun, all keyed by (workspace_id, id)."""

from models.allowances import Allowance
from models.api_keys import ApiKey
from models.billing_subscriptions import BillingSubscription
from models.credit_notes import CreditNote, CreditNoteLine
from models.customers import Customer
from models.events import Event, EventHead
from models.fx_rates import FxRate
from models.gateway_notices import GatewayNotice
from models.idempotency_keys import IdempotencyKey
from models.invoices import Invoice
from models.jobs import Job
from models.ledger import LedgerAccount, LedgerTransfer
from models.line_items import LineItem
from models.matters import Matter
from models.number_series import NumberCounter, NumberSeries
from models.pay_links import PayLink
from models.payment_methods import PaymentMethod
from models.payments import Payment, PaymentAllocation, Refund
from models.sandbox_gateway import SandboxCard, SandboxCharge, SandboxRefund
from models.tax_rates import TaxRate
from models.webhooks import WebhookDelivery, WebhookEndpoint
from models.workspaces import Workspace

__all__ = [
    "Allowance",
    "ApiKey",
    "BillingSubscription",
    "CreditNote",
    "CreditNoteLine",
    "Customer",
    "Event",
    "EventHead",
    "FxRate",
    "GatewayNotice",
    "IdempotencyKey",
    "Invoice",
    "Job",
    "LedgerAccount",
    "LedgerTransfer",
    "LineItem",
    "Matter",
    "NumberCounter",
    "NumberSeries",
    "PayLink",
    "Payment",
    "PaymentAllocation",
    "PaymentMethod",
    "Refund",
    "SandboxCard",
    "SandboxCharge",
    "SandboxRefund",
    "TaxRate",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Workspace",
]
