"""Tax ids: what can be one of its country, and what cannot."""

from __future__ import annotations

import pytest

from domain.errors import InvalidFormat
from domain.tax_ids import check_tax_id

GOOD = [
    ("DE136695976", "DE"),
    ("DE 136 695 976", "DE"),
    ("136695976", "DE"),
    ("de136695976", None),
    ("ATU12345675", "AT"),
    ("EL094259216", "GR"),
    ("094259216", "GR"),
    ("XI432525179", "GB"),
    ("FR61954506077", "DE"),
    ("GB980780684", "GB"),
    ("CHE-107.787.577 IVA", "CH"),
    ("NO 995 525 828 MVA", "NO"),
    ("83914571673", "AU"),
    ("12-3456789", "US"),
    ("anything", "ZA"),
    ("anything", None),
]
BAD = [
    ("DE123456789", "DE", "DE"),
    ("DE123456789", "US", "DE"),
    ("DE12345678", None, "DE"),
    ("FR1", "DE", "FR"),
    ("12345", "AT", "AT"),
    ("GB980780685", "GB", "GB"),
    ("83914571674", "AU", "AU"),
    ("GR094259216", "GR", "EL"),
]


@pytest.mark.parametrize(("tax_id", "country"), GOOD)
def test_what_can_be_a_tax_id_passes(tax_id: str, country: str | None) -> None:
    check_tax_id(tax_id, country)


@pytest.mark.parametrize(("tax_id", "country", "of"), BAD)
def test_what_cannot_be_one_is_refused_with_its_country(
    tax_id: str, country: str | None, of: str
) -> None:
    with pytest.raises(InvalidFormat) as caught:
        check_tax_id(tax_id, country)
    assert (caught.value.field, caught.value.meta) == (("taxId",), {"country": of})
