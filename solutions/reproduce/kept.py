"""What is finished stays finished: networks after each epoch, and every number, in files of the results' folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


class Kept:
    """A folder of trained networks (npz, without pickle) and measured numbers (JSON); `fresh` empties it first.

    A file is written beside its place and then takes its name, so an interruption leaves the old or the new one.
    """

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if fresh:
            for file in [*folder.glob("*.npz"), folder / "numbers.json"]:
                file.unlink(missing_ok=True)
        self._file = folder / "numbers.json"
        self._numbers: dict[str, Any] = json.loads(self._file.read_text("utf-8")) if self._file.is_file() else {}

    def numbers(self, key: str, measure: Callable[[], Any]) -> Any:
        """What is kept under `key`, else what `measure` gives: plain numbers, or lists and dicts of them."""
        if key not in self._numbers:
            self._numbers[key] = measure()
            self._write(self._file, json.dumps(self._numbers, indent=1).encode())
        return self._numbers[key]

    def load_epochs(self, name: str, network: Any, optimizer: Any) -> list[dict[str, float]]:
        """Take up a training where it was left: weights, optimizer and what was watched, a dict an epoch so far."""
        file = self.folder / f"{name}.npz"
        if not file.is_file():
            return []
        with np.load(file, allow_pickle=False) as stored:
            network.set_weights([stored[f"weight_{i}"] for i in range(len(network.weights))])
            for i, variable in enumerate(optimizer.variables):
                variable.assign(stored[f"optimizer_{i}"])
            return json.loads(str(stored["watched"]))

    def keep_epochs(self, name: str, network: Any, optimizer: Any, watched: list[dict[str, float]]) -> None:
        """Keep a network after its last epoch so far."""
        weights = {f"weight_{i}": weight for i, weight in enumerate(network.get_weights())}
        state = {f"optimizer_{i}": np.asarray(variable) for i, variable in enumerate(optimizer.variables)}
        unfinished = self.folder / f"{name}.unfinished"
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, watched=np.array(json.dumps(watched)), **weights, **state)
        os.replace(unfinished, self.folder / f"{name}.npz")

    def _write(self, file: Path, content: bytes) -> None:
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_bytes(content)
        os.replace(unfinished, file)
