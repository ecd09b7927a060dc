"""What an installation makes once and keeps."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from pydantic import SecretStr

from server.installation import kept, kept_secret_key, opened
from server.settings import Settings


def test_a_secret_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = kept_secret_key(tmp_path)

    assert len(key) == 64
    assert kept_secret_key(tmp_path) == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 1


def test_of_many_that_make_it_at_once_all_get_the_same(tmp_path: Path) -> None:
    numbers = count()
    with ThreadPoolExecutor(16) as threads:
        made = threads.map(lambda _: kept(tmp_path / "it", lambda: str(next(numbers))), range(64))

    assert len(set(made)) == 1


def test_an_embedded_installation_brings_database_and_secret(tmp_path: Path) -> None:
    with opened(Settings(data_dir=tmp_path)) as settings:
        assert settings.dsn.endswith(f"host={tmp_path}/postgres")
        assert settings.secret == kept_secret_key(tmp_path)


def test_a_database_of_ones_own_is_used_as_it_is(tmp_path: Path) -> None:
    given = Settings(
        data_dir=tmp_path,
        database_url=SecretStr("postgresql://db/x"),
        secret_key=SecretStr("k" * 32),
    )

    with opened(given) as settings:
        assert settings == given
    assert list(tmp_path.iterdir()) == []
