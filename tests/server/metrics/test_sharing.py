"""Processes that serve together count as one, also for what those counted that have ended."""

import fcntl
from pathlib import Path
from typing import IO

from server.metrics.sharing import gathered, kept_up, told
from tests.server.metrics.reading import Read

SAID = """\
# HELP billgraph_mails_total Mails.
# TYPE billgraph_mails_total counter
billgraph_mails_total{outcome="sent"} 3.0
# HELP billgraph_operation_duration_seconds Operations.
# TYPE billgraph_operation_duration_seconds histogram
billgraph_operation_duration_seconds_bucket{le="0.1",outcome="test",type="query"} 2.0
billgraph_operation_duration_seconds_bucket{le="+Inf",outcome="test",type="query"} 4.0
billgraph_operation_duration_seconds_count{outcome="test",type="query"} 4.0
billgraph_operation_duration_seconds_sum{outcome="test",type="query"} 1.5
# HELP billgraph_worker_slots_busy Busy.
# TYPE billgraph_worker_slots_busy gauge
billgraph_worker_slots_busy{slots="test"} 5.0
# HELP process_start_time_seconds Since when.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1000.0
"""


def says(folder: Path, name: str) -> IO[str]:
    """Another process of the folder, alive until the answer is closed."""
    (folder / f"{name}.prom").write_text(SAID)
    held = (folder / f"{name}.lock").open("w")
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


def seen_from(folder: Path | None) -> Read:
    """What this process tells of all in the folder."""
    return Read(gathered(told(folder), folder).decode())


async def sent(folder: Path) -> float:
    return seen_from(folder).value("billgraph_mails_total", outcome="sent")


async def test_counts_gauges_and_durations_of_all_are_added_up(tmp_path: Path) -> None:
    alone = seen_from(None)
    mails = alone.value("billgraph_mails_total", outcome="sent")
    with says(tmp_path, "7-one"), says(tmp_path, "8-two"):
        async with kept_up(tmp_path):
            seen = seen_from(tmp_path)

    histogram = "billgraph_operation_duration_seconds"
    assert seen.value("billgraph_mails_total", outcome="sent") == mails + 6
    assert seen.value("billgraph_worker_slots_busy", slots="test") == 10
    assert seen.value(f"{histogram}_count", type="query", outcome="test") == 8
    assert seen.value(f"{histogram}_sum", type="query", outcome="test") == 3
    assert seen.value(f"{histogram}_bucket", le="0.1", type="query", outcome="test") == 4
    assert seen.value("billgraph_build_info", **build(alone)) == 1


async def test_what_ended_keeps_what_it_counted_and_holds_nothing_any_more(tmp_path: Path) -> None:
    async with kept_up(tmp_path):
        with says(tmp_path, "7-one"):
            before = await sent(tmp_path)
        looks = [await sent(tmp_path) for _ in range(3)]
        with says(tmp_path, "8-two"):
            more = await sent(tmp_path)
        seen = seen_from(tmp_path)

    assert looks == [before] * 3
    assert more == before + 3
    assert await sent(tmp_path) == before + 3
    assert seen.value("billgraph_worker_slots_busy", slots="test") == 0
    assert names(tmp_path) == ["ended.prom"]


async def test_a_process_that_leaves_has_written_its_last(tmp_path: Path) -> None:
    async with kept_up(tmp_path):
        inside = await sent(tmp_path)

    assert await sent(tmp_path) == inside


async def test_a_process_that_cannot_write_its_file_is_told_of_all_the_same_and_ends(
    tmp_path: Path,
) -> None:
    async with kept_up(tmp_path):
        fill_up(tmp_path)
        with says(tmp_path, "7-one"):
            seen = await sent(tmp_path)

    assert seen == seen_from(None).value("billgraph_mails_total", outcome="sent") + 3


def fill_up(folder: Path) -> None:
    """Has no file begun for this process, as on a full disk."""
    [held] = folder.glob("*.lock")
    held.with_suffix(".part").mkdir()


def names(folder: Path) -> list[str]:
    return [place.name for place in folder.glob("*.prom")]


def build(seen: Read) -> dict[str, str]:
    [family] = [one for one in seen.families if one.name == "billgraph_build_info"]
    return dict(family.samples[0].labels)
