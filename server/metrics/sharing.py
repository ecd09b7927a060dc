"""Sharing: processes that serve together tell each other what they count, each by a file of its own.

So whichever of them is asked answers for all. A file is written anew once a second; what a process
counted that has ended since is kept.
"""

import asyncio
import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import IO

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from server.metrics.connections import Pools, waiting
from server.metrics.instruments import LOOP_LAG, POOL_WAITED, REGISTRY

EVERY_S = 1.0
COUNTED = ("counter", "histogram", "summary")
# Of these a sum would say nothing.
SAME_FOR_ALL = ("billgraph_build_info", "process_start_time_seconds", "process_max_fds")
ENDED = "ended.prom"

REGISTRY.register(Pools())

_PLACES: dict[Path, Path] = {}
"""The file of this process in each folder."""


@asynccontextmanager
async def kept_up(folder: Path | None) -> AsyncIterator[None]:
    """Looks at the event loop once a second meanwhile, and tells the others in `folder`."""
    with _place(folder):
        task = asyncio.create_task(_keep_up(folder))
        try:
            yield
        finally:
            task.cancel()
            if folder:
                told(folder)


def told(folder: Path | None) -> bytes:
    """What this process counts, in Prometheus' text format; the others in `folder` know it then.

    For the event loop alone: no thread may look at what counts meanwhile, or write the same file.
    """
    text = generate_latest(REGISTRY)
    if folder in _PLACES:
        with suppress(OSError):
            _publish(_PLACES[folder], text)
    return text


def gathered(own: bytes, folder: Path | None, more: Iterable[Metric] = ()) -> bytes:
    """What is `told` here, or by all that share `folder`, in the same format. Any thread may ask."""
    if folder is None:
        return own + _written(more)
    place = _PLACES.get(folder)
    with _locked(folder):
        texts = [*_others(folder, place), _ended(folder)]
    if place is not None:
        texts.append(own.decode())
    return _written([*_summed(texts), *more])


async def _keep_up(folder: Path | None) -> None:
    while True:
        began_s = perf_counter()
        await asyncio.sleep(EVERY_S)
        took_s = perf_counter() - began_s
        LOOP_LAG.add(max(0.0, took_s - EVERY_S))
        POOL_WAITED.add(by=waiting() * took_s)
        if folder:
            told(folder)


@contextmanager
def _place(folder: Path | None) -> Iterator[None]:
    """This process's file in the folder, held for as long as it lives."""
    if folder is None or folder in _PLACES:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{os.getpid()}-{secrets.token_hex(4)}.prom"
    with _held(place):
        _PLACES[folder] = place
        try:
            yield
        finally:
            del _PLACES[folder]


def _publish(place: Path, text: bytes) -> None:
    unfinished = place.with_suffix(".part")
    unfinished.write_bytes(text)
    unfinished.replace(place)


@contextmanager
def _held(place: Path) -> Iterator[None]:
    """Says that the process of this file lives; the system lets go of it however that ends."""
    with place.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "folder.guard").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _others(folder: Path, own: Path | None) -> list[str]:
    """What each other process says that lives; what the rest counted is put with what was."""
    texts = []
    for place in sorted(set(folder.glob("*-*.prom")) - {own}):
        with place.with_suffix(".lock").open("r") as held:
            if _is_free(held):
                _bury(folder, place)
            else:
                texts.append(place.read_text())
    return texts


def _is_free(held: IO[str]) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _bury(folder: Path, place: Path) -> None:
    families = _summed([_ended(folder), place.read_text()])
    _publish(folder / ENDED, _written(one for one in families if one.type in COUNTED))
    place.unlink()
    place.with_suffix(".lock").unlink()


def _ended(folder: Path) -> str:
    place = folder / ENDED
    return place.read_text() if place.exists() else ""


def _summed(texts: Iterable[str]) -> list[Metric]:
    """The families of several processes as those of one: all their numbers added up."""
    families: dict[str, Metric] = {}
    sums: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
    for text in texts:
        for family in text_string_to_metric_families(text):
            families.setdefault(family.name, family)
            found = sums.setdefault(family.name, {})
            for sample in family.samples:
                key = (sample.name, tuple(sample.labels.items()))
                before = 0.0 if family.name in SAME_FOR_ALL else found.get(key, 0.0)
                found[key] = before + sample.value
    return [_with_samples(family, sums[name]) for name, family in families.items()]


def _with_samples(
    family: Metric, sums: dict[tuple[str, tuple[tuple[str, str], ...]], float]
) -> Metric:
    made = Metric(family.name, family.documentation, family.type)
    for (name, labels), value in sums.items():
        made.add_sample(name, dict(labels), value)
    return made


def _written(families: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Families(families))
    return generate_latest(registry)


class _Families(Collector):
    """Families that are there already, for prometheus-client to write out."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families
