"""A dictionary that forgets what was not used for longest."""

from collections import OrderedDict
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Lru(OrderedDict[Key, Value]):
    """Holds `size` entries at most."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def get(self, key: Key, default: Value | None = None) -> Value | None:  # type: ignore[override]  # one signature of dict's suffices here
        """The value, which counts as a use."""
        if key not in self:
            return default
        self.move_to_end(key)
        return self[key]

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        while len(self) > self._size:
            self.popitem(last=False)
