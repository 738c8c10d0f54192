"""Every lab in JupyterLab in a real browser: opened, all cells run, no error, every figure to be seen."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.week import ROOT, load_week, week_names

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MISSING = [name for name in ("jupyterlab", "playwright") if importlib.util.find_spec(name) is None]
TOKEN = "for-this-test"
RUN_SECONDS = 400

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None, reason="no browser here: install chromium"),
    pytest.mark.skipif(bool(MISSING), reason=f"{MISSING} not installed: pip install -r requirements-lab.txt"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def folder(tmp_path: Path, week: str) -> Path:
    """The assignment as a student has it, with the solution filled in."""
    folder = tmp_path / "work"
    shutil.copytree(ROOT / "assignments" / week, folder)
    shutil.copy(load_week(week).solution, folder)
    return folder


@pytest.fixture
def address(folder: Path, tmp_path: Path) -> Iterator[str]:
    """A JupyterLab that serves `folder`, with every cell in the page, also those that are out of sight."""
    settings = tmp_path / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    port = free_port()
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    environment = {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"), "PYTHONPATH": str(ROOT)}
    environment.pop("MPLBACKEND", None)  # the tests of figures set one that draws nowhere
    with open(tmp_path / "server.log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            wait_for(f"http://127.0.0.1:{port}/api?token={TOKEN}")
            yield f"http://127.0.0.1:{port}/lab/tree/lab.ipynb?token={TOKEN}"
        finally:
            server.terminate()
            server.wait(30)


def wait_for(url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


@pytest.mark.parametrize("week", week_names())
def test_a_lab_runs_and_shows_its_figures(address: str, folder: Path, tmp_path: Path, week: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        # Cells that are run before the kernel is there wait for ever.
        page.get_by_text("| Idle").wait_for(timeout=60_000)
        run_all(page)
        page.keyboard.press("Control+s")
        figures = page.locator(".jp-RenderedImage img")
        widths = [figures.nth(number).evaluate("image => image.naturalWidth") for number in range(figures.count())]
        figures.first.scroll_into_view_if_needed()
        page.screenshot(path=str(tmp_path / f"{week}.png"))
        visible = figures.first.bounding_box()
        browser.close()
    images, errors = saved(folder)
    assert errors == []
    assert len(widths) >= 3
    assert min(widths) > 100
    assert visible is not None
    assert visible["width"] > 100
    assert images >= len(widths)


def run_all(page: Any) -> None:
    """Choose Run All Cells in the menu, and wait until no cell waits or runs, or one has failed."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(
        """() => {
            const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.innerText.trim());
            const failed = document.querySelector('.jp-OutputArea [data-mime-type="application/vnd.jupyter.stderr"]');
            return failed || (prompts.length > 0 && prompts.every(text => /^\\[\\d+\\]:$/.test(text)));
        }""",
        timeout=RUN_SECONDS * 1000,
    )


def saved(folder: Path) -> tuple[int, list[str]]:
    """How many images the saved notebook holds, and which errors; waits until it is saved."""
    end = time.monotonic() + 30
    while True:
        cells = nbformat.read(folder / "lab.ipynb", as_version=4).cells
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        images = sum("image/png" in output.get("data", {}) for output in outputs)
        errors = [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]
        if images or errors or time.monotonic() > end:
            return images, errors
        time.sleep(0.5)
