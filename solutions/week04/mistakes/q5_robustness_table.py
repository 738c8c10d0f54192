"""Known mistakes of q5, robustness_table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .common import Mistake, accuracy, predicted


def tabled(
    undefended: Any,
    defended: Any,
    x: Any,
    y: Any,
    attacks: Any,
    *,
    columns: tuple[str, str, str] = ("uu", "ud", "dd"),
    number: Callable[[float, int], float] = lambda share, n: share,
    leaked: bool = False,
    in_a_chain: str = "",
    on_undefended_first: bool = False,
    columns_outside: bool = False,
) -> dict[str, dict[str, float]]:
    """q5, with everything in it that can be wrong. A column's two letters: who the images are made on, who reads."""
    models, table = {"u": undefended, "d": defended}, {}
    begin = dict.fromkeys(models, np.asarray(x))
    for name, attack in attacks.items():
        made: dict[str, Any] = {}
        for maker, model in models.items():
            start = made["u"] if on_undefended_first and maker == "d" else begin[maker]
            made[maker] = np.asarray(attack(model, start, predicted(model, start) if leaked else y))
        made["c"] = np.asarray(x)
        shares = [number(accuracy(models[column[1]], made[column[0]], y), len(x)) for column in columns]
        table[name] = dict(zip(("undefended", "transfer", "white_box"), shares, strict=True))
        if in_a_chain:  # "u" or "d": both go on from the images made on that network; "each": each from its own
            begin = {maker: made[maker if in_a_chain == "each" else in_a_chain] for maker in models}
    if columns_outside:
        return {column: {name: row[column] for name, row in table.items()} for column in table[name]}
    return table


def of_last_attack(*args: Any) -> dict[str, dict[str, float]]:
    """q5 with every row about the attack that comes last."""
    table = tabled(*args)
    return dict.fromkeys(table, list(table.values())[-1])


def of_fooling_images(undefended: Any, defended: Any, x: Any, y: Any, attacks: Any) -> dict[str, dict[str, float]]:
    """q5 whose transfer counts only those images that fool the undefended network."""
    table = tabled(undefended, defended, x, y, attacks)
    for name, attack in attacks.items():
        images = np.asarray(attack(undefended, x, y))
        fooled = np.asarray(predicted(undefended, images)) != np.asarray(y)
        table[name]["transfer"] = accuracy(defended, images[fooled], np.asarray(y)[fooled]) if fooled.any() else 1.0
    return table


def of_right_images(undefended: Any, defended: Any, x: Any, y: Any, attacks: Any) -> dict[str, dict[str, float]]:
    """q5 in which each network's accuracies count only those images that it reads rightly before the attack."""
    table: dict[str, dict[str, float]] = {}
    for name, attack in attacks.items():
        table[name] = {}
        columns = (("undefended", undefended, undefended), ("transfer", undefended, defended))
        for column, maker, reader in (*columns, ("white_box", defended, defended)):
            right = np.asarray(predicted(reader, x)) == np.asarray(y)
            images = np.asarray(attack(maker, x, y))
            table[name][column] = accuracy(reader, images[right], np.asarray(y)[right]) if right.any() else 1.0
    return table


def under_sorted_names(*args: Any) -> dict[str, dict[str, float]]:
    """q5 with the rows in the order of the attacks, under names in alphabetical order."""
    table = tabled(*args)
    return dict(zip(sorted(table), table.values(), strict=True))


def at_most_transfer(*args: Any) -> dict[str, dict[str, float]]:
    """q5 whose white_box is never above transfer."""
    table = tabled(*args)
    return {name: {**row, "white_box": min(row["white_box"], row["transfer"])} for name, row in table.items()}


def tabling(**parts: Any) -> Callable[..., Any]:
    """A q5 that is wrong in these `parts`."""
    return lambda *args: tabled(*args, **parts)


NO_SHARES = "Your numbers are percentages or counts: return shares between 0 and 1."

ROUNDED = "Your numbers are rounded: return the shares as they are."
ADD_UP = "Your attacks add up: start each one from the clean images."

ROBUSTNESS_TABLE: list[Mistake] = [
    (ADD_UP, tabling(in_a_chain="each")),
    (ADD_UP, tabling(in_a_chain="d")),
    (ADD_UP, tabling(on_undefended_first=True)),
    (ADD_UP, tabling(on_undefended_first=True, in_a_chain="d")),
    (
        "Your columns transfer and white_box are swapped: for transfer the images are made on the undefended network.",
        tabling(columns=("uu", "dd", "ud")),
    ),
    (
        "Your transfer goes the other way: the images are made on the undefended network and read by the defended one.",
        tabling(columns=("uu", "du", "dd")),
    ),
    (
        "Your white_box is by transfer as well: make its images on the defended network.",
        tabling(columns=("uu", "ud", "ud")),
    ),
    (
        "Your transfer is white-box as well: make its images on the undefended network.",
        tabling(columns=("uu", "dd", "dd")),
    ),
    (
        "Your white_box is read by the undefended network: the defended one reads it.",
        tabling(columns=("uu", "ud", "du")),
    ),
    ("Your column undefended is read by the defended network.", tabling(columns=("ud", "ud", "dd"))),
    ("Your two networks are swapped in all columns.", tabling(columns=("dd", "du", "uu"))),
    ("Your column undefended holds the clean accuracy: attack the images first.", tabling(columns=("cu", "ud", "dd"))),
    (NO_SHARES, tabling(number=lambda share, n: 100 * share)),
    (NO_SHARES, tabling(number=lambda share, n: n * share)),
    (ROUNDED, tabling(number=lambda share, n: round(share, 2))),
    (ROUNDED, tabling(number=lambda share, n: round(share, 1))),
    ("Your numbers are error rates: return the share that is right.", tabling(number=lambda share, n: 1 - share)),
    ("Your attack was given the labels that the network reads: give it the true ones, y.", tabling(leaked=True)),
    (ADD_UP, tabling(in_a_chain="u")),
    (
        "Your rows are all about the last attack: does one dict, made before the loop, serve for every row, or does a "
        "function made in the loop use the loop's variable too late?",
        of_last_attack,
    ),
    (
        "Your transfer counts only the images that fool the undefended network: divide by all of them.",
        of_fooling_images,
    ),
    (
        "Your accuracies count only the images that were right before the attack: divide by all of them.",
        of_right_images,
    ),
    (
        "Your rows stand under other attacks' names: were the names sorted, and the attacks were not?",
        under_sorted_names,
    ),
    (
        "Your white_box is never above transfer: it is the accuracy on its own images, which may fool less.",
        at_most_transfer,
    ),
    (
        "Your table is nested the other way round: it holds a row for each attack, and in it the three accuracies.",
        tabling(columns_outside=True),
    ),
]

MISTAKES = {"robustness_table": ROBUSTNESS_TABLE}
