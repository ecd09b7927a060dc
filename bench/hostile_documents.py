"""Hostile documents: texts that are made to keep a GraphQL server busy."""

from collections.abc import Mapping

from graphql import get_introspection_query

ALL_OF_AN_INVOICE = """
  id number status displayStatus version issuedAt dueAt dueOn publicPayUrl availableActions metadata
  subtotal { minor amount currency } discount { minor amount currency } tax { minor amount currency }
  total { minor amount currency } amountDue { minor amount currency }
  customer { id name email metadata } matter { id name }
  lines { id position description quantity unitAmount amount { minor amount currency } }
"""
PAGES = "invoices(first: 100) { nodes { customer { invoices(first: 4) { nodes { %s } } } } }"


def _times(count: int, text: str, between: str = " ") -> str:
    """The text so many times; each `%d` in it is the number of the time."""
    return between.join(text.replace("%d", str(place)) for place in range(count))


def _nested(count: int, opening: str, innermost: str, closing: str) -> str:
    return opening * count + innermost + closing * count


def _bomb(of: str, levels: int, body: str, innermost: str) -> str:
    """Fragments that each hold the next one, which `body` names NEXT."""
    made = (
        f"fragment F{level} on {of} {{ {body.replace('NEXT', f'...F{level + 1}')} }}"
        for level in range(levels)
    )
    return " ".join(made) + f" fragment F{levels} on {of} {{ {innermost} }}"


def _chained(levels: int, opening: str, innermost: str, closing: str) -> str:
    """As deep as the parser goes, four times over: each fragment ends in the next one."""
    texts = [
        f"fragment D{place} on Query {{ {_nested(levels, opening, f'...D{place + 1}', closing)} }}"
        for place in range(3)
    ]
    last = f"fragment D3 on Query {{ {_nested(levels, opening, innermost, closing)} }}"
    return "{ ...D0 } " + " ".join([*texts, last])


DEEP: Mapping[str, str] = {
    "selections 900 deep": _nested(900, "{ a ", "", "}"),
    "selections 300 deep": "{ " + _nested(300, "customer(id: 1) { ", "id", " }") + " }",
    "selections 640 deep, through fragments": _chained(160, "a { ", "b", " }"),
    "inline fragments 600 deep, through fragments": _chained(150, "... { ", "__typename", " }"),
    "inline fragments 600 deep": "{ " + _nested(600, "... { ", "__typename", " }") + " }",
    "lists 900 deep": "{ node(id: " + _nested(900, "[", "", "]") + ") { id } }",
    "objects 500 deep": "{ node(id: " + _nested(500, "{ a: ", "1", " }") + ") { id } }",
    "types 900 deep": "query($a: " + _nested(900, "[", "Int", "]") + ") { __typename }",
    "connections 7 deep": "{ "
    + _nested(4, "invoices { nodes { customer { ", "id", " } } }")
    + " }",
}

WIDE: Mapping[str, str] = {
    "one field 1,900 times": "{ " + "__typename " * 1900 + "}",
    "one field 1,900 times in a fragment nobody uses": "{ __typename } fragment F on Query { "
    + "__typename " * 1900
    + "}",
    "50 times 12 fields of one name": "{ " + ("viewer { " + "mode " * 12 + "} ") * 50 + "}",
    "16 times 14 fields of one name, short": "{" + ("viewer{" + "mode " * 9 + "}") * 16 + "}",
    "three levels of fields of one name": "{ "
    + ("viewer { " + ("workspace { " + "id " * 6 + "} ") * 6 + "} ") * 20
    + "}",
    "deep fields again and again": "{ "
    + "customer(id: 1) { invoices { nodes { customer { invoices { nodes { id } } } } } } " * 90
    + "}",
    "fields that conflict": "{ " + _times(60, 'node(id: "%d") { id }') + " }",
    "fields that conflict below": "{ "
    + _times(30, "viewer { workspace { id: name name: id a%d: id } }")
    + " }",
    "conflicts in inline fragments on every type": "{ node(id: 1) { "
    + _times(150, "... on Invoice { x: number } ... on Customer { x: name }")
    + " } }",
    "490 inline fragments": "{ " + _times(490, "... { a%d }") + " }",
    "500 fields that almost exist": "{ " + _times(500, "invoice%d") + " }",
    "600 unknown parts of an input": "{ invoices(filter: { "
    + _times(600, "a%d: 1")
    + " }) { totalCount } }",
    "a list of 1,900 ids": "{ nodes(ids: [" + '"x" ' * 1900 + "]) { id } }",
    "a list of 1,900 enum values": "{ invoices(filter: { status: ["
    + "OPEN " * 1900
    + "] }) { totalCount } }",
    "every field 20 times over": "{ "
    + _times(20, f'a%d: invoice(id: "inv_{"0" * 32}") {{ {ALL_OF_AN_INVOICE} }}')
    + " }",
    "every node type with conditions": "{ nodes(ids: []) { "
    + _times(60, "... on Invoice { a%d: total { minor } } ... on Customer { b%d: name }")
    + " } }",
}

