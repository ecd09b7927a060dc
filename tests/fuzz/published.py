"""The schema as it is published: what a stranger has of it."""

from pathlib import Path

from graphql import GraphQLObjectType, build_schema

CHECKOUT = Path(__file__).resolve().parents[2]
SCHEMA = build_schema((CHECKOUT / "schema" / "schema.graphql").read_text())


def root(name: str) -> GraphQLObjectType:
    """Query, Mutation or Subscription."""
    found = SCHEMA.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found
