"""Cursors: opaque texts that hold a row's place in one ordering and filter, signed so that no other is taken."""

import base64
import binascii
import hashlib
import hmac
from typing import Any

import orjson

from plans.errors import CursorInvalid

TAG_LENGTH = 20


def key(secret: bytes, *bound_to: Any) -> str:
    """The key that signs the cursors of one workspace, ordering and filter."""
    facts = orjson.dumps(bound_to, default=str, option=orjson.OPT_SORT_KEYS)
    return hmac.new(secret, b"cursor" + facts, hashlib.sha256).hexdigest()


def written(place: str, signing_key: str) -> str:
    """SQL of the cursor of a row whose place is a jsonb array, under a key held by a parameter."""
    tag = f"left(encode(sha256(convert_to({signing_key} || {place}::text, 'UTF8')), 'hex'), {TAG_LENGTH})"
    encoded = f"encode(convert_to({tag} || {place}::text, 'UTF8'), 'base64')"
    return f"translate({encoded}, E'+/=\\n', '-_')"


def place(cursor: str, signing_key: str, length: int) -> list[str]:
    """The place that a cursor holds, as texts; CursorInvalid where it wasn't made by `written` with this key."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        tag, content = raw[:TAG_LENGTH], raw[TAG_LENGTH:]
    except (binascii.Error, ValueError):
        raise CursorInvalid from None
    expected = hashlib.sha256(signing_key.encode() + content).hexdigest()[:TAG_LENGTH]
    canonical = base64.b64encode(raw, altchars=b"-_").rstrip(b"=") == cursor.encode()
    if not (canonical and hmac.compare_digest(tag, expected.encode())):
        raise CursorInvalid
    values = orjson.loads(content)
    if len(values) != length:
        raise CursorInvalid
    return [str(value) for value in values]
