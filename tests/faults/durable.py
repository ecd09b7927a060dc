"""A PostgreSQL of the fault suite's own: it keeps what it acknowledged, and can be killed."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import family
from server import embedded
from server.postgres_programs import run

# As it is in production: nothing is answered that is not on disk. Each fault has its own server
# processes with their own pools.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
START_PATIENCE_S = 60


@dataclass
class Postgres:
    """The server by its folder. What holds it running is undone in `stack`."""

    folder: Path
    options: Mapping[str, str]
    stack: ExitStack
    dsn: str = ""
    starts: int = field(default=0)

    @property
    def pid(self) -> int:
        """The process that started all the others."""
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "postgres" / ".s.PGSQL.5432"

    def start(self) -> None:
        """Starts it; what an earlier life left unfinished it recovers first."""
        end_s = time.monotonic() + START_PATIENCE_S
        while True:
            try:
                # Held once more, so that nobody who leaves takes it along.
                self.dsn = self.stack.enter_context(embedded.running(self.folder, self.options))
            except embedded.EmbeddedError:
                # Backends of a server that was killed outlive it for a moment.
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        """Kills every process of it at once, as a machine does that loses its power."""
        for pid in family(self.pid):
            _kill(pid)

    def kill_first(self) -> None:
        """Kills the process that started all the others, which end by themselves."""
        _kill(self.pid)

    def take_writes(self, whether: bool) -> None:
        """Takes writes or none, as a primary does that became a standby, in every session at once."""
        setting = f"default_transaction_read_only = {'off' if whether else 'on'}\n"
        (self.folder / "postgres" / "postgresql.auto.conf").write_text(setting)
        os.kill(self.pid, signal.SIGHUP)

    def stop_at_once(self) -> None:
        """Stops it without a farewell to anyone and without a checkpoint."""
        run("pg_ctl", "-D", str(self.folder / "postgres"), "-m", "immediate", "-w", "stop")


@contextmanager
def durable(folder: Path, **options: str) -> Iterator[Postgres]:
    """It runs, and is gone afterwards."""
    with ExitStack() as stack:
        postgres = Postgres(folder, {**DURABLE, **options}, stack)
        postgres.start()
        yield postgres


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
