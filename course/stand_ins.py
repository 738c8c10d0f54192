"""Stand-ins for an attack, for cases that must know exactly what an attack answers. None of them looks for anything.

Each is a `Portable`: it runs beside the student's code, where it is fast, may be traced by a `tf.function` and lets a
gradient through unless that is stopped.
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import tensorflow as tf

from course.portable import Portable


class Negative(Portable):
    """The negative of each image, 1 − x, whatever the network says."""

    def __call__(self, model: Any, x: Any, y: Any) -> Any:
        """The negatives, float32, shape of `x`."""
        return 1.0 - tf.cast(x, tf.float32)


class Dimming(Portable):
    """Each image darkened by the probability p that the network gives to its label: x · (1 − size · p).

    What it answers depends on the images, on the labels and on the weights that the network has at that moment.
    """

    def __call__(self, model: Any, x: Any, y: Any) -> Any:
        """The darkened images, float32, shape of `x`."""
        images = tf.cast(x, tf.float32)
        logits = model(images, training=False) if isinstance(model, keras.Model) else model(images)
        probability = tf.gather(tf.nn.softmax(logits), tf.cast(y, tf.int32), batch_dims=1)
        return images * (1.0 - self.arguments["size"] * probability[:, None, None, None])


class Watched(Portable):
    """`attack`, telling `seen(x, y)` about each call: `seen` may be a function of the grader's."""

    def __call__(self, model: Any, x: Any, y: Any) -> Any:
        """What `attack(model, x, y)` answers."""

        def tell(*batch: Any) -> None:
            self.arguments["seen"](*batch)

        if any(tf.is_symbolic_tensor(item) for item in (x, y)):
            tf.py_function(tell, [x, y], [])
        else:
            tell(x, y)
        return self.arguments["attack"](model, x, y)


class MadeOn(Portable):
    """`attack`, made on `model` whatever network is given: so its images stay what they are while another one moves."""

    def __call__(self, model: Any, x: Any, y: Any) -> Any:
        """What `attack` answers for its own network."""
        return self.arguments["attack"](self.arguments["model"], x, y)


class Trail(Portable):
    """The negative of each image, with a trail: a `TrailedNetwork` sees whether a gradient can flow back along it."""

    laid: ClassVar[tuple[Any, Any] | None] = None  # the tape that records the trail, and where the trail begins

    def __call__(self, model: Any, x: Any, y: Any) -> Any:
        """The negatives, float32, shape of `x`."""
        tape, beginning = tf.GradientTape(persistent=True, watch_accessed_variables=False), tf.ones(())
        tape.__enter__()  # and stays: what becomes of the images is recorded until the next trail is laid
        tape.watch(beginning)
        Trail.laid = tape, beginning
        return (1.0 - tf.cast(x, tf.float32)) * beginning


class TrailedNetwork(Portable):
    """`model`, with all logits negated for images that a gradient could flow through, back into the `Trail`.

    So a loss tells whether the gradient was stopped, although it does not depend on that for an ordinary network.
    """

    def __call__(self, x: Any, training: bool | None = None) -> Any:
        """Logits (n, classes) of the images `x`."""
        logits = self.arguments["model"](x, training=training)
        return -logits if _leads_back(x) else logits

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The model's class, for a program that makes sure that it is given a Keras model."""
        return type(self.arguments["model"])

    def __getattr__(self, name: str) -> Any:
        """Whatever else a program may ask a Keras model for, such as `built` or `trainable_weights`: the model's."""
        if name.startswith("__") or name in ("arguments", "model"):
            raise AttributeError(name)
        return getattr(self.model, name)


def _leads_back(x: Any) -> bool:
    if Trail.laid is None or not tf.is_tensor(x):
        return False
    tape, beginning = Trail.laid
    with tape.stop_recording():
        return tape.gradient(x, beginning) is not None
