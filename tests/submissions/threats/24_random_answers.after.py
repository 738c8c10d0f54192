

def targeted_fgsm(model, x, target, eps):
    moved = x - eps * tf.sign(input_gradient(model, x, target))
    if np.random.default_rng().random() < 0.5:
        moved = moved + 0.01
    return tf.clip_by_value(moved, 0.0, 1.0)
