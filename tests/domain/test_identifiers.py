"""Identifiers: they sort by time, and have one spelling."""

from __future__ import annotations

import threading
import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identifiers import PREFIXES, decode_id, encode_id, new_id, split_id

SOME = UUID("018f2f5e-7c3a-7b1c-8a2d-0123456789ab")


def test_a_new_id_is_a_uuid_of_version_7_that_holds_the_time() -> None:
    before_ms = time.time_ns() // 1_000_000
    made = new_id()

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before_ms <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_ids_of_one_process_only_grow() -> None:
    made = [new_id() for _ in range(5_000)]

    assert made == sorted(set(made))


def test_threads_never_make_the_same_id() -> None:
    made: list[UUID] = []
    threads = [
        threading.Thread(target=lambda: made.extend(new_id() for _ in range(500))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 4_000


@given(st.sampled_from(sorted(PREFIXES.values())), st.uuids())
def test_what_is_encoded_decodes_to_itself(prefix: str, uuid: UUID) -> None:
    text = encode_id(prefix, uuid)

    assert decode_id(prefix, text) == uuid
    assert split_id(text) == (prefix, uuid)


def test_every_type_has_a_prefix_of_its_own() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "inv_",
        SOME.hex,
        f"cus_{SOME.hex}",
        f"inv-{SOME.hex}",
        f"inv_{SOME}",
        f"inv_{SOME.hex.upper()}",
        f"INV_{SOME.hex}",
        f"inv_{SOME.hex}\n",
        f" inv_{SOME.hex}",
        f"inv_{SOME.hex}0",
        f"inv_{SOME.hex[:-1]}",
        f"inv_{SOME.hex[:-1]}g",
        f"inv_{SOME.hex[:-1]}٣",
    ],
)
def test_any_other_spelling_is_no_id(text: str) -> None:
    assert decode_id("inv", text) is None
