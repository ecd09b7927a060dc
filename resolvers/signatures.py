"""Signatures: texts that show that this server itself wrote something, for addresses that carry their own proof."""

import base64
import hashlib
import hmac


def signature(secret: bytes, purpose: str, *facts: str) -> str:
    """The HMAC-SHA256 of some facts, which hold no line breaks; that of another purpose is another."""
    message = "\n".join((purpose, *facts)).encode()
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_signature(given: str, secret: bytes, purpose: str, *facts: str) -> bool:
    """Whether this is the signature of these facts, compared in constant time."""
    return hmac.compare_digest(signature(secret, purpose, *facts).encode(), given.encode())
