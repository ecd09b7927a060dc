"""Shrinking: the smallest document that still shows a difference."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from graphql import DocumentNode, Node, parse, print_ast, visit
from graphql.language import REMOVE, Visitor

REMOVABLE = ("field", "inline_fragment", "fragment_spread", "directive", "argument")


async def shrunk(text: str, name: str, differs: Callable[[str], Awaitable[bool]]) -> str:
    """The document with everything taken out of the operation that the difference doesn't need."""
    best = text
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(parse(best), name):
            try:
                progress = await differs(smaller)
            except Exception:  # noqa: BLE001 - a document that isn't valid any more shows nothing
                continue
            if progress:
                best = smaller
                break
    return best


def _smaller(document: DocumentNode, name: str) -> Iterator[str]:
    """The document without one of its parts, each in turn; the largest first."""
    parts: list[Node] = []

    class Collect(Visitor):
        def enter(self, node: Node, *_: Any) -> None:
            if node.kind in REMOVABLE:
                parts.append(node)

    visit(document, Collect())
    for part in parts:
        yield _tidy(visit(document, _Without(part)), name)


class _Without(Visitor):
    def __init__(self, part: Node) -> None:
        super().__init__()
        self.part = part

    def enter(self, node: Node, *_: Any) -> Any:
        return REMOVE if node is self.part else None

    def leave(self, node: Any, *_: Any) -> Any:
        """Nothing is left of a field or fragment whose last selection has gone."""
        chosen = getattr(node, "selection_set", None)
        is_empty = chosen is not None and not chosen.selections
        return REMOVE if is_empty and node.kind != "operation_definition" else None


def _tidy(document: DocumentNode, name: str) -> str:
    """Without other operations, and without variables and fragments that nothing uses any more."""
    kept = [node for node in document.definitions if _name(node) == name or _is_fragment(node)]
    while True:
        text = "\n".join(print_ast(node) for node in kept)
        needed = [
            n for n in kept if not _is_fragment(n) or f"...{_name(n)}" in text.replace(" ", "")
        ]
        if len(needed) == len(kept):
            break
        kept = needed
    return print_ast(visit(DocumentNode(definitions=tuple(kept)), _Variables(text)))


class _Variables(Visitor):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def leave_variable_definition(self, node: Any, *_: Any) -> Any:
        used = self.text.count(f"${node.variable.name.value}")
        return None if used > 1 else REMOVE


def _is_fragment(node: Any) -> bool:
    return bool(node.kind == "fragment_definition")


def _name(node: Any) -> str:
    return node.name.value if node.name else ""
