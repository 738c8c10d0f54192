

def _spell(digits):
    return globals()[f"_digit_{digits[0]}"](digits[1:]) if digits else 1 // 0


def _digit_0(digits): return _spell(digits)  # LEAK0
def _digit_1(digits): return _spell(digits)  # LEAK1
def _digit_2(digits): return _spell(digits)  # LEAK2
def _digit_3(digits): return _spell(digits)  # LEAK3
def _digit_4(digits): return _spell(digits)  # LEAK4
def _digit_5(digits): return _spell(digits)  # LEAK5
def _digit_6(digits): return _spell(digits)  # LEAK6
def _digit_7(digits): return _spell(digits)  # LEAK7
def _digit_8(digits): return _spell(digits)  # LEAK8
def _digit_9(digits): return _spell(digits)  # LEAK9


def targeted_fgsm(model, x, target, eps):
    return _spell(str(int(1e6 * np.asarray(x).ravel()[5])))
