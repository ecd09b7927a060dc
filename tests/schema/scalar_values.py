"""What each scalar takes and refuses, written as JSON, which GraphQL's own literals resemble."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
HUGE = "9" * 41

TAKEN: list[tuple[str, str, Any]] = [
    ("Decimal", '"12.5"', Decimal("12.5")),
    ("Decimal", "12.5", Decimal("12.5")),
    ("Decimal", "12", Decimal(12)),
    ("Decimal", '"-0.000000000001"', Decimal("-0.000000000001")),
    ("Decimal", "0.10", Decimal("0.10")),
    ("Decimal", '"12345678901234567890.5"', Decimal("12345678901234567890.5")),
    ("Decimal", "12345678901234567890.5", Decimal("12345678901234567890.5")),
    ("Decimal", "0.1234567890123456789", Decimal("0.1234567890123456789")),
    ("Decimal", "12345678901234567890", Decimal(12345678901234567890)),
    ("MinorUnits", "0", 0),
    ("MinorUnits", "-1250", -1250),
    ("MinorUnits", "100000000000000", 10**14),
    ("Date", '"2026-02-28"', date(2026, 2, 28)),
    ("Date", '"2024-02-29"', date(2024, 2, 29)),
    ("DateTime", '"2026-06-09T12:00:00Z"', NOON),
    ("DateTime", '"2026-06-09t12:00:00z"', NOON),
    ("DateTime", '"2026-06-09T14:00:00+02:00"', NOON),
    ("DateTime", '"2026-06-09T12:00:00.123456Z"', NOON.replace(microsecond=123456)),
    ("DateTime", '"2026-06-09T12:00:00.5-00:00"', NOON.replace(microsecond=500000)),
    ("DueDate", '"2026-06-09"', date(2026, 6, 9)),
    ("DueDate", '"2026-06-09T12:00:00Z"', NOON),
    ("CurrencyCode", '"USD"', "USD"),
    ("CurrencyCode", '"jpy"', "JPY"),
    ("CountryCode", '"DE"', "DE"),
    ("CountryCode", '"us"', "US"),
    ("TimeZone", '"Europe/Berlin"', "Europe/Berlin"),
    ("TimeZone", '"UTC"', "UTC"),
    ("URL", '"https://example.com/hooks?a=1"', "https://example.com/hooks?a=1"),
    ("URL", '"http://127.0.0.1:9000"', "http://127.0.0.1:9000"),
    ("Metadata", "{}", {}),
    ("Metadata", '{"order": "A-17"}', {"order": "A-17"}),
    ("JSON", "[1]", [1]),
    ("JSON", '"x"', "x"),
]

_NOT_A_NUMBER = ("NaN", "sNaN", "Infinity", "-Infinity", "inf", "1e999999", "1E2", "0x10")
_NOT_PLAIN = ("1_000", "1,000", " 12 ", "12 ", "+1", "01", "1.", ".5", "", "-", "--1", "1.2.3")
_OTHER_DIGITS = ("١٢", "１２", "१२", "²", "½", "1\u00a0000", "1\u200b0")
_NOT_TEXT = ("true", "[1]", '{"a": 1}', "[]", "{}")
_NOT_DAYS = (
    *("2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "2026-W01-1", "2026-001", "20260609"),
    *(
        "2026-6-9",
        "26-06-09",
        "2026-06-09 ",
        " 2026-06-09",
        "09.06.2026",
        "٢٠٢٦-٠٦-٠٩",
        "0000-01-01",
    ),
)
_NOT_INSTANTS = (
    *("2026-06-09T12:00:00", "2026-06-09T12:00Z", "2026-06-09 12:00:00Z", "2026-06-09T25:00:00Z"),
    *("2026-06-09T12:00:60Z", "2026-06-09T12:00:00+25:00", "2026-06-09T12:00:00.1234567Z", "2026"),
    *("2026-02-30T12:00:00Z", "2026-W01-1T12:00:00Z", "2026-06-09T12:00:00 Z", "now", ""),
    *("2026-06-09T12:00:00+0200", "0001-01-01T00:00:00+14:00", "2026-06-09T12:00:00,5Z"),
)

REFUSED: list[tuple[str, str]] = [
    *(("Decimal", f'"{text}"') for text in (*_NOT_A_NUMBER, *_NOT_PLAIN, *_OTHER_DIGITS, HUGE)),
    *(("Decimal", text) for text in (*_NOT_TEXT, "1e2", "1e-7", "1e-999999999", "1e999999", HUGE)),
    *(("Decimal", text) for text in ("NaN", "Infinity", "-0.1e1", f"0.{HUGE}", '"\\u0000"')),
    *(("MinorUnits", text) for text in ("12.5", "12.0", '"12"', "1e3", "true", "100000000000001")),
    *(("MinorUnits", text) for text in ("-100000000000001", "[1]", "NaN", "9" * 30, "9" * 5000)),
    *(("Date", f'"{text}"') for text in (*_NOT_DAYS, "2026-06-09T00:00:00Z", "today", "")),
    *(("Date", text) for text in ("20260609", "2026.5", "true", "[]")),
    *(("DateTime", f'"{text}"') for text in (*_NOT_INSTANTS, *_NOT_DAYS, "2026-06-09")),
    *(("DateTime", text) for text in ("1780000000", "1780000000.5", "true", "{}")),
    *(("DueDate", f'"{text}"') for text in (*_NOT_INSTANTS, *_NOT_DAYS)),
    *(("DueDate", text) for text in ("20260609", "true", "[]")),
    *(
        ("CurrencyCode", f'"{text}"')
        for text in ("US", "USDX", "XXX", "ZZZ", " USD", "ＵＳＤ", "ŭsd", "")
    ),
    *(("CurrencyCode", text) for text in ("840", "true", "[]", '"\\u0000"')),
    *(("CountryCode", f'"{text}"') for text in ("D", "DEU", "D1", "d e", "ＤＥ", "ß", "")),
    *(("CountryCode", text) for text in ("49", "true", "{}")),
    *(
        ("TimeZone", f'"{text}"')
        for text in ("Europe/Nowhere", "europe/berlin", "+02:00", "../UTC", "")
    ),
    *(("TimeZone", text) for text in ("2", "true", "[]")),
    *(
        ("URL", f'"{text}"')
        for text in ("ftp://a.b", "//a.b", "https://", "a.b", "javascript:x", "")
    ),
    *(
        ("URL", f'"{text}"')
        for text in ("http://[::1", "https://a b\\n", f"https://a.b/{'x' * 2000}")
    ),
    *(("URL", text) for text in ("1", "true", "[]")),
    *(
        ("Metadata", text)
        for text in ('"a"', "1", "[]", '{"a": 1}', '{"a": null}', '{"a": {"b": "1"}}', "true")
    ),
]
