"""Nothing reads a clock by itself: what time it is comes from whoever calls."""

import ast
import re

from tests.house.test_house import each, name_of, text_files

PRODUCT = ("domain/", "models/", "plans/", "resolvers/", "schema/", "server/")
# The clock itself, and the one look at it that only sorts: ids of rows.
MAY = {"server/clock.py", "domain/identifiers.py"}
READS = {"now", "utcnow", "today"}
OF = {"datetime", "date", "time", "pendulum"}
SQL = re.compile(
    r"\b(now\(\)|current_timestamp|current_date|localtimestamp|clock_timestamp\(|statement_timestamp\()",
    re.IGNORECASE,
)


def may_not(place: str) -> bool:
    path = place.partition(":")[0]
    return path.startswith(PRODUCT) and path not in MAY


def test_no_module_reads_a_clock_but_the_clock() -> None:
    """time.monotonic and its kind are no clocks: they tell how long, not when."""
    found = [
        f"{place} {ast.unparse(node)}"
        for place, node in each(ast.Attribute)
        if (node.attr in READS or (node.attr, ast.unparse(node.value)) == ("time", "time"))
        and ast.unparse(node.value).rpartition(".")[2] in OF
    ]

    assert [place for place in found if may_not(place)] == []


def test_no_statement_reads_the_databases_clock() -> None:
    found = [
        f"{name_of(path)}:{number}"
        for path, text in text_files()
        if path.suffix == ".py"
        for number, line in enumerate(text.splitlines(), 1)
        if SQL.search(line)
    ]

    assert [place for place in found if may_not(place)] == []
