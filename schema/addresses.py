"""Addresses of customers and of workspaces."""

import strawberry

from schema.fields import scalar
from schema.scalars import CountryCode


@strawberry.type(description="A postal address.")
class Address:
    """Kept as one JSON object on its owner's row."""

    line1: str = scalar("line1", "Street and number, or what stands in for them.")
    line2: str | None = scalar("line2", "Whatever else the first line has no room for.")
    city: str = scalar("city", "City or town.")
    region: str | None = scalar("region", "State, province or county; tax rates may depend on it.")
    postal_code: str | None = scalar("postal_code", "Postal or ZIP code.")
    country: CountryCode = scalar("country", "Country; tax rates depend on it.")


@strawberry.input(description="A postal address.")
class AddressInput:
    """The same, as it is given."""

    line1: str = strawberry.field(description="Street and number, or what stands in for them.")
    line2: str | None = strawberry.field(
        default=None, description="Whatever else the first line has no room for."
    )
    city: str = strawberry.field(description="City or town.")
    region: str | None = strawberry.field(
        default=None, description="State, province or county; tax rates may depend on it."
    )
    postal_code: str | None = strawberry.field(default=None, description="Postal or ZIP code.")
    country: CountryCode = strawberry.field(description="Country; tax rates depend on it.")
