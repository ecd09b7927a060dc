"""A document's link opens it until it expires, and nothing that is not exactly that link does."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import pytest

from resolvers.document_links import UrlExpired, UrlInvalid, check, file_name, path_of, signed

SECRET = b"k" * 32
NOW = datetime(2026, 11, 21, 9, 30, 0, 400_000, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
WORKSPACE = UUID("01930000-0000-7000-8000-000000000001")
PATH = path_of(WORKSPACE, "inv_" + "0" * 32, "INV-0042")


def parts(link: str) -> tuple[str, str, str]:
    """Path, expiry and signature of a link, as a server sees them."""
    url = urlsplit(link)
    query = parse_qs(url.query)
    return unquote(url.path), query["expires"][0], query["signature"][0]


def test_a_link_opens_until_its_last_second() -> None:
    path, expires, signature = parts(signed(SECRET, PATH, LATER))
    check(SECRET, path, expires, signature, NOW)
    check(SECRET, path, expires, signature, LATER.replace(microsecond=0))
    with pytest.raises(UrlExpired):
        check(SECRET, path, expires, signature, LATER)


@pytest.mark.parametrize(
    "changed",
    [
        {"path": PATH.replace("INV-0042", "INV-0043")},
        {"path": PATH.replace("0" * 32, "1" * 32)},
        {"path": PATH + "/"},
        {"expires": "999999999999"},
        {"expires": ""},
        {"expires": "٣"},
        {"expires": "1e9"},
        {"given": ""},
        {"given": "é"},
        {"secret": b"l" * 32},
    ],
)
def test_anything_changed_is_invalid(changed: dict[str, str]) -> None:
    path, expires, signature = parts(signed(SECRET, PATH, LATER))
    right = {"secret": SECRET, "path": path, "expires": expires, "given": signature}
    with pytest.raises(UrlInvalid):
        check(**{**right, **changed}, now=NOW)  # type: ignore[arg-type]  # one of them is what the test is about


def test_each_letter_of_a_signature_counts() -> None:
    path, expires, signature = parts(signed(SECRET, PATH, LATER))
    for i, sign in enumerate(signature):
        other = signature[:i] + ("A" if sign != "A" else "B") + signature[i + 1 :]
        with pytest.raises(UrlInvalid):
            check(SECRET, path, expires, other, NOW)


def test_an_expired_link_that_was_changed_is_invalid_and_not_expired() -> None:
    path, expires, _ = parts(signed(SECRET, PATH, NOW - timedelta(days=1)))
    with pytest.raises(UrlInvalid):
        check(SECRET, path, expires, "A" * 43, NOW)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("INV-0042", "INV-0042.pdf"),
        ("2026/11 #7", "2026-11 -7.pdf"),
        ("Straße-1", "Straße-1.pdf"),
        ('..\\"x"', "..--x-.pdf"),
    ],
)
def test_a_file_is_called_by_the_documents_number(number: str, name: str) -> None:
    assert file_name(number) == name
    link = signed(SECRET, path_of(WORKSPACE, "inv_" + "0" * 32, number), LATER)
    path, expires, signature = parts(link)
    assert path.endswith("/" + name)
    check(SECRET, path, expires, signature, NOW)
