OK_FORMAT = False

from otter.test_files import test_case

name = "q5"


@test_case(name="a gradient flows through it", points=2)
def test_gradient(gradient):
    import numpy as np

    from course.checks import CheckFailed
    from course.draw import Draw
    from course.portable import PlainCallable

    draw = Draw(5)
    model, x = draw.dense_network(), draw.images(2)
    got = gradient(PlainCallable(model=model), x)
    if not (isinstance(got, np.ndarray) and got.shape == x.shape and np.abs(got).max() > 0):
        raise CheckFailed(f"expected a gradient, got {type(got).__name__}")
