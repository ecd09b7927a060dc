"""The rules of the house that a program can check, over every file that git tracks."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

CHECKOUT = Path(__file__).resolve().parents[2]
LINES_MAX = 400
ROOMS = ("domain", "models", "plans", "resolvers", "schema", "server", "tests", "bench")
VAGUE = {
    *("utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"),
    *("process", "handle", "data"),
}
VAGUE_ENDING = re.compile(r"(Manager|Helper|Utils?|Handler|Processor|Data)$")
OPENING = re.compile(r"[A-Z0-9/`].{8,}[.:]")
# A unit stands last: ms_timeout hides it.
UNIT_FIRST = re.compile(r"^(s|ms|us|seconds|minor|bytes)_\w+$", re.IGNORECASE)
UNSAFE = {"in_transaction", "save", "get_or_create", "update_or_create"}
BARE_EXCEPTION = re.compile(r"#\s*(type: ignore(\[[\w, -]+\])?|noqa(: [A-Z0-9, ]+)?)\s*$")
Node = TypeVar("Node", bound=ast.AST)


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (CHECKOUT / name for name in listed.stdout.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def modules() -> list[Path]:
    """Our Python files; migrations are written by a program and never changed again."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py"
        and path.relative_to(CHECKOUT).parts[0] in ROOMS
        and "migrations" not in path.parts
    ]


def text_files() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            yield path, content.decode()


def name_of(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), name_of(path))


def each(kind: type[Node] | tuple[type[Node], ...]) -> Iterator[tuple[str, Node]]:
    """Every such node of every module, with the place to say where it is."""
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, kind):
                yield f"{name_of(path)}:{getattr(node, 'lineno', 1)}", node


def test_imports_run_one_way_and_only_outside_talks_to_strangers() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_a_module_opens_with_a_sentence_that_says_what_it_is_for() -> None:
    first_lines = {
        name_of(path): (ast.get_docstring(tree_of(path)) or "").partition("\n")[0]
        for path in modules()
    }

    without = [name for name, line in first_lines.items() if not OPENING.fullmatch(line)]

    assert without == []


def test_a_file_stays_within_400_lines() -> None:
    long = [name_of(path) for path in modules() if path.read_text().count("\n") > LINES_MAX]

    assert long == []


def test_files_and_classes_say_what_they_are() -> None:
    vague = [
        name_of(path)
        for path in modules()
        if VAGUE & {part.removesuffix(".py") for part in path.relative_to(CHECKOUT).parts}
    ]
    vague += [place for place, node in each(ast.ClassDef) if VAGUE_ENDING.search(node.name)]

    assert vague == []


def test_a_unit_stands_last_in_a_name() -> None:
    first = [
        f"{place} {node.id}"
        for place, node in each(ast.Name)
        if isinstance(node.ctx, ast.Store) and UNIT_FIRST.match(node.id)
    ]

    assert first == []


def test_transactions_and_writes_go_the_one_way_that_is_safe() -> None:
    """Tortoise's own transaction leaks connections; its save() writes every column by id alone."""
    unsafe = [
        f"{place} {node.module}"
        for place, node in each(ast.ImportFrom)
        if node.module == "tortoise.transactions"
    ]
    unsafe += [
        f"{place} .{node.attr}" for place, node in each(ast.Attribute) if node.attr in UNSAFE
    ]

    assert unsafe == []


def test_a_line_that_tells_of_a_fault_says_of_which_kind_it_is() -> None:
    """Many say nothing by themselves: str(TimeoutError()) is empty."""
    silent = [
        place
        for place, node in each(ast.keyword)
        if node.arg == "error" and ast.unparse(node.value).startswith("str(")
    ]

    assert silent == []


def test_an_exception_from_a_rule_gives_its_reason() -> None:
    bare = [
        f"{name_of(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if BARE_EXCEPTION.search(line)
    ]

    assert bare == []


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the business of each machine, so nothing here may pin it."""
    registries = re.compile(
        "|".join((r"pypi\." + "org", r"python" + r"hosted\.org", r"registry\.npm" + r"js\.org"))
    )

    named = [name_of(path) for path, text in text_files() if registries.search(text)]

    assert named == []


def test_text_files_end_in_one_line_break_and_hold_no_conflict_marks() -> None:
    vendored = CHECKOUT / "server" / "static"
    for path, text in text_files():
        if not text or path.is_relative_to(vendored):
            continue
        assert text.endswith("\n"), name_of(path)
        assert not re.search(r"^(<{7}|>{7}) ", text, re.MULTILINE), name_of(path)
