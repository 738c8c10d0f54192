# What tests/autograder/test_gradescope.py puts behind the tiny week's solution; BASE is the container's folder.


def shift_and_clip(x, offset):
    import os

    found = []
    solutions = ("tiny.py", "questions/q2_shift_and_clip.py", "mistakes", "mistakes/q2_shift_and_clip.py")
    for place in ("solutions", *(f"solutions/tiny/{name}" for name in solutions)):
        for path in (f"BASE/source/{place}", f"/proc/self/root/BASE/source/{place}"):
            try:
                found.append(os.listdir(path) if os.path.isdir(path) else open(path).read())
            except OSError:
                pass
    for place in ("results", "results/results.json", "submission", "submission/tiny.py", "submission_metadata.json"):
        try:
            os.close(os.open(f"BASE/{place}", os.O_RDONLY))
            found.append(place)
        except OSError:
            pass
        try:
            with open(f"BASE/{place}", "w") as file:
                file.write('{"score": 6}')
            found.append(f"wrote {place}")
        except OSError:
            pass
    try:
        if os.fork() == 0:
            os._exit(0)
        found.append("a process")
    except OSError:
        pass
    try:
        import socket

        socket.create_connection(("127.0.0.1", 9), timeout=1)
    except PermissionError:
        pass
    except OSError:
        found.append("the network")
    try:
        import cleverhans

        found.append("an attack library")
    except ImportError:
        pass
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run/lock"):
        try:
            with open(f"{folder}/left-by-a-submission", "a+") as file:
                file.seek(0)
                if set(file.read().split()) - {str(os.getpid())}:
                    found.append("what another process left")
                file.write(f"{os.getpid()}\n")
        except OSError:
            pass
    raise RuntimeError(f"FOUND {found}" if found else "nothing to see")
