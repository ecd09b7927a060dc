"""Inputs of any shape that the schema allows: mostly sensible, here and there as odd as can be."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    is_required_input_field,
)
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.fuzz.spellings import TAKEN

SENSIBLE: Mapping[str, SearchStrategy[Any]] = {
    "Decimal": st.decimals(0, 1000, places=2).map(lambda number: format(number, "f")),
    "MinorUnits": st.integers(0, 20_000),
    "Date": st.sampled_from(["2020-01-01", "2026-12-31", "2099-12-31"]),
    "DateTime": st.sampled_from(["2020-01-01T00:00:00Z", "2099-12-31T00:00:00Z"]),
    "DueDate": st.sampled_from(["2099-12-31", "2099-12-31T12:00:00Z"]),
    "CurrencyCode": st.sampled_from(["USD", "EUR", "JPY", "KWD"]),
    "Int": st.integers(-1, 100),
}
Path = tuple[str, ...]


class Named(NamedTuple):
    """The id of a thing of a kind: which one, is known when it is there."""

    prefix: str
    place: int


class Inputs:
    """Values of a mutation's input. `known` are sensible values by path; things are of these kinds.

    They depend on nothing that is made while they are tried, so that each can be made again.
    """

    def __init__(self, prefixes: Sequence[str], known: Mapping[Path, Sequence[Any]]) -> None:
        self._prefixes, self._known = prefixes, known

    def of(self, wanted: GraphQLInputType, path: Path = ()) -> SearchStrategy[Any]:
        """Values of this type, null where it may be."""
        if isinstance(wanted, GraphQLNonNull):
            return self._present(wanted.of_type, path)
        return often(self._present(wanted, path), st.none())

    def _present(self, wanted: Any, path: Path) -> SearchStrategy[Any]:
        if isinstance(wanted, GraphQLList):
            return st.lists(self.of(wanted.of_type, path), max_size=3)
        if isinstance(wanted, GraphQLEnumType):
            return st.sampled_from(list(wanted.values))
        if isinstance(wanted, GraphQLScalarType):
            return self._scalar(wanted.name, path)
        assert isinstance(wanted, GraphQLInputObjectType)
        return self._one_of(wanted, path) if wanted.is_one_of else self._object(wanted, path)

    def _scalar(self, name: str, path: Path) -> SearchStrategy[Any]:
        known = self._known.get(path, ())
        if name == "ID":
            right = sorted({one.partition("_")[0] for one in known} & set(self._prefixes))
            places = st.integers(0, 9)
            usual = st.builds(Named, st.sampled_from(right or self._prefixes), places)
            return often(
                usual, st.builds(Named, st.sampled_from(self._prefixes), places) | TAKEN["ID"]
            )
        if known:
            return often(st.sampled_from(known), TAKEN[name])
        return often(SENSIBLE.get(name, TAKEN[name]), TAKEN[name])

    def _object(self, wanted: GraphQLInputObjectType, path: Path) -> SearchStrategy[Any]:
        fields = {name: self.of(field.type, (*path, name)) for name, field in wanted.fields.items()}
        required = {
            name: fields[name]
            for name, field in wanted.fields.items()
            if is_required_input_field(field)
        }
        optional = {name: often(one, one) for name, one in fields.items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)

    def _one_of(self, wanted: GraphQLInputObjectType, path: Path) -> SearchStrategy[Any]:
        return st.one_of(
            *(
                st.fixed_dictionaries({name: self._present(field.type, (*path, name))})
                for name, field in wanted.fields.items()
            )
        )


def often(usual: SearchStrategy[Any], odd: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Nearly always the one, seldom the other."""
    return st.integers(0, 9).flatmap(lambda drawn: odd if drawn == 0 else usual)
