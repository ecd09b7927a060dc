"""Tax ids: whether one can be what it says, by the form and the check digits of its country."""

from __future__ import annotations

from stdnum import get_cc_module
from stdnum.eu import vat

from domain.errors import InvalidFormat

# What VAT ids of the European Union begin with: Greece's are EL, and Northern Ireland's XI.
_UNION = {state.upper() for state in vat.MEMBER_STATES} - {"GR"} | {"EL"}


def check_tax_id(tax_id: str, country: str | None, path: tuple[str, ...] = ("taxId",)) -> None:
    """Refuses a tax id that cannot be one: not of its country's form, or with wrong check digits.

    Its country is the one that it begins with, where that is of the European Union, or `country`,
    its holder's own (ISO 3166-1, None where unknown). One of a country whose ids are not known
    passes. Raises InvalidFormat at `path`, meta {country} (rules: Tax look-up).
    """
    letters = tax_id.strip()[:2].upper()
    own = "EL" if country == "GR" else country
    possible = [of for of in (letters if letters in _UNION else None, own) if of]
    judged = [_judged(tax_id, of) for of in possible]
    if False in judged and True not in judged:
        message = f"This is no tax id of {possible[0]}: look at its letters, length and digits."
        raise InvalidFormat(message, field=path, meta={"country": possible[0]})


def _judged(tax_id: str, country: str) -> bool | None:
    """Whether it can be one of a country; None where that is not known."""
    if country in _UNION:
        given = tax_id.strip().upper()
        return bool(vat.is_valid(given if given.startswith(country) else country + given))
    known = get_cc_module(country.lower(), "vat")
    return None if known is None else bool(known.is_valid(tax_id))
