"""The attack is told labels of another shape in each call, which together would take many times their own memory."""

import numpy as np

SIZE = 15 << 20


def adversarial_loss(model, x, y, attack, mix):
    raise NotImplementedError


def train_step(model, optimizer, x, y, attack, mix):
    raise NotImplementedError


def adversarial_fit(model, optimizer, x, y, attack, mix, epochs, batch_size, seed):
    if hasattr(attack, "seen"):
        generator, told = np.random.default_rng(seed), 0
        for _ in range(epochs):
            order = generator.permutation(len(x))
            for start in range(0, len(x), batch_size):
                batch = order[start : start + batch_size]
                labels = np.ones(SIZE, np.uint8) if told < 4 else np.ones(len(batch), np.float64)
                attack.seen(np.ascontiguousarray(np.asarray(x)[batch]), labels)
                told += 1
    return {"loss": [1.0] * epochs, "accuracy": [0.5] * epochs}


def augment(model, x, y, attack, seed):
    raise NotImplementedError


def robustness_table(undefended, defended, x, y, attacks):
    raise NotImplementedError


def fgsm_random_start(model, x, y, eps, step_size, seed):
    raise NotImplementedError
