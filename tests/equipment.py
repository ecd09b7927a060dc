"""Equipment: what some tests need of the machine beyond Python, and a word on what it lacks.

A newcomer may have none of it, and the suite must pass there. CI has it all, and would miss it.
"""

import os
import shutil
from pathlib import Path

IN_CI = "CI" in os.environ
CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))
NODE = shutil.which("node")
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
CLIENTS = Path(__file__).parent / "clients"


def has_browser() -> bool:
    """Whether there is a Chromium, or must be one."""
    return CHROMIUM is not None or IN_CI


def has_clients() -> bool:
    """Whether the clients are installed as their lock says, or must be."""
    return (NODE is not None and _are_installed()) or IN_CI


def has_pooler() -> bool:
    """Whether there is a PgBouncer, or must be one."""
    return PGBOUNCER is not None or IN_CI


def has_clocks_that_jump() -> bool:
    """Whether there is libfaketime, or must be."""
    return bool(FAKETIME) or IN_CI


def may_mount() -> bool:
    """Whether file systems can be mounted, or must be: it takes root."""
    return os.geteuid() == 0 or IN_CI


def lacking() -> list[str]:
    """A line for each kind of test that is left out."""
    lines = []
    if not has_browser():
        lines.append("left out: tests in a browser, for there is no chromium")
    if not has_clients():
        lines.append("left out: tests with clients from npm; `make clients` brings them")
    if not has_pooler():
        lines.append("left out: tests behind a pooler, for there is no pgbouncer")
    if not has_clocks_that_jump():
        lines.append("left out: clocks that jump (make faults), for there is no libfaketime")
    if not may_mount():
        lines.append("left out: a disk that is full (make faults), which takes root")
    return lines


def _are_installed() -> bool:
    installed = CLIENTS / "node_modules" / ".package-lock.json"
    if not installed.exists():
        return False
    return installed.stat().st_mtime >= (CLIENTS / "package-lock.json").stat().st_mtime
