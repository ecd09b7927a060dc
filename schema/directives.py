"""Schema directives: what the SDL tells clients beside its types."""

from dataclasses import field

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="semanticNonNull",
    description="The field is null only where an error says why: clients that throw on errors may "
    "take it as never null. `levels` counts into lists; 0 is the field itself.",
)
class SemanticNonNull:
    """As Relay, Apollo Kotlin and Apollo iOS know it."""

    levels: list[int] = field(default_factory=lambda: [0])
