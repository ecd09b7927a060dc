"""Filters that lists share: comparisons of instants, amounts and texts, and search."""

from datetime import datetime

import strawberry

from schema.scalars import MinorUnits


@strawberry.input(description="Keeps instants that satisfy all the comparisons given.")
class DateTimeFilter:
    """Compares instants."""

    eq: datetime | None = strawberry.field(default=None, description="At exactly this instant.")
    gt: datetime | None = strawberry.field(default=None, description="After this instant.")
    gte: datetime | None = strawberry.field(default=None, description="At or after it.")
    lt: datetime | None = strawberry.field(default=None, description="Before it.")
    lte: datetime | None = strawberry.field(default=None, description="At or before it.")


@strawberry.input(description="Keeps amounts that satisfy all the comparisons given.")
class MinorUnitsFilter:
    """Compares amounts of minor units, whatever the currency."""

    eq: MinorUnits | None = strawberry.field(default=None, description="Exactly this much.")
    gt: MinorUnits | None = strawberry.field(default=None, description="More than this.")
    gte: MinorUnits | None = strawberry.field(default=None, description="This much or more.")
    lt: MinorUnits | None = strawberry.field(default=None, description="Less than this.")
    lte: MinorUnits | None = strawberry.field(default=None, description="This much or less.")


@strawberry.input(description="Keeps texts that satisfy all the comparisons given.")
class StringFilter:
    """Compares texts."""

    eq: str | None = strawberry.field(default=None, description="Exactly this text.")
    in_: list[str] | None = strawberry.field(
        name="in", default=None, description="One of these texts."
    )
    starts_with: str | None = strawberry.field(
        default=None, description="A text that begins with this, letter case included."
    )


@strawberry.input(description="Keeps objects whose metadata hold this value under this key.")
class MetadataFilter:
    """One key and value."""

    key: str = strawberry.field(description="The key.")
    value: str = strawberry.field(description="The whole value under it.")


def containing(text: str) -> str:
    """The ILIKE pattern of texts that contain a text, letter case aside."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
