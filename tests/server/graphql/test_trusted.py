"""Trusted documents in their three modes, as clients ask for them over HTTP."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from server.graphql.trusted import (
    STORED_AT_MOST,
    STORED_LENGTH_AT_MOST,
    ManifestError,
    TrustedDocuments,
)
from tests import site as sites
from tests.server.graphql.test_sockets import heard, say
from tests.server.graphql.test_sockets import opened as opened_socket
from tests.server.test_cli import command
from tests.site import Client, Json, Site

MODE = "query Mode { viewer { mode } }"
COUNT = "query Count { customers { totalCount } }"
CREATE = 'mutation Create { customerCreate(input: { name: "Bob" }) { customer { name } } }'
LIVE = {"viewer": {"mode": "LIVE"}}
# relay-compiler's own ids are MD5.
BY_RELAY = hashlib.md5(COUNT.encode()).hexdigest()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """What relay-compiler and graphql-codegen leave behind."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "relay.json").write_text(json.dumps({BY_RELAY: COUNT}))
    codegen = {f"sha256:{sha256(text)}": text for text in (MODE, CREATE)}
    (folder / "persisted-documents.json").write_text(json.dumps(codegen, indent=2))
    return folder


@pytest.fixture
async def apq(site: Site) -> AsyncIterator[Client]:
    """Who may do everything at a site where clients store documents."""
    async with opened(site, documents="apq") as there:
        yield await there.someone()


@pytest.fixture
async def trusted(site: Site, manifests: Path) -> AsyncIterator[Site]:
    """A site that runs the documents of manifests."""
    async with opened(site, documents="trusted", documents_dir=manifests) as there:
        yield there


def opened(site: Site, **given: Any) -> AbstractAsyncContextManager[Site]:
    return sites.opened(site.settings.model_copy(update=given))


async def lesser(client: Client, *scopes: str) -> Client:
    made = await client.do("apiKeyCreate", "secret", name="L", mode="LIVE", scopes=list(scopes))
    return Client(client.http, client.url, made["secret"])


async def asked(client: Client, **request: Any) -> Json:
    found: Json = (await client.post(request)).json()
    return found


def by_apollo(text: str) -> Json:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}


def code(answer: Json) -> tuple[str, str]:
    assert list(answer) == ["errors"]
    [error] = answer["errors"]
    return error["message"], error["extensions"]["code"]


async def test_a_server_that_knows_none_says_so_as_apollo_s_clients_know_it(client: Client) -> None:
    """They send the whole text then, and no more ids."""
    first = await asked(client, extensions=by_apollo(MODE))
    second = await asked(client, query=MODE)

    assert code(first) == ("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
    assert second["data"] == LIVE


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), ("*/*", 200)])
async def test_refusals_by_id_are_graphql_answers(client: Client, accept: str, status: int) -> None:
    answer = await client.post({"documentId": "x"}, accept=accept)
    modern = await client.post({"documentId": "x"}, accept="application/graphql-response+json")

    assert answer.status_code == status
    assert modern.status_code == 400
    assert answer.headers["cache-control"] == "no-store"


async def test_what_a_client_stored_it_and_others_may_name(apq: Client, site: Site) -> None:
    before = await asked(apq, extensions=by_apollo(MODE))
    stored = await asked(apq, query=MODE, extensions=by_apollo(MODE))
    by_extension = await asked(apq, extensions=by_apollo(MODE))
    by_id = await asked(apq, documentId=sha256(MODE))
    by_long_id = await asked(apq, documentId=f"sha256:{sha256(MODE)}")

    assert code(before) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    assert [answer["data"] for answer in (stored, by_extension, by_id, by_long_id)] == [LIVE] * 4


