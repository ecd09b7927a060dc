"""Text that people write: trimmed, bounded, storable."""

from __future__ import annotations

import pytest

from domain.errors import InvalidFormat, Required, TooLong
from domain.texts import check_optional_text, check_text, storable

HERE = ("name",)


def test_text_loses_the_white_space_around_it_alone() -> None:
    assert check_text(" \t Ada  Lovelace\n", HERE, 20) == "Ada  Lovelace"


def test_its_length_is_what_is_left() -> None:
    assert check_text("  abcde  ", HERE, 5) == "abcde"
    with pytest.raises(TooLong) as caught:
        check_text("abcdef", HERE, 5)
    assert caught.value.meta == {"max": 5, "length": 6}
    assert caught.value.field == HERE


def test_nothing_but_white_space_is_nothing() -> None:
    with pytest.raises(Required):
        check_text("\u2003 ", HERE, 5)
    assert check_optional_text("\u2003 ", HERE, 5) is None
    assert check_optional_text(None, HERE, 5) is None
    assert check_optional_text(" a ", HERE, 5) == "a"


@pytest.mark.parametrize("text", ["a\x00", "\x00", "\ud800", "x\udfff"])
def test_what_the_database_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidFormat):
        check_text(text, HERE, 5)


def test_every_script_is_welcome() -> None:
    for text in ("株式会社", "شركة", "🧾", "line\nbreak"):
        assert check_text(text, HERE, 20) == text


def test_of_what_strangers_say_the_storable_part_is_kept() -> None:
    assert storable("no \x00route \ud800to \U0001f600 host", 15) == "no route to \U0001f600 h"
