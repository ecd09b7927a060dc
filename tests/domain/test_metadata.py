"""Metadata: a flat map of short strings."""

from __future__ import annotations

import pytest

from domain.errors import Refused
from domain.metadata import check_metadata


def refused(value: object) -> list[tuple[str, tuple[str, ...], object]]:
    with pytest.raises(Refused) as caught:
        check_metadata(value)
    return [(refusal.code, refusal.field, refusal.meta) for refusal in caught.value.refusals]


@pytest.mark.parametrize(
    "value",
    [{}, {"order": "6735"}, {"k" * 40: "v" * 500}, {str(n): "" for n in range(50)}, {"ключ": "✓"}],
)
def test_metadata_within_the_limits_is_kept_as_it_is(value: dict[str, str]) -> None:
    kept = check_metadata(value)

    assert kept == value
    assert kept is not value


def test_no_metadata_is_empty_metadata() -> None:
    assert check_metadata(None) == {}


@pytest.mark.parametrize("value", [[], "text", 3, True])
def test_metadata_is_an_object(value: object) -> None:
    assert refused(value) == [("INVALID_FORMAT", ("metadata",), None)]


def test_more_than_fifty_keys_are_refused() -> None:
    many = {str(n): "" for n in range(51)}

    assert refused(many) == [("METADATA_LIMIT", ("metadata",), {"max": 50})]


def test_keys_and_values_that_are_too_long_are_refused_together() -> None:
    assert refused({"k" * 41: "", "ok": "v" * 501}) == [
        ("METADATA_LIMIT", ("metadata",), {"max": 40}),
        ("METADATA_LIMIT", ("metadata", "ok"), {"max": 500}),
    ]


@pytest.mark.parametrize("text", [1, None, True, ["a"], {"nested": "b"}, "a\x00b", "\udc00"])
def test_a_value_is_text_that_can_be_kept(text: object) -> None:
    assert refused({"key": text}) == [("INVALID_FORMAT", ("metadata", "key"), None)]


@pytest.mark.parametrize("key", ["", 1, "a\x00b"])
def test_a_key_is_text_that_can_be_kept(key: object) -> None:
    assert refused({key: "value"}) == [("INVALID_FORMAT", ("metadata",), None)]
