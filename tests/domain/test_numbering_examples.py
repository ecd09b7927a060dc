"""Numbers: the golden examples of templates and the periods that they count in."""

from __future__ import annotations

import tomllib

import pytest

from domain.numbering import check_template, period_of, render
from tests.domain.reading_examples import FOLDER

EXAMPLES = {path.stem: path for path in sorted((FOLDER / "numbering").glob("*.toml"))}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_numbered_as_it_says(name: str) -> None:
    example = tomllib.loads(EXAMPLES[name].read_text(encoding="utf-8"))
    template = check_template(example["template"], example["reset"])
    is_test = example.get("mode") == "TEST"

    for row in example["expect"]:
        number = render(template, row["sequence"], row["on"], test=is_test)
        assert number == row["number"]
        assert period_of(example["reset"], row["on"]) == row["period"]