@pytest.mark.parametrize("name", [sha256(COUNT), "", "x", sha256(MODE).upper(), sha256(MODE) + "0"])
async def test_a_text_is_stored_under_its_own_hash_alone(apq: Client, name: str) -> None:
    answer = await asked(
        apq, query=MODE, extensions={"persistedQuery": {"version": 1, "sha256Hash": name}}
    )
    honest = await asked(apq, documentId=name or "x")

    assert "SHA-256" in code(answer)[0] if name else answer["data"] == LIVE
    assert code(honest)[1] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_mutation_may_be_stored_and_is_not_run_by_get(apq: Client) -> None:
    await asked(apq, query=CREATE, extensions=by_apollo(CREATE))
    answer = await apq.http.get(
        f"{apq.url}?{urlencode({'documentId': sha256(CREATE)})}", headers=apq.authorization
    )

    assert answer.status_code == 405
    assert (await apq.ask(COUNT))["customers"]["totalCount"] == 1


async def test_storing_a_document_takes_no_key_off_its_answers(apq: Client, site: Site) -> None:
    await asked(apq, query=COUNT, extensions=by_apollo(COUNT))

    nobody = Client(apq.http, apq.url)

    assert code(await asked(nobody, documentId=sha256(COUNT)))[1] == "UNAUTHENTICATED"


async def test_ids_and_free_documents_go_side_by_side_where_clients_store(apq: Client) -> None:
    assert (await asked(apq, query=MODE))["data"] == LIVE


@pytest.mark.parametrize(
    "request_",
    [
        {"documentId": f"sha256:{sha256(MODE)}"},
        {"documentId": sha256(MODE)},
        {"extensions": by_apollo(MODE)},
        {"documentId": sha256(MODE), "query": None, "variables": {}, "operationName": "Mode"},
        {"documentId": sha256(MODE), "query": COUNT},
    ],
)
async def test_a_trusted_document_runs_by_its_id(trusted: Site, request_: Json) -> None:
    """Whatever text came with the id."""
    reader = await lesser(await trusted.someone(), "INVOICES_READ")

    assert (await asked(reader, **request_))["data"] == LIVE


async def test_a_trusted_document_runs_by_relay_s_id(trusted: Site) -> None:
    reader = await lesser(await trusted.someone(), "CUSTOMERS_READ")

    assert (await asked(reader, documentId=BY_RELAY))["data"] == {"customers": {"totalCount": 0}}


async def test_a_trusted_document_runs_by_get(trusted: Site) -> None:
    client = await trusted.someone()

    async def get(**given: str) -> Any:
        return await client.http.get(
            f"{client.url}?{urlencode(given)}", headers=client.authorization
        )

    assert (await get(documentId=sha256(MODE))).json()["data"] == LIVE
    assert (await get(extensions=json.dumps(by_apollo(MODE)))).json()["data"] == LIVE
    assert (await get(documentId=sha256(CREATE))).status_code == 405


