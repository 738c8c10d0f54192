from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from course.measures import accuracy
from course.networks import small_cnn
from solutions.reproduce import command, weeks

FIGURES = ("table.png", "epochs.png", "epsilon.png", "filters.png")


def test_a_first_run_writes_everything_and_a_second_one_only_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command.main(["--quick", "--out", str(tmp_path)]) == 0
    for name in ("report.md", *FIGURES):
        assert (tmp_path / name).stat().st_size > 1000
        (tmp_path / name).unlink()
    first = json.loads((tmp_path / "report.json").read_text())
    assert {"recipes", "versions", "numbers", "epochs"} <= first.keys()
    assert all(recipe["seed"] is not None for recipe in first["recipes"].values())

    def refuse(*_: object) -> None:
        raise AssertionError("trained or measured again")

    monkeypatch.setattr(command, "learn_one_epoch", refuse)
    monkeypatch.setattr(command, "jobs", lambda *_: dict.fromkeys(first["numbers"], refuse))
    assert command.main(["--quick", "--out", str(tmp_path)]) == 0
    second = json.loads((tmp_path / "report.json").read_text())
    assert second["numbers"] == first["numbers"]
    assert all((tmp_path / name).is_file() for name in FIGURES)


def test_an_interrupted_training_goes_on_after_its_last_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    epochs: list[int] = []

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def learn(_recipe: object, epoch: int, network: object, *_: object) -> None:
        if len(epochs) == 2:
            epochs.append(-1)
            raise KeyboardInterrupt
        epochs.append(epoch)
        network.set_weights([np.full_like(weight, epoch) for weight in network.get_weights()])  # type: ignore[attr-defined]

    monkeypatch.setattr(command, "learn_one_epoch", learn)
    monkeypatch.setattr(command, "watch", lambda *_: {"clean": 0.5})
    monkeypatch.setattr(command, "jobs", interrupt)  # what is measured is no matter here
    assert command.main(["--out", str(tmp_path)]) == 130
    assert command.main(["--out", str(tmp_path)]) == 130
    assert epochs[:4] == [0, 1, -1, 2]


def test_digits_that_can_not_be_had_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--data", str(tmp_path / "none.npz"), "--out", str(tmp_path)]) == 2
    assert "There is no file" in capsys.readouterr().out


def test_the_margin_view_turns_cross_entropy_into_the_margin() -> None:
    network = small_cnn(3)
    network.layers[-1].set_weights([200 * weight for weight in network.layers[-1].get_weights()])  # very sure of itself
    random = np.random.default_rng(0)
    x, y = random.random((6, 28, 28, 1), np.float32), random.integers(0, 10, 6)
    z = np.asarray(network(x, training=False))
    others = np.where(np.eye(10, dtype=bool)[y], -np.inf, z).max(axis=1)
    margin = others - z[np.arange(6), y]
    assert margin.min() > -90
    view = weeks.margin_view(network, y)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=np.zeros(6, int), logits=view(x))
    np.testing.assert_allclose(losses, margin + 100, rtol=1e-4)


def test_the_worst_of_ten_is_no_better_than_one_run_and_stays_in_the_ball() -> None:
    network = small_cnn(3)
    x = np.random.default_rng(1).random((20, 28, 28, 1), np.float32)
    y = np.asarray(network(x, training=False)).argmax(axis=1)
    solutions = weeks.load_weeks()
    attacked = weeks.worst_case(solutions, network, x, y)
    assert np.abs(attacked - x).max() <= 0.3 + 1e-6
    once = solutions.two.pgd(network, x, y, 0.3, 0.01, 40, 0)
    assert accuracy(network, attacked, y) <= accuracy(network, once, y)
