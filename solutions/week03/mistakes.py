"""Known mistakes of week 3: variants of the reference, each with the sentence that a student who made it will read.

They run on the trusted side only: to name the mistake behind a wrong answer, and to prove that no question lets one
of them pass. A sentence may be shown for a hidden case, so it holds no input and no expected value.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

Mistake = tuple[str, Callable[..., Any]]
Step = Callable[[Any], Any]

BORDERS = ("nearest", "constant", "mirror", "wrap")  # those that are not SciPy's default


def logits_of(model: Any, x: Any) -> Any:
    """The logits, not in training mode."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


def clip(images: Any) -> Any:
    """The nearest images in [0, 1]."""
    return tf.clip_by_value(images, 0.0, 1.0)


def floats(x: Any) -> Any:
    """`x` as a float32 array."""
    return np.asarray(x, np.float32)


# Question 1


def where(condition: Any, white: Any = 1.0, black: Any = 0.0) -> Any:
    """float32 images: `white` where the condition holds, `black` elsewhere."""
    return np.where(condition, white, black).astype(np.float32)


SCALED = "Your pixels or your threshold were scaled to 255: both lie in [0, 1] already."
INVERTED = "Your black and white are the wrong way round: 1 is where a pixel is greater than the threshold."
OWN_MEAN = "Your threshold is the mean of the pixels: use the threshold that is given."
RELATIVE = "Your threshold is taken as a share of the brightest pixel: compare each pixel with it as it is."


def stretched(x: Any, axis: tuple[int, ...] | None) -> Any:
    """The pixels scaled so that the darkest is 0 and the brightest 1."""
    darkest, brightest = (of(floats(x), axis=axis, keepdims=True) for of in (np.min, np.max))
    return (floats(x) - darkest) / np.maximum(brightest - darkest, 1e-12)


KEPT_EQUAL = "Your pixels that equal the threshold keep their grey: they become 0, as those below it."
HALF = "Your pixels that equal the threshold become one half, as the sign of zero is 0: they become 0."
BYTES = "Your pixels are rounded to one of 255 steps before they are compared: compare them as they are."
QUANTILE = "Your threshold is taken as a share of the pixels, a quantile: it is a grey; compare each pixel with it."


def quantile(x: Any, share: float, axis: tuple[int, ...] | None) -> Any:
    """The grey that this share of the pixels does not exceed."""
    return np.quantile(floats(x), share, axis=axis, keepdims=True)


BINARY_THRESHOLD: list[Mistake] = [
    (KEPT_EQUAL, lambda x, threshold: where(floats(x) > threshold, 1.0, where(floats(x) == threshold, floats(x), 0.0))),
    (HALF, lambda x, threshold: np.heaviside(floats(x) - np.float32(threshold), np.float32(0.5))),
    (BYTES, lambda x, threshold: where(np.floor(255 * floats(x)) > int(255 * threshold))),
    (BYTES, lambda x, threshold: where(np.round(255 * floats(x)) > round(255 * threshold))),
    (QUANTILE, lambda x, threshold: where(floats(x) > quantile(x, threshold, (1, 2, 3)))),
    (QUANTILE, lambda x, threshold: where(floats(x) > quantile(x, threshold, None))),
    (
        "Your pixels that equal the threshold became 1: the comparison is >, not >=.",
        lambda x, threshold: where(floats(x) >= threshold),
    ),
    (INVERTED, lambda x, threshold: where(floats(x) <= threshold)),
    (INVERTED, lambda x, threshold: where(floats(x) < threshold)),
    (
        "Your white is 255, as in a file of bytes: white is 1 in this course.",
        lambda x, threshold: where(floats(x) > threshold, 255.0),
    ),
    (
        "Your pixels above the threshold keep their grey: they all become 1.",
        lambda x, threshold: where(floats(x) > threshold, floats(x)),
    ),
    (
        "Your pixels below the threshold keep their grey: they all become 0.",
        lambda x, threshold: where(floats(x) > threshold, 1.0, floats(x)),
    ),
    ("Your black is -1: it is 0.", lambda x, threshold: where(floats(x) > threshold, 1.0, -1.0)),
    (
        "Your answer is the sign of x minus the threshold, so that black is -1: it is 0.",
        lambda x, threshold: np.sign(floats(x) - np.float32(threshold)),
    ),
    (
        "Your threshold is always one half: use the one that is given.",
        lambda x, threshold: where(floats(x) > 0.5),
    ),
    (SCALED, lambda x, threshold: where(255 * floats(x) > threshold)),
    (SCALED, lambda x, threshold: where(floats(x) > 255 * threshold)),
    (OWN_MEAN, lambda x, threshold: where(floats(x) > floats(x).mean())),
    (OWN_MEAN, lambda x, threshold: where(floats(x) > floats(x).mean(axis=(1, 2, 3), keepdims=True))),
    (RELATIVE, lambda x, threshold: where(floats(x) > threshold * floats(x).max(axis=(1, 2, 3), keepdims=True))),
    (RELATIVE, lambda x, threshold: where(stretched(x, (1, 2, 3)) > threshold)),
    (RELATIVE, lambda x, threshold: where(stretched(x, None) > threshold)),
]

