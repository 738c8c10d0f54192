"""Known mistakes of q2, gaussian_blur and percentile_filter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import ndimage, special

from .common import Mistake, floats

BORDERS = ("nearest", "constant", "mirror", "wrap")  # those that are not SciPy's default


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


def by_area(x: Any, sigma: float) -> Any:
    """A blur whose kernel weighs a pixel by the bell curve's area over it, not by its height in the middle."""
    radius, scale = int(4 * sigma + 0.5), np.sqrt(2) * max(sigma, 1e-6)
    kernel = np.diff(special.erf((np.arange(-radius, radius + 2) - 0.5) / scale))
    return ndimage.correlate1d(ndimage.correlate1d(floats(x), kernel / kernel.sum(), 1), kernel / kernel.sum(), 2)


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
        "Your kernel holds the area of the bell curve over each pixel: it holds its height in the pixel's middle.",
        by_area,
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
        "Your percentile is taken for a share where it is 1 or less: it runs from 0 to 100.",
        lambda x, percentile, size: filtered(x, percentile if percentile > 1 else 100 * percentile, size),
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

MISTAKES = {"gaussian_blur": GAUSSIAN_BLUR, "percentile_filter": PERCENTILE_FILTER}
