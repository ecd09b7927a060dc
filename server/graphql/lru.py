"""Dictionaries that forget what was not used for longest."""

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


class LruOfTexts(Lru[str, Value]):
    """Holds keys of `size` characters at most, all together."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._characters = 0

    def __setitem__(self, key: str, value: Value) -> None:
        self._characters += 0 if key in self else len(key)
        super().__setitem__(key, value)
        while self._characters > self._size:
            forgotten, _ = self.popitem(last=False)
            self._characters -= len(forgotten)
