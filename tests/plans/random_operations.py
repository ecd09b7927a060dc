"""Random operations: valid documents over the schema's reads, with all that GraphQL lets one write."""

from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from resolvers.callers import Caller
from tests.plans.random_values import RandomValues, Used, Variable
from tests.plans.world import World

COMPUTED = "invoicePreview"
NOT_READ = "Query.exportUrl"
OFTEN = ("invoices", "invoices", "customers", "payments", "node", "nodes")
LIKELY = {"filter": 0.6, "orderBy": 0.5}
SIZES = (6, 15, 30, 60)
"""About how many fields an operation selects."""
ALIASES = ("x", "y", "z", "id", "total", "nodes", "number", "class")
IDS = {
    "invoice": "Invoice",
    "customer": "Customer",
    "payment": "Payment",
    "billingSubscription": "BillingSubscription",
    "creditNote": "CreditNote",
    "node": "node",
    "nodes": "node",
}
PREVIEW = (
    '{key}: invoicePreview(invoice: {{customerId: "{customer}", currency: "JPY", '
    'dueDate: "2027-01-31", lines: [{{description: "a", quantity: "3", unitAmount: {{minor: 7}}}}]}}) '
    "{{ preview {{ currency subtotal {{ minor }} total {{ amount __typename }} }} "
    "userErrors {{ code }} __typename }}"
)
INTROSPECTION = (
    "__schema { queryType { name fields { name } } }",
    '__type(name: "Money") { name kind description fields { name type { kind ofType { name } } } }',
)


@dataclass(frozen=True)
class RandomOperation:
    """A document, the operation of it to run, and the variables that it takes."""

    text: str
    name: str
    variables: dict[str, Variable]
    cursors: list[str]

    def rolled(self) -> dict[str, Any]:
        """Values for the variables; cursors are left out."""
        values = {name: variable.roll() for name, variable in self.variables.items()}
        return {name: value for name, value in values.items() if value is not Undefined}


@dataclass(frozen=True)
class Fragment:
    """A named fragment that was written already."""

    name: str
    on: str
    depth: int
    used: Used


