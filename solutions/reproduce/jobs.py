"""What is measured of the trained networks: each number a job with a name, so that it can be kept and shown."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from course.measures import Attack, accuracy
from solutions.reproduce.weeks import Weeks, adaptive_against, table_attacks

Job = Callable[[], Any]

EPSILONS = [round(0.05 * i, 2) for i in range(11)]
THRESHOLDS = [round(0.1 * i, 1) for i in range(1, 10)]
SIGMAS = [round(0.2 * i, 1) for i in range(12)]
PERCENTILES = [10 * i for i in range(11)]
FILTER_SIZE = 3
THRESHOLD = 0.5


def jobs(networks: Mapping[str, Any], weeks: Weeks, x: Any, y: Any) -> dict[str, Job]:
    """All of them, by name; each gives a number, or a dict or list of them."""
    attacks = table_attacks(weeks)
    undefended = networks["undefended"]

    @functools.cache
    def attacked(name: str) -> Any:  # on the undefended network
        return np.asarray(attacks[name](undefended, x, y))

    found: dict[str, Job] = {}
    for name, network in networks.items():
        if network is not undefended:
            for title, attack in attacks.items():
                found[f"table: {name}: {title}"] = functools.partial(
                    _row, weeks, undefended, network, x, y, title, attack
                )
        found[f"epsilon: {name}"] = functools.partial(_by_epsilon, weeks, network, x, y)
    transforms = _transforms(weeks)
    for filtered, choices in transforms.items():
        for title in ("clean", "FGSM 0.23", "MIM 0.3"):
            found[f"{filtered}: {title}"] = functools.partial(
                _filtered, weeks, undefended, choices, functools.partial(attacked, title), y
            )
    threshold = functools.partial(weeks.three.binary_threshold, threshold=THRESHOLD)
    for title in ("FGSM 0.23", "MIM 0.3"):
        found[f"defence: {title}"] = functools.partial(
            _report, weeks, undefended, threshold, x, y, functools.partial(attacked, title)
        )
    found["defence: adaptive"] = functools.partial(_adaptive, weeks, undefended, threshold, x, y)
    return found


def _row(weeks: Weeks, undefended: Any, defended: Any, x: Any, y: Any, title: str, attack: Attack) -> dict[str, float]:
    table = weeks.four.robustness_table(undefended, defended, x, y, {title: attack})
    return {reading: float(value) for reading, value in table[title].items()}


def _by_epsilon(weeks: Weeks, network: Any, x: Any, y: Any) -> list[float]:
    return [float(value) for value in weeks.one.accuracy_by_epsilon(network, x, y, EPSILONS)]


def _transforms(weeks: Weeks) -> dict[str, list[Any]]:
    """Each filter of week 3 at every value of its parameter."""
    three = weeks.three
    return {
        "threshold": [functools.partial(three.binary_threshold, threshold=value) for value in THRESHOLDS],
        "blur": [functools.partial(three.gaussian_blur, sigma=value) for value in SIGMAS],
        "percentile": [
            functools.partial(three.percentile_filter, percentile=value, size=FILTER_SIZE) for value in PERCENTILES
        ],
    }


def _filtered(weeks: Weeks, network: Any, choices: list[Any], images: Callable[[], Any], y: Any) -> list[float]:
    return [accuracy(weeks.three.defend(network, transform), images(), y) for transform in choices]


def _report(
    weeks: Weeks, network: Any, transform: Any, x: Any, y: Any, attacked: Callable[[], Any]
) -> dict[str, float]:
    report = weeks.three.defence_report(network, transform, x, y, attacked())
    return {name: float(value) for name, value in report.items()}


def _adaptive(weeks: Weeks, network: Any, transform: Any, x: Any, y: Any) -> float:
    defended = weeks.three.defend(network, transform)
    return accuracy(defended, adaptive_against(weeks, transform)(network, x, y), y)
