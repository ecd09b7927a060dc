"""Rooms: folders that a client's programs are run in, and what the programs said."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tests.equipment import CLIENTS, NODE

CHECKOUT = CLIENTS.parents[1]
SCHEMA = CHECKOUT / "schema" / "schema.graphql"


@dataclass(frozen=True)
class Finished:
    """What a program said, and whether it was content."""

    is_content: bool
    output: str
    complaints: str


@dataclass(frozen=True)
class Room:
    """A folder with what a program needs."""

    folder: Path

    async def run(self, program: str | Path, *arguments: str | Path) -> Finished:
        """Runs one of our scripts, or a program from npm by its name, to its end."""
        assert NODE, "install node 20.19 or newer"
        if isinstance(program, str):
            program = CLIENTS / "node_modules" / ".bin" / program
        running = await asyncio.create_subprocess_exec(
            NODE,
            program,
            *arguments,
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, complaints = await running.communicate()
        return Finished(running.returncode == 0, output.decode(), complaints.decode())

    async def do(self, program: str | Path, *arguments: str | Path) -> str:
        """What a program said that was content."""
        done = await self.run(program, *arguments)
        assert done.is_content, done.output + done.complaints
        return done.output
