"""The subscriptions: what is told as it happens."""

import strawberry

from plans import sources
from plans.filters import Condition
from plans.rows import column
from schema.events import Event, EventType, of_subject, of_types
from schema.fields import argument, field

EVENTS_TOLD: dict[str, Condition] = {"type": of_types, "subjectId": of_subject}


@strawberry.type(
    description="What is told as it happens, over graphql-transport-ws or as server-sent events. Each "
    "event comes once and in the order of commits."
)
class Subscription:
    """Each field follows one table."""

    events: Event = field(
        sources.Following(column("position"), EVENTS_TOLD),
        "Every event of the workspace as it commits, or of one subject. After a break, name the last "
        "one that you saw: nothing is left out, on whichever server you come back.",
        {
            **argument("type", list[EventType] | None, "Of any of these types."),
            **argument("subject_id", strawberry.ID | None, "Of this object."),
            **argument(
                "after",
                strawberry.ID | None,
                "Everything since this event, then what is new; what is new alone where left out.",
            ),
        },
    )
