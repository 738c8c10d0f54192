import os
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from course.data import Digits

os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@pytest.fixture(scope="session")
def embedded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TFDS folder with the embedded digits, written once for all tests; copy it, don't change it."""
    from course.embedded import write_embedded

    folder = tmp_path_factory.mktemp("embedded")
    write_embedded(folder)
    return folder


@pytest.fixture
def no_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no digits and no network; the folder in which the course's own data folder will be."""
    from course import data

    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tensorflow_datasets"))
    monkeypatch.setenv(data.DATA_FOLDER_VARIABLE, str(tmp_path / "own"))
    monkeypatch.setattr(data, "host_answers", lambda: False)
    data.digits.cache_clear()
    return tmp_path


@pytest.fixture
def some_digits(no_digits: Path, embedded_folder: Path) -> Digits:
    """The embedded digits, from a folder that is there already."""
    from course import data

    shutil.copytree(embedded_folder, data.data_folder() / "embedded")
    return data.digits()


@pytest.fixture
def noise() -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).random((6, 28, 28, 1), np.float32)
