import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from course import measures
from course.measures import accuracy, confidence, logits, perturbation_norms, predictions, robust_accuracy
from course.networks import BUILDERS
from course.portable import PlainCallable

Images = npt.NDArray[np.float32]


def brightness_classes(x: Images) -> Images:
    """Logits of a "network" that takes an image for the class of its first pixel, in tenths."""
    wanted = np.rint(np.asarray(x)[:, 0, 0, 0] * 10)
    return (100.0 * (wanted[:, None] == np.arange(10))).astype(np.float32)


def pictures_of(*classes: int) -> Images:
    return np.stack([np.full((28, 28, 1), c / 10, np.float32) for c in classes])


def test_predictions_and_accuracy() -> None:
    x = pictures_of(3, 1, 4)
    assert predictions(brightness_classes, x).tolist() == [3, 1, 4]
    assert accuracy(brightness_classes, x, [3, 1, 0]) == pytest.approx(2 / 3)
    assert accuracy(brightness_classes, tf.constant(x), tf.constant([3, 1, 4])) == 1.0


def test_robust_accuracy_reads_what_the_attack_returns() -> None:
    seen = []

    def darken(model: object, x: Images, y: Images) -> tf.Tensor:
        seen.append((model, x, y))
        return tf.constant(np.where(y[:, None, None, None] == 3, 0, x), tf.float32)

    x, y = pictures_of(3, 1), np.array([3, 1])
    assert robust_accuracy(brightness_classes, darken, x, y) == 0.5
    assert seen == [(brightness_classes, x, y)]


def test_confidence_is_a_softmax_that_never_overflows() -> None:
    probabilities = confidence(lambda x: np.full((len(x), 10), 1e4) + np.eye(10)[:1] * np.log(3), pictures_of(1, 2))
    assert probabilities.shape == (2, 10)
    np.testing.assert_allclose(probabilities[0, 0] / probabilities[0, 1], 3, rtol=1e-3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_a_keras_model_is_asked_without_its_dropout_and_in_batches(
    noise: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = BUILDERS["seed_cnn"](0)
    whole = logits(network, noise)
    np.testing.assert_array_equal(whole, logits(network, noise))
    np.testing.assert_allclose(whole, logits(PlainCallable(model=network), noise), rtol=1e-5)
    monkeypatch.setattr(measures, "_BATCH", 4)
    np.testing.assert_allclose(whole, logits(network, noise), rtol=1e-4, atol=1e-5)


def test_norms_of_a_perturbation() -> None:
    x = np.full((2, 28, 28, 1), 0.5, np.float32)
    x_adv = x.copy()
    x_adv[0, 0, 0] += 0.3
    x_adv[0, 5, 5] -= 0.4
    norms = perturbation_norms(x, x_adv)
    assert norms["l0"].tolist() == [2, 0]
    np.testing.assert_allclose(norms["l2"], [0.5, 0], atol=1e-6)
    np.testing.assert_allclose(norms["linf"], [0.4, 0], atol=1e-6)


def test_wrong_shapes_are_told_with_what_was_expected() -> None:
    x = pictures_of(1, 2)
    with pytest.raises(ValueError, match=r"Expected a batch of images.*x\[None\]"):
        predictions(brightness_classes, x[0])
    with pytest.raises(ValueError, match=r"one label per image, shape \(2,\), got labels of shape \(3,\)"):
        accuracy(brightness_classes, x, [1, 2, 3])
    with pytest.raises(ValueError, match="same shape as x"):
        perturbation_norms(x, x[:1])
