"""Connections: pages of a list, as Relay's cursor connections say."""

from typing import Generic, TypeVar

import strawberry

from schema.nodes import Node

NodeType = TypeVar("NodeType", bound=Node)


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's PageInfo, whole."""

    has_next_page: bool = strawberry.field(description="Whether more comes after this page.")
    has_previous_page: bool = strawberry.field(description="Whether something comes before it.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first row; give it as `before` to page backward."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last row; give it as `after` to page forward."
    )


@strawberry.type(name="Edge", description="A row on a page, with its place in the list.")
class Edge(Generic[NodeType]):
    """Relay's edge."""

    node: NodeType = strawberry.field(description="The object itself.")
    cursor: str = strawberry.field(
        description="Its place in this ordering and filter; opaque, and of no use in another."
    )


@strawberry.type(name="Connection", description="A page of a list.")
class Connection(Generic[NodeType]):
    """Relay's connection, with the shortcut `nodes`."""

    edges: list[Edge[NodeType]] = strawberry.field(description="The rows with their cursors.")
    nodes: list[NodeType] = strawberry.field(description="The rows alone: `edges.node` for short.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")
    total_count: int = strawberry.field(
        description="How many rows the whole list has; counted only where it is asked for."
    )
