"""A bearer token is read from its header in one way, wherever it is asked for."""

import pytest

from server.bearer import token_of


@pytest.mark.parametrize("header", ["Bearer x y", "bearer x y", "BEARER  x y "])
def test_the_scheme_is_no_matter_of_case_and_blanks_around_a_token_are_none_of_it(
    header: str,
) -> None:
    assert token_of(header) == "x y"


@pytest.mark.parametrize("header", ["", "Bearer", "Basic x", "Digest x", "x"])
def test_another_scheme_carries_no_token(header: str) -> None:
    assert token_of(header) is None


def test_a_scheme_without_a_token_carries_an_empty_one() -> None:
    assert token_of("Bearer ") == ""
