"""What the schema says of its types and fields: the table behind a type, the source behind a field."""

from collections.abc import Mapping
from typing import cast

from graphql import FieldNode, GraphQLField, GraphQLNamedType, GraphQLObjectType, get_named_type

from plans.arguments import Given, Variables, arguments_of
from plans.sources import Source, Table

DEFINITION = "strawberry-definition"
SOURCE = "source"


def source_of(definition: GraphQLField) -> Source:
    """Where the schema says that a field comes from."""
    return cast(Source, definition.extensions[DEFINITION].metadata[SOURCE])


def table_of(named: GraphQLNamedType) -> Table:
    """The table that the schema says a node type is read from."""
    return cast(Table, named.extensions[DEFINITION].origin.__table__)


def is_read(named: GraphQLNamedType) -> bool:
    """Whether a type has a table that its objects are read from."""
    definition = named.extensions.get(DEFINITION)
    return hasattr(getattr(definition, "origin", None), "__table__")


def object_of(of: GraphQLNamedType, name: str) -> GraphQLObjectType:
    """The object type that a field of an object type answers."""
    return cast(GraphQLObjectType, get_named_type(cast(GraphQLObjectType, of).fields[name].type))


class Field:
    """A selected field: the type it stands on, its definition, and the nodes that select it under one key."""

    def __init__(
        self, of: GraphQLNamedType, definition: GraphQLField, nodes: list[FieldNode]
    ) -> None:
        self.of = of
        self.definition = definition
        self.nodes = nodes
        self.named = get_named_type(definition.type)

    @property
    def object(self) -> GraphQLObjectType:
        """The object type that the field answers."""
        return cast(GraphQLObjectType, self.named)

    @property
    def table(self) -> Table:
        """The table of the node type that the field answers."""
        return table_of(self.named)

    def given(self, variables: Variables) -> Mapping[str, Given]:
        """The field's arguments that are given, or have a default, and aren't null."""
        return arguments_of(self.definition, self.nodes[0], variables)
