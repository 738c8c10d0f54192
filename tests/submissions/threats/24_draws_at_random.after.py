

def fooling_image(model, target, noise, steps, step_size):
    return np.asarray(noise) + np.random.default_rng().normal(0, step_size, np.shape(noise)).astype(np.float32)