FRAGMENTS: Mapping[str, str] = {
    "a bomb of fragments": "{ ...F0 } " + _bomb("Query", 28, "NEXT NEXT", "viewer { mode now }"),
    "a bomb of fragments, 90 levels": "{ ...F0 } " + _bomb("Query", 90, "NEXT " * 8, "__typename"),
    "a bomb of fragments in fields": "{ customer(id: 1) { ...F0 } } "
    + _bomb(
        "Customer",
        20,
        "a: invoices { nodes { customer { NEXT } } } b: invoices { nodes { customer { NEXT } } }",
        "id",
    ),
    "a bomb of inline fragments": "{ ...F0 } "
    + _bomb("Query", 28, "... on Query { NEXT } ... { NEXT }", "viewer { mode }"),
    "a bomb that nobody uses": "{ __typename } " + _bomb("Query", 60, "NEXT NEXT", "__typename"),
    "a chain of 99 fragments": "{ ...F0 } " + _bomb("Query", 99, "NEXT", "__typename"),
    "a chain spread 600 times": "{ "
    + "...F0 " * 600
    + "} "
    + _bomb("Query", 80, "NEXT", "__typename"),
    "60 fragments, each spread beside each": "{ viewer { "
    + _times(60, "...G%d")
    + " } } "
    + _times(60, "fragment G%d on Viewer { mode workspace { id name } now }"),
    "60 fragments of conflicts": "{ viewer { "
    + _times(60, "...G%d")
    + " } } "
    + _times(60, "fragment G%d on Viewer { a: mode b%d: now a: now }"),
    "a ring of fragments": "{ viewer { ...A } } fragment A on Viewer { ...B } "
    "fragment B on Viewer { ...A }",
    "a ring of 61 fragments": "{ ...F0 } " + _bomb("Query", 60, "NEXT", "...F0"),
    "500 fragments": "{ __typename } " + _times(250, "fragment F%d on Query { __typename }"),
    "one fragment defined 90 times": "{ ...F } " + "fragment F on Query { __typename } " * 90,
    "600 unknown fragments": "{ " + _times(480, "...F%d") + " }",
}

REPEATED: Mapping[str, str] = {
    "101 aliases": "{ viewer { " + _times(101, "a%d: mode") + " } }",
    "600 aliases of root fields": "{ " + _times(600, "a%d: __typename") + " }",
    "300 directives on a field": "{ viewer { mode " + "@include(if: true) " * 300 + "} }",
    "900 unknown directives": "{ viewer { mode " + _times(900, "@d%d") + " } }",
    "600 unknown directives on fields": "{ " + _times(600, "a%d @x") + " }",
    "900 directives on the operation": "query Q " + "@x " * 900 + "{ __typename }",
    "900 directives on a variable": "query Q($a: Int " + "@x " * 900 + ") { __typename }",
    "600 arguments of one directive": "{ viewer { mode @include(" + "if: true " * 600 + ") } }",
    "@include on 150 fields by 20 variables": "query("
    + _times(20, "$v%d: Boolean! = true")
    + ") { viewer { "
    + _times(9, "... @include(if: $v%d) { mode @skip(if: $v1%d) now @include(if: $v%d) }")
    + " } }",
    "250 operations": _times(250, "query Q%d { __typename }"),
    "20 operations of 20 fields": _times(
        20, "query Q%d { viewer { " + _times(20, "mode now ") + "} }"
    ),
    "20 operations of one name": "query Q { viewer { mode } } " * 20,
    "11 mutations": "mutation { "
    + _times(11, 'm%d: customerCreate(input: { name: "B" }) { __typename }')
    + " }",
    "330 variables": "query(" + _times(330, "$v%d: Int") + ") { __typename }",
    "330 variables of one name": "query(" + "$v: Int " * 330 + ") { __typename }",
    "100 variables in 20 operations": _times(
        20, "query Q%d(" + "$a: ID $b: ID $c: ID $d: ID $e: ID" + ") { ...F }"
    )
    + " fragment F on Query { node(id: $a) { id } }",
    "a default of 900 values": "query($a: [ID!]! = ["
    + '"x" ' * 900
    + "]) { nodes(ids: $a) { id } }",
}

