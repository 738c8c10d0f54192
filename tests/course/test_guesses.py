"""What a reader is told about a guess."""

from __future__ import annotations

import pytest

from course.guesses import compare


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (None, "You did not guess: it is 70%."),
        (0.68, "You said 68%, it is 70%: well guessed."),
        (0.6, "You said 60%, it is 70%: close."),
        (0.1, "You said 10%, it is 70%: a surprise, then."),
        (70, "Your guess, 70, is no share: write 0.7 for 70 %. It is 70%."),
    ],
)
def test_a_guess_is_set_beside_the_measured(guess: float | None, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    compare(guess, 0.7)
    assert capsys.readouterr().out.strip() == said
