"""API keys: who may call, and what for."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.fields import reads, scalar
from schema.nodes import Node


@strawberry.enum(description="Real business, or a trial of it.")
class Mode(Enum):
    """A workspace is one or the other."""

    LIVE = strawberry.enum_value("LIVE", description="Real invoices, real mail, real money.")
    TEST = strawberry.enum_value(
        "TEST", description="The sandbox: test data alone, numbers that begin with TEST-."
    )


@strawberry.enum(description="What a key or a token may do. A WRITE scope holds its READ scope.")
class Scope(Enum):
    """By noun and direction."""

    INVOICES_READ = strawberry.enum_value(
        "INVOICES_READ", description="Read invoices, credit notes and their events."
    )
    INVOICES_WRITE = strawberry.enum_value(
        "INVOICES_WRITE", description="Draft, issue, send, void and credit invoices."
    )
    PAYMENTS_READ = strawberry.enum_value("PAYMENTS_READ", description="Read payments.")
    PAYMENTS_WRITE = strawberry.enum_value(
        "PAYMENTS_WRITE", description="Charge, record and refund payments."
    )
    CUSTOMERS_READ = strawberry.enum_value(
        "CUSTOMERS_READ", description="Read customers and matters."
    )
    CUSTOMERS_WRITE = strawberry.enum_value(
        "CUSTOMERS_WRITE", description="Create and change customers and matters."
    )
    REPORTS_READ = strawberry.enum_value("REPORTS_READ", description="Read reports.")
    SETTINGS_READ = strawberry.enum_value(
        "SETTINGS_READ", description="Read the workspace, its number series, keys and endpoints."
    )
    SETTINGS_WRITE = strawberry.enum_value("SETTINGS_WRITE", description="Change them.")


@reads("api_keys", "key", "SETTINGS_READ")
@strawberry.type(description="A key that programs call with. Its secret was shown once, when made.")
class ApiKey(Node):
    """Found by its hash."""

    name: str = scalar("name", "What it is for, in your words.")
    hint: str = scalar("hint", "Its first characters, to tell keys apart: `ak_live_4f2a…`")
    mode: Mode = scalar("mode", "Whether it sees real data or the sandbox's.")
    scopes: list[Scope] = scalar("scopes", "What it may do.")
    last_used_at: datetime | None = scalar(
        "last_used_at", "When it was last used, to the minute; null where never."
    )
    revoked_at: datetime | None = scalar("revoked_at", "Since when it is of no use any more.")
    created_at: datetime = scalar("created_at", "When it was made.")
