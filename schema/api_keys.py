"""API keys: who may call, and what for."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from plans.rows import Row
from resolvers import api_keys
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.enums import enum_value
from schema.fields import computed, read_back, reads, scalar
from schema.inputs import INPUT, KEY_DESCRIPTION
from schema.nodes import Node
from schema.payloads import Found, Outcome, Payload, outcome, perform, uuid_of


@strawberry.enum(description="Real business, or a trial of it.")
class Mode(Enum):
    """A workspace is one or the other."""

    LIVE = enum_value("LIVE", description="Real invoices, real mail, real money.")
    TEST = enum_value(
        "TEST", description="The sandbox: test data alone, numbers that begin with TEST-."
    )


@strawberry.enum(description="What a key or a token may do. A WRITE scope holds its READ scope.")
class Scope(Enum):
    """By noun and direction."""

    INVOICES_READ = enum_value(
        "INVOICES_READ", description="Read invoices, credit notes and their events."
    )
    INVOICES_WRITE = enum_value(
        "INVOICES_WRITE", description="Draft, issue, send, void and credit invoices."
    )
    PAYMENTS_READ = enum_value("PAYMENTS_READ", description="Read payments.")
    PAYMENTS_WRITE = enum_value("PAYMENTS_WRITE", description="Charge, record and refund payments.")
    CUSTOMERS_READ = enum_value("CUSTOMERS_READ", description="Read customers and matters.")
    CUSTOMERS_WRITE = enum_value(
        "CUSTOMERS_WRITE", description="Create and change customers and matters."
    )
    REPORTS_READ = enum_value("REPORTS_READ", description="Read reports.")
    SETTINGS_READ = enum_value(
        "SETTINGS_READ", description="Read the workspace, its number series, keys and endpoints."
    )
    SETTINGS_WRITE = enum_value("SETTINGS_WRITE", description="Change them.")


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


def key_is_live(asking: Row) -> str:
    """SQL of whether the key that someone reads with was not revoked meanwhile."""
    return (
        f"EXISTS (SELECT FROM api_keys k WHERE k.workspace_id = {asking.workspace} "
        f"AND k.id = {asking.caller('key_id', 'uuid')} AND k.revoked_at IS NULL)"
    )


@strawberry.input(description="A new API key.")
class ApiKeyCreateInput:
    """With the scopes that it needs, and no more."""

    name: str = strawberry.field(description="What it is for.")
    mode: Mode = strawberry.field(
        default=Mode.LIVE, description="TEST makes a key of the sandbox, which sees that alone."
    )
    scopes: list[Scope] = strawberry.field(
        description="What it may do: nothing that your own key may not."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which API key to revoke.")
class ApiKeyRevokeInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The key.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What apiKeyCreate answers.")
class ApiKeyCreatePayload(Payload):
    """The key and, once, its secret."""

    api_key: ApiKey | None = read_back("The new key; null where refused.")
    secret: str | None = strawberry.field(
        description="The key itself, answered this once: it is stored hashed. Null where refused, "
        "and where an idempotency key was repeated."
    )


@strawberry.type(description="What apiKeyRevoke answers.")
class ApiKeyRevokePayload(Payload):
    """The revoked key."""

    api_key: ApiKey | None = read_back("The revoked key; null where refused.")


@strawberry.type
class ApiKeyMutations:
    """What can be done to API keys."""

    @computed(
        description="Make an API key. Its secret is answered once, here. The first TEST key of a "
        "LIVE workspace makes its sandbox.",
        takes="SETTINGS_WRITE",
    )
    async def api_key_create(
        self, info: strawberry.Info, input: Annotated[ApiKeyCreateInput, INPUT]
    ) -> ApiKeyCreatePayload | None:
        """Makes a key."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            scopes = [scope.value for scope in input.scopes]
            made = await api_keys.create(caller, input.name, input.mode.value, scopes, once=once)
            return outcome({"api_key": Found(made.id, made.workspace_id)}, secret=made.secret)

        return await perform(info, ApiKeyCreatePayload, input, act)

    @computed(description="Revoke an API key: it is of no use from now on.", takes="SETTINGS_WRITE")
    async def api_key_revoke(
        self, info: strawberry.Info, input: Annotated[ApiKeyRevokeInput, INPUT]
    ) -> ApiKeyRevokePayload | None:
        """Revokes a key."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            place = await api_keys.revoke(caller, uuid_of("key", input.id), once=once)
            return outcome({"api_key": Found(place.id, place.workspace_id)})

        return await perform(info, ApiKeyRevokePayload, input, act)
