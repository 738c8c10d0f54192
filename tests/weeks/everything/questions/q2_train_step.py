OK_FORMAT = False

from otter.test_files import test_case

name = "q2"


@test_case(name="the trained weights come back, and the attack sees the current ones", points=2, hidden=True)
def test_train(train_step, reference, draw):
    import keras
    import numpy as np

    from course.checks import CheckFailed

    model, twin = (keras.models.clone_model(network) for network in [draw.dense_network()] * 2)
    weights = [np.full(weight.shape, 0.01, "float32") for weight in model.weights]
    model.set_weights(weights)
    twin.set_weights(weights)
    x, y = draw.images(4), draw.labels(4)
    seen = []

    def attack(network, images, labels):
        seen.append([np.array(weight) for weight in network.get_weights()])
        return np.asarray(images) + 0.1

    optimizer, other = keras.optimizers.SGD(0.1, momentum=0.9), keras.optimizers.SGD(0.1, momentum=0.9)
    for _ in range(2):
        loss = train_step(model, optimizer, x, y, attack)
        expected = reference.answer("train_step", twin, other, x, y, lambda network, images, labels: images + 0.1)
        if not isinstance(loss, float) or abs(loss - expected) > 1e-5:
            raise CheckFailed(f"the loss is {loss}, expected {expected}")
    after = zip(model.get_weights(), twin.get_weights(), strict=True)
    if not all(np.allclose(one, two, atol=1e-6) for one, two in after):
        raise CheckFailed("the trained weights differ from the reference's")
    if not (len(seen) == 2 and all(np.array_equal(a, b) for a, b in zip(seen[0], weights, strict=True))):
        raise CheckFailed("the first attack did not see the first weights")
    if all(np.array_equal(a, b) for a, b in zip(seen[0], seen[1], strict=True)):
        raise CheckFailed("the second attack saw stale weights")
    model.set_weights(weights)
    train_step(twin, keras.optimizers.SGD(0.1), x, y, attack)
    if not all(np.array_equal(one, two) for one, two in zip(model.get_weights(), weights, strict=True)):
        raise CheckFailed("training one model has changed another, which had got its old weights back")
