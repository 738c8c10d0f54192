"""The results as tables: for the terminal, as Markdown, and as JSON with everything they were made from."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from solutions.reproduce.jobs import PERCENTILES, SIGMAS, THRESHOLD, THRESHOLDS
from solutions.reproduce.weeks import WORST

PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "mlxtend")
NOT_MEASURED = "–"
COLUMNS = ("clean", "FGSM 0.23", "MIM 0.3", "PGD-40", WORST)

# What the class project reports that weeks 1, 2 and 4 follow, over its runs; it measures no other column.
REPORTED = {
    "undefended": ("0.96–0.99", "0.30–0.32", "0.006–0.011"),
    "trained on FGSM": ("0.99", "0.919–0.934", "0.768–0.779"),
}
NOTE = """Accuracies on {images:,} test images. White-box: examples made on the network that reads them; transfer: made
on the undefended one. FGSM with eps 0.23; MIM with eps 0.3, 10 steps of 0.03 and momentum 1; PGD with eps 0.3, 40 steps
of 0.01 and a random start. In the last column an image is lost when any of 10 PGD runs changes its class: 5 random
starts, each with cross-entropy and with the margin between logits as the loss."""

Rows = list[list[str]]


def main_table(numbers: Mapping[str, Any]) -> Rows:
    """Head and rows: each network under each attack, ours below what was reported."""
    rows = [["network", "attack", *COLUMNS]]
    defended = dict.fromkeys(name.split(": ")[1] for name in numbers if name.startswith("table: "))
    first = next(iter(defended))
    rows += _reported("undefended", "white-box")
    rows.append(["undefended", "white-box", *_values(numbers, first, "undefended")])
    for name in defended:
        rows += _reported(name, "transfer")
        rows.append([name, "transfer", *_values(numbers, name, "transfer")])
        rows.append([name, "white-box", *_values(numbers, name, "white_box")])
    return rows


def threshold_table(numbers: Mapping[str, Any]) -> Rows:
    """Thresholding in front of the undefended network."""
    fgsm, mim = numbers["defence: FGSM 0.23"], numbers["defence: MIM 0.3"]
    return [
        ["images", "undefended", f"behind a threshold of {THRESHOLD:g}"],
        ["clean", _shown(fgsm["clean"]), _shown(fgsm["clean_defended"])],
        ["FGSM 0.23, made on the undefended", _shown(fgsm["attacked"]), _shown(fgsm["attacked_defended"])],
        ["MIM 0.3, made on the undefended", _shown(mim["attacked"]), _shown(mim["attacked_defended"])],
        ["BPDA 0.3, made through the threshold", NOT_MEASURED, _shown(numbers["defence: adaptive"])],
    ]


def filter_tables(numbers: Mapping[str, Any]) -> dict[str, Rows]:
    """Each filter in front of the undefended network, at each value of its parameter."""
    values: dict[str, Sequence[float]] = {"threshold": THRESHOLDS, "blur": SIGMAS, "percentile": PERCENTILES}
    tables = {}
    for name, parameter in values.items():
        titles = ("clean", "FGSM 0.23", "MIM 0.3")
        columns = [numbers[f"{name}: {title}"] for title in titles]
        head = [{"blur": "sigma"}.get(name, name), *titles]
        rows = [[f"{value:g}", *(_shown(column[i]) for column in columns)] for i, value in enumerate(parameter)]
        tables[name] = [head, *rows]
    return tables


def epochs_table(watched: list[dict[str, float]]) -> Rows:
    """The undefended network after each epoch of its training."""
    titles = list(watched[0])
    return [["epoch", *titles]] + [
        [str(epoch), *(_shown(seen[title]) for title in titles)] for epoch, seen in enumerate(watched, 1)
    ]


def show(console: Console, title: str, rows: Rows) -> None:
    """Print a table."""
    table = Table(title=title)
    for number, name in enumerate(rows[0]):
        table.add_column(name, justify="right" if rows[1][number][:1].isdigit() else "left")
    for row in rows[1:]:
        table.add_row(*row)
    console.print(table)


def markdown(record: Mapping[str, Any]) -> str:
    """The whole report."""
    numbers, images = record["numbers"], record["test_images"]
    parts = ["# Reproduced", record["summary"], _table(main_table(numbers)), NOTE.format(images=images)]
    parts += ["![Accuracy of each network under each attack](table.png)"]
    parts += ["## A one-step attack against training time", "![](epochs.png)", _table(epochs_table(record["epochs"]))]
    parts += ["## Size of the perturbation", "![](epsilon.png)"]
    parts += ["## Cleaning the input", _table(threshold_table(numbers)), "![](filters.png)"]
    for rows in filter_tables(numbers).values():
        parts.append(_table(rows))
    return "\n\n".join(parts) + "\n"


def versions() -> dict[str, str]:
    """Python, the machine, and the packages that the numbers depend on."""
    return {"python": platform.python_version(), "machine": platform.platform()} | {
        name: version(name) for name in PACKAGES
    }


def write(record: Mapping[str, Any], out: Path) -> list[Path]:
    """Write report.md and report.json."""
    files = {"report.md": markdown(record), "report.json": json.dumps(record, indent=1) + "\n"}
    for name, content in files.items():
        (out / name).write_text(content, encoding="utf-8")
    return [out / name for name in files]


def _reported(name: str, attack: str) -> Rows:
    if name not in REPORTED:
        return []
    missing = [NOT_MEASURED] * (len(COLUMNS) - len(REPORTED[name]))
    return [[f"{name}, as reported", attack, *REPORTED[name], *missing]]


def _values(numbers: Mapping[str, Any], name: str, reading: str) -> list[str]:
    columns = COLUMNS[:-1] if reading == "transfer" else COLUMNS  # the worst of 10 is chosen for one network
    values = [_shown(numbers[f"table: {name}: {column}"][reading]) for column in columns]
    return values + [NOT_MEASURED] * (len(COLUMNS) - len(values))


def _shown(value: float) -> str:
    return f"{value:.3f}"


def _table(rows: Rows) -> str:
    head, *body = rows
    rule = ["---:" if body[0][number][:1].isdigit() else "---" for number in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *body])
