"""Trusted documents: documents that clients name by id instead of sending them."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import orjson

from server.graphql.errors import RequestRefused
from server.graphql.lru import Lru
from server.settings import SettingsError

Mode = Literal["off", "apq", "trusted"]
SHA256 = "sha256:"
STORED_AT_MOST = 1_000
# Anyone may store; what is longer is sent in whole each time.
STORED_LENGTH_AT_MOST = 20_000
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"


class ManifestError(SettingsError):
    """DOCUMENTS_DIR holds no manifests, or one that isn't a JSON object of documents."""


class TrustedDocuments:
    """Finds documents by id, by one of three modes.

    off: none is known. apq: clients store their own, under the SHA-256 of the text; that saves
    bytes and guards nothing. trusted: those of the manifests alone, as relay-compiler and
    graphql-codegen write them.
    """

    def __init__(self, mode: Mode = "off", folder: Path | None = None) -> None:
        self.mode = mode
        self._trusted = _manifests(folder) if mode == "trusted" and folder else {}
        self._stored: Lru[str, str] = Lru(STORED_AT_MOST)

    @property
    def refuses_free_documents(self) -> bool:
        """Whether a text that a client sends itself needs a caller who may change settings."""
        return self.mode == "trusted"

    def text(self, document_id: str, sent: str | None) -> str:
        """The document that an id names. Raises RequestRefused."""
        name = document_id.removeprefix(SHA256)
        if self.mode == "off":
            raise _refused("PersistedQueryNotSupported", NOT_SUPPORTED)
        if self.mode == "apq" and sent is not None:
            if hashlib.sha256(sent.encode()).hexdigest() != name:
                raise RequestRefused(
                    400, "The id isn't the SHA-256 of the document.", of_document=True
                )
            if len(sent) <= STORED_LENGTH_AT_MOST:
                self._stored[name] = sent
            return sent
        found = self._trusted.get(name) or self._stored.get(name)
        if found is None:
            raise _refused("PersistedQueryNotFound", NOT_FOUND)
        return found


def _refused(message: str, code: str) -> RequestRefused:
    # Apollo's clients know these refusals by message too, and send the text then, or stop asking.
    return RequestRefused(400, message, code, of_document=True)


def _manifests(folder: Path) -> dict[str, str]:
    """The documents of all manifests in a folder. Raises ManifestError."""
    found: dict[str, str] = {}
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise ManifestError(f"DOCUMENTS_DIR: {folder} holds no *.json to trust documents of")
    for path in paths:
        for name, text in _manifest(path):
            if found.setdefault(name, text) != text:
                raise ManifestError(f"DOCUMENTS_DIR: {path} has another document for {name}")
    return found


def _manifest(path: Path) -> Iterator[tuple[str, str]]:
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ManifestError(f"DOCUMENTS_DIR: {path} cannot be read as JSON: {error}") from None
    if not isinstance(found, Mapping) or not all(isinstance(v, str) for v in found.values()):
        raise ManifestError(f"DOCUMENTS_DIR: {path} is no JSON object of document texts by id")
    yield from ((name.removeprefix(SHA256), text) for name, text in found.items())
