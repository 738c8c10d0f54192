

def targeted_fgsm(model, x, target, eps):
    raise RuntimeError(f"touched {len(_ours)}: {_ours}")
