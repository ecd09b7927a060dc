"""Takes secrets out of what is about to be logged, wherever in it they stand."""

import re
from collections.abc import Mapping
from functools import lru_cache

REDACTED = "[redacted]"
SECRET_NAMES = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api_?key|signature|dsn", re.IGNORECASE
)
# What every pattern needs: most lines hold none of it, and are spared the rest.
HINT = re.compile(
    r"://|bearer|authorization|_live_|_test_|whsec_|eyj|/pay/|/unsubscribe/|password|passwd|secret|token|signature"
    r"|api_?key",
    re.IGNORECASE,
)
PATTERNS = (
    # An address with a password; up to the last @, since passwords are known to hold one.
    (re.compile(r"(\w+://[^:/\s@]*:)[^\s]*@"), rf"\1{REDACTED}@"),
    (
        re.compile(r"\b(authorization[\"']?\s*[=:]\s*[\"']?\w+)\s+[^\s\"']+", re.IGNORECASE),
        rf"\1 {REDACTED}",
    ),
    (re.compile(r"\b(bearer)\s+(?!\[redacted\])[\w.~+/=-]+", re.IGNORECASE), rf"\1 {REDACTED}"),
    (re.compile(r"\b((?:ak|sk|rk|pk)_(?:live|test)_|whsec_)[\w+/=-]+"), rf"\1{REDACTED}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), REDACTED),
    # Who has the token of a pay link has the invoice.
    (re.compile(r"(/pay/)[\w-]{8,}"), rf"\1{REDACTED}"),
    (re.compile(r"(/unsubscribe/\w+/\w+/)[\w-]+"), rf"\1{REDACTED}"),
    (
        re.compile(
            r"\b([\w-]*(?:password|passwd|secret|token|signature|api_?key)[\"']?\s*[=:]\s*[\"']?)"
            r"(?!\[redacted\])[^\s&\"',}]+",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
)


def redact(value: object, name: str = "") -> object:
    """`value` without secrets; all of it where its name says that it is one."""
    if isinstance(value, str):
        return REDACTED if _is_secret(name) and value else redact_text(value)
    if isinstance(value, Mapping):
        return {key: redact(part, str(key)) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(part, name) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return REDACTED if _is_secret(name) else redact_text(str(value))


def redact_text(text: str) -> str:
    """`text` with every secret that has a known shape replaced."""
    if not HINT.search(text):
        return text
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return SECRET_NAMES.search(name) is not None
