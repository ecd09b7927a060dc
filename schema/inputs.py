"""What all inputs share: the one argument of a mutation, and the fields that many inputs have."""

import strawberry

INPUT = strawberry.argument(description="What to do, and to what.")

KEY_DESCRIPTION = (
    "A text of your own, up to 255 characters, that makes a retry safe: the same key with the same "
    "input within 30 days gets the first answer again and changes nothing."
)
VERSION_DESCRIPTION = (
    "The version that you last read; where it has changed since, CONFLICT is answered instead."
)
