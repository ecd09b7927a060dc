"""Document links: addresses under which anyone who holds one may fetch a file until it expires."""

import re
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from uuid import UUID

from domain.identifiers import encode_id
from resolvers.signatures import is_signature, signature

FOLDER = "/files"
PURPOSE = "document link"
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
    query = urlencode({"expires": expires, "signature": signature(secret, PURPOSE, path, expires)})
    return f"{quote(path)}?{query}"


def check(secret: bytes, path: str, expires: str, given: str, now: datetime) -> None:
    """Raises UrlInvalid for a path, expiry and signature that don't belong together, compared in
    constant time, and UrlExpired where they do and it is too late (rules: Links, documents, mail).
    """
    if not EXPIRY.fullmatch(expires) or not is_signature(given, secret, PURPOSE, path, expires):
        raise UrlInvalid
    if now > datetime.fromtimestamp(int(expires), UTC):
        raise UrlExpired
