"""Inputs of acts: built once, as graphql-core coerces them, instead of converted a second time by Strawberry."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING
from typing import Any

from graphql import GraphQLField, GraphQLInputObjectType, get_named_type
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition

from plans.definitions import DEFINITION


def build_as_coerced(acts: Iterable[GraphQLField], reads: Iterable[GraphQLField]) -> None:
    """Has the inputs of acts coerced into their Python classes; those of reads stay mappings.

    Strawberry would walk each value again, and look up what each is of: with an invoice of 500
    lines that takes longer than all the rest. Raises TypeError for an input of both kinds.
    """
    wanted = dict(_inputs(acts))
    if both := wanted.keys() & dict(_inputs(reads)).keys():
        raise TypeError(f"inputs of acts and of reads alike: {sorted(both)}")
    for named in wanted.values():
        definition: StrawberryObjectDefinition = named.extensions[DEFINITION]
        definition.from_input = _as_it_is
        # As its constructor would do.
        setattr(named, "out_type", _builder(definition, named.out_type))  # noqa: B010 - a method to mypy


def _inputs(fields: Iterable[GraphQLField]) -> Iterator[tuple[str, GraphQLInputObjectType]]:
    """The input types that arguments are of, and those within them."""
    waiting = [get_named_type(given.type) for field in fields for given in field.args.values()]
    seen = set()
    while waiting:
        named = waiting.pop()
        if isinstance(named, GraphQLInputObjectType) and named.name not in seen:
            seen.add(named.name)
            waiting += [get_named_type(field.type) for field in named.fields.values()]
            yield named.name, named


def _builder(
    definition: StrawberryObjectDefinition, checked: Callable[[dict[str, Any]], Any]
) -> Callable[[dict[str, Any]], Any]:
    """Makes the input's class of coerced values, by their GraphQL names; what is left out is None
    unless the class has a default for it."""
    converter = StrawberryConfig().name_converter
    names = {converter.from_field(field): field.python_name for field in definition.fields}
    absent = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }

    def build(values: dict[str, Any]) -> Any:
        given = {names[name]: value for name, value in checked(values).items()}
        return definition.origin(**{**absent, **given})

    return build


def _as_it_is(_: type, value: Mapping[str, Any], __: Any) -> Any:
    """What was coerced is built already."""
    return value
