"""Tax rates: what automatic tax is looked up in."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from plans import sources
from plans.rows import column
from resolvers import tax_rates
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.fields import computed, field, read_back, reads, scalar
from schema.inputs import INPUT, KEY_DESCRIPTION
from schema.nodes import Node
from schema.payloads import Outcome, Payload, changes, outcome, perform
from schema.scalars import CountryCode
from schema.taxes import TaxCategory


@reads("tax_rates", "txr", "SETTINGS_READ")
@strawberry.type(
    description="A tax of a country. A line with automatic tax bears those that hold on its issue "
    "date where its customer is: the most specific of region and code."
)
class TaxRate(Node):
    """Set by taxRateSet."""

    name: str = scalar("name", "Its name, as documents show it: VAT.")
    country: CountryCode = scalar("country", "Where it is due.")
    region: str | None = scalar(
        "region", "The region of the customer's address that it is for; null is the whole country."
    )
    code: str | None = scalar("code", "The line code that it is for; null is every line.")
    percent: Decimal = scalar("percent", "Its rate in percent: `8.25`.")
    category: TaxCategory = scalar("category", "What kind of tax it is.")
    valid_from: date = scalar("valid_from", "The first day on which it holds.")
    valid_to: date | None = scalar(
        "valid_to", "The last day on which it holds; null until further notice."
    )


@strawberry.type
class TaxRateQueries:
    """What can be read of tax rates."""

    tax_rates: list[TaxRate] = field(
        sources.All(column("country")), "All tax rates, by country, the oldest first."
    )


@strawberry.input(
    description="A tax rate. One of the same country, region, code, name and first day is replaced."
)
class TaxRateSetInput:
    """To end a rate, set it again with its last day."""

    name: str = strawberry.field(description="Its name, as documents show it: VAT.")
    country: CountryCode = strawberry.field(description="Where it is due.")
    region: str | None = strawberry.field(
        default=None,
        description="The region it is for, as customers' addresses write it; letter case aside.",
    )
    code: str | None = strawberry.field(
        default=None, description="The line code it is for; every line where left out."
    )
    percent: Decimal = strawberry.field(description="In percent: 8.25 is 8.25%.")
    category: TaxCategory | None = strawberry.field(
        default=TaxCategory.STANDARD, description="What kind of tax; all but STANDARD have 0%."
    )
    valid_from: date = strawberry.field(description="The first day on which it holds.")
    valid_to: date | None = strawberry.field(
        default=None, description="The last day on which it holds; no end where left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What taxRateSet answers.")
class TaxRateSetPayload(Payload):
    """The rate."""

    tax_rate: TaxRate | None = read_back("The tax rate as it is now; null where refused.")


@strawberry.type
class TaxRateMutations:
    """What can be done to tax rates."""

    @computed(
        description="Set a tax rate of a country or a region. Drafts follow when they are saved, "
        "finalized or recomputed; issued invoices keep what they were issued with.",
        takes="SETTINGS_WRITE",
    )
    async def tax_rate_set(
        self, info: strawberry.Info, input: Annotated[TaxRateSetInput, INPUT]
    ) -> TaxRateSetPayload | None:
        """Sets a rate."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            given = changes(input, "idempotency_key")
            return outcome({"tax_rate": await tax_rates.set_rate(caller, given, once=once)})

        return await perform(info, TaxRateSetPayload, input, act)
