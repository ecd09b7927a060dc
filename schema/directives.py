"""Schema directives: what the SDL tells clients beside its types."""

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="semanticNonNull",
    description="The field is null only where an error says why: clients that throw on errors may "
    "take it as never null.",
)
class SemanticNonNull:
    """As Relay, Apollo Kotlin and Apollo iOS know it; without levels it is about the field itself."""
