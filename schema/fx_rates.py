"""Exchange rates: what one currency is in another, as of an instant."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from plans import sources
from plans.arguments import Given
from plans.filters import Bind, Condition
from plans.rows import Row
from resolvers import fx_rates
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.fields import argument, computed, field, read_back, reads, scalar
from schema.inputs import INPUT, KEY_DESCRIPTION
from schema.nodes import Node
from schema.payloads import Outcome, Payload, changes, outcome, perform
from schema.scalars import CurrencyCode

LISTED_AT_MOST = 1000


@reads("fx_rates", "fxr", "SETTINGS_READ")
@strawberry.type(
    description="An exchange rate. Issuing an invoice that is shown in another currency than it is "
    "settled in locks the newest rate between the two, this way round or the other."
)
class FxRate(Node):
    """Never changed: a newer one is another."""

    base: CurrencyCode = scalar("base", "The currency that it is the price of.")
    quote: CurrencyCode = scalar("quote", "The currency that the price is in.")
    rate: Decimal = scalar("rate", "Units of quote for one unit of base: `1.0842`.")
    source: str = scalar("source", "Who says so: MANUAL, ECB, or what you named.")
    as_of: datetime = scalar("as_of", "When it was so.")


def _is(name: str) -> Condition:
    def condition(row: Row, given: Given, bind: Bind) -> str:
        return f"{getattr(row, name)} = {bind(given, 'text')}"

    return condition


@strawberry.type
class FxRateQueries:
    """What can be read of exchange rates."""

    fx_rates: list[FxRate] = field(
        sources.All(
            lambda rate: f"{rate.as_of} DESC",
            conditions={"base": _is("base"), "quote": _is("quote")},
            at_most=LISTED_AT_MOST,
        ),
        f"Exchange rates, the newest first; the newest {LISTED_AT_MOST} where there are more.",
        {
            **argument("base", CurrencyCode | None, "Only rates of this currency."),
            **argument("quote", CurrencyCode | None, "Only rates in this currency."),
        },
    )


@strawberry.input(description="An exchange rate to add.")
class FxRateSetInput:
    """Units of quote for one unit of base."""

    base: CurrencyCode = strawberry.field(description="The currency that it is the price of.")
    quote: CurrencyCode = strawberry.field(description="The currency that the price is in.")
    rate: Decimal = strawberry.field(
        description="Units of quote for one of base: above 0, up to 12 decimals."
    )
    source: str = strawberry.field(default=fx_rates.MANUAL, description="Who says so.")
    as_of: datetime | None = strawberry.field(
        default=None, description="When it was so; now where left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What fxRateSet answers.")
class FxRateSetPayload(Payload):
    """The rate."""

    fx_rate: FxRate | None = read_back("The new rate; null where refused.")


@strawberry.type
class FxRateMutations:
    """What can be done to exchange rates."""

    @computed(
        description="Add an exchange rate. Invoices that are issued from now on lock the newest of "
        "their pair; those issued before keep theirs.",
        takes="SETTINGS_WRITE",
    )
    async def fx_rate_set(
        self, info: strawberry.Info, input: Annotated[FxRateSetInput, INPUT]
    ) -> FxRateSetPayload | None:
        """Sets a rate."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            given = changes(input, "idempotency_key")
            return outcome({"fx_rate": await fx_rates.set_rate(caller, given, once=once)})

        return await perform(info, FxRateSetPayload, input, act)
