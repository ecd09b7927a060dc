"""Secrets are compared in constant time, or found by their hash: never by == or in a condition of SQL."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from tests.house.test_house import modules, name_of, tree_of

Node = TypeVar("Node", bound=ast.AST)
SERVED = ("domain/", "models/", "plans/", "resolvers/", "schema/", "server/")
SECRET = re.compile(
    r"(^|_)(secret|token|signature|digest|hexdigest|hmac|tag|mac|password|authorization|api_key)s?$"
)
KNOWN = {
    "server/graphql/trusted.py": "a document's hash is its public name",
    "resolvers/jobs.py": "a lease's token says which worker has a job, and opens nothing",
}
"""Where something that is named like a secret is none, and why."""
SIGNING_ALONE = {
    "domain/webhooks.py": "whoever is sent a message checks its signature",
    "resolvers/access_tokens.py": "joserfc checks tokens, in constant time",
}
IN_SQL = re.compile(
    r"(secret|token|signature|password)\s*(=|<>|\bIN\b|\bLIKE\b)\s*[($%]", re.IGNORECASE
)


@cache
def served() -> dict[str, ast.Module]:
    """The modules that run when requests are answered, by name."""
    found = {name_of(path): tree_of(path) for path in modules()}
    return {name: tree for name, tree in found.items() if name.startswith(SERVED)}


def each(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    """Every such node of theirs, with its module's name."""
    for name, tree in served().items():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield name, node


def names_in(node: ast.AST) -> set[str]:
    """The names that code is made of: variables, attributes, and functions that are called."""
    found = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return found | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


def test_no_secret_is_compared_by_equality() -> None:
    """What is compared with a constant, such as a number or None, gives nothing away."""
    compared = [
        (name, node)
        for name, node in each(ast.Compare)
        if any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        and not any(isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
    ]
    bare = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, node in compared
        if name not in KNOWN and any(map(SECRET.search, names_in(node)))
    ]

    assert len(compared) > 50
    assert bare == []


def test_no_statement_finds_anything_by_a_secret_itself() -> None:
    """By its hash alone: how long an index takes tells how much of a text is right."""
    found = [
        f"{name}:{node.lineno} {match[0]}"
        for name, node in each(ast.Constant)
        if isinstance(node.value, str)
        and (match := IN_SQL.search(node.value))
        and name not in KNOWN
    ]

    assert found == []


def test_who_makes_an_hmac_to_check_another_compares_them_in_constant_time() -> None:
    making = {
        name for name, node in each(ast.Import) if "hmac" in [alias.name for alias in node.names]
    }
    comparing = {name for name in making if "compare_digest" in names_in(served()[name])}

    assert making - comparing == {*SIGNING_ALONE}
