"""The viewer: who is asking."""

from datetime import datetime

import strawberry

from plans import sources
from schema.api_keys import Mode, Scope
from schema.customers import Customer
from schema.fields import field, scalar
from schema.workspaces import Workspace


@strawberry.type(description="Who is asking, and what they may see.")
class Viewer:
    """Made of the caller, not of a row."""

    workspace: Workspace = field(
        sources.One(lambda asking: asking.workspace), "The workspace that the key belongs to."
    )
    scopes: list[Scope] = scalar(
        lambda asking: (
            "(SELECT coalesce(json_agg(scope ORDER BY scope), '[]'::json) "
            f"FROM unnest({asking.caller('scopes', 'text[]')}) AS scope)"
        ),
        "What the key or token may do.",
    )
    now: datetime = scalar(
        lambda asking: asking.now,
        "What time it is for this caller: the clock, or a sandbox's test clock.",
    )
    mode: Mode = scalar(
        lambda asking: asking.caller("mode", "text"), "TEST keys see test data alone."
    )
    customer: Customer | None = field(
        sources.One(lambda asking: asking.caller("customer_id", "uuid")),
        "Set where the token may see one customer only.",
    )
