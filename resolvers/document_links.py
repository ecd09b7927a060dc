"""Document links: addresses under which anyone who holds one may fetch a file until it expires."""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from uuid import UUID

from domain.identifiers import encode_id

FOLDER = "/files"
EXPIRY = re.compile(r"[0-9]{1,12}")


class LinkRefused(Exception):
    """A link that opens nothing; `code` says why, for programs."""

    code = ""


class UrlInvalid(LinkRefused):
    """A link that this server did not sign, or that was changed since."""

    code = "URL_INVALID"


class UrlExpired(LinkRefused):
    """A link whose time is over."""

    code = "URL_EXPIRED"


def path_of(workspace_id: UUID, document_id: str, number: str) -> str:
    """The path of a document's PDF, by its global id; its last part is the file's name."""
    return f"{FOLDER}/{encode_id('wsp', workspace_id)}/{document_id}/{file_name(number)}"


def file_name(number: str) -> str:
    """What a document with this number is called on a disk: `{number}.pdf`."""
    return "".join(sign if sign.isalnum() or sign in "-_. " else "-" for sign in number) + ".pdf"


def signed(secret: bytes, path: str, expires_at: datetime) -> str:
    """The path with what lets it be fetched until then: whole seconds, and an HMAC-SHA256."""
    expires = str(int(expires_at.timestamp()))
    query = urlencode({"expires": expires, "signature": _signature(secret, path, expires)})
    return f"{quote(path)}?{query}"


def check(secret: bytes, path: str, expires: str, signature: str, now: datetime) -> None:
    """Raises UrlInvalid for a path, expiry and signature that don't belong together, compared in
    constant time, and UrlExpired where they do and it is too late (rules: Links, documents, mail).
    """
    expected = _signature(secret, path, expires)
    if not EXPIRY.fullmatch(expires) or not _is_same(expected, signature):
        raise UrlInvalid
    if now > datetime.fromtimestamp(int(expires), UTC):
        raise UrlExpired


def _signature(secret: bytes, path: str, expires: str) -> str:
    message = f"document link\n{path}\n{expires}".encode()
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _is_same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())