# Question 2


def blurred(x: Any, sigma: Any, **options: Any) -> Any:
    """SciPy's blur, with one standard deviation for every axis or one for each."""
    return ndimage.gaussian_filter(floats(x), sigma, **options)


def cut_kernel(x: Any, sigma: float, radius: int, total: Callable[[Any], Any] = np.sum) -> Any:
    """A blur whose kernel ends `radius` pixels from its middle and is divided by its `total`."""
    places = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (places / max(sigma, 1e-6)) ** 2)
    kernel = kernel / total(kernel)
    return ndimage.correlate1d(ndimage.correlate1d(floats(x), kernel, 1), kernel, 2)


ACROSS = (
    "Your filter runs over the whole batch, so that images leak into each other: filter over the axes of height and "
    "width only."
)
ONE_AXIS = (
    "Your filter does not run along both height and width: they are the second and the third of the array's axes."
)
OTHER_BORDER = (
    "Your answer differs at the borders alone: there an image goes on as in a mirror, its last pixel repeated, SciPy's "
    "mode reflect."
)
NOT_NORMALISED = "Your kernel does not sum to 1, so the blur changes how bright an image is: divide it by its sum."

IN_BYTES = "Your images are rounded to 255 steps on the way: filter them as they are, in float32."


def without_beyond(x: Any, sigma: float) -> Any:
    """A blur that divides by what lies inside the image of the kernel, where a part of it hangs over the border."""
    sigmas = (0, sigma, sigma, 0)
    inside = blurred(np.ones_like(floats(x)), sigmas, mode="constant")
    return blurred(x, sigmas, mode="constant") / inside


GAUSSIAN_BLUR: list[Mistake] = [
    (OTHER_BORDER, without_beyond),
    (
        IN_BYTES,
        lambda x, sigma: (
            floats(ndimage.gaussian_filter((255 * floats(x)).astype(np.uint8), (0, sigma, sigma, 0))) / 255
        ),
    ),
    (IN_BYTES, lambda x, sigma: blurred(np.floor(255 * floats(x)) / 255, (0, sigma, sigma, 0))),
    (IN_BYTES, lambda x, sigma: blurred(np.round(255 * floats(x)) / 255, (0, sigma, sigma, 0))),
    (ACROSS, lambda x, sigma: blurred(x, sigma)),
    (ACROSS, lambda x, sigma: blurred(np.squeeze(floats(x), -1), sigma)[..., None]),
    (ONE_AXIS, lambda x, sigma: blurred(x, (0, sigma, 0, 0))),
    (ONE_AXIS, lambda x, sigma: blurred(x, (0, 0, sigma, 0))),
    (ONE_AXIS, lambda x, sigma: blurred(x, (sigma, sigma, 0, 0))),
    *[(OTHER_BORDER, lambda x, sigma, mode=mode: blurred(x, (0, sigma, sigma, 0), mode=mode)) for mode in BORDERS],
    (
        "Your sigma was taken for a variance: it is the standard deviation, in pixels.",
        lambda x, sigma: blurred(x, (0, np.sqrt(sigma), np.sqrt(sigma), 0)),
    ),
    (
        "Your sigma was squared twice: it is the standard deviation, in pixels.",
        lambda x, sigma: blurred(x, (0, sigma**2, sigma**2, 0)),
    ),
    (
        "Your kernel ends 3 sigma from its middle: it ends at 4 sigma.",
        lambda x, sigma: blurred(x, (0, sigma, sigma, 0), truncate=3.0),
    ),
    *[
        (
            f"Your kernel has {2 * radius + 1} × {2 * radius + 1} pixels whatever sigma is: it ends 4 sigma from its "
            "middle.",
            lambda x, sigma, radius=radius: cut_kernel(x, sigma, radius),
        )
        for radius in (1, 2, 3)
    ],
    (NOT_NORMALISED, lambda x, sigma: cut_kernel(x, sigma, int(4 * sigma + 0.5), lambda kernel: 1.0)),
    (
        NOT_NORMALISED,
        lambda x, sigma: cut_kernel(
            x, sigma, int(4 * sigma + 0.5), lambda kernel: np.sqrt(2 * np.pi) * max(sigma, 1e-6)
        ),
    ),
    (
        "Your kernel falls off too fast: its exponent is -distance² / (2 · sigma²), and the 2 is missing.",
        lambda x, sigma: cut_kernel(x, sigma / np.sqrt(2), int(4 * sigma + 0.5)),
    ),
    (
        "Your images are blurred twice.",
        lambda x, sigma: blurred(blurred(x, (0, sigma, sigma, 0)), (0, sigma, sigma, 0)),
    ),
    (
        "Your sigma is scaled to the size of the image: it is in pixels.",
        lambda x, sigma: blurred(x, (0, 28 * sigma, 28 * sigma, 0)),
    ),
]


def filtered(x: Any, percentile: float, size: Any, **options: Any) -> Any:
    """SciPy's percentile filter in each image, with a window of `size` by `size`, or of another height and width."""
    height, width = (size, size) if isinstance(size, int) else size
    return ndimage.percentile_filter(floats(x), percentile, size=(1, height, width, 1), **options)


