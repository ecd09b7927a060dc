"""The mutations: all that changes anything."""

import strawberry

from schema.access_tokens import AccessTokenMutations
from schema.api_keys import ApiKeyMutations
from schema.billing_subscriptions import BillingSubscriptionMutations
from schema.credit_notes import CreditNoteMutations
from schema.customers import CustomerMutations
from schema.fx_rates import FxRateMutations
from schema.invoices.losses import LossMutations
from schema.invoices.mutations import InvoiceMutations
from schema.invoices.pay_links import PayLinkMutations
from schema.invoices.recomputing import RecomputingMutations
from schema.matters import MatterMutations
from schema.payment_methods import PaymentMethodMutations
from schema.payments import PaymentMutations
from schema.tax_rates import TaxRateMutations
from schema.test_clocks import TestClockMutations
from schema.webhooks import WebhookMutations
from schema.workspaces import WorkspaceMutations


@strawberry.type(
    description="All that changes anything. A refusal is answered in userErrors, and then nothing "
    "has changed. Payloads are nullable, so that a fault in one leaves the others' answers."
)
class Mutation(
    InvoiceMutations,
    RecomputingMutations,
    LossMutations,
    CreditNoteMutations,
    PayLinkMutations,
    PaymentMutations,
    CustomerMutations,
    PaymentMethodMutations,
    MatterMutations,
    BillingSubscriptionMutations,
    WorkspaceMutations,
    ApiKeyMutations,
    WebhookMutations,
    TaxRateMutations,
    FxRateMutations,
    TestClockMutations,
    AccessTokenMutations,
):
    """One act each."""
