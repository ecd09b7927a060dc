"""Payment methods: kept at the gateway, one of them the default."""

import pytest

from domain.errors import Refused
from models.payment_methods import PaymentMethod
from resolvers import payments
from resolvers.callers import Caller
from resolvers.gateways import GatewayUnreachable, KeptMethod, Payer
from resolvers.idempotency import Once
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import customer, refusals
from tests.resolvers.payments.making import sandbox


async def kept(caller: Caller) -> list[tuple[str, bool]]:
    """The workspace's methods, oldest first: what is shown of each, and whether it is the default."""
    found = await PaymentMethod.filter(workspace_id=caller.workspace_id).order_by("id")
    return [(method.label, method.is_default) for method in found]


async def test_a_customer_has_one_default(caller: Caller, gateway: SandboxGateway) -> None:
    ann = await customer(caller)
    await payments.add_method(caller, gateway, ann, "pm_card_visa")
    await payments.add_method(caller, gateway, ann, "pm_card_mastercard")
    spare = await payments.add_method(caller, gateway, ann, "pm_card_visa", is_default=False)

    assert await kept(caller) == [
        ("Visa ·· 4242", False),
        ("Mastercard ·· 4444", True),
        ("Visa ·· 4242", False),
    ]
    found = await PaymentMethod.get(id=spare.method_id)
    assert (found.type, found.gateway) == ("CARD", "sandbox")
    assert found.gateway_reference.startswith("pm_")


async def test_the_gateway_knows_a_customer_by_one_name(
    caller: Caller, gateway: SandboxGateway
) -> None:
    ann = await customer(caller)
    for _ in range(2):
        await payments.add_method(caller, gateway, ann, "pm_card_visa")
    found = await PaymentMethod.filter(customer_id=ann)
    assert len({method.gateway_customer for method in found}) == 1


async def test_the_same_key_keeps_it_once(caller: Caller, gateway: SandboxGateway) -> None:
    ann, key = await customer(caller), Once("customerAddPaymentMethod", "k", {})
    first = await payments.add_method(caller, gateway, ann, "pm_card_visa", once=key)
    assert await payments.add_method(caller, gateway, ann, "pm_card_visa", once=key) == first
    assert len(await kept(caller)) == 1


@pytest.mark.parametrize(
    ("token", "code"),
    [("pm_none", "INVALID_ARGUMENT"), (" ", "REQUIRED"), ("x" * 256, "TOO_LONG")],
)
async def test_a_token_that_is_none_is_refused(
    caller: Caller, gateway: SandboxGateway, token: str, code: str
) -> None:
    added = payments.add_method(caller, gateway, await customer(caller), token)
    assert await refusals(added) == [(code, ("gatewayToken",))]


async def test_a_strangers_customer_is_unknown(
    caller: Caller, stranger: Caller, gateway: SandboxGateway
) -> None:
    added = payments.add_method(stranger, gateway, await customer(caller), "pm_card_visa")
    assert await refusals(added) == [("NOT_FOUND", ("customerId",))]


async def test_a_gateway_that_does_not_answer_keeps_nothing(caller: Caller) -> None:
    class Silent(SandboxGateway):
        async def keep_method(self, payer: Payer, token: str) -> KeptMethod:
            raise GatewayUnreachable

    ann = await customer(caller)
    with pytest.raises(Refused) as caught:
        await payments.add_method(caller, Silent(b"", ""), ann, "pm_card_visa")
    [refusal] = caught.value.refusals
    assert (refusal.code, refusal.meta) == (
        "PAYMENT_DECLINED",
        {"failureCode": "gateway_unreachable"},
    )
    assert await kept(caller) == []
    await payments.add_method(caller, sandbox(), ann, "pm_card_visa")
