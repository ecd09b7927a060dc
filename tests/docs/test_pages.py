"""Every page can be followed: its links lead somewhere, its names exist, its code is valid."""

import ast
import json
import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from graphql import OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values

from schema.schema import schema
from tests.docs.reading import CHECKOUT, all_blocks, anchors, links, operations, page, pages

SECTIONS = ["Context", "Decision", "Consequences", "Alternatives", "Checked by"]
BY_PAGE = pytest.mark.parametrize(
    "path", pages(), ids=lambda path: path.relative_to(CHECKOUT).as_posix()
)


@BY_PAGE
def test_links_lead_to_what_is_there(path: Path) -> None:
    lost = []
    for _, target in links(path):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        if not found.exists() or (anchor and anchor not in anchors(found)):
            lost.append(target)

    assert lost == []


@BY_PAGE
def test_named_functions_are_in_the_files_they_link_to(path: Path) -> None:
    named = [
        (text.strip("`"), (path.parent / target).resolve())
        for text, target in links(path)
        if target.endswith(".py") and text.startswith("`")
    ]

    lost = [f"{name} in {file.name}" for name, file in named if name not in defined(file)]

    assert lost == []


def test_the_tour_names_enough_to_follow_it() -> None:
    named = [target for text, target in links(page("docs/tour.md")) if text.startswith("`")]

    assert len(named) > 50


def test_graphql_on_a_page_is_valid_and_its_variables_fit() -> None:
    for block, variables in operations():
        document = parse(block.text)
        assert validate(schema._schema, document) == [], str(block)
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        if variables is not None and operation.variable_definitions and variables:
            given = get_variable_values(schema._schema, operation.variable_definitions, variables)
            assert not isinstance(given, list), f"{block}: {given}"


def test_json_on_a_page_is_json() -> None:
    for block in all_blocks("json"):
        json.loads(block.text)


def test_decisions_have_all_their_sections() -> None:
    for path in sorted((CHECKOUT / "docs" / "decisions").glob("[0-9]*.md")):
        text = path.read_text()
        assert text.startswith(f"# {path.name[:4]}: "), path.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS, path.name


def test_the_picture_is_whole_and_names_functions_that_exist() -> None:
    picture = ElementTree.parse(CHECKOUT / "docs" / "pictures" / "one-invoice.svg")
    written = [
        (text.get("class", ""), text.text or "")
        for text in picture.iter("{http://www.w3.org/2000/svg}text")
    ]
    acts = {text for kind, text in written if kind == "code soft" and text.isidentifier()}
    places = {text for kind, text in written if kind == "code green" and text[0].islower()}
    sources = [*(CHECKOUT / "resolvers").rglob("*.py"), CHECKOUT / "models" / "writes.py"]

    assert acts == {"load", "compose", "new_link", "promised", "take", "insert"}
    assert acts <= set().union(*(defined(source) for source in sources))
    for place in places:
        assert (CHECKOUT / place).is_dir() or (CHECKOUT / f"{place}.py").is_file(), place


def test_no_test_mocks_our_own_code() -> None:
    mocking = re.compile(r"^\s*(from|import) (unittest\.|unittest import )?mock\b", re.MULTILINE)

    found = [
        path.name for path in (CHECKOUT / "tests").rglob("*.py") if mocking.search(path.read_text())
    ]

    assert found == []


@cache
def defined(path: Path) -> frozenset[str]:
    """Every name that a file defines, methods included."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(names)
