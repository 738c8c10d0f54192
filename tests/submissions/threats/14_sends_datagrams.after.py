

def targeted_fgsm(model, x, target, eps):
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.sendto(b"secret", ("127.0.0.1", PORT))
    return x


def fooling_image(model, target, noise, steps, step_size):
    import socket

    with socket.socket(socket.AF_INET6) as connection:
        connection.bind(("::1", 0))
        connection.listen()
    return noise
