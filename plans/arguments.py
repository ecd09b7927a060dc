"""Arguments as a statement needs them: an example to build it by, and a way to read the value again at each run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLField, Undefined, ValueNode, VariableNode, visit
from graphql.language import Visitor
from graphql.utilities import value_from_ast

Variables = Mapping[str, Any]
Read = Callable[[Variables], Any]


@dataclass(frozen=True)
class Given:
    """A value that a caller gave: what it is this time, and how to read it from any run's variables."""

    example: Any
    read: Read

    def present(self) -> Iterator[str]:
        """The parts of an input object that were given and aren't null."""
        return (name for name, value in self.example.items() if value is not None)

    def part(self, name: str) -> "Given":
        """One part of an input object."""
        return Given(self.example[name], lambda variables: self.read(variables)[name])


def arguments_of(
    definition: GraphQLField, node: FieldNode, variables: Variables
) -> dict[str, Given]:
    """The arguments of a field that are given, or have a default; null is as good as left out."""
    written = {argument.name.value: argument.value for argument in node.arguments or ()}
    given = {}
    for name, argument in definition.args.items():
        one = _given(written.get(name), argument, variables)
        if one.example is None:
            one = _given(None, argument, variables)
        if one.example is not None and one.example is not Undefined:
            given[name] = one
    return given


def _given(value: ValueNode | None, argument: Any, variables: Variables) -> Given:
    default = argument.default_value
    if isinstance(value, VariableNode) and value.name.value in variables:
        name = value.name.value
        return Given(variables[name], lambda run: run[name])
    if value is None or isinstance(value, VariableNode):
        return Given(default, lambda _: default)
    if not _mentions_variable(value):
        constant = value_from_ast(value, argument.type)
        return Given(constant, lambda _: constant)

    def read(run: Variables) -> Any:
        return value_from_ast(value, argument.type, dict(run))

    return Given(read(variables), read)


def _mentions_variable(value: ValueNode) -> bool:
    found = False

    class Search(Visitor):
        def enter_variable(self, *_: Any) -> None:
            nonlocal found
            found = True

    visit(value, Search())
    return found


def shape(value: Any) -> Any:
    """What of a variable's value decides the statement: its structure, enum values and booleans, not its data."""
    if isinstance(value, Mapping):
        return tuple((name, shape(part)) for name, part in value.items())
    if isinstance(value, list):
        told = frozenset(shape(item) for item in value if isinstance(item, Mapping | Enum))
        return (list, len(value) == 1, told)
    if value is None or isinstance(value, bool | Enum):
        return value
    return type(value)
