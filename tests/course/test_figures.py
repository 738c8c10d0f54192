import io

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.figure import Figure

from course.figures import accuracy_against_eps, fooling, triptych

Images = npt.NDArray[np.float32]


def sure_of_brightness(x: Images) -> Images:
    """Logits: white first pixels are sevens, black ones are twos, both for sure."""
    white = np.asarray(x)[:, 0, 0, 0] > 0.5
    return np.where(white[:, None], 20 * np.eye(10)[7], 20 * np.eye(10)[2]).astype(np.float32)


def titles(figure: Figure) -> list[str]:
    return [axes.get_title() for axes in figure.axes if axes.get_title()]


def draw(figure: Figure) -> None:
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    assert not plt.get_fignums()  # else a notebook would show it twice


def test_a_triptych_tells_both_predictions_and_the_size_of_the_change() -> None:
    x = np.zeros((2, 28, 28, 1), np.float32)
    x_adv = x.copy()
    x_adv[0] += 0.75
    figure = triptych(sure_of_brightness, x, x_adv, [2, 2])
    draw(figure)
    assert titles(figure) == [
        "clean 2: read as 2 (>99.9%)", "perturbation: at most 0.75", "attacked: read as 7 (>99.9%)",
        "clean 2: read as 2 (>99.9%)", "perturbation: at most 0.00", "attacked: read as 2 (>99.9%)",
    ]  # fmt: skip


def test_a_triptych_of_one_image_or_of_many() -> None:
    x = np.zeros((9, 28, 28, 1), np.float32)
    assert len(titles(triptych(sure_of_brightness, x[0], x[0] + 1))) == 3
    assert len(titles(triptych(sure_of_brightness, x, x, np.zeros(9, int)))) == 15


def test_accuracy_lines_differ_in_more_than_colour() -> None:
    figure = accuracy_against_eps([0, 0.1], {"a": [1, 0.5], "b": [0.9, 0.2]}, "Two networks")
    draw(figure)
    axes = figure.axes[0]
    lines = [line for line in axes.lines if line.get_marker() != "None"]
    assert len({(line.get_marker(), line.get_linestyle()) for line in lines}) == 2
    assert axes.get_title() == "Two networks"
    assert "eps" in axes.get_xlabel()
    assert axes.get_ylabel() == "accuracy"
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_one_accuracy_line_needs_no_legend() -> None:
    assert accuracy_against_eps([0, 0.1], np.array([1, 0.5])).axes[0].get_legend() is None


def test_a_fooling_image_stands_beside_its_confidence() -> None:
    figure = fooling(sure_of_brightness, np.full((28, 28, 1), 1.5), 7)
    draw(figure)
    assert titles(figure) == ["read as 7 (>99.9%)", "the network's confidence, target 7"]
    bars = figure.axes[1].patches
    assert [bar.get_hatch() is not None for bar in bars] == [False] * 7 + [True] + [False] * 2


def test_a_fooling_image_is_shown_in_its_own_range() -> None:
    wide, faint = np.zeros((2, 28, 28, 1), np.float32)
    wide[0], wide[1] = 1.5, -0.5
    faint[0] = 0.125
    figure = fooling(sure_of_brightness, np.stack([wide, faint, np.ones_like(faint)]))
    draw(figure)
    shown = [axes.images[0] for axes in figure.axes if axes.get_title().startswith("read as")]
    assert [image.get_clim() for image in shown] == [(-0.5, 1.5), (0, 0.125), (0, 1)]
    scales = [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel().startswith("pixel")]
    assert scales == ["pixel: -0.5 to 1.5", "pixel: 0 to 0.12", "pixel: 0 to 1"]


def test_a_figure_of_clean_images_names_no_target() -> None:
    figure = fooling(sure_of_brightness, np.ones((28, 28, 1)))
    assert titles(figure) == ["read as 7 (>99.9%)", "the network's confidence"]


def test_wrong_shapes_are_told_with_what_was_expected() -> None:
    x = np.zeros((2, 28, 28, 1), np.float32)
    with pytest.raises(ValueError, match="same shape as x"):
        triptych(sure_of_brightness, x, x[:1])
    with pytest.raises(ValueError, match="one label per image, 2, got 1"):
        triptych(sure_of_brightness, x, x, [1])
    with pytest.raises(ValueError, match=r"Expected images \(n, 28, 28, 1\)"):
        fooling(sure_of_brightness, np.zeros((28, 28)))
    with pytest.raises(ValueError, match="one accuracy per eps"):
        accuracy_against_eps([0, 0.1], [1])
