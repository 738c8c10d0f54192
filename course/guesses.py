"""Predict first, then run: a reader's guess beside what was measured."""

from __future__ import annotations


def compare(my_guess: float | None, measured: float) -> None:
    """Print the guess, the measured share and how near they are. Both are shares from 0 to 1; None is no guess."""
    if my_guess is None:
        print(f"You did not guess: it is {measured:.0%}.")
        return
    if not 0 <= my_guess <= 1:
        print(f"Your guess, {my_guess:g}, is no share: write 0.7 for 70 %. It is {measured:.0%}.")
        return
    distance = abs(my_guess - measured)
    verdict = "well guessed" if distance < 0.05 else "close" if distance < 0.15 else "a surprise, then"
    print(f"You said {my_guess:.0%}, it is {measured:.0%}: {verdict}.")
