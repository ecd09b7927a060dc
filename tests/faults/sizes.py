"""Sizes of the suite: short for every change, full for the table of the documentation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How often each fault happens under one traffic, how long it lasts, and what has to work after it."""

    rounds: int
    fault_s: float
    acknowledgements: int
    kills: int
    """How often a migration is killed."""

    patience_s: float
    """How long the outbox may take to be empty: retries wait longer after each failure."""


SIZES = {
    "short": Size(rounds=1, fault_s=1.5, acknowledgements=64, kills=3, patience_s=240),
    "full": Size(rounds=3, fault_s=5, acknowledgements=256, kills=25, patience_s=1500),
}
