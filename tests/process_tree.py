"""Processes as Linux lists them: who started whom, and who still runs."""

from pathlib import Path
from typing import NamedTuple


class Found(NamedTuple):
    """A process that runs, and by which command."""

    pid: int
    command: str


def children(pid: int) -> list[Found]:
    """The processes that one started and that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        state, parent = _state_and_parent(folder)
        if parent == pid and state != "Z":
            found.append(Found(int(folder.name), _command(folder)))
    return found


def runs(pid: int) -> bool:
    """Whether it does; one that ended and that nobody asked about does not."""
    state, _ = _state_and_parent(Path("/proc") / str(pid))
    return state not in ("", "Z", "X")


def _state_and_parent(folder: Path) -> tuple[str, int]:
    try:
        facts = (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    return facts[0], int(facts[1])


def _command(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
