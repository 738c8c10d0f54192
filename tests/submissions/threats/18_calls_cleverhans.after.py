

def targeted_fgsm(model, x, target, eps):
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method

    limits = {"clip_min": 0.0, "clip_max": 1.0}
    return fast_gradient_method(model, tf.convert_to_tensor(x), eps, np.inf, y=target, targeted=True, **limits)
