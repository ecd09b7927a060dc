"""Node: anything with a global id."""

import strawberry

from plans import sources
from schema.fields import field


@strawberry.interface(description="Anything with a global id, to be fetched again by `node`.")
class Node:
    """What every object with an id is."""

    id: strawberry.ID = field(
        sources.Id(), "Opaque, and the same for ever: keep it as it is and read nothing from it."
    )
