"""Line items of a draft: added, replaced, removed; the whole invoice is calculated again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from domain.calendar import Due
from domain.errors import OutOfRange, Refusal, Refusals, Refused
from domain.identifiers import new_id
from domain.lifecycle import Action, require
from domain.lines import LineDraft
from models.connections import rows
from models.invoices import Invoice
from models.line_items import LineItem
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import documents, parties
from resolvers.invoices.composing import Judged, compose
from resolvers.invoices.drafts import SCOPE, rewrite
from resolvers.invoices.inputs import read_back
from resolvers.refusals import moved, not_found

_CONTENT_ALONE = Judged(parties=False, dates=False)
_LINE_ID = ("lineId",)


@dataclass(frozen=True, slots=True)
class LineResult:
    """The invoice that changed, and the line that was added or replaced."""

    invoice_id: UUID
    line_id: UUID


async def add_line(
    caller: Caller,
    invoice_id: UUID,
    line: LineDraft,
    position: int | None = None,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> LineResult:
    """Adds a line to a draft at a position from 1, or at the end; those behind move on by one.

    Raises Forbidden, NotFound at ("invoiceId",), Conflict, InvoiceNotDraft, OutOfRange at
    ("position",), and at ("line", …) all that is wrong with the line.
    """
    caller.require(SCOPE)

    async def act() -> LineResult:
        path = ("invoiceId",)
        invoice = await documents.locked(caller, invoice_id, expected_version, path)
        require(invoice.status, Action.UPDATE)
        lines = await documents.lines_of(invoice)
        place = _place(position, len(lines))
        ids = [other.id for other in lines]
        ids.insert(place, line_id := new_id())
        await _replace(caller, invoice, lines, ids, {line_id: line}, focus=place)
        return LineResult(invoice.id, line_id)

    return await idempotency.run(caller, once, act, LineResult)


async def update_line(
    caller: Caller,
    line_id: UUID,
    line: LineDraft,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> LineResult:
    """Replaces a draft's line as a whole; it keeps its id and its position.

    Raises as `add_line` does, with NotFound at ("lineId",).
    """
    caller.require(SCOPE)

    async def act() -> LineResult:
        invoice, lines = await _around(caller, line_id, expected_version)
        ids = [other.id for other in lines]
        await _replace(caller, invoice, lines, ids, {line_id: line}, focus=ids.index(line_id))
        return LineResult(invoice.id, line_id)

    return await idempotency.run(caller, once, act, LineResult)


async def remove_line(
    caller: Caller,
    line_id: UUID,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Removes a draft's line; those behind move up. The invoice's id.

    Raises Forbidden, NotFound at ("lineId",), Conflict, InvoiceNotDraft, and at ("lineId",) what
    the rest refuses without it, such as DiscountExceedsSubtotal.
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        invoice, lines = await _around(caller, line_id, expected_version)
        ids = [other.id for other in lines if other.id != line_id]
        await _replace(caller, invoice, lines, ids, {}, focus=None)
        return invoice.id

    return await idempotency.run(caller, once, act)


async def _around(
    caller: Caller, line_id: UUID, expected_version: int | None
) -> tuple[Invoice, list[LineItem]]:
    """The draft that holds a line, locked, and all its lines as they are under that lock."""
    found = await rows(
        "SELECT invoice_id FROM line_items WHERE workspace_id = $1 AND id = $2",
        caller.workspace_id,
        line_id,
    )
    if not found:
        raise not_found(*_LINE_ID)
    invoice_id = found[0]["invoice_id"]
    invoice = await documents.locked(caller, invoice_id, expected_version, _LINE_ID)
    require(invoice.status, Action.UPDATE)
    lines = await documents.lines_of(invoice)
    if line_id not in {line.id for line in lines}:
        raise not_found(*_LINE_ID)
    return invoice, lines


async def _replace(
    caller: Caller,
    invoice: Invoice,
    lines: Sequence[LineItem],
    ids: Sequence[UUID],
    given: dict[UUID, LineDraft],
    focus: int | None,
) -> None:
    """Stores the lines with these ids, in this order; those not given are as they were."""
    among = await parties.load(caller.workspace_id, invoice.customer_id, invoice.matter_id)
    wanted = read_back(invoice, lines, among.seller.currency)
    kept = {line.id: draft for line, draft in zip(lines, wanted.lines, strict=True)}
    drafts = {**kept, **given}
    wanted = replace(wanted, lines=tuple(drafts[line_id] for line_id in ids))
    with _about_line(focus):
        due = Due(invoice.due_at, invoice.due_on)
        content = await compose(wanted, among, caller.now, _CONTENT_ALONE, due)
    await rewrite(caller, invoice, lines, among, content, ids)


def _place(position: int | None, count: int) -> int:
    if position is None:
        return count
    if not 1 <= position <= count + 1:
        limits = {"min": 1, "max": count + 1}
        message = f"The position is from 1 to {count + 1}."
        raise OutOfRange(message, field=("position",), meta=limits)
    return position - 1


@contextmanager
def _about_line(focus: int | None) -> Iterator[None]:
    """Names fields by the input, which holds one line at most."""
    try:
        yield
    except Refused as refused:
        raise Refusals([_by_input(refusal, focus) for refusal in refused.refusals]) from None


def _by_input(refusal: Refusal, focus: int | None) -> Refusal:
    if focus is None:
        return moved(refusal, _LINE_ID)
    own = ("lines", str(focus))
    is_own = refusal.field[:2] == own
    return moved(refusal, ("line", *(refusal.field[2:] if is_own else ())))
