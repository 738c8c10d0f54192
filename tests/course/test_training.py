import json
from pathlib import Path

import numpy as np
import pytest

from course import training
from course.card import cleverhans_fgsm
from course.data import Digits
from course.embedded import embedded_images
from course.networks import BUILDERS, WEIGHTS, load_network
from course.training import is_new, main, prepare_lesson


@pytest.fixture
def mnist_file(tmp_path: Path) -> Path:
    """An npz file laid out like MNIST: 40 embedded images among 160 others, and 50 held out."""
    images, labels = embedded_images()
    random = np.random.default_rng(0)
    others = random.integers(0, 256, (160, 28, 28), np.uint8)
    x_train = np.concatenate([others, images[::125].squeeze(-1)])
    order = random.permutation(len(x_train))
    file = tmp_path / "mnist.npz"
    np.savez(
        file,
        x_train=x_train[order],
        y_train=np.arange(200, dtype=np.uint8) % 10,
        x_test=images[1::100].squeeze(-1),
        y_test=labels[1::100].astype(np.uint8),
    )
    return file


def test_no_embedded_image_is_trained_on(mnist_file: Path) -> None:
    lesson = prepare_lesson(mnist_file)
    assert (len(lesson.x_train), len(lesson.y_train), lesson.left_out) == (160, 160, 40)
    assert not is_new(embedded_images()[0][:5], embedded_images()[0]).any()
    assert is_new(lesson.x_train, embedded_images()[0]).all()
    with np.load(mnist_file) as stored:  # the labels went with their images
        label_of = {x.tobytes(): y for x, y in zip(stored["x_train"], stored["y_train"], strict=True)}
    assert [label_of[image.tobytes()] for image in lesson.x_train] == lesson.y_train.tolist()


def test_one_changed_pixel_makes_a_new_image() -> None:
    known = embedded_images()[0][:3]
    changed = known.copy()
    changed[1, 14, 14] += 1
    assert is_new(changed, known).tolist() == [False, True, False]


def test_where_there_is_nothing_else_the_embedded_digits_are_trained_on(some_digits: Digits) -> None:
    lesson = prepare_lesson()
    assert (len(lesson.x_train), len(lesson.x_test), lesson.left_out) == (4000, 1000, 0)
    assert lesson.x_train.dtype == np.uint8


def test_the_command_trains_measures_and_writes_the_card(
    mnist_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "weights"
    main(["sigmoid_net", "--data", str(mnist_file), "--out", str(out), "--epochs", "1"])
    assert sorted(file.name for file in out.iterdir()) == ["README.md", "sigmoid_net.npz"]
    load_network("sigmoid_net", out)
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "| `sigmoid_net` | 160 | 40 | 1 | 50 |" in card
    assert "small_cnn" not in card
    assert "Training on 160 digits, 40 left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["resnet"], "no network is called resnet; choose from sigmoid_net"),
        (["--epochs", "0"], "1 epoch at least"),
        (["--data", "nowhere.npz"], "There is no file nowhere.npz"),
        (["--data", str(WEIGHTS / "sigmoid_net.npz")], "no npz file with x_train"),
        (["--data", str(WEIGHTS / "README.md")], "no npz file with x_train"),
    ],
)
def test_what_can_be_wrong_with_a_command_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_images_of_another_kind_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "floats.npz"
    x, y = np.zeros((2, 28, 28)), np.zeros(2, np.uint8)
    np.savez(file, x_train=x, y_train=y, x_test=x, y_test=y)
    with pytest.raises(ValueError, match=r"expected uint8 images \(n, 28, 28\) and n labels, got float64"):
        prepare_lesson(file)


@pytest.mark.parametrize("name", BUILDERS)
def test_the_shipped_weights_carry_the_record_that_the_card_shows(name: str) -> None:
    with np.load(WEIGHTS / f"{name}.npz", allow_pickle=False) as stored:
        record = json.loads(str(stored["record"]))
    assert (record["trained_on"], record["left_out"], record["held_out"]) == (55_000, 5_000, 10_000)
    assert record["epochs"] == training.EPOCHS[name]
    card = (WEIGHTS / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}` | 55,000 | 5,000 | {record['epochs']} | 10,000 | {record['clean']:.1%} |" in card


def test_fgsm_for_the_card_stays_in_the_ball_and_in_the_pixel_range() -> None:
    x = embedded_images()[0][::50] / np.float32(255)
    y = embedded_images()[1][::50]
    attacked = cleverhans_fgsm(0.1)(load_network("sigmoid_net"), x, y)
    assert attacked.shape == x.shape
    assert np.abs(attacked - x).max() <= 0.1 + 1e-6
    assert (attacked.min(), attacked.max()) == (0, 1)
