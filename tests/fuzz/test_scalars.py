"""Every scalar wherever it can stand: what is wrong is refused with its place, what is right is kept as it is."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.fuzz.conformance import FORMS
from tests.fuzz.places import VALID, Place, places, scalars
from tests.fuzz.sizes import examples
from tests.fuzz.spellings import BROKEN_TEXTS, NOT_JSON, TAKEN, WRONG
from tests.site import Client

ANSWERED_ALONE = {"JSON"}
GIVEN_ALONE = {"DueDate"}

PLACES: Mapping[str, list[Place]] = defaultdict(list)
for _place in places():
    PLACES[_place.scalar].append(_place)


def test_every_scalar_has_values_that_it_takes_and_refuses_and_a_form_in_answers() -> None:
    """Whoever adds a scalar says here what it is."""
    given_ones = scalars() - ANSWERED_ALONE

    assert set(TAKEN) == set(WRONG) == set(VALID) == set(PLACES) == given_ones
    assert set(FORMS) == scalars() - GIVEN_ALONE


@st.composite
def wrong_ones(draw: st.DrawFn) -> tuple[str, Place, Any]:
    """A scalar, a place for a value of it, and what is none."""
    scalar = draw(st.sampled_from(sorted(WRONG)))
    return scalar, draw(st.sampled_from(PLACES[scalar])), draw(WRONG[scalar])


def test_there_are_many_places() -> None:
    assert sum(map(len, PLACES.values())) > 300


@examples(250)
@given(wrong_ones())
async def test_a_wrong_value_is_refused_wherever_it_stands_and_its_place_is_said(
    client: Client, wrong: tuple[str, Place, Any]
) -> None:
    _, place, value = wrong

    answer = (await client.post(place.by_variable(value))).json()

    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    said = answer["errors"][0]["message"]
    assert "valid JSON" in said or "$given" in said
    if "$given" in said and place.steps:
        assert place.steps[-1] in said


@examples(250)
@given(wrong_ones())
async def test_a_wrong_value_in_a_document_makes_it_no_valid_document(
    client: Client, wrong: tuple[str, Place, Any]
) -> None:
    scalar, place, value = wrong
    try:
        body = place.by_literal(value)
    except ValueError:
        assume(False)

    answer = (await client.post(body)).json()

    assert "data" not in answer
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    assert codes <= {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}
    # The library's own scalars say what they were given, ours where that is.
    assert all("locations" in error or scalar in error["message"] for error in answer["errors"])


@examples(60)
@given(st.data(), st.sampled_from([*BROKEN_TEXTS, *NOT_JSON]))
async def test_what_no_json_holds_is_refused_before_anything_else(
    client: Client, drawn: st.DataObject, value: Any
) -> None:
    place = drawn.draw(st.sampled_from(PLACES[drawn.draw(st.sampled_from(sorted(PLACES)))]))

    answer = await client.post(place.by_variable(value))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
