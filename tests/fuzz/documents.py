"""Hostile documents by chance: each of a kind that has kept a GraphQL server busy, of a size drawn anew."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from tests.fuzz.spellings import ODD_TEXTS
from tests.fuzz.writing import as_json

Kind = Callable[[Random], str]

QUERIES = ("viewer", "invoices", "customers", "events", "payments", "node", "nodes", "__schema")
FIELDS = ("id", "__typename", "mode", "nodes", "edges", "node", "customer", "invoices", "lines")
TYPES = ("Query", "Invoice", "Customer", "Node", "Mutation", "Viewer", "Nowhere", "__Schema")
DIRECTIVES = (
    "@skip(if: true)",
    "@include(if: false)",
    "@nothing",
    "@skip",
    "@deprecated",
    "@oneOf",
)
TOKENS = (
    *("{", "}", "(", ")", "[", "]", "!", "$", "...", ":", "=", "@", "|", "&", ",", "#", '"', '"""'),
    *("query", "mutation", "subscription", "fragment", "on", "true", "null", "1", "-0", "1e400"),
    *("type", "schema", "extend", "input", "\ufeff", "\0", "\u2028", "é", "🧾", *FIELDS, *QUERIES),
)


def some(random: Random, most: int) -> int:
    """A size: often small, sometimes as large as may be, anything between."""
    return random.choice((1, 2, random.randint(1, most), random.randint(1, most), most))


def deep(random: Random) -> str:
    opening = random.choice(("{ a ", "{ customer { invoices { nodes ", "{ ... ", "{ ... on Query "))
    levels = some(random, 400)
    return opening * levels + "{ id }" + " }" * (opening.count("{") * levels)


def wide(random: Random) -> str:
    fields = (random.choice(FIELDS) for _ in range(some(random, 3_000)))
    return f"{{ {random.choice(QUERIES)} {{ {' '.join(fields)} }} }}"


def aliased(random: Random) -> str:
    field = random.choice(('node(id: "x") { id }', "viewer { mode }", "__typename", "invoices"))
    parts = (f"a{random.randint(0, 500)}: {field}" for _ in range(some(random, 600)))
    return f"{{ {' '.join(parts)} }}"


def cycling(random: Random) -> str:
    count = some(random, 40)
    fragments = (
        f"fragment F{place} on {random.choice(TYPES)} {{ {_spreads(random, count)} }}"
        for place in range(count)
    )
    return f"{{ ...F0 {random.choice(QUERIES)} {{ ...F0 }} }} {' '.join(fragments)}"


def _spreads(random: Random, count: int) -> str:
    names = [f"...F{random.randrange(count)}" for _ in range(random.randint(1, 6))]
    return " ".join([*names, random.choice(FIELDS)])


def fanned(random: Random) -> str:
    levels, times = some(random, 60), random.randint(2, 8)
    body = random.choice(("%s", "a: invoices { nodes { customer { %s } } }", "... { %s }"))
    fragments = (
        f"fragment F{level} on Query {{ {body % (f'...F{level + 1} ' * times)} }}"
        for level in range(levels)
    )
    return f"{{ ...F0 }} {' '.join(fragments)} fragment F{levels} on Query {{ __typename }}"


def directed(random: Random) -> str:
    parts = " ".join(random.choice(DIRECTIVES) for _ in range(some(random, 600)))
    return random.choice((f"{{ viewer {parts} {{ mode }} }}", f"query {parts} {{ __typename }}"))


def literal(random: Random) -> str:
    return f"{{ node(id: {_value(random, some(random, 2_000))}) {{ id }} }}"


def _value(random: Random, size: int) -> str:
    odd = as_json(random.choice(ODD_TEXTS)[:300])
    return random.choice(
        (
            "[" * size + "]" * size,
            "{a: " * size + "1" + "}" * size,
            "[" + f"{odd}, " * size + "]",
            "{" + " ".join(f"a{place}: {odd}" for place in range(size)) + "}",
            "9" * size,
            f"{'9' * size}.{'9' * size}e{'9' * random.randint(1, 9)}",
            f'"{"x" * size * 10}"',
            f'"""{odd}{chr(10) * size}{"  x" * size}"""',
            '"' + "\\u00e9" * size + '"',
            '"\\ud800"',
            "$" + "x" * size,
        )
    )


def declared(random: Random) -> str:
    wanted = random.choice(
        ("Int", "[Int!]!", "InvoiceFilter", "Nowhere", "[" * 50 + "ID" + "]" * 50)
    )
    variables = " ".join(
        f"$v{random.randint(0, 900)}: {wanted} {random.choice(('', '= 1', '= null', '= {}'))}"
        for _ in range(some(random, 600))
    )
    return f"query({variables}) {{ invoices(first: $v1) {{ totalCount }} }}"


def introspecting(random: Random) -> str:
    body = random.choice(("fields { type { %s } }", "ofType { %s }", "possibleTypes { %s }"))
    of = "name"
    for _ in range(some(random, 30)):
        of = body % of
    root = random.choice(('__type(name: "Invoice")', "__schema { types", "a: __schema { types"))
    return (
        "{ " + f"{root} {{ {of} }} {'}' if 'types' in root else ''} " * random.randint(1, 5) + "}"
    )


def commented(random: Random) -> str:
    line = f"# {random.choice(ODD_TEXTS)[:50]}".replace("\n", " ").replace("\r", " ")
    return f"{line}\n" * some(random, 3_000) + "{ viewer { mode } }" + "," * some(random, 3_000)


def operated(random: Random) -> str:
    kinds = ("query", "mutation", "subscription", "fragment")
    parts = (
        f"{random.choice(kinds)} {random.choice('ABC')}{random.randint(0, 50)} {{ __typename }}"
        for _ in range(some(random, 100))
    )
    return " ".join(parts)


def nested_input(random: Random) -> str:
    size = some(random, 500)
    odd = as_json(random.choice(ODD_TEXTS)[:300])
    lines = f"{{description: {odd}, quantity: 1, unitAmount: {{minor: 1}}}}"
    return (
        f'{{ invoicePreview(invoice: {{customerId: "x", lines: [{lines * size}]}}) '
        "{ userErrors { code } } }"
    )


def soup(random: Random) -> str:
    return " ".join(random.choice(TOKENS) for _ in range(some(random, 1_500)))


def cut(random: Random) -> str:
    """Another kind with a piece taken out, doubled or turned into something else."""
    text = random.choice([kind for kind in KINDS.values() if kind is not cut])(random)
    start = random.randrange(len(text))
    end = min(len(text), start + some(random, 50))
    piece = random.choice(
        ("", text[start:end] * 2, random.choice(TOKENS), random.choice(ODD_TEXTS))
    )
    return text[:start] + piece + text[end:]


KINDS: Mapping[str, Kind] = {
    kind.__name__: kind
    for kind in (
        *(deep, wide, aliased, cycling, fanned, directed, literal, declared, introspecting),
        *(commented, operated, nested_input, soup, cut),
    )
}


def variables(random: Random) -> dict[str, Any] | None:
    """Beside a document: none, some, or more than it asks for."""
    drawn = random.random()
    if drawn < 0.6:
        return None
    return {f"v{place}": random.choice((1, None, [], "x")) for place in range(some(random, 300))}
