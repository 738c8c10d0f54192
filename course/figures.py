"""Figures of attacks. Each function returns a matplotlib Figure: name it on a cell's last line to see it once.

They are meant to be read without colour too: markers, dashes and hatches tell the same as the colours do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from course.measures import confidence

# Okabe and Ito's colours, which people with any colour vision can tell apart; dark and light ones alternate
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#D55E00")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_DASHES = ("-", "--", "-.", ":")
_CHANGES = "cividis"  # from dark to light in grey scale as well: darker pixels are dark, brighter ones light
_MOST_ROWS = 5


def triptych(model: Any, x: npt.ArrayLike, x_adv: npt.ArrayLike, y: npt.ArrayLike | None = None) -> Figure:
    """Clean image, perturbation and attacked image, side by side, a row for each of the first 5 images.

    Args:
        model: a Keras model or a callable, images to logits; it says what it takes both images for, and how surely.
        x: clean images (n, 28, 28, 1), or a single one (28, 28, 1).
        x_adv: the attacked images, of the same shape.
        y: the true labels (n,), named beside the clean images if given.

    Raises:
        ValueError: `x` and `x_adv` have different shapes, or there is not one label per image.
    """
    clean, attacked = _images(x)[:_MOST_ROWS], _images(x_adv)[:_MOST_ROWS]
    if np.shape(x) != np.shape(x_adv):
        raise ValueError(f"Expected attacked images of the same shape as x, {np.shape(x)}, got {np.shape(x_adv)}.")
    labels = None if y is None else np.atleast_1d(np.asarray(y))
    if labels is not None and len(labels) != len(_images(x)):
        raise ValueError(f"Expected one label per image, {len(_images(x))}, got {len(labels)}.")
    before, after = confidence(model, clean), confidence(model, attacked)
    largest = max(float(np.abs(attacked - clean).max()), 1e-6)
    size = (7.5, 2.7 * len(clean) + 0.8)
    figure, axes = plt.subplots(len(clean), 3, figsize=size, layout="compressed", squeeze=False)
    for i, (left, middle, right) in enumerate(axes):
        change = attacked[i] - clean[i]
        _show(left, clean[i], f"clean{'' if labels is None else f' {labels[i]}'}: {_reading(before[i])}")
        shown = middle.imshow(change.squeeze(-1), cmap=_CHANGES, vmin=-largest, vmax=largest)
        _title(middle, f"perturbation: at most {np.abs(change).max():.2f}")
        _show(right, attacked[i], f"attacked: {_reading(after[i])}")
    label = "perturbation: change of a pixel (black to white is 1)"
    figure.colorbar(shown, ax=axes, label=label, location="bottom", shrink=0.5, aspect=30)
    return _finished(figure)


def accuracy_against_eps(
    epsilons: npt.ArrayLike,
    accuracies: npt.ArrayLike | Mapping[str, npt.ArrayLike],
    title: str = "Accuracy under attack",
) -> Figure:
    """Accuracy against the size of the perturbation, one line per network or attack.

    Args:
        epsilons: sizes of the perturbation (k,), in pixel units of [0, 1].
        accuracies: from 0 to 1, (k,), or several of these by name.
        title: what was attacked, and how.

    Raises:
        ValueError: there is not one accuracy per eps.
    """
    sizes = np.asarray(epsilons, float)
    lines = accuracies if isinstance(accuracies, Mapping) else {"": accuracies}
    figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
    for i, (name, line) in enumerate(lines.items()):
        values = np.asarray(line, float)
        if values.shape != sizes.shape:
            raise ValueError(f"Expected one accuracy per eps, shape {sizes.shape}, got {values.shape}.")
        colour, marker, dashes = (choices[i % len(choices)] for choices in (_COLOURS, _MARKERS, _DASHES))
        axes.plot(sizes, values, label=name, color=colour, marker=marker, linestyle=dashes)
    axes.axhline(0.1, color="0.45", linewidth=1, linestyle=(0, (1, 3)))
    axes.text(0.99, 0.105, "guessing", transform=axes.get_yaxis_transform(), ha="right", color="0.35", fontsize=9)
    axes.set(xlabel="eps: largest change of a pixel (black to white is 1)", ylabel="accuracy", title=title)
    axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(alpha=0.3)
    if len(lines) > 4:  # so many would cover what they name
        figure.legend(loc="outside lower center", ncols=2)
    elif any(lines):
        axes.legend()
    return _finished(figure)


def fooling(model: Any, images: npt.ArrayLike, targets: npt.ArrayLike | None = None) -> Figure:
    """Each of the first 5 images beside the probability that the network gives to every class.

    Args:
        model: a Keras model or a callable, images to logits.
        images: images (n, 28, 28, 1), or a single one (28, 28, 1). Each is shown in its own range, which the scale
            beside it tells: pixels may lie outside [0, 1], or in a small part of it.
        targets: the class each image was made for (n,), or one for all of them; its bar is hatched.
    """
    pictures = _images(images)[:_MOST_ROWS]
    wanted = None if targets is None else np.broadcast_to(np.asarray(targets), (len(_images(images)),))
    probabilities = confidence(model, pictures)
    size = (7, 2.4 * len(pictures))
    figure, axes = plt.subplots(
        len(pictures), 2, figsize=size, width_ratios=(1, 1.4), layout="constrained", squeeze=False
    )
    for i, (left, right) in enumerate(axes):
        low, high = float(pictures[i].min()), float(pictures[i].max())
        if low == high:  # an even image has no range
            low, high = min(0.0, low), max(1.0, high)
        shown = left.imshow(pictures[i].squeeze(-1), cmap="gray", vmin=low, vmax=high)
        figure.colorbar(shown, ax=left, label=f"pixel: {low:.2g} to {high:.2g}")
        _title(left, _reading(probabilities[i]))
        _bars(right, probabilities[i], None if wanted is None else int(wanted[i]))
    axes[-1, 1].set_xlabel("class")
    return _finished(figure)


def _bars(axes: Axes, probabilities: npt.NDArray[np.float32], wanted: int | None) -> None:
    """The probability of every class; the bar of the class `wanted` is hatched."""
    classes = range(len(probabilities))
    bars = axes.bar(classes, probabilities, color=_COLOURS[5], edgecolor="black", linewidth=0.6)
    if wanted is not None:
        bars[wanted].set(hatch="///", facecolor=_COLOURS[1])
    axes.set(ylim=(0, 1.05), xticks=classes, ylabel="probability")
    _title(axes, "the network's confidence" if wanted is None else f"the network's confidence, target {wanted}")
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def _images(x: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """`x` as images (n, 28, 28, 1); a single image becomes a batch of one."""
    images = np.asarray(x, np.float32)
    if images.ndim == 3 and images.shape[-1] == 1:
        images = images[None]
    if images.ndim != 4 or images.shape[-1] != 1 or not len(images):
        raise ValueError(f"Expected images (n, 28, 28, 1) or a single one (28, 28, 1), got shape {images.shape}.")
    return images


def _show(axes: Axes, image: npt.NDArray[np.float32], title: str) -> None:
    axes.imshow(image.squeeze(-1), cmap="gray", vmin=0, vmax=1)
    _title(axes, title)


def _title(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=10)
    if axes.images:
        axes.set(xticks=[], yticks=[])


def _reading(probabilities: npt.NDArray[np.float32]) -> str:
    """What the network reads and how surely, such as "read as 7 (98%)"; 100% is kept for certainty itself."""
    best = int(probabilities.argmax())
    share = float(probabilities[best])
    sure = ">99.9%" if share > 0.999 else f"{share:.1%}" if share > 0.99 else f"{share:.0%}"
    return f"read as {best} ({sure})"


def _finished(figure: Figure) -> Figure:
    """The figure, taken out of pyplot's hands, which would show it a second time under a notebook cell."""
    plt.close(figure)
    return figure
