"""The results as figures, readable in grey: markers, dashes and hatches tell what the colours tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from course.figures import accuracy_against_eps
from solutions.reproduce.jobs import EPSILONS, FILTER_SIZE, PERCENTILES, SIGMAS, THRESHOLDS
from solutions.reproduce.report import COLUMNS
from solutions.reproduce.weeks import WORST

_LINES: dict[str, dict[str, Any]] = {  # colours of Okabe and Ito
    "clean": {"color": "black", "marker": "o", "linestyle": "-"},
    "FGSM 0.23": {"color": "#D55E00", "marker": "s", "linestyle": "--"},
    "MIM 0.3": {"color": "#0072B2", "marker": "^", "linestyle": "-."},
}
_BARS = (("#000000", ""), ("#E69F00", "//"), ("#56B4E9", ".."), ("#0072B2", "xx"), ("#FFFFFF", "\\\\"))


def draw(record: Mapping[str, Any], out: Path) -> list[Path]:
    """Write every figure as PNG."""
    numbers = record["numbers"]
    figures = {
        "table.png": table(numbers),
        "epochs.png": epochs(record["epochs"]),
        "epsilon.png": epsilon(numbers),
        "filters.png": filters(numbers),
    }
    for name, figure in figures.items():
        figure.savefig(out / name, dpi=110)
        plt.close(figure)
    return [out / name for name in figures]


def table(numbers: Mapping[str, Any]) -> Figure:
    """The table as bars: who is attacked, and on whom the examples were made."""
    names = list(dict.fromkeys(name.split(": ")[1] for name in numbers if name.startswith("table: ")))
    groups = [("undefended", names[0], "undefended")]
    for name in names:
        groups += [(f"{name},\nby transfer", name, "transfer"), (f"{name},\nwhite-box", name, "white_box")]
    figure, axes = plt.subplots(figsize=(11, 4.6), layout="constrained")
    width = 0.8 / len(COLUMNS)
    for number, (column, (colour, hatch)) in enumerate(zip(COLUMNS, _BARS, strict=True)):
        shown = [i for i, group in enumerate(groups) if column != WORST or group[2] != "transfer"]
        heights = [numbers[f"table: {groups[i][1]}: {column}"][groups[i][2]] for i in shown]
        places = np.array(shown) + (number - (len(COLUMNS) - 1) / 2) * width
        axes.bar(places, heights, width, label=column, color=colour, hatch=hatch, edgecolor="0.25", linewidth=0.6)
    axes.set_xticks(range(len(groups)), [label for label, _, _ in groups])
    title = "Robust against whom? Transfer: examples made on the undefended network; white-box: on the network itself"
    _finish(axes, "network, and what the attacker knows", title)
    figure.legend(loc="outside lower center", ncols=len(COLUMNS))
    return figure


def epochs(watched: list[dict[str, float]]) -> Figure:
    """Accuracy against the epochs of training: one step seems to lose its power, ten steps don't."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for title in watched[0]:
        axes.plot(range(1, len(watched) + 1), [seen[title] for seen in watched], label=title, **_LINES[title])
    _finish(axes, "epochs of ordinary training", "The longer it trains, the less a one-step attack finds")
    axes.legend()
    return figure


def epsilon(numbers: Mapping[str, Any]) -> Figure:
    """Accuracy after FGSM on the network itself against eps, a line a network."""
    lines = {name.removeprefix("epsilon: "): values for name, values in numbers.items() if name.startswith("epsilon: ")}
    return accuracy_against_eps(EPSILONS, lines, "FGSM, made on the network itself")


def filters(numbers: Mapping[str, Any]) -> Figure:
    """What each filter in front of the undefended network does to clean and to attacked images."""
    figure, panels = plt.subplots(1, 3, figsize=(12, 4.2), layout="constrained", sharey=True)
    kinds = {
        "threshold": (THRESHOLDS, "threshold: pixels above it become white"),
        "blur": (SIGMAS, "sigma of the Gaussian blur, in pixels"),
        "percentile": (PERCENTILES, f"percentile of {FILTER_SIZE} × {FILTER_SIZE} pixels (50: the median)"),
    }
    for axes, (kind, (values, label)) in zip(panels, kinds.items(), strict=True):
        for title, line in _LINES.items():
            axes.plot(values, numbers[f"{kind}: {title}"], label=title, **line)
        _finish(axes, label, kind)
    for axes in panels[1:]:
        axes.set_ylabel("")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    figure.suptitle("A filter before the undefended network; examples made without knowing of it")
    return figure


def _finish(axes: Axes, label: str, title: str) -> None:
    axes.set(xlabel=label, ylabel="accuracy", title=title, ylim=(-0.03, 1.03))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
