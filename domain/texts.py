"""Text that people write: trimmed, of bounded length, and storable."""

from __future__ import annotations

import re

from domain.errors import InvalidFormat, Required, TooLong

# What PostgreSQL's text cannot hold: the null character and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether the text can be kept as it is."""
    return _UNSTORABLE.search(text) is None


def storable(text: str, length_max: int) -> str:
    """What can be kept of a stranger's text: `length_max` characters at most."""
    return _UNSTORABLE.sub("", text)[:length_max]


def check_text(text: str, path: tuple[str, ...], length_max: int) -> str:
    """The text without white space around it, 1 to `length_max` characters.

    Raises Required where nothing is left, TooLong with meta {max}, or InvalidFormat, at `path`.
    """
    trimmed = text.strip()
    if not trimmed:
        raise Required("Write at least one character that is not a space.", field=path)
    if len(trimmed) > length_max:
        raise TooLong(
            f"This has {len(trimmed)} characters; {length_max} fit.",
            field=path,
            meta={"max": length_max, "length": len(trimmed)},
        )
    if not is_storable(trimmed):
        raise InvalidFormat("Remove the null character or broken character in it.", field=path)
    return trimmed


def check_optional_text(text: str | None, path: tuple[str, ...], length_max: int) -> str | None:
    """The same where blank is fine: None for nothing but white space."""
    if text is None or not text.strip():
        return None
    return check_text(text, path, length_max)
