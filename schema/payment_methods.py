"""Payment methods: what customers pay with, and what payers bear on top for each kind."""

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from plans.rows import Row
from resolvers import payments
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.enums import enum_value
from schema.fields import computed, read_back, reads, scalar
from schema.gateways import gateways_of
from schema.inputs import INPUT, KEY_DESCRIPTION
from schema.nodes import Node
from schema.payloads import Outcome, Payload, outcome, perform, uuid_of
from schema.scalars import MinorUnits

if TYPE_CHECKING:
    from schema.customers import Customer


@strawberry.enum(description="How money comes in.")
class PaymentMethodType(Enum):
    """CARD is what gateways charge."""

    CARD = enum_value("CARD", description="A credit or debit card.")
    BANK_TRANSFER = enum_value("BANK_TRANSFER", description="A transfer or direct debit.")
    CASH = enum_value("CASH", description="Cash.")
    CHEQUE = enum_value("CHEQUE", description="A cheque.")
    OTHER = enum_value("OTHER", description="Anything else.")


@reads("payment_methods", "pm", "PAYMENTS_READ", "customer_id")
@strawberry.type(description="What a customer pays with: kept at the gateway, never here.")
class PaymentMethod(Node):
    """Of one customer."""

    type: PaymentMethodType = scalar("type", "What kind it is.")
    label: str = scalar("label", "What to show for it, such as `Visa ·· 4242`.")
    is_default: bool = scalar("is_default", "Whether invoicePay charges it unless told otherwise.")


def _percent(fee: Row) -> str:
    return f"{fee.percent}::numeric"


def _fixed(fee: Row) -> str:
    return f"{fee.fixed_minor}::bigint"


@strawberry.type(description="What payers bear on top of an amount that they pay by one method.")
class PaymentFee:
    """A setting of the workspace."""

    method: PaymentMethodType = scalar("method", "The method.")
    percent: Decimal = scalar(_percent, "Of the amount, in percent: `2.9`.")
    fixed: MinorUnits = scalar(
        _fixed,
        "And this much, in the workspace's currency; left out of payments in any other.",
    )


@strawberry.input(description="What payers bear on top of an amount that they pay by one method.")
class PaymentFeeInput:
    """percent and fixed add up."""

    method: PaymentMethodType = strawberry.field(description="The method.")
    percent: Decimal | None = strawberry.field(
        default=None, description="Of the amount, in percent: 2.9. Nothing where left out."
    )
    fixed: MinorUnits | None = strawberry.field(
        default=None,
        description="In minor units of the workspace's currency. Nothing where left out.",
    )


@strawberry.input(description="A payment method to keep for a customer.")
class CustomerAddPaymentMethodInput:
    """The card itself never comes here: the gateway's front end turns it into a token."""

    customer_id: strawberry.ID = strawberry.field(description="Whose it is.")
    gateway_token: str = strawberry.field(
        description="What the gateway's own front end answered, such as `pm_…`. The sandbox takes "
        "`pm_card_visa` and other test cards."
    )
    is_default: bool | None = strawberry.field(
        default=True, description="Whether it is charged from now on unless told otherwise."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What customerAddPaymentMethod answers.")
class CustomerAddPaymentMethodPayload(Payload):
    """The new method and whose it is."""

    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = read_back(
        "Whose it is; null where refused."
    )
    payment_method: PaymentMethod | None = read_back("The new method; null where refused.")


@strawberry.type
class PaymentMethodMutations:
    """What can be done about payment methods."""

    @computed(
        description="Keep a card or another method of a customer for later payments.",
        takes="PAYMENTS_WRITE",
    )
    async def customer_add_payment_method(
        self, info: strawberry.Info, input: Annotated[CustomerAddPaymentMethodInput, INPUT]
    ) -> CustomerAddPaymentMethodPayload | None:
        """Keeps a method."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            added = await payments.add_method(
                caller,
                gateways_of(info).of(caller),
                uuid_of("cus", input.customer_id),
                input.gateway_token,
                is_default=input.is_default is not False,
                once=once,
            )
            return outcome({"customer": added.customer_id, "payment_method": added.method_id})

        return await perform(info, CustomerAddPaymentMethodPayload, input, act)
