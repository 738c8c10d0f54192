"""MNIST's handwritten digits: all 70,000 where they can be had, else the 5,000 that are installed with the course.

Every way ends in a TensorFlow Datasets (TFDS) folder that is read with `tfds.load`. What the course writes, it writes
into a folder of its own, never into `~/tensorflow_datasets`, where a part of MNIST would pass for the whole.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from course.embedded import write_embedded

Source = Literal["prepared", "download", "embedded"]

DATA_FOLDER_VARIABLE = "ADVERSARIAL_COURSE_DATA"
PROBE_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz"
PROBE_SECONDS = 3.0
_DATASET = Path("mnist") / "3.0.1"


class Digits(NamedTuple):
    """Images, float32, (n, 28, 28, 1) in [0, 1], and labels, int64, (n,). The arrays are read-only: copy to change."""

    x_train: npt.NDArray[np.float32]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.float32]
    y_test: npt.NDArray[np.int64]
    source: Source


@functools.cache
def digits(source: Source | None = None) -> Digits:
    """The digits to train on and the digits held out; one printed line says where they come from.

    Without `source` the first of these that works: a TFDS folder with a complete MNIST (`TFDS_DATA_DIR`, or
    `~/tensorflow_datasets`); what an earlier call wrote into the course's own folder; a download, if the host answers
    within 3 seconds; the embedded digits (4,000 to train on, 1,000 held out, 100 a class), which need no network.

    Args:
        source: "prepared", "download" or "embedded" to insist on one of them.

    Raises:
        ValueError: `source` is none of the three.
        FileNotFoundError: "prepared" was asked for and there is no complete folder.
        ConnectionError: "download" was asked for and the host does not answer.
        OSError: the course's own folder can't be written.
    """
    if source is not None and source not in get_args(Source):
        raise ValueError(f'There is no source {source!r} of digits. Choose "prepared", "download", "embedded" or None.')
    found, folder = _find(source) or _make(source)
    train, test = _read(folder, "train"), _read(folder, "test")
    whole = "" if found != "embedded" else ' All 70,000, with a network: digits("download").'
    print(f"Digits: {len(train[0]):,} to train on, {len(test[0]):,} held out ({found}, in {folder}).{whole}")
    return Digits(*train, *test, found)


def data_folder() -> Path:
    """The course's own data folder: where `ADVERSARIAL_COURSE_DATA` says, else in the user's cache folder."""
    if chosen := os.environ.get(DATA_FOLDER_VARIABLE):
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        caches = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        caches = Path.home() / "Library" / "Caches"
    else:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "adversarial-course"


def _find(source: Source | None) -> tuple[Source, Path] | None:
    """A complete data set that is already on this machine, and what it is."""
    standard = Path(os.environ.get("TFDS_DATA_DIR") or Path.home() / "tensorflow_datasets").expanduser()
    places: list[tuple[Source, Path]] = [
        ("prepared", standard),
        ("download", data_folder() / "download"),
        ("embedded", data_folder() / "embedded"),
    ]
    for name, folder in places:
        if source in (None, name) and _is_complete(folder):
            return name, folder
    if source == "prepared":
        raise FileNotFoundError(f"There is no complete MNIST in {standard}. digits() finds another source by itself.")
    return None


def _is_complete(folder: Path) -> bool:
    """Whether TFDS finished writing MNIST into `folder`: it names every file in dataset_info.json, written last."""
    try:
        splits = json.loads((folder / _DATASET / "dataset_info.json").read_text(encoding="utf-8"))["splits"]
        counts = {split["name"]: len(split["shardLengths"]) for split in splits}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return {"train", "test"} <= counts.keys() and all(
        len(list((folder / _DATASET).glob(f"mnist-{name}.*-of-{count:05d}"))) == count for name, count in counts.items()
    )


def _make(source: Source | None) -> tuple[Source, Path]:
    """Download MNIST where that works, else write the embedded digits, once, as a TFDS data set."""
    if source != "embedded":
        try:
            if not host_answers():
                raise ConnectionError(f"{PROBE_URL} did not answer within {PROBE_SECONDS:g} seconds.")
            return "download", _write("download", _download)
        except Exception as error:  # TFDS raises many kinds: no network, a proxy's page, a wrong checksum
            if source == "download":
                raise ConnectionError(f"MNIST can't be downloaded: {error} digits() works without a network.") from None
    return "embedded", _write("embedded", write_embedded)


def host_answers(url: str = PROBE_URL, seconds: float = PROBE_SECONDS) -> bool:
    """Whether `url` can be had, known after `seconds` at most: looking up a name has no time limit of its own."""
    answered = threading.Event()

    def ask() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")
            with urllib.request.urlopen(request, timeout=seconds) as reply:
                if reply.status == 200:
                    answered.set()
        except (OSError, ValueError):  # unreachable, refused, or not even an address
            pass
        finally:
            finished.set()

    finished = threading.Event()
    threading.Thread(target=ask, daemon=True).start()
    finished.wait(seconds)
    return answered.is_set()


def _write(name: str, write: Callable[[Path], None]) -> Path:
    """The folder `name` of the course, written by `write` in a folder beside it that then takes the name.

    Taking a name is one step for the file system: of two processes that prepare the same data at once, one wins, the
    other throws its copy away, and nobody ever sees half a data set.
    """
    final = data_folder() / name
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        workplace = Path(tempfile.mkdtemp(prefix=f"{name}-", suffix=".unfinished", dir=final.parent))
    except OSError as error:
        advice = f"Set the environment variable {DATA_FOLDER_VARIABLE} to a folder you may write in."
        raise OSError(f"The digits can't be kept in {final.parent}: {error.strerror}. {advice}") from None
    try:
        unfinished = workplace / name  # `workplace` itself is for this user only
        unfinished.mkdir()
        write(unfinished)
        shutil.rmtree(unfinished / "downloads", ignore_errors=True)  # the archives
        unfinished.rename(final)
    except OSError:
        if not _is_complete(final):  # not that another process was faster
            raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return final


def _download(folder: Path) -> None:
    import tensorflow_datasets as tfds

    tfds.builder("mnist", data_dir=folder).download_and_prepare()


def _read(folder: Path, split: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    import tensorflow_datasets as tfds

    examples = tfds.as_numpy(tfds.load("mnist", split=split, data_dir=folder, download=False, batch_size=-1))
    images = examples["image"].astype(np.float32) / 255
    labels = examples["label"].astype(np.int64)
    images.flags.writeable = labels.flags.writeable = False  # the same arrays are given to every caller
    return images, labels
