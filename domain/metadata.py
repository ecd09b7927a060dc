"""Metadata: the caller's own keys and values on our things, a flat map of strings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.errors import InvalidFormat, MetadataLimit, Refusal, refuse_any
from domain.limits import METADATA_KEY_LENGTH_MAX, METADATA_KEYS_MAX, METADATA_VALUE_LENGTH_MAX
from domain.texts import is_storable


def check_metadata(value: object, path: tuple[str, ...] = ("metadata",)) -> dict[str, str]:
    """The metadata, where it is a flat object of strings within the limits; None is no metadata.

    At most 50 keys of at most 40 characters, values of at most 500. Raises InvalidFormat for
    another shape, else Refusals of MetadataLimit (meta {max}) and InvalidFormat, all under `path`.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidFormat("Metadata is a JSON object of strings.", field=path)
    refuse_any(list(_faults(value, path)))
    return dict(value)


def _faults(entries: Mapping[object, object], path: tuple[str, ...]) -> Iterator[Refusal]:
    if len(entries) > METADATA_KEYS_MAX:
        yield _limit(f"{len(entries)} keys; {METADATA_KEYS_MAX} fit.", path, METADATA_KEYS_MAX)
        return
    for key, text in entries.items():
        yield from _key_faults(key, path)
        yield from _value_faults(text, (*path, str(key)[:METADATA_KEY_LENGTH_MAX]))


def _key_faults(key: object, path: tuple[str, ...]) -> Iterator[Refusal]:
    if not isinstance(key, str) or not key or not is_storable(key):
        yield InvalidFormat("A key is text of at least one character.", field=path)
    elif len(key) > METADATA_KEY_LENGTH_MAX:
        shown = key[:METADATA_KEY_LENGTH_MAX]
        too_long = f"The key {shown}… has {len(key)} characters; {METADATA_KEY_LENGTH_MAX} fit."
        yield _limit(too_long, path, METADATA_KEY_LENGTH_MAX)


def _value_faults(text: object, path: tuple[str, ...]) -> Iterator[Refusal]:
    if not isinstance(text, str):
        yield InvalidFormat("A value is text; write numbers in quotes.", field=path)
    elif not is_storable(text):
        yield InvalidFormat("Remove the null character or broken character in it.", field=path)
    elif len(text) > METADATA_VALUE_LENGTH_MAX:
        too_long = f"This has {len(text)} characters; {METADATA_VALUE_LENGTH_MAX} fit."
        yield _limit(too_long, path, METADATA_VALUE_LENGTH_MAX)


def _limit(message: str, path: tuple[str, ...], limit: int) -> MetadataLimit:
    return MetadataLimit(message, field=path, meta={"max": limit})