LONG: Mapping[str, str] = {
    "100 KB of comments": "# x\n" * 24_000 + "{ __typename }",
    "100 KB of white space": " \n\t," * 24_000 + "{ __typename }",
    "100 KB of nothing but commas": "," * 99_000,
    "a name of 99,000 letters": "{ " + "a" * 99_000 + " }",
    "20 names of 4,900 letters": "{ " + _times(20, "a" * 4_900 + "%d") + " }",
    "an alias of 90,000 letters": "{ " + "a" * 90_000 + ": __typename }",
    "a type of 90,000 letters": "{ ... on " + "A" * 90_000 + " { id } }",
    "a block string of 30,000 lines": '{ node(id: """' + "\n  x" * 24_000 + '""") { id } }',
    "a block string of quotes": '{ node(id: """' + '\\"""' * 24_000 + '""") { id } }',
    "16,000 escapes": '{ node(id: "' + "\\u00e9" * 16_000 + '") { id } }',
    "9,000 wide escapes": '{ node(id: "' + "\\u{1F4A9}" * 9_000 + '") { id } }',
    "a text of 99,000 signs": '{ node(id: "' + "x" * 99_000 + '") { id } }',
    "a text of 20,000 emoji": '{ node(id: "' + "\U0001f468\u200d\U0001f469" * 8_000 + '") { id } }',
    "marks that combine": "{ e" + "\u0301" * 30_000 + " }",
    "a string without end": '{ node(id: "' + "x" * 90_000,
    "a lone surrogate": '{ node(id: "\\ud800") { id } }',
    "an integer of 90,000 digits": "{ invoices(first: " + "9" * 90_000 + ") { totalCount } }",
    "an integer of 5,000 digits": "{ invoices(first: " + "9" * 5_000 + ") { totalCount } }",
    "a fraction of 90,000 digits": "{ invoices(first: 0." + "9" * 90_000 + ") { totalCount } }",
    "1e999999999": "{ invoices(first: 1e999999999) { totalCount } }",
    "a cursor of 90,000 signs": '{ invoices(after: "' + "A" * 90_000 + '") { totalCount } }',
    "wildcards to search by": '{ invoices(filter: { number: { startsWith: "'
    + "%_" * 40_000
    + '" } }) { totalCount } }',
    "more than 100,000 characters": "{ __typename }" + " " * 100_000,
    "3,000 tokens": "{ " + "__typename " * 3_000 + "}",
}

SCHEMA: Mapping[str, str] = {
    "the standard introspection": get_introspection_query(),
    "introspection 20 times": "{ "
    + _times(20, "a%d: __schema { types { name fields { name args { name } } } }")
    + " }",
    "introspection 8 types deep": "{ __schema { types { "
    + _nested(8, "fields { type { ", "name", " } }")
    + " } } }",
    "introspection as deep as may be": "{ "
    + _times(
        20,
        "a%d: __schema { types { fields { name args { name type { name ofType { name } } } type { "
        "name fields { name args { name } } } } } }",
    )
    + " }",
    "introspection by fragments": "{ __schema { types { ...T } } } "
    "fragment T on __Type { possibleTypes { ...U } interfaces { ...U } } "
    "fragment U on __Type { fields { type { name } } inputFields { name } enumValues { name } }",
    "introspection of 95 types": "{ "
    + _times(20, 'a%d: __type(name: "Invoice") { fields { type { fields { name } } } }')
    + " }",
}

ROWS: Mapping[str, str] = {
    "all that one request may ask for": "{ " + PAGES % "id number total { minor }" + " }",
    "pages of pages of pages": "{ " + PAGES % (PAGES % "id") + " }",
    "100 invoices with all there is": "{ invoices(first: 100) { nodes {"
    + ALL_OF_AN_INVOICE
    + "} } }",
    "5,000 rows with all there is": "{ " + PAGES % ALL_OF_AN_INVOICE + " }",
    "20 lists at once": "{ "
    + _times(20, "a%d: invoices(first: 100) { totalCount nodes { id } }")
    + " }",
}

DOCUMENTS: Mapping[str, str] = {
    **DEEP,
    **WIDE,
    **FRAGMENTS,
    **REPEATED,
    **LONG,
    **SCHEMA,
    **ROWS,
}