class RandomOperations:
    """Writes one document."""

    def __init__(self, random: Random, schema: GraphQLSchema, world: World, caller: Caller) -> None:
        self.random, self.schema = random, schema
        self.values = RandomValues(random, world, caller)
        self.customers = world.own("customers", caller)
        self.fragments: list[Fragment] = []
        self.written: list[str] = []
        self.keys: dict[str, Any] = {}
        self.left = 0

    def operation(self) -> RandomOperation:
        """A random operation, perhaps one of two in its document."""
        names = ["First", "Second"][: 2 if self.chance(0.15) else 1]
        used = {name: self._operation(name) for name in names}
        self.random.shuffle(self.written)
        name = self.random.choice(names)
        variables = {one: self.values.variables[one] for one in sorted(used[name].names)}
        cursors = [one for one in self.values.cursors if one in variables]
        return RandomOperation("\n".join(self.written), name, variables, cursors)

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.random.random() < probability

    def _operation(self, name: str) -> Used:
        self.values.used = used = Used()
        query = self.schema.query_type
        assert query
        depth = self.random.choice([2, 3, 4, 5, 6, 7])
        self.left = self.random.choice(SIZES)
        body = self._selection(query, depth, self.random.choice([1, 1, 2, 3]))
        declared = ", ".join(self.values.variables[one].declared for one in sorted(used.names))
        self.written.append(f"query {name}{f'({declared})' if declared else ''} {body}")
        return used

    def _selection(self, on: GraphQLNamedType, depth: int, width: int = 0) -> str:
        width = width or self.random.choice([1, 2, 3, 4, 6])
        if depth and self.chance(0.01):
            return self._everything(on)
        made: list[str] = []
        heads: list[tuple[str, GraphQLField]] = []
        for _ in range(width):
            self.left -= 1
            made.append(self._item(on, depth if self.left > 0 else 0, heads))
            if self.left < 0:
                break
        return "{ " + " ".join(made) + " }"

    def _everything(self, on: GraphQLNamedType) -> str:
        """Every field there is, more than one call of PostgreSQL's functions takes."""
        made = [self._headed(on, "__typename", "", "")]
        if isinstance(on, GraphQLObjectType | GraphQLInterfaceType):
            made += [self._plain(on, name) for name in on.fields if not on.fields[name].args]
        return "{ " + " ".join(made) + " }"

    def _plain(self, on: GraphQLObjectType | GraphQLInterfaceType, name: str) -> str:
        definition = on.fields[name]
        return f"{self._headed(on, name, str(definition.type), '')} {self._below(definition, 1)}"

    def _item(self, on: GraphQLNamedType, depth: int, heads: list[tuple[str, GraphQLField]]) -> str:
        abstract = isinstance(on, GraphQLInterfaceType)
        if depth and self.chance(0.6 if abstract else 0.12):
            return self._inline(on, depth)
        if depth and self.chance(0.1):
            return self._spread(on, depth)
        if heads and depth and self.chance(0.15):
            head, definition = self.random.choice(heads)
            return f"{head}{self._directives()} {self._below(definition, depth)}"
        if self.chance(0.1) or not self._choices(on, depth):
            return self._headed(on, "__typename", "", "") + self._directives()
        return self._field(on, depth, heads)

    def _choices(self, on: GraphQLNamedType, depth: int) -> list[str]:
        if not isinstance(on, GraphQLObjectType | GraphQLInterfaceType):
            return []
        return [
            name
            for name, definition in on.fields.items()
            if (depth > 0 or not is_composite_type(get_named_type(definition.type)))
            and f"{on.name}.{name}" != NOT_READ
        ]

    def _name(self, on: GraphQLNamedType, depth: int) -> str:
        """A field, and mostly one that leads further where there is room for it."""
        leaves = self._choices(on, 0)
        others = [name for name in self._choices(on, depth) if name not in leaves]
        return self.random.choice(others if others and self.chance(0.5) else leaves or others)

    def _field(
        self, on: GraphQLNamedType, depth: int, heads: list[tuple[str, GraphQLField]]
    ) -> str:
        name = self._name(on, depth)
        if on is self.schema.query_type:
            if self.chance(0.06):
                return self.random.choice(INTROSPECTION)
            if name == COMPUTED:
                return self._preview()
            name = self.random.choice([name, name, *OFTEN])
        assert isinstance(on, GraphQLObjectType | GraphQLInterfaceType)
        definition = on.fields[name]
        arguments, cursor = self._arguments(name, definition)
        head = self._headed(on, name, str(definition.type), arguments)
        heads.append((head, definition))
        return f"{head}{self._directives()} {self._below(definition, depth, cursor)}"

    def _below(self, definition: GraphQLField, depth: int, cursor: str = "") -> str:
        named = get_named_type(definition.type)
        if not is_composite_type(named):
            return ""
        # A connection and its edges are no depth of their own.
        deeper = depth if named.name.endswith(("Connection", "Edge")) else depth - 1
        selection = self._selection(named, max(deeper, 0))
        return f"{{ {cursor} ...{selection} }}" if cursor else selection

    def _headed(self, on: GraphQLNamedType, name: str, of: str, arguments: str) -> str:
        """The field under a response key that means the same wherever it stands in the document."""
        identity = (name, of or on.name, arguments)
        key = self.random.choice(ALIASES) if self.chance(0.15) else name
        if name == "__typename":
            identity = (name, "", "")
        while self.keys.setdefault(key, identity) != identity:
            key = f"a{len(self.keys)}"
        return f"{key}: {name}{arguments}" if key != name else f"{name}{arguments}"

    def _arguments(self, name: str, definition: GraphQLField) -> tuple[str, str]:
        """Arguments, and what to select besides where they hold a cursor."""
        made, cursor = [], ""
        for argument, given in definition.args.items():
            if argument in ("first", "last", "after", "before"):
                continue
            if is_required_argument(given) or self.chance(LIKELY.get(argument, 0.3)):
                made.append(f"{argument}: {self._argument(name, argument, given)}")
        if "first" in definition.args:
            paging, cursor = self._paging(definition)
            made += paging
        self.random.shuffle(made)
        return (f"({', '.join(made)})" if made else ""), cursor

    def _argument(self, name: str, argument: str, given: GraphQLArgument) -> str:
        hint = IDS[name] if argument in ("id", "ids") else argument
        return self.values.text(given.type, hint, given.default_value)

    def _paging(self, definition: GraphQLField) -> tuple[list[str], str]:
        made = []
        if self.chance(0.8):
            size = "last" if self.chance(0.4) else "first"
            made.append(f"{size}: {self._size(definition, size)}")
        cursor = ""
        for name in ("after", "before"):
            if self.chance(0.3):
                variable = self.values.cursor()
                made.append(f"{name}: {variable}")
                cursor += f" at_{variable[1:]}: edges {{ cursor }}"
        return made, cursor

    def _size(self, definition: GraphQLField, size: str) -> str:
        return self.values.text(definition.args[size].type, size)

    def _directives(self) -> str:
        made = ""
        for name in ("include", "skip"):
            if self.chance(0.04):
                made += f" @{name}(if: {self.values.flag()})"
        return made

    def _inline(self, on: GraphQLNamedType, depth: int) -> str:
        condition = self._condition(on)
        shown = "" if condition is on and self.chance(0.4) else f" on {condition.name}"
        return f"...{shown}{self._directives()} {self._selection(condition, depth)}"

    def _condition(self, on: GraphQLNamedType) -> GraphQLNamedType:
        choices: list[GraphQLNamedType] = [on]
        if isinstance(on, GraphQLInterfaceType):
            choices += self.schema.get_possible_types(on) * 2
        if isinstance(on, GraphQLObjectType) and self.chance(0.3):
            choices = [*on.interfaces] or [on]
        return self.random.choice(choices)

    def _spread(self, on: GraphQLNamedType, depth: int) -> str:
        condition = self._condition(on)
        fitting = [f for f in self.fragments if f.on == condition.name and f.depth <= depth]
        known = self.random.choice(fitting) if fitting and self.chance(0.6) else None
        fragment = known or self._fragment(condition, depth)
        self.values.used.names |= fragment.used.names
        return f"...{fragment.name}{self._directives()}"

    def _fragment(self, on: GraphQLNamedType, depth: int) -> Fragment:
        outer, self.values.used = self.values.used, Used()
        name = f"F{len(self.written)}_{self.random.randrange(10**6)}"
        body = self._selection(on, depth)
        fragment = Fragment(name, on.name, depth, self.values.used)
        self.values.used = outer
        self.fragments.append(fragment)
        self.written.append(f"fragment {name} on {on.name}{body}")
        return fragment

    def _preview(self) -> str:
        active = [row for row in self.customers if row["archived_at"] is None]
        if not active or self.values.caller.customer_id:
            return "__typename"
        key = f"preview_{len(self.keys)}"
        self.keys[key] = key
        return PREVIEW.format(key=key, customer=f"cus_{active[0]['id'].hex}")
