"""User errors: what a mutation refuses, with a code for programs and a path for forms."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import strawberry

from domain.errors import REFUSALS, Refusal
from schema.enums import enum_value
from schema.scalars import JSON

# The members are the domain's own list of refusals, which no type checker can follow.
_made: Any = Enum
_CODES: Any = _made(
    "ErrorCode",
    {code: enum_value(code, description=refusal.description) for code, refusal in REFUSALS.items()},
)
ErrorCode: Any = strawberry.enum(
    _CODES, description="Why something was refused. Values may be added."
)


@strawberry.type(
    description="A refusal that the caller can act on. Mutations never answer one as a top-level "
    "error."
)
class UserError:
    """One refusal of the domain, as clients see it."""

    code: ErrorCode = strawberry.field(description="What is wrong, for programs.")
    message: str = strawberry.field(
        description="What is wrong and what to do about it, for people."
    )
    field: list[str] = strawberry.field(
        description='Path into the input: `["invoice", "lines", "0", "quantity"]`. Empty where it '
        "is about no single field."
    )
    meta: JSON | None = strawberry.field(
        description='What a program needs to react, such as `{"max": 1567}`.'
    )


def user_errors(refusals: Sequence[Refusal]) -> list[UserError]:
    """The refusals as a payload answers them."""
    return [
        UserError(
            code=ErrorCode[refusal.code],
            message=refusal.message,
            field=list(refusal.field),
            meta=None if refusal.meta is None else JSON(refusal.meta),
        )
        for refusal in refusals
    ]
