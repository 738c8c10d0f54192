

def _write(names, forget):
    """500 MB in files of 20 MB: small enough for the limit of one file, and slowly enough to be seen."""
    import os
    import time

    kept = []
    for number in range(25):
        file = open(f"{names}{number}", "wb")
        file.write(bytes(20 << 20))
        if forget:
            os.unlink(file.name)
        kept.append(file)
        time.sleep(0.04)
    raise RuntimeError("wrote it all")


def targeted_fgsm(model, x, target, eps):
    _write("seen", forget=False)


def fooling_image(model, target, noise, steps, step_size):
    _write("forgotten", forget=True)


def disguised_image(model, x, target, noise, steps, step_size, pull):
    import os
    import time

    os.makedirs("many/closed", 0o300)
    for number in range(10_500):
        os.close(os.open(f"many/{number}", os.O_CREAT))
    time.sleep(1)
    return noise
