# loses: q4
# names: the network is called in training mode
"""Week 1, as Foolbox 3 would do it: criteria, a gradient descent base class, and value_and_grad."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

Images = Any
Labels = Any
Model = Callable[..., Any]


def logits_of(model: Model, x: Images) -> Any:
    """The logits (n, 10) of the images `x`."""
    return model(x, training=False) if isinstance(model, keras.Model) else model(x)


class Bounds(NamedTuple):
    lower: float
    upper: float


class FModel:
    def __init__(self, model, bounds=Bounds(0.0, 1.0)):
        self._model = model
        self.bounds = bounds

    def __call__(self, inputs):
        return logits_of(self._model, inputs)


def crossentropy(logits, labels):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def value_and_grad(f, x):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        loss = f(x)
    return loss, tape.gradient(loss, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


@dataclass
class Misclassification:
    labels: Any

    @property
    def gradient_step_sign(self):
        return 1.0

    def loss(self, logits):
        return tf.reduce_sum(crossentropy(logits, self.labels))


@dataclass
class TargetedMisclassification:
    target_classes: Any

    @property
    def gradient_step_sign(self):
        return -1.0

    def loss(self, logits):
        return tf.reduce_sum(crossentropy(logits, self.target_classes))


@dataclass
class ReadsAs:
    """Not in Foolbox: the quadratic cost of the fooling images."""

    target_classes: Any

    @property
    def gradient_step_sign(self):
        return -1.0

    def loss(self, logits):
        probs = tf.nn.softmax(logits, axis=-1)
        wanted = tf.one_hot(self.target_classes, probs.shape[-1])
        return tf.reduce_sum(0.5 * (wanted - probs) ** 2)


class BaseGradientDescent:
    """Subclasses say what becomes of the gradient; everything else is here."""

    def __init__(self, *, abs_stepsize, steps):
        self.abs_stepsize = abs_stepsize
        self.steps = steps

    def normalize(self, gradients, x):
        return gradients

    def project(self, x, x0, bounds):
        return x

    def run(self, model, inputs, criterion):
        x0 = tf.cast(inputs, tf.float32)
        x = x0
        for _ in range(self.steps):
            _, gradients = value_and_grad(lambda t: criterion.loss(model(t)), x)
            gradients = self.normalize(gradients, x)
            x = x + criterion.gradient_step_sign * self.abs_stepsize * gradients
            x = self.project(x, x0, model.bounds)
        return x


class FGSM(BaseGradientDescent):
    def __init__(self, epsilon):
        super().__init__(abs_stepsize=epsilon, steps=1)

    def normalize(self, gradients, x):
        return tf.sign(gradients)

    def project(self, x, x0, bounds):
        return tf.clip_by_value(x, *bounds)


class PlainDescent(BaseGradientDescent):
    pass


class PulledDescent(BaseGradientDescent):
    def __init__(self, *, abs_stepsize, steps, towards, pull):
        super().__init__(abs_stepsize=abs_stepsize, steps=steps)
        self.towards = tf.cast(towards, tf.float32)
        self.pull = pull

    def normalize(self, gradients, x):
        return gradients + self.pull * (x - self.towards)


def input_gradient(model: Model, x: Images, y: Labels) -> Any:
    criterion = Misclassification(tf.cast(y, tf.int64))
    fmodel = FModel(model)
    _, gradients = value_and_grad(lambda t: criterion.loss(fmodel(t)), tf.cast(x, tf.float32))
    return gradients


def fgsm(model: Model, x: Images, y: Labels, eps: float) -> Any:
    return FGSM(float(eps)).run(FModel(model), x, Misclassification(tf.cast(y, tf.int64)))


def targeted_fgsm(model: Model, x: Images, target: Labels, eps: float) -> Any:
    return FGSM(float(eps)).run(FModel(model), x, TargetedMisclassification(tf.cast(target, tf.int64)))


class TrainedOn(FModel):
    """The image is what is trained here, so the model has to be in training mode for its gradients."""

    def __call__(self, inputs):
        if isinstance(self._model, keras.Model):
            return self._model(inputs, training=True)
        return logits_of(self._model, inputs)


def fooling_image(model: Model, target: Labels, noise: Images, steps: int, step_size: float) -> Any:
    attack = PlainDescent(abs_stepsize=float(step_size), steps=steps)
    return attack.run(TrainedOn(model), noise, ReadsAs(tf.cast(target, tf.int64)))


def disguised_image(
    model: Model, x: Images, target: Labels, noise: Images, steps: int, step_size: float, pull: float
) -> Any:
    attack = PulledDescent(abs_stepsize=float(step_size), steps=steps, towards=x, pull=float(pull))
    return attack.run(FModel(model), noise, ReadsAs(tf.cast(target, tf.int64)))


def accuracy(fmodel, inputs, labels) -> float:
    predictions = tf.argmax(fmodel(inputs), axis=-1)
    return float(tf.reduce_mean(tf.cast(predictions == tf.cast(labels, tf.int64), tf.float32)))


def accuracy_by_epsilon(model: Model, x: Images, y: Labels, epsilons: Iterable[float]) -> Any:
    fmodel = FModel(model)
    return np.asarray([accuracy(fmodel, fgsm(model, x, y, eps), y) for eps in epsilons], dtype=np.float64)
