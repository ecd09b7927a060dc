"""Running what a page says: a command that must succeed, in an environment that says no more than it must."""

import os
import subprocess
from pathlib import Path


def run(command: list[str], folder: Path, **environment: str) -> str:
    """What a command says that is run in a folder."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout
