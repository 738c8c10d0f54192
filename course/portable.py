"""Callables that the grader can build again on the student's side, where they stay fast and differentiable."""

from __future__ import annotations

from typing import Any


class Portable:
    """A callable object of `course`, described by its class and its keyword arguments.

    The grader runs a student's code in another process. A plain function that is passed to the student's code
    is called back over a wire: it works, but it is slow and no gradient flows through it. A `Portable` is
    rebuilt from `course` over there instead, so it behaves like any local callable.
    """

    def __init__(self, **arguments: Any) -> None:
        self.arguments = arguments
        for name, value in arguments.items():
            setattr(self, name, value)

    def __call__(self, *args: Any) -> Any:
        """What the callable computes; each subclass defines it."""
        raise NotImplementedError


class PlainCallable(Portable):
    """A Keras model behind an ordinary function: `PlainCallable(model=m)(x)` is `m(x, training=False)`.

    It has no `training` argument, no weights and no `fit`: for trying that an attack needs no more than a
    callable that maps images to logits.
    """

    def __call__(self, x: Any) -> Any:
        """Logits (n, classes) of the images `x`."""
        return self.arguments["model"](x, training=False)


class Mirrored(Portable):
    """Pictures in a mirror: `Mirrored()(x)` swaps left and right.

    A gradient that flows through it is mirrored too: that tells whether it was taken at the picture or through it.
    """

    def __call__(self, x: Any) -> Any:
        """The mirrored images, shape of `x`."""
        return x[..., ::-1, :]
