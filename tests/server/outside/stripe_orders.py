"""What Stripe is asked for in tests: an order, a refund of it, and who pays."""

from dataclasses import replace
from uuid import UUID

from domain.identifiers import encode_id, new_id
from resolvers.gateways import ChargeOrder, Payer, RefundOrder

API_KEY = "sk_test_51LkdIwHu7ixNeverInALog"
WORKSPACE = UUID("019f8f4e-0000-7000-8000-000000000001")
PAYMENT = encode_id("pay", new_id())
INTENTS, SESSIONS, REFUNDS = "/v1/payment_intents", "/v1/checkout/sessions", "/v1/refunds"
INTENT = "pi_3SVaBcLkdIwHu7ix0aBcDeFg"
SESSION = "cs_test_a1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ"
BACK = "https://bill.example/pay/1"
OURS = {"billgraph_key": PAYMENT, "billgraph_workspace": str(WORKSPACE)}

ORDER = ChargeOrder(
    workspace_id=WORKSPACE,
    key=PAYMENT,
    amount_minor=269485,
    currency="USD",
    description="INV-0001",
    method="pm_1SVaBcLkdIwHu7ixOpQrStUv",
    customer="cus_TSVaBc0aBcDeFg",
    return_url=BACK,
)
ON_STRIPE_S_PAGE = replace(ORDER, method=None)
BACK_AGAIN = RefundOrder(
    workspace_id=WORKSPACE,
    key="0191d0c0-refund",
    charge_key=PAYMENT,
    charge_reference=INTENT,
    amount_minor=9485,
    currency="USD",
    reason="Sent twice",
)
ADA = Payer(WORKSPACE, "cus_0191", "Ada Lovelace", "ada@example.com")
