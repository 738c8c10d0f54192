import http.server
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from course import data
from course.data import Digits, digits
from course.embedded import embedded_images, split_by_class


def as_bytes(images: np.ndarray) -> set[bytes]:
    return {np.rint(image * 255).astype(np.uint8).tobytes() for image in images}


def test_without_folder_or_network_the_embedded_digits_are_written_once_and_read_back(
    no_digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = digits()
    assert found.source == "embedded"
    assert found.x_train.shape == (4000, 28, 28, 1)
    assert found.x_test.shape == (1000, 28, 28, 1)
    assert found.x_train.dtype == found.x_test.dtype == np.float32
    assert found.y_train.dtype == found.y_test.dtype == np.int64
    assert (found.x_train.min(), found.x_train.max()) == (0, 1)
    assert np.bincount(found.y_test).tolist() == [100] * 10
    assert as_bytes(found.x_train) | as_bytes(found.x_test) == as_bytes(embedded_images()[0] / 255)
    assert not as_bytes(found.x_train) & as_bytes(found.x_test)

    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert "4,000 to train on, 1,000 held out (embedded" in said.out
    assert sorted(path.name for path in (no_digits / "own").iterdir()) == [
        "embedded"
    ]  # no archives, nothing unfinished
    assert not (no_digits / "tensorflow_datasets").exists()

    assert digits() is found
    assert capsys.readouterr().out == ""  # it says so once


def test_later_calls_read_what_the_first_wrote_and_ask_no_network(
    some_digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits.cache_clear()
    monkeypatch.setattr(data, "host_answers", lambda: pytest.fail("the network was asked"))
    monkeypatch.setattr(data, "write_embedded", lambda _folder: pytest.fail("the digits were written again"))
    start = time.monotonic()
    again = digits()
    assert time.monotonic() - start < 5  # 0.5 to 0.8 s on an idle machine
    for one, other in zip(some_digits, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_labels_belong_to_their_images(some_digits: Digits) -> None:
    images, labels = embedded_images()
    label_of = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    read = [label_of[np.rint(image * 255).astype(np.uint8).tobytes()] for image in some_digits.x_test]
    np.testing.assert_array_equal(read, some_digits.y_test)


def test_nobody_can_change_the_shared_arrays(some_digits: Digits) -> None:
    with pytest.raises(ValueError, match="read-only"):
        some_digits.x_test[0] = 0


def test_a_complete_standard_folder_comes_first(no_digits: Path, embedded_folder: Path) -> None:
    shutil.copytree(embedded_folder, no_digits / "tensorflow_datasets")  # any 5,000 will do here
    found = digits()
    assert found.source == "prepared"
    assert not (no_digits / "own").exists()


@pytest.mark.parametrize("missing", ["dataset_info.json", "mnist-test.tfrecord-00000-of-00001"])
def test_an_incomplete_standard_folder_is_left_alone(some_digits: Digits, tmp_path: Path, missing: str) -> None:
    standard = tmp_path / "tensorflow_datasets"
    shutil.copytree(tmp_path / "own" / "embedded", standard)
    digits.cache_clear()
    (standard / "mnist" / "3.0.1" / missing).unlink()
    assert digits().source == "embedded"
    with pytest.raises(FileNotFoundError, match=r"no complete MNIST.*digits\(\)"):
        digits("prepared")


def test_a_host_that_answers_is_downloaded_from(
    no_digits: Path, embedded_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(folder: Path) -> None:
        shutil.copytree(embedded_folder, folder, dirs_exist_ok=True)

    monkeypatch.setattr(data, "host_answers", lambda: True)
    monkeypatch.setattr(data, "_download", download)
    assert digits().source == "download"
    digits.cache_clear()
    monkeypatch.setattr(data, "_download", lambda _folder: pytest.fail("it was downloaded again"))
    assert digits().source == "download"


def test_a_download_that_breaks_off_leaves_the_embedded_digits(
    no_digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(folder: Path) -> None:
        (folder / "half").write_text("of it")
        raise RuntimeError("connection reset")

    monkeypatch.setattr(data, "host_answers", lambda: True)
    monkeypatch.setattr(data, "_download", break_off)
    assert digits().source == "embedded"
    with pytest.raises(ConnectionError, match="connection reset"):
        digits("download")
    assert sorted(path.name for path in (no_digits / "own").iterdir()) == ["embedded"]


def test_insisting_on_a_download_without_a_network_says_what_works_instead(no_digits: Path) -> None:
    with pytest.raises(ConnectionError, match=r"did not answer within 3 seconds.*digits\(\) works"):
        digits("download")


def test_an_unknown_source_names_the_known_ones(no_digits: Path) -> None:
    with pytest.raises(ValueError, match=r"no source 'web'.*prepared.*download.*embedded"):
        digits("web")  # type: ignore[arg-type]


def test_a_folder_that_cannot_be_written_names_the_variable(no_digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = no_digits / "a file"
    file.write_text("")
    monkeypatch.setenv(data.DATA_FOLDER_VARIABLE, str(file / "own"))
    with pytest.raises(OSError, match=r"can't be kept.*ADVERSARIAL_COURSE_DATA"):
        digits()


def test_who_finishes_second_throws_its_copy_away(no_digits: Path, embedded_folder: Path) -> None:
    final = no_digits / "own" / "embedded"

    def while_another_finishes(folder: Path) -> None:
        shutil.copytree(embedded_folder, folder, dirs_exist_ok=True)
        shutil.copytree(embedded_folder, final)

    assert data._write("embedded", while_another_finishes) == final
    assert sorted(path.name for path in (no_digits / "own").iterdir()) == ["embedded"]


@pytest.mark.slow
def test_two_processes_may_prepare_at_once(no_digits: Path) -> None:
    program = """
import sys
from course import data
import tensorflow_datasets.image_classification.mnist
data.host_answers = lambda: False
print("ready", flush=True)
sys.stdin.readline()
found = data.digits("embedded")
print(len(found.x_train), len(found.x_test), int(found.y_test[:100].sum()))
"""
    command = [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    results = {out.splitlines()[-1] for out, _ in answers}
    assert len(results) == 1
    assert results.pop().startswith("4000 1000 ")
    assert sorted(path.name for path in (no_digits / "own").iterdir()) == ["embedded"]


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "adversarial-course"),
        ("win32", "LOCALAPPDATA", "adversarial-course"),
        ("darwin", None, "Library/Caches/adversarial-course"),
    ],
)
def test_the_data_folder_is_where_the_platform_keeps_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, variable: str | None, expected: str
) -> None:
    monkeypatch.delenv(data.DATA_FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", str(tmp_path))
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    assert data.data_folder() == tmp_path / expected


def test_the_split_holds_out_the_same_number_of_each_class_and_never_changes() -> None:
    labels = np.repeat(np.arange(3), 10)
    train, test = split_by_class(labels, 4)
    assert np.bincount(labels[test]).tolist() == [4, 4, 4]
    assert sorted([*train, *test]) == list(range(30))
    assert test.tolist() != sorted(test.tolist())
    for one, other in zip(split_by_class(labels, 4), (train, test), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.fixture
def web_server() -> Iterator[str]:
    class OnlyDigits(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200 if self.path == "/digits" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), OnlyDigits)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_host_answers_only_if_it_has_the_file(web_server: str) -> None:
    assert data.host_answers(f"{web_server}/digits", 3)
    assert not data.host_answers(f"{web_server}/nothing", 3)
    assert not data.host_answers("not an address", 3)


def test_a_silent_host_costs_no_more_than_the_time_it_is_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and says nothing
        start = time.monotonic()
        assert not data.host_answers(f"http://127.0.0.1:{silent.getsockname()[1]}/digits", 0.3)
        assert time.monotonic() - start < 2


def test_a_name_server_that_hangs_costs_no_more_than_the_time_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    awake = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: awake.wait(20) and [])
    start = time.monotonic()
    assert not data.host_answers("http://digits.example/digits", 0.3)
    assert time.monotonic() - start < 2
    awake.set()
