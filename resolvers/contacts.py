"""How to reach someone: e-mail address, postal address, country, language, as they are stored."""

import re
from collections.abc import Mapping
from typing import Any

from domain.errors import Collector, InvalidFormat, Required, TooLong
from domain.texts import check_optional_text, check_text

Path = tuple[str, ...]

EMAIL_LENGTH_MAX = 254
TAX_ID_LENGTH_MAX = 64
ADDRESS_PART_LENGTH_MAX = 255
POSTAL_CODE_LENGTH_MAX = 32

# What HTML takes as a valid e-mail address (html.spec.whatwg.org, "valid e-mail address"), with a
# dot in its domain: an address without one is a slip.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")

_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2."""


def check_email(value: str, path: Path) -> str | None:
    """An e-mail address without white space around it; blank is none.

    Raises TooLong or InvalidFormat at `path`.
    """
    trimmed = value.strip()
    if not trimmed:
        return None
    if len(trimmed) > EMAIL_LENGTH_MAX:
        message = f"An e-mail address has at most {EMAIL_LENGTH_MAX} characters."
        raise TooLong(message, field=path, meta={"max": EMAIL_LENGTH_MAX})
    if not _EMAIL.fullmatch(trimmed):
        raise InvalidFormat("Write an e-mail address, such as ann@example.com.", field=path)
    return trimmed


def check_country(value: str, path: Path) -> str:
    """An ISO 3166-1 alpha-2 code. Raises InvalidFormat at `path`."""
    if value not in COUNTRIES:
        raise InvalidFormat("Write an ISO 3166-1 country code, such as DE.", field=path)
    return value


def check_locale(value: str, path: Path) -> str:
    """A language, with script or region, spelt as in BCP 47. Raises InvalidFormat at `path`."""
    found = _LOCALE.fullmatch(value.strip())
    if not found:
        raise InvalidFormat("Write a language, such as de or pt-BR.", field=path)
    language, script, region = found.groups()
    parts = (language.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)


def check_address(value: Mapping[str, Any], path: Path) -> dict[str, str | None]:
    """A postal address, given and kept with its parts named in snake_case.

    Raises Refusals of Required, TooLong and InvalidFormat under `path`.
    """
    found, longest = Collector(), ADDRESS_PART_LENGTH_MAX
    address = {
        "line1": found.keep(check_text, value["line1"], (*path, "line1"), longest),
        "line2": found.keep(check_optional_text, value.get("line2"), (*path, "line2"), longest),
        "city": found.keep(check_text, value["city"], (*path, "city"), longest),
        "region": found.keep(check_optional_text, value.get("region"), (*path, "region"), longest),
        "postal_code": found.keep(
            check_optional_text,
            value.get("postal_code"),
            (*path, "postalCode"),
            POSTAL_CODE_LENGTH_MAX,
        ),
        "country": found.keep(_country, value.get("country"), (*path, "country")),
    }
    found.refuse()
    return address


def _country(value: str | None, path: Path) -> str:
    if value is None:
        raise Required("An address needs its country.", field=path)
    return check_country(value, path)
