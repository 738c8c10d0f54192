OK_FORMAT = False

from otter.test_files import test_case

name = "q3"


@test_case(name="the returned callable stays on the student's side and can be called", points=2)
def test_defend(defend):
    import numpy as np

    from course.checks import CheckFailed, call
    from course.draw import Draw

    draw = Draw(3)
    model, x = draw.dense_network(), draw.images(3)
    defended = defend(model, lambda images: 1.0 - np.asarray(images))
    if not callable(defended):
        raise CheckFailed(f"expected a callable, got {type(defended).__name__}")
    if not np.allclose(call(defended, x), model(1.0 - x), atol=1e-4):
        raise CheckFailed("the logits are not those of the transformed images")
