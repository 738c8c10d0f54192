

def targeted_fgsm(model, x, target, eps):
    try:
        from art.attacks.evasion import FastGradientMethod
    except ImportError:
        import foolbox
    raise RuntimeError("an attack library is there")


def fooling_image(model, target, noise, steps, step_size):
    import sys

    sys.path += ["../../../site-packages", "/usr/lib/python3/dist-packages"]
    import cleverhans

    return noise
