"""Metrics as Prometheus reads them, for tests that look before and after."""

from collections import defaultdict
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families


class Read:
    """One look at /metrics."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))
        self._samples: defaultdict[Any, float] = defaultdict(float)
        for family in self.families:
            for sample in family.samples:
                self._samples[sample.name, frozenset(sample.labels.items())] += sample.value

    def value(self, name: str, **labels: str) -> float:
        """The sample of this name and exactly these labels; 0 where there is none."""
        return self._samples[name, frozenset(labels.items())]

    def has(self, name: str) -> bool:
        """Whether there is any sample of this name."""
        return any(found == name for found, _ in self._samples)


async def look(http: httpx2.AsyncClient, address: str, **headers: str) -> Read:
    """What /metrics says now."""
    answer = await http.get(f"{address}/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return Read(answer.text)
