"""Plans for people: a query's statements, one a root field, and none of them run."""

from pathlib import Path

import pytest

from server.plans_for_people import NoPlan, statements
from tests.server.test_cli import command

QUERY = """query Both($n: Int!) {
  newest: invoices(first: $n) { nodes { number customer { name } } }
  viewer { mode }
  __typename
  customers { totalCount }
}"""


def test_there_is_one_statement_for_each_root_field() -> None:
    found = statements(QUERY, '{"n": 3}')

    assert [key for key, _ in found] == ["newest", "viewer", "customers"]
    for _, sql in found:
        assert sql.startswith("SELECT")
        assert ";" not in sql


def test_a_statement_is_what_the_server_runs_indented_and_without_values() -> None:
    [(_, sql)] = statements('{ invoiceByNumber(number: "INV-4711") { number } }', "{}")

    assert len(sql.splitlines()) > 5
    assert "workspace_id = $" in sql
    assert "api_keys" in sql
    assert "INV-4711" not in sql


def test_variables_decide_the_statement() -> None:
    document = "query($o: InvoiceOrder) { invoices(orderBy: $o) { nodes { id } } }"

    [(_, by_number)] = statements(document, '{"o": {"field": "NUMBER", "direction": "ASC"}}')
    [(_, by_default)] = statements(document, "{}")

    assert by_number != by_default


def test_what_is_left_out_has_no_statement() -> None:
    assert statements("{ viewer @skip(if: true) { mode } __typename }", "{}") == []


@pytest.mark.parametrize(
    ("document", "variables", "why"),
    [
        ("{", "{}", "Syntax Error"),
        ("{ nothing }", "{}", "Cannot query field 'nothing'"),
        ("{ a: nothing b: neither }", "{}", "neither"),
        ("mutation { customerArchive(input: {id: 1}) { __typename } }", "{}", "Only queries"),
        ('{ invoicePreview(invoice: {customerId: "x", lines: []}) { __typename } }', "{}", "Only"),
        ("query A { __typename } query B { __typename }", "{}", "several operations"),
        ("query($id: ID!) { node(id: $id) { id } }", "{}", "\\$id"),
        ("query($id: ID!) { node(id: $id) { id } }", '{"id": null}', "\\$id"),
        ("query($n: Int) { invoices(first: $n) { totalCount } }", '{"n": "x"}', "\\$n"),
        ("{ invoices(first: 1, last: 1) { totalCount } }", "{}", "not for both"),
        ("{ __typename }", "{", "JSON"),
        ("{ __typename }", "[]", "a JSON object"),
    ],
)
def test_what_has_no_plan_is_told_why(document: str, variables: str, why: str) -> None:
    with pytest.raises(NoPlan, match=why):
        statements(document, variables)


def test_the_command_prints_the_statements_and_needs_no_database(tmp_path: Path) -> None:
    done = command("plan", QUERY, "--variables", '{"n": 3}', folder=tmp_path)

    assert done.returncode == 0, done.stderr
    heads = [line for line in done.stdout.splitlines() if line.startswith("--")]
    assert heads == ["-- newest", "-- viewer", "-- customers"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("document", ["{", "{ node(id: [/x]) { id } }"])
def test_the_command_refuses_in_words(tmp_path: Path, document: str) -> None:
    done = command("plan", document, folder=tmp_path)

    assert done.returncode == 1
    assert "Syntax Error" in done.stderr
    assert "Traceback" not in done.stderr
