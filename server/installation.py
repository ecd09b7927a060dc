"""What an installation makes for itself and keeps under DATA_DIR: its database, its secrets."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from server import embedded
from server.settings import Settings

SECRET_KEY_BYTES = 32


@contextmanager
def opened(settings: Settings) -> Iterator[Settings]:
    """The settings completed for as long as this lasts: DATABASE_URL and SECRET_KEY are set.

    Raises embedded.EmbeddedError where the embedded database does not start.
    """
    if not settings.is_embedded:
        yield settings
        return
    with embedded.running(settings.data_dir) as dsn:
        key = settings.secret_key or SecretStr(kept_secret_key(settings.data_dir))
        yield settings.model_copy(update={"database_url": SecretStr(dsn), "secret_key": key})


def kept_secret_key(folder: Path) -> str:
    """The secret key of this installation, made on first use."""
    return kept(folder / "secret_key", lambda: secrets.token_hex(SECRET_KEY_BYTES))


def kept(path: Path, make: Callable[[], str]) -> str:
    """What the file holds; where there is none, what `make` answers, for its owner's eyes alone.

    Of several that make it at once, one wins and the others answer what it made.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
