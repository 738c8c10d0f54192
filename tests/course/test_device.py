import os
from types import SimpleNamespace

import pytest
import tensorflow as tf

from course.device import use_gpu_politely
from course.draw import Draw


def test_without_a_gpu_the_cores_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _kind: [])
    monkeypatch.setattr("course.device.usable_cores", lambda: 2)
    assert use_gpu_politely() == "CPU, 2 cores"


@pytest.mark.parametrize("started", [False, True])
def test_a_gpu_is_named_and_its_memory_grows_where_that_can_still_be_set(
    monkeypatch: pytest.MonkeyPatch, started: bool
) -> None:
    gpu = SimpleNamespace(name="/physical_device:GPU:0")
    growing = []

    def grow(device: object, enable: bool) -> None:
        if started:
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        growing.append((device, enable))

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [gpu] if kind == "GPU" else [])
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", grow)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda _gpu: {"device_name": "NVIDIA H200"})
    assert use_gpu_politely() == "NVIDIA H200"
    assert growing == ([] if started else [(gpu, True)])


def test_a_gpu_multiplies_in_float32_once_a_network_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a student's own kernel, too, which nobody asked to be polite."""
    monkeypatch.delenv("TF_CUDNN_DETERMINISTIC", raising=False)
    tf.config.experimental.enable_tensor_float_32_execution(True)
    Draw(4711).linear_network()
    assert not tf.config.experimental.tensor_float_32_execution_enabled()
    assert os.environ["TF_CUDNN_DETERMINISTIC"] == "1"
