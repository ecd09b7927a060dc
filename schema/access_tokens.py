"""Access tokens: short-lived callers, for browsers and phones."""

from datetime import datetime
from typing import Annotated

import strawberry

from resolvers import access_tokens
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.api_keys import Scope
from schema.fields import computed
from schema.inputs import INPUT
from schema.payloads import Outcome, Payload, outcome, perform, uuid_of


@strawberry.input(description="A new access token.")
class AccessTokenCreateInput:
    """For fewer scopes, or for one customer."""

    scopes: list[Scope] = strawberry.field(
        description="What it may do: some of your own scopes; READ ones alone for one customer."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="The one customer whose data it may see, and nothing else."
    )
    ttl_seconds: int | None = strawberry.field(
        default=900, description="How long it lives, from 60 to 3600 seconds."
    )


@strawberry.type(description="What accessTokenCreate answers.")
class AccessTokenCreatePayload(Payload):
    """The token, which nothing keeps."""

    token: str | None = strawberry.field(
        description="Send it as you would an API key. It can't be taken back by itself: it ends at "
        "expiresAt, or when the API key that made it is revoked. Null where refused."
    )
    expires_at: datetime | None = strawberry.field(
        description="When it ends, by the clock; null where refused."
    )


@strawberry.type
class AccessTokenMutations:
    """What makes access tokens."""

    @computed(
        description="Make a short-lived token for a browser or a phone, with fewer scopes or for "
        "one customer. It needs an API key that holds those scopes."
    )
    async def access_token_create(
        self, info: strawberry.Info, input: Annotated[AccessTokenCreateInput, INPUT]
    ) -> AccessTokenCreatePayload | None:
        """Makes a token."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            made = await access_tokens.create(
                caller,
                info.context.secret,
                caller.real_now,
                [scope.value for scope in input.scopes],
                None if input.customer_id is None else uuid_of("cus", input.customer_id),
                900 if input.ttl_seconds is None else input.ttl_seconds,
            )
            return outcome(token=made.text, expires_at=made.expires_at)

        return await perform(info, AccessTokenCreatePayload, input, act)
