OK_FORMAT = False

from otter.test_files import test_case

name = "q1"


@test_case(name="arrays, tensors, strings, lists and dicts come back as they went", points=2)
def test_echo(echo):
    import numpy as np
    import tensorflow as tf

    from course.checks import CheckFailed

    images = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    value = {"images": images, "names": ["a", "é", ""], "deep": [[1, 2.5, None, True]], "flags": images > 2}
    got = echo(value)
    same = isinstance(got, dict) and sorted(got) == sorted(value) and got["names"] == value["names"]
    if not (same and got["deep"] == value["deep"] and np.array_equal(got["images"], images)):
        raise CheckFailed(f"expected {value}, got {got}")
    if got["flags"].dtype != bool or got["images"].dtype != np.float32:
        raise CheckFailed("a dtype changed on the way")
    if not np.array_equal(echo(tf.constant([1.0, 2.0])), [1.0, 2.0]):
        raise CheckFailed("a tensor changed on the way")