def chosen_by_numpy(x: Any, percentile: float, size: int, method: Any) -> Any:
    """The percentile as `np.percentile` takes it, in windows with the right borders."""
    reach = size // 2
    padded = np.pad(floats(x), ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))
    return np.percentile(windows, percentile, axis=(-2, -1), method=method).astype(np.float32)


NUMPYS = (
    "Your percentile is NumPy's, which counts the places between the sorted pixels: SciPy's takes the pixel at place "
    "int(number of pixels · percentile / 100)."
)


def in_one_array(x: Any, percentile: float, size: int) -> Any:
    """The filter that writes its answers where the next windows are read."""
    reach = size // 2
    padded = np.pad(floats(x), ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    place = min(int(size * size * percentile / 100), size * size - 1)
    for i, j in np.ndindex(*np.shape(x)[1:3]):
        window = padded[:, i : i + size, j : j + size, 0].reshape(len(padded), -1)
        padded[:, i + reach, j + reach, 0] = np.sort(window, axis=1)[:, place]
    return padded[:, reach : reach + np.shape(x)[1], reach : reach + np.shape(x)[2]]


def without_middle(x: Any, percentile: float, size: int) -> Any:
    """The filter over the neighbours alone."""
    around = np.ones((1, size, size, 1), bool)
    around[0, size // 2, size // 2, 0] = size == 1
    return ndimage.percentile_filter(floats(x), percentile, footprint=around)


TWO_LINES = (
    "Your filter goes along the rows and then along the columns, as a blur may: take the percentile of all size × size "
    "pixels at once."
)

PERCENTILE_FILTER: list[Mistake] = [
    (
        "Your answers are written into the image that the next windows are read from: read from a copy.",
        in_one_array,
    ),
    ("Your window leaves out the pixel in its middle: it is one of the size × size pixels.", without_middle),
    (TWO_LINES, lambda x, percentile, size: filtered(filtered(x, percentile, (size, 1)), percentile, (1, size))),
    (TWO_LINES, lambda x, percentile, size: filtered(filtered(x, percentile, (1, size)), percentile, (size, 1))),
    (ACROSS, lambda x, percentile, size: ndimage.percentile_filter(floats(x), percentile, size=size)),
    (ONE_AXIS, lambda x, percentile, size: filtered(x, percentile, (size, 1))),
    (ONE_AXIS, lambda x, percentile, size: filtered(x, percentile, (1, size))),
    *[
        (OTHER_BORDER, lambda x, percentile, size, mode=mode: filtered(x, percentile, size, mode=mode))
        for mode in BORDERS
    ],
    (
        "Your percentile was taken for a fraction: it runs from 0 to 100.",
        lambda x, percentile, size: filtered(x, percentile / 100, size),
    ),
    (
        "Your filter takes the brightest pixel for every percentile but 0: it runs from 0 to 100, not from 0 to 1.",
        lambda x, percentile, size: filtered(x, 100 if percentile else 0, size),
    ),
    (
        "Your percentile counts from the brightest pixel: 0 gives the darkest.",
        lambda x, percentile, size: filtered(x, 100 - percentile, size),
    ),
    (
        "Your filter is a median, whatever the percentile: use the one that is given.",
        lambda x, percentile, size: filtered(x, 50, size),
    ),
    (
        "Your window reaches size pixels in every direction: it is size pixels wide and high.",
        lambda x, percentile, size: filtered(x, percentile, 2 * size + 1),
    ),
    (
        "Your window has 3 × 3 pixels, whatever the size: use the one that is given.",
        lambda x, percentile, size: filtered(x, percentile, 3),
    ),
    (
        "Your window does not have the pixel in its middle.",
        lambda x, percentile, size: filtered(x, percentile, size, origin=(0, size // 2, size // 2, 0)),
    ),
    (
        "Your window does not have the pixel in its middle.",
        lambda x, percentile, size: filtered(x, percentile, size, origin=(0, -(size // 2), -(size // 2), 0)),
    ),
    (
        "Your answer is one percentile of the whole image: take it in a window around each pixel.",
        lambda x, percentile, size: (
            np.percentile(floats(x), percentile, axis=(1, 2), keepdims=True) * np.ones_like(floats(x))
        ),
    ),
    *[
        (NUMPYS, lambda x, percentile, size, method=method: chosen_by_numpy(x, percentile, size, method))
        for method in ("linear", "nearest", "lower", "higher")
    ],
]

# Question 3


def defence(answer: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    """A `defend` whose callable gives `answer(model, transform, x)`; with images behind it is tried at once."""

    def defend(model: Any, transform: Any, *x: Any) -> Any:
        return answer(model, transform, *x) if x else lambda images: answer(model, transform, images)

    return defend


def in_training_mode(model: Any, x: Any) -> Any:
    """What the model gives in training mode; its weights are put back."""
    if not isinstance(model, keras.Model):
        return model(x)
    weights = model.get_weights()
    logits = model(x, training=True)
    model.set_weights(weights)
    return logits


DEFEND: list[Mistake] = [
    (
        "Your defence hands the transform one image at a time, without the batch's axis: give it the images as they "
        "come, shape (n, 28, 28, 1).",
        defence(lambda model, transform, x: logits_of(model, np.stack([floats(transform(image)) for image in x]))),
    ),
    (
        "Your defence forgets the transform: the model reads the images as they come.",
        defence(lambda model, transform, x: logits_of(model, x)),
    ),
    (
        "Your defence returns probabilities: return logits, without a softmax.",
        defence(lambda model, transform, x: tf.nn.softmax(logits_of(model, transform(x)))),
    ),
    (
        "Your defence returns the logarithms of probabilities: return the model's logits as they are.",
        defence(lambda model, transform, x: tf.nn.log_softmax(logits_of(model, transform(x)))),
    ),
    (
        "Your defence classifies first and transforms the logits: transform the images, then classify.",
        defence(lambda model, transform, x: transform(logits_of(model, x))),
    ),
    (
        "Your defence transforms the logits as well: transform the images, and nothing else.",
        defence(lambda model, transform, x: transform(logits_of(model, transform(x)))),
    ),
    (
        "Your defence transforms the images twice.",
        defence(lambda model, transform, x: logits_of(model, transform(transform(x)))),
    ),
    (
        "Your defence runs the network in training mode: call logits_of(model, x), which says training=False.",
        defence(lambda model, transform, x: in_training_mode(model, transform(x))),
    ),
    (
        "Your defence averages the logits with those of the images as they come: classify the transformed ones alone.",
        defence(lambda model, transform, x: (logits_of(model, x) + logits_of(model, transform(x))) / 2),
    ),
    (
        "Your defence adds the transformed images to the images: classify the transformed ones alone.",
        defence(lambda model, transform, x: logits_of(model, x + transform(x))),
    ),
    (
        "Your defence returns one-hot labels: return the logits, which an accuracy and an attack need.",
        defence(lambda model, transform, x: tf.one_hot(tf.argmax(logits_of(model, transform(x)), axis=-1), 10)),
    ),
]

# Question 4


def read(model: Any, x: Any) -> Any:
    """The labels that the network reads."""
    return np.argmax(logits_of(model, x), axis=-1)


def report(model: Any, transform: Any, x: Any, y: Any, x_adv: Any, **wrong: Any) -> dict[str, float]:
    """q4, with other images to read for some of the keys."""
    images = {
        "clean": x,
        "clean_defended": transform(x),
        "attacked": x_adv,
        "attacked_defended": transform(x_adv),
        **wrong,
    }
    return {key: float(np.mean(read(model, batch) == np.asarray(y))) for key, batch in images.items()}


def of_each(number: Callable[[float, int], float]) -> Callable[..., dict[str, float]]:
    """q4 with another number made of each accuracy and the number of images."""

    def defence_report(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
        shares = report(model, transform, x, y, x_adv)
        return {key: number(share, len(x)) for key, share in shares.items()}

    return defence_report


def instead(**wrong: Callable[[Any, Any, Any], Any]) -> Callable[..., dict[str, float]]:
    """q4 where some keys are about other images: those that are made of the transform, x and x_adv."""

    def defence_report(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
        others = {key: choose(transform, x, x_adv) for key, choose in wrong.items()}
        return report(model, transform, x, y, x_adv, **others)

    return defence_report


def against_readings(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with the network's own readings of x for labels, but where it is about clean images."""
    right = report(model, transform, x, y, x_adv)
    own = report(model, transform, x, read(model, x), x_adv)
    return {key: (right if key == "clean" else own)[key] for key in right}


def added_up(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with a metric that is never reset: each accuracy is the mean of those before it and its own."""
    shares = report(model, transform, x, y, x_adv)
    keys = ("clean", "clean_defended", "attacked", "attacked_defended")
    return {key: float(np.mean([shares[earlier] for earlier in keys[: 1 + i]])) for i, key in enumerate(keys)}


def of_the_right_ones(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 that counts only images that the network alone reads correctly."""
    right = read(model, x) == np.asarray(y)
    if not right.any():
        return dict.fromkeys(report(model, transform, x, y, x_adv), 0.0)
    shares = report(model, transform, floats(x)[right], np.asarray(y)[right], floats(x_adv)[right])
    return {**shares, "clean": float(np.mean(right))}


def success_rates(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with the attack's success for the attacked images."""
    shares = report(model, transform, x, y, x_adv)
    return {key: 1 - share if key.startswith("attacked") else share for key, share in shares.items()}


def attacked_of_the_right_ones(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 whose attacked images are those alone that the network reads correctly when they are clean."""
    some = of_the_right_ones(model, transform, x, y, x_adv)
    return {**some, "clean_defended": report(model, transform, x, y, x_adv)["clean_defended"]}


def unmoved(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 that compares attacked images with what the same network, defended or not, reads in the clean ones."""
    shares = report(model, transform, x, y, x_adv)
    shares["attacked"] = float(np.mean(read(model, x_adv) == read(model, x)))
    defended, before = read(model, transform(x_adv)), read(model, transform(x))
    return {**shares, "attacked_defended": float(np.mean(defended == before))}


def in_a_square(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with labels in a column, so that each one is compared with every image."""
    return report(model, transform, x, np.reshape(y, (-1, 1)), x_adv)


def mean_probabilities(model: Any, transform: Any, x: Any, y: Any, x_adv: Any) -> dict[str, float]:
    """q4 with the mean probability of the label."""
    images = {"clean": x, "clean_defended": transform(x), "attacked": x_adv, "attacked_defended": transform(x_adv)}
    probabilities = {key: np.asarray(tf.nn.softmax(logits_of(model, batch))) for key, batch in images.items()}
    return {key: float(np.mean(p[np.arange(len(p)), np.asarray(y)])) for key, p in probabilities.items()}


DEFENCE_REPORT: list[Mistake] = [
    (
        "Your attacked and attacked_defended count only the images that were right when clean: divide by all of them.",
        attacked_of_the_right_ones,
    ),
    (
        "Your attacked and attacked_defended are the shares of answers that stay the same as for the clean images: "
        "compare with y.",
        unmoved,
    ),
    (
        "Your labels and predictions have different shapes, (n, 1) and (n,): == then compares each image with every "
        "label. Bring both to shape (n,).",
        in_a_square,
    ),
    ("Your numbers are mean probabilities of the label: count the images that are read as y.", mean_probabilities),
    (
        "Your accuracies of clean and of attacked images are swapped.",
        instead(
            clean=lambda transform, x, x_adv: x_adv,
            attacked=lambda transform, x, x_adv: x,
            clean_defended=lambda transform, x, x_adv: transform(x_adv),
            attacked_defended=lambda transform, x, x_adv: transform(x),
        ),
    ),
    (
        "Your accuracies with and without the defence are swapped.",
        instead(
            clean=lambda transform, x, x_adv: transform(x),
            attacked=lambda transform, x, x_adv: transform(x_adv),
            clean_defended=lambda transform, x, x_adv: x,
            attacked_defended=lambda transform, x, x_adv: x_adv,
        ),
    ),
    (
        "Your clean_defended and attacked are swapped.",
        instead(clean_defended=lambda transform, x, x_adv: x_adv, attacked=lambda transform, x, x_adv: transform(x)),
    ),
    (
        "Your defended accuracies are those of the model alone: transform the images before they are read.",
        instead(clean_defended=lambda transform, x, x_adv: x, attacked_defended=lambda transform, x, x_adv: x_adv),
    ),
    (
        "Your attacked_defended is about the clean images: it is about x_adv.",
        instead(attacked_defended=lambda transform, x, x_adv: transform(x)),
    ),
    (
        "Your attacked is about the clean images: it is about x_adv.",
        instead(attacked=lambda transform, x, x_adv: x),
    ),
    (
        "Your defended accuracies come from images that were transformed twice: defend does it already.",
        instead(
            clean_defended=lambda transform, x, x_adv: transform(transform(x)),
            attacked_defended=lambda transform, x, x_adv: transform(transform(x_adv)),
        ),
    ),
    ("Your numbers are percentages: return shares between 0 and 1.", of_each(lambda share, n: 100 * share)),
    ("Your numbers are counts: divide by the number of images.", of_each(lambda share, n: n * share)),
    ("Your numbers are error rates: return the share that is right.", of_each(lambda share, n: 1 - share)),
    (
        "Your attacked and attacked_defended are success rates of the attack: return the share that is still right.",
        success_rates,
    ),
    (
        "Your accuracies compare with what the network reads in the clean images: compare with y.",
        lambda model, transform, x, y, x_adv: report(model, transform, x, read(model, x), x_adv),
    ),
    ("Your accuracies compare with what the network reads in the clean images: compare with y.", against_readings),
    (
        "Your accuracies add up from one to the next, as those of a metric that is not reset: start each anew.",
        added_up,
    ),
    (
        "Your accuracies count only the images that were right at first: divide by all of them.",
        of_the_right_ones,
    ),
]

# Question 5


def gradient(model: Any, x: Any, y: Any, through: Step = tf.identity) -> Any:
    """The gradient of each image's loss, of a model behind `through`."""
    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = logits_of(model, tf.convert_to_tensor(through(x)))
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
    return tape.gradient(losses, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def project(images: Any, middle: Any, eps: float) -> Any:
    """The nearest images in the ball around `middle` and in [0, 1]."""
    return clip(tf.clip_by_value(images, middle - eps, middle + eps))


def attack(
    model: Any,
    transform: Any,
    x: Any,
    y: Any,
    eps: float,
    step_size: float,
    steps: int,
    *,
    start: Step = tf.identity,
    slope: Callable[..., Any] = lambda model, transform, x_adv, y: gradient(model, transform(x_adv), y),
    direction: Step = tf.sign,
    origin: Callable[[Any, Any], Any] = lambda x_adv, transform: x_adv,
    limit: Callable[..., Any] = lambda moved, before, x, transform, eps: project(moved, x, eps),
    afterwards: Callable[[Any, Any], Any] = lambda x_adv, transform: x_adv,
) -> Any:
    """q5, with everything in it that can be wrong."""
    x = tf.cast(x, tf.float32)
    x_adv = start(x)
    for _ in range(steps):
        moved = origin(x_adv, transform) + step_size * direction(slope(model, transform, x_adv, y))
        x_adv = limit(moved, x_adv, x, transform, eps)
    return afterwards(x_adv, transform)


def predicted(model: Any, transform: Any, x: Any, y: Any, *rest: Any) -> Any:
    """q5 with the labels that the defended network reads."""
    return attack(model, transform, x, read(model, transform(x)), *rest)


LEFT_THE_BALL = (
    "Your images leave the ball around x: after every step clip them to [x − eps, x + eps], where x are the images as "
    "they were given, not those of the step before."
)


def while_unfooled(model: Any, transform: Any, x_adv: Any, y: Any) -> Any:
    """A slope that is zero for images that are misread already."""
    right = read(model, transform(x_adv)) == np.asarray(y)
    return gradient(model, transform(x_adv), y) * right.astype(np.float32)[:, None, None, None]


def best_of(model: Any, transform: Any, x: Any, y: Any, eps: float, step_size: float, steps: int) -> Any:
    """q5 that returns for each image the step with the highest loss."""
    tried = [floats(attack(model, transform, x, y, eps, step_size, count)) for count in range(steps + 1)]
    losses = [
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits_of(model, transform(images))).numpy()
        for images in tried
    ]
    return np.stack(tried)[np.argmax(losses, axis=0), np.arange(len(tried[0]))]


BPDA_ATTACK: list[Mistake] = [
    (
        "Your attack stops moving an image once it is misread: all images take all the steps.",
        lambda *args: attack(*args, slope=while_unfooled),
    ),
    ("Your attack returns the step with the highest loss: return the last one.", best_of),
    (
        "Your sign is -1 where the gradient is 0: there it is 0, and the pixel stays (np.sign, tf.sign).",
        lambda *args: attack(*args, direction=lambda g: tf.where(g > 0, 1.0, -1.0)),
    ),
    (
        "Your sign is 1 where the gradient is 0: there it is 0, and the pixel stays (np.sign, tf.sign).",
        lambda *args: attack(*args, direction=lambda g: tf.where(g >= 0, 1.0, -1.0)),
    ),
    (
        "Your transform is applied to x alone, and what it changed there is added in every step: apply it to x_adv "
        "anew in each step.",
        lambda model, transform, x, *rest: attack(
            model,
            transform,
            x,
            *rest,
            slope=lambda model, transform, x_adv, y: gradient(model, x_adv + (floats(transform(x)) - floats(x)), y),
        ),
    ),
    (
        "Your gradient is taken at x_adv, as if there were no transform: take it at transform(x_adv).",
        lambda *args: attack(*args, slope=lambda model, transform, x_adv, y: gradient(model, x_adv, y)),
    ),
    (
        "Your gradient is taken through the transform: backward it counts as the identity. Transform outside of the "
        "tape, and watch what comes out.",
        lambda *args: attack(
            *args, slope=lambda model, transform, x_adv, y: gradient(model, x_adv, y, through=transform)
        ),
    ),
    (
        "Your step starts from transform(x_adv): add it to x_adv, which is what moves.",
        lambda *args: attack(*args, origin=lambda x_adv, transform: tf.cast(transform(x_adv), tf.float32)),
    ),
    (
        "Your attack runs on transform(x), in a ball around it: it starts from x and stays near x.",
        lambda model, transform, x, *rest: attack(model, lambda images: images, transform(x), *rest),
    ),
    (
        "Your ball is the one around transform(x): it is around x.",
        lambda *args: attack(
            *args, limit=lambda moved, before, x, transform, eps: project(moved, tf.cast(transform(x), tf.float32), eps)
        ),
    ),
    (
        "Your attack returns the transformed images: the attacker hands in x_adv, and the defence transforms it.",
        lambda *args: attack(*args, afterwards=lambda x_adv, transform: tf.cast(transform(x_adv), tf.float32)),
    ),
    (
        LEFT_THE_BALL,
        lambda *args: attack(*args, limit=lambda moved, before, x, transform, eps: clip(moved)),
    ),
    (
        "Your images leave [0, 1]: clip them after every step.",
        lambda *args: attack(
            *args, limit=lambda moved, before, x, transform, eps: tf.clip_by_value(moved, x - eps, x + eps)
        ),
    ),
    (
        "Your images are clipped neither to the ball around x nor to [0, 1].",
        lambda *args: attack(*args, limit=lambda moved, *_: moved),
    ),
    (
        LEFT_THE_BALL,
        lambda *args: attack(*args, limit=lambda moved, before, x, transform, eps: project(moved, before, eps)),
    ),
    (
        "Your steps are eps long: they are step_size long, and eps is the radius of the ball.",
        lambda model, transform, x, y, eps, step_size, steps: attack(model, transform, x, y, eps, eps, steps),
    ),
    (
        "Your steps are eps / steps long: use the step_size that is given.",
        lambda model, transform, x, y, eps, step_size, steps: attack(
            model, transform, x, y, eps, eps / max(steps, 1), steps
        ),
    ),
    (
        "Your steps go downhill: add the sign of the gradient.",
        lambda *args: attack(*args, direction=lambda g: -tf.sign(g)),
    ),
    (
        "Your steps follow the gradient itself: take its sign.",
        lambda *args: attack(*args, direction=tf.identity),
    ),
    (
        "Your answer equals one step, however many are asked for: does a return stand in the loop?",
        lambda model, transform, x, y, eps, step_size, steps: attack(
            model, transform, x, y, eps, step_size, min(steps, 1)
        ),
    ),
    (
        "Your answer equals one step too many: take as many as are asked for.",
        lambda model, transform, x, y, eps, step_size, steps: attack(model, transform, x, y, eps, step_size, steps + 1),
    ),
    (
        "Your answer equals one step too few.",
        lambda model, transform, x, y, eps, step_size, steps: attack(model, transform, x, y, eps, step_size, steps - 1),
    ),
    (
        "Your gradient is taken at transform(x) in every step: take it at transform(x_adv), where the images are now.",
        lambda model, transform, x, *rest: attack(
            model,
            transform,
            x,
            *rest,
            slope=lambda model, transform, x_adv, y: gradient(model, transform(x), y),
        ),
    ),
    ("Your labels were taken from the network's predictions: use the labels y that are given.", predicted),
]

# Question 6


def noisy_logits(model: Any, x: Any, noise: Any, *, look: Step = tf.identity, prepare: Step = tf.identity) -> Any:
    """The noisy copies' logits, (samples, n, 10), each after `look`, from images after `prepare`."""
    return tf.stack([look(logits_of(model, prepare(x + sample))) for sample in tf.cast(noise, tf.float32)])


def dealt_out(items: Any) -> Any:
    """Items (samples, n, …) of one large batch, put in order as if each image's copies came one after the other."""
    samples, n, *rest = items.shape
    return tf.transpose(tf.reshape(items, (n, samples, *rest)), (1, 0, *range(2, 2 + len(rest))))


def votes(logits: Any) -> Any:
    """1 for the class with the largest logit, 0 for the others."""
    return tf.one_hot(tf.argmax(logits, axis=-1), 10)


NOISE_CLIPPED = "Your noisy copies are clipped to [0, 1]: here they stay as they are."
FIRST_SAMPLE = "Your answer looks at one sample of the noise only: take all of them, along the first axis."
NOISE_AVERAGED = "Your noise is averaged before the network sees it, so that it cancels out: average what comes out."
NO_NOISE = "Your answer does not depend on the noise: add noise[s] to x."
SAME_NOISE = "Your images all get the same noise: image i gets noise[s, i]."
ADDS_UP = "Your noise adds up from sample to sample: each noise[s] is added to x itself."
MIXED_UP = (
    "Your noisy copies of different images are mixed up: in one large batch all images of the first sample come "
    "first, then those of the second."
)

HALVED = "Your mean is halved with each new sample, so that the last ones count most: add all up, then divide by S."
WITH_CLEAN = "Your answer counts the image without noise as one more sample: average over the noisy copies alone."


def halving(values: Any) -> Any:
    """The mean of the mean so far and the next value, again and again."""
    first, *others = tf.unstack(values)
    return functools.reduce(lambda mean, new: (mean + new) / 2, others, first)


def with_none(noise: Any) -> Any:
    """The noise with one more sample that is zero."""
    return np.concatenate([np.zeros_like(floats(noise)[:1]), floats(noise)])


RANDOMISED_LOGITS: list[Mistake] = [
    (HALVED, lambda *args: halving(noisy_logits(*args))),
    (WITH_CLEAN, lambda model, x, noise: tf.reduce_mean(noisy_logits(model, x, with_none(noise)), axis=0)),
    (
        "Your logits are summed over the samples: divide by their number.",
        lambda *args: tf.reduce_sum(noisy_logits(*args), axis=0),
    ),
    (
        "Your answer averages probabilities: average the logits.",
        lambda *args: tf.reduce_mean(noisy_logits(*args, look=tf.nn.softmax), axis=0),
    ),
    (
        "Your answer counts votes: average the logits.",
        lambda *args: tf.reduce_mean(noisy_logits(*args, look=votes), axis=0),
    ),
    (
        "Your answer counts votes: average the logits.",
        lambda *args: tf.reduce_sum(noisy_logits(*args, look=votes), axis=0),
    ),
    (
        "Your answer is a softmax of the mean logits: return the mean logits themselves.",
        lambda *args: tf.nn.softmax(tf.reduce_mean(noisy_logits(*args), axis=0)),
    ),
    (
        "Your logits are averaged over the images too: average over the samples alone.",
        lambda *args: tf.reduce_mean(noisy_logits(*args), axis=(0, 1), keepdims=True)[0] + tf.zeros((len(args[1]), 1)),
    ),
    (NOISE_CLIPPED, lambda *args: tf.reduce_mean(noisy_logits(*args, prepare=clip), axis=0)),
    (FIRST_SAMPLE, lambda model, x, noise: logits_of(model, x + noise[0])),
    (FIRST_SAMPLE, lambda model, x, noise: logits_of(model, x + noise[-1])),
    (NOISE_AVERAGED, lambda model, x, noise: logits_of(model, x + tf.reduce_mean(noise, axis=0))),
    (NO_NOISE, lambda model, x, noise: logits_of(model, x)),
    (
        ADDS_UP,
        lambda model, x, noise: tf.reduce_mean(noisy_logits(model, x, tf.cumsum(tf.cast(noise, tf.float32))), axis=0),
    ),
    (MIXED_UP, lambda *args: tf.reduce_mean(dealt_out(noisy_logits(*args)), axis=0)),
    (
        SAME_NOISE,
        lambda model, x, noise: tf.reduce_mean(noisy_logits(model, x, tf.cast(noise, tf.float32)[:, :1]), axis=0),
    ),
]


def of_noisy_images(
    model: Any,
    x: Any,
    y: Any,
    noise: Any,
    *,
    loss: Callable[[Any, Any], Any] | None = None,
    prepare: Step = tf.identity,
) -> Any:
    """The gradient of a loss of all the noisy copies' logits (samples, n, 10), by default the mean of their losses."""

    def expected(labels: Any, logits: Any) -> Any:
        copies = tf.broadcast_to(labels, logits.shape[:2])
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(copies, logits), axis=0)

    x = tf.cast(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = (loss or expected)(y, noisy_logits(model, x, noise, prepare=prepare))
    return tape.gradient(losses, x)


def of_mean_logits(labels: Any, logits: Any) -> Any:
    """The loss of the mean logits."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.reduce_mean(logits, axis=0))


def of_wrong_copies(labels: Any, logits: Any) -> Any:
    """The mean loss where labels of one image's copies stand beside each other, and the copies don't."""
    samples, n, _ = logits.shape
    repeated = tf.reshape(tf.repeat(labels, samples), (samples, n))
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(repeated, logits), axis=0)


def of_mean_probabilities(labels: Any, logits: Any) -> Any:
    """The loss of the mean probabilities."""
    means = tf.reduce_mean(tf.nn.softmax(logits), axis=0)
    return -tf.math.log(tf.gather(means, labels, batch_dims=1))


EOT_GRADIENT: list[Mistake] = [
    (HALVED, lambda model, x, y, noise: halving([gradient(model, x + one, y) for one in floats(noise)])),
    (WITH_CLEAN, lambda model, x, y, noise: of_noisy_images(model, x, y, with_none(noise))),
    (
        "Your gradient is that of the loss of the mean logits: take each sample's loss, then their mean.",
        lambda *args: of_noisy_images(*args, loss=of_mean_logits),
    ),
    (
        "Your gradient is that of the loss of the mean probabilities: take each sample's loss, then their mean.",
        lambda *args: of_noisy_images(*args, loss=of_mean_probabilities),
    ),
    (
        "Your gradient is summed over the samples: divide by their number.",
        lambda *args: len(args[3]) * of_noisy_images(*args),
    ),
    (
        "Your gradient is averaged over the batch too: an image's gradient does not depend on how many others there "
        "are.",
        lambda *args: of_noisy_images(*args) / len(args[1]),
    ),
    ("Your gradient has the wrong sign: it points to where the loss falls.", lambda *args: -of_noisy_images(*args)),
    (
        "Your answer equals the gradient's sign: return the gradient itself.",
        lambda *args: tf.sign(of_noisy_images(*args)),
    ),
    (
        "Your answer averages the signs of the gradients: average the gradients.",
        lambda model, x, y, noise: tf.reduce_mean([tf.sign(gradient(model, x + one, y)) for one in noise], axis=0),
    ),
    (NOISE_CLIPPED, lambda *args: of_noisy_images(*args, prepare=clip)),
    (
        NOISE_CLIPPED,
        lambda model, x, y, noise: tf.reduce_mean([gradient(model, clip(x + s), y) for s in noise], axis=0),
    ),
    (ADDS_UP, lambda model, x, y, noise: of_noisy_images(model, x, y, tf.cumsum(tf.cast(noise, tf.float32)))),
    (
        "Your labels don't belong to their noisy copies: in one large batch all images of a sample come one after the "
        "other, so the labels are tiled (np.tile), not repeated.",
        lambda *args: of_noisy_images(*args, loss=of_wrong_copies),
    ),
    (FIRST_SAMPLE, lambda model, x, y, noise: gradient(model, x + noise[0], y)),
    (FIRST_SAMPLE, lambda model, x, y, noise: gradient(model, x + noise[-1], y)),
    (NOISE_AVERAGED, lambda model, x, y, noise: gradient(model, x + tf.reduce_mean(noise, axis=0), y)),
    (NO_NOISE, lambda model, x, y, noise: gradient(model, x, y)),
    (
        SAME_NOISE,
        lambda model, x, y, noise: tf.reduce_mean(
            [gradient(model, x + sample[:1], y) for sample in tf.cast(noise, tf.float32)], axis=0
        ),
    ),
]

MISTAKES: dict[str, list[Mistake]] = {
    "binary_threshold": BINARY_THRESHOLD,
    "gaussian_blur": GAUSSIAN_BLUR,
    "percentile_filter": PERCENTILE_FILTER,
    "defend": DEFEND,
    "defence_report": DEFENCE_REPORT,
    "bpda_attack": BPDA_ATTACK,
    "randomised_logits": RANDOMISED_LOGITS,
    "eot_gradient": EOT_GRADIENT,
}
