"""E-mail addresses, countries, languages: what is taken and how it is kept."""

import pytest

from domain.errors import Refused
from resolvers.contacts import COUNTRIES, check_address, check_country, check_email, check_locale

PATH = ("email",)


@pytest.mark.parametrize(
    "text", ["ann@example.com", " a.b+c@x-y.example.co.uk ", "o'neil@example.org", "1@1.de"]
)
def test_an_e_mail_address_is_taken_without_the_space_around_it(text: str) -> None:
    assert check_email(text, PATH) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        *("ann", "ann@", "@example.com", "ann@example", "a b@example.com", "ann@-x.com"),
        *("ann@x..com", "Ann <ann@example.com>", "ann@example.com\nBcc: eve@example.com"),
        *("ann@example.com,eve@example.com", f"{'a' * 65}@example.com", "ann@exa\x00mple.com"),
        f"ann@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 10}.com",
    ],
)
def test_what_is_no_e_mail_address_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        check_email(text, PATH)


def test_a_blank_e_mail_address_is_none() -> None:
    assert check_email(" ", PATH) is None


def test_countries_are_those_of_iso_3166() -> None:
    assert len(COUNTRIES) == 249
    assert check_country("DE", ("country",)) == "DE"
    for code in ("de", "EU", "UK", "XK", "ZZ", ""):
        with pytest.raises(Refused):
            check_country(code, ("country",))


@pytest.mark.parametrize(
    ("given", "kept"),
    [("de", "de"), ("pt_BR", "pt-BR"), ("ZH-hant-tw", "zh-Hant-TW"), ("es-419", "es-419")],
)
def test_a_language_is_kept_in_one_spelling(given: str, kept: str) -> None:
    assert check_locale(given, ("locale",)) == kept


@pytest.mark.parametrize("text", ["", "german", "d", "de-DE-x", "de--DE", "../etc"])
def test_what_is_no_language_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        check_locale(text, ("locale",))


def test_every_part_of_an_address_is_judged_at_once() -> None:
    with pytest.raises(Refused) as caught:
        check_address(
            {"line1": "", "city": "x" * 256, "postal_code": "1" * 33, "country": "Germany"},
            ("address",),
        )
    assert [(one.code, one.field) for one in caught.value.refusals] == [
        ("REQUIRED", ("address", "line1")),
        ("TOO_LONG", ("address", "city")),
        ("TOO_LONG", ("address", "postalCode")),
        ("INVALID_FORMAT", ("address", "country")),
    ]
