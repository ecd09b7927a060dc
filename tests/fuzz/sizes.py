"""How much the fuzz suite tries: little and always the same, or as much as EXAMPLES says, by chance."""

import os

from hypothesis import HealthCheck, settings

ASKED = int(os.environ.get("EXAMPLES") or 0)
TIME_LIMIT_S = 0 if ASKED else 600
"""Of one test; 0 is none."""


def examples(short: int) -> settings:
    """Settings of a test that tries `short` examples, the same ones each time, unless more are asked for.

    Nothing is timed: a machine may be as slow as it likes.
    """
    return settings(
        max_examples=ASKED or short,
        derandomize=not ASKED,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


def times(short: int) -> int:
    """How many of something that is not hypothesis's to count."""
    return ASKED or short
