"""Nothing secret reaches a log, whatever it stands in."""

import pytest

from server.redaction import redact, redact_text

SECRETS = {
    "bearer": ("Authorization: Bearer abc.DEF-123_~+/=", "abc.DEF"),
    "basic": ("authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    "live key": ("the key ak_live_0aZ9-_x was refused", "0aZ9"),
    "test key": ("(ak_test_0aZ9)", "0aZ9"),
    "gateway key": ("sk_live_51Hx", "51Hx"),
    "webhook secret": ("signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw==", "MfKQ9r8G"),
    "DSN": ("postgresql://app:s3cr:t@db:5432/x failed", "s3cr"),
    "password with an at sign": ("smtp://u:p@ss@mail:25", "p@ss"),
    "DSN option": ("postgresql://db/x?user=a&password=hunter2&sslmode=require", "hunter2"),
    "JSON": ('{"clientSecret": "hunter2", "name": "x"}', "hunter2"),
    "JWT": ("got eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJ instead", "SflKxwRJ"),
    "pay link": ("GET /pay/9f8a7b6c5d4e3f2a1b0c", "9f8a7b6c"),
    "way out of mails": ("GET /unsubscribe/wsp_1a/cus_2b/9f8a7b6c5d4e", "9f8a7b6c"),
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_a_secret_is_taken_out_and_the_rest_stays(text: str, secret: str) -> None:
    clean = redact_text(text)

    assert secret not in clean
    assert "[redacted]" in clean
    assert clean.split("[redacted]")[0] == text[: len(clean.split("[redacted]")[0])]


@pytest.mark.parametrize(
    "text",
    [
        "invoice inv_018f4b7c9a3e7cc2b0d3a1e5f6a7b8c9 finalized as INV-0042",
        "http://127.0.0.1:8000/graphql answered 200 in 3 ms",
        "a basic question about tokens",
        "customer billing@example.com",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text


def test_a_value_named_as_a_secret_goes_whatever_it_looks_like() -> None:
    event = {"api_key": "plain", "headers": {"Authorization": "x y"}, "n": 3, "password": ["a"]}

    assert redact(event) == {
        "api_key": "[redacted]",
        "headers": {"Authorization": "[redacted]"},
        "n": 3,
        "password": ["[redacted]"],
    }


def test_an_object_is_searched_as_the_text_it_would_print() -> None:
    error = ValueError("bad DSN postgresql://app:hunter2@db/x")

    assert redact(error) == "bad DSN postgresql://app:[redacted]@db/x"
