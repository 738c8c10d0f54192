from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest

from course.data import Digits
from course.measures import accuracy, logits
from course.networks import BUILDERS, WEIGHTS, load_network, robust_cnn, save_network


@pytest.mark.parametrize("name", BUILDERS)
def test_a_network_maps_images_to_logits_and_follows_from_its_seed(name: str, noise: npt.NDArray[np.float32]) -> None:
    network, same, other = BUILDERS[name](1), BUILDERS[name](1), BUILDERS[name](2)
    answer = logits(network, noise)
    assert answer.shape == (6, 10)
    assert not np.allclose(answer.sum(axis=1), 1)  # logits, not probabilities
    np.testing.assert_array_equal(answer, logits(same, noise))
    assert not np.allclose(answer, logits(other, noise))


def test_the_networks_are_those_of_the_curriculum() -> None:
    shapes = {
        name: [weight.shape for weight in build(0).weights if len(weight.shape) > 1] for name, build in BUILDERS.items()
    }
    assert shapes == {
        "sigmoid_net": [(784, 30), (30, 10)],
        "seed_cnn": [(5, 5, 1, 32), (12 * 12 * 32, 128), (128, 10)],
        "small_cnn": [(4, 4, 1, 16), (4, 4, 16, 32), (7 * 7 * 32, 100), (100, 10)],
    }
    assert any(
        isinstance(layer, keras.layers.Dropout) and layer.rate == 0.5 for layer in BUILDERS["seed_cnn"](0).layers
    )


def test_the_network_for_adversarial_training_has_twice_the_filters_of_the_small_one(
    noise: npt.NDArray[np.float32],
) -> None:
    network = robust_cnn(1)
    assert logits(network, noise).shape == (6, 10)
    assert [layer.filters for layer in network.layers if isinstance(layer, keras.layers.Conv2D)] == [32, 64]


@pytest.mark.parametrize(("name", "least"), [("sigmoid_net", 0.94), ("seed_cnn", 0.98), ("small_cnn", 0.97)])
def test_shipped_networks_read_digits_they_never_saw(some_digits: Digits, name: str, least: float) -> None:
    assert accuracy(load_network(name), some_digits.x_test, some_digits.y_test) > least


def test_a_loaded_network_is_a_copy_of_its_own() -> None:
    first = load_network("sigmoid_net")
    first.set_weights([weight * 0 for weight in first.get_weights()])
    assert any(weight.any() for weight in load_network("sigmoid_net").get_weights())


def test_weights_files_are_small() -> None:
    assert sum(file.stat().st_size for file in WEIGHTS.glob("*.npz")) < 2e6


def test_an_unknown_name_or_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no network 'resnet'.*sigmoid_net, seed_cnn, small_cnn"):
        load_network("resnet")
    with pytest.raises(FileNotFoundError, match=r"python -m course\.training seed_cnn"):
        load_network("seed_cnn", tmp_path)


def test_weights_that_would_run_code_are_not_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (pytest.fail, ("a pickle was loaded",))

    np.savez(tmp_path / "sigmoid_net.npz", weight_0=np.array(Trap(), object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load_network("sigmoid_net", tmp_path)


def test_saved_weights_come_back_in_half_precision(tmp_path: Path, noise: npt.NDArray[np.float32]) -> None:
    network = BUILDERS["small_cnn"](3)
    save_network(network, "small_cnn", tmp_path)
    np.testing.assert_allclose(logits(load_network("small_cnn", tmp_path), noise), logits(network, noise), atol=0.01)
