"""The tables: Tortoise models of every noun, one module a noun, all keyed by (workspace_id, id)."""

from models.api_keys import ApiKey
from models.customers import Customer
from models.events import Event
from models.idempotency_keys import IdempotencyKey
from models.invoices import Invoice
from models.jobs import Job
from models.line_items import LineItem
from models.matters import Matter
from models.number_series import NumberCounter, NumberSeries
from models.pay_links import PayLink
from models.workspaces import Workspace

__all__ = [
    "ApiKey",
    "Customer",
    "Event",
    "IdempotencyKey",
    "Invoice",
    "Job",
    "LineItem",
    "Matter",
    "NumberCounter",
    "NumberSeries",
    "PayLink",
    "Workspace",
]