async def test_a_trusted_document_runs_over_a_socket(trusted: Site) -> None:
    author = await trusted.someone()
    reader = await lesser(author, "INVOICES_READ")

    async with opened_socket(reader) as socket:
        await say(socket, id="a", type="subscribe", payload={"documentId": sha256(MODE)})
        assert (await heard(socket))["payload"]["data"] == LIVE
        assert (await heard(socket))["type"] == "complete"
        await say(socket, id="b", type="subscribe", payload={"query": MODE})
        assert (await heard(socket))["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_variables_go_with_the_id(trusted: Site, manifests: Path) -> None:
    text = "query One($id: ID!) { customer(id: $id) { name } }"
    (manifests / "more.json").write_text(json.dumps({"one": text}))
    async with opened(trusted, documents="trusted", documents_dir=manifests) as there:
        client = await there.someone()
        made = await client.do("customerCreate", "customer { id }", name="Bob")

        answer = await asked(client, documentId="one", variables=made["customer"])

    assert answer["data"] == {"customer": {"name": "Bob"}}


@pytest.mark.parametrize(
    "request_",
    [
        {"documentId": sha256("{ __typename }")},
        {"documentId": "sha256:"},
        {"documentId": "SHA256:" + sha256(MODE)},
        {"query": COUNT + " ", "extensions": by_apollo(COUNT + " ")},
    ],
)
async def test_what_no_manifest_holds_is_not_found(trusted: Site, request_: Json) -> None:
    """A hash that fits its text is no reason to trust it."""
    answer = await asked(await trusted.someone(), **request_)

    assert code(answer) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")


async def test_a_document_of_one_s_own_takes_settings_write(trusted: Site) -> None:
    author = await trusted.someone()
    reader = await lesser(author, "INVOICES_READ", "CUSTOMERS_READ", "SETTINGS_READ")

    refused = await asked(reader, query=MODE)

    assert code(refused)[1] == "FORBIDDEN"
    assert refused["errors"][0]["extensions"]["reason"] == "DOCUMENT_NOT_TRUSTED"
    assert (await asked(author, query=MODE))["data"] == LIVE


@pytest.mark.parametrize("query", ["{ __schema { queryType { name } } }", MODE, CREATE])
async def test_someone_without_a_key_has_no_documents_of_their_own(
    trusted: Site, query: str
) -> None:
    answer = await trusted.nobody.post({"query": query})

    assert list(answer.json()) == ["errors"]
    assert code(answer.json())[1] in ("FORBIDDEN", "UNAUTHENTICATED")


@pytest.mark.parametrize("document_id", [1, ["x"], {"a": 1}, True])
async def test_an_id_is_a_text(trusted: Site, document_id: Any) -> None:
    response = await trusted.nobody.post({"documentId": document_id})

    assert response.status_code == 400
    assert code(response.json())[1] == "BAD_USER_INPUT"


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (lambda folder: folder.rmdir(), "holds no *.json"),
    "an empty folder": (lambda folder: None, "holds no *.json"),
    "no JSON": (lambda folder: (folder / "a.json").write_text("{"), "cannot be read as JSON"),
    "no UTF-8": (lambda folder: (folder / "a.json").write_bytes(b"\xff"), "cannot be read as"),
    "a folder of that name": (lambda folder: (folder / "a.json").mkdir(), "cannot be read as"),
    "a list": (lambda folder: (folder / "a.json").write_text("[]"), "is no JSON object of"),
    "Apollo's operations": (
        lambda folder: (folder / "a.json").write_text('{"version": 1, "operations": []}'),
        "is no JSON object of",
    ),
    "one id twice": (
        lambda folder: [
            (folder / f"{name}.json").write_text(json.dumps({"same": name})) for name in "ab"
        ],
        "has another document for same",
    ),
}


@pytest.mark.parametrize(("spoil", "why"), WRONG.values(), ids=WRONG.keys())
def test_a_bad_manifest_is_explained(
    tmp_path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    spoil(folder)

    with pytest.raises(ManifestError, match=why.replace("*", r"\*")) as caught:
        TrustedDocuments("trusted", folder)

    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_a_server_with_a_bad_manifest_says_so_and_does_not_start(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    manifest = tmp_path / "documents" / "relay.json"
    manifest.parent.mkdir()
    manifest.write_text("{")

    done = command(
        *("serve", "--port", "65535", *workers),
        folder=tmp_path / "data",
        DOCUMENTS="trusted",
        DOCUMENTS_DIR=str(manifest.parent),
    )

    assert done.returncode == 1
    assert f"{manifest} cannot be read as JSON" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Listening" not in done.stderr


def test_trusting_takes_a_folder(tmp_path: Path) -> None:
    done = command("doctor", folder=tmp_path, DOCUMENTS="trusted")

    assert done.returncode == 1
    assert "DOCUMENTS=trusted needs DOCUMENTS_DIR" in done.stderr


def test_clients_cannot_fill_the_memory_with_documents() -> None:
    documents = TrustedDocuments("apq")
    texts = [f"{{ a{place} }}" for place in range(STORED_AT_MOST + 1)]
    long = "#" * STORED_LENGTH_AT_MOST + "\n{ a }"

    for text in [*texts, long]:
        assert documents.text(sha256(text), text) == text

    assert len(documents._stored) == STORED_AT_MOST
    assert sha256(long) not in documents._stored
    assert sha256(texts[0]) not in documents._stored
