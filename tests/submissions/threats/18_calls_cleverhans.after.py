

def targeted_fgsm(model, x, target, eps):
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method

    return fast_gradient_method(lambda z: model(z, training=False), x, eps, np.inf, 0.0, 1.0, y=target, targeted=True)
