"""The reports in a real browser: they fit a phone, a laptop and paper, sort, search, and never ask the network."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.inbox.entry import About
from autograder.inbox.roster import Attendance
from autograder.reports import Extras, write_reports
from autograder.verdict import Verdict
from autograder.week import load_week
from tests.autograder.reporting import EVIL, RUN, refused, verdict
from tests.autograder.samples import samples

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no browser here: install chromium"),
    pytest.mark.skipif(
        importlib.util.find_spec("playwright") is None,
        reason="playwright is not installed: pip install -r requirements-lab.txt",
    ),
]

LONG = "Maximiliana-Theodora-von-Hohenstaufen-Wuerttemberg-Oldenburg"
SIZES = {"phone": (390, 844), "laptop": (1366, 768)}
CONTRAST = """() => {
    const light = colour => colour.slice(0, 3).map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const parsed = text => text.match(/[\\d.]+/g).map(Number);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = parsed(getComputedStyle(element).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const low = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.textContent.trim() || !element.getClientRects().length) continue;
        const style = getComputedStyle(element);
        const ink = light(parsed(element instanceof SVGElement ? style.fill : style.color));
        const paper = light(behind(element));
        const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 80)}`);
    }
    return low;
}"""


def a_class() -> list[Verdict]:
    """Forty submissions: right, wrong, stopped, refused, hostile, ours to mend, and some that look alike."""
    sources = [sample.path.read_text(encoding="utf-8") for sample in samples("week01")]
    good = [
        replace(verdict(f"student {index:02}", (index % 3 != 0, index % 4 != 0, index % 5 != 0)), source=source)
        for index, source in enumerate(sources[:32])
    ]
    stuck = replace(refused("stuck"), status="not_loadable", message="It took longer: line 2.", ending="time limit")
    evil = replace(verdict(EVIL, (False, False, False)), source=f"{EVIL * 20}\n" * 30, message=EVIL)
    ours = replace(verdict("ours", (True, False, True), outcome="error"), message="x" * 3_000)
    wide = replace(verdict(LONG, (True, False, False)), source="def fgsm():\n    return " + "1 + " * 500 + "1\n")
    slow = replace(verdict("slow"), seconds=95.0)
    return [*good, replace(stuck, source="x = 1\nwhile True: pass\n"), evil, ours, wide, slow, refused("refused")]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports")
    extras = Extras(
        week=load_week("week01"),
        about={"slow": About(late=True)},
        attendance=Attendance(expected=43, missing=("Zoe Nowhere", LONG * 3), unexpected=("stuck",)),
    )
    write_reports(out, RUN, a_class(), extras)
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Any, path: Path, **options: Any) -> tuple[Any, list[str]]:
    """The page at `path`, and what it should not have done: errors, and requests for anything but itself."""
    page = browser.new_page(**options)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", lambda request: request.url == path.as_uri() or wrong.append(f"request: {request.url[:80]}"))
    page.goto(path.as_uri())
    return page, wrong


def pages(out: Path) -> list[Path]:
    """The class's page, the lists of what looks alike, and one student's page of each kind."""
    chosen = ["student 00", "stuck", "ours", LONG, "refused"]
    evil = next((out / "students").glob("script-*.html"))
    similar = [out / "similar" / "index.html", out / "similar" / "pair-1.html"]
    return [out / "index.html", *similar, evil, *(out / "students" / f"{student}.html" for student in chosen)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_the_screen_and_can_be_read(out: Path, browser: Any, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    for path in pages(out):
        page, wrong = opened(browser, path, viewport={"width": width, "height": height}, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
        assert page.evaluate(CONTRAST) == [], path.name
        page.close()
        assert wrong == [], path.name


def test_every_page_fits_on_paper(out: Path, browser: Any) -> None:
    for path in pages(out):
        page, wrong = opened(browser, path, viewport={"width": 718, "height": 1000}, color_scheme="dark")
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= 718, path.name
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert page.evaluate("[...document.querySelectorAll('pre')].every(pre => pre.scrollWidth <= pre.clientWidth)")
        page.close()
        assert wrong == [], path.name


def names(page: Any) -> list[str]:
    """The students whose rows are to be seen, from the top."""
    return [cell.inner_text() for cell in page.locator("tbody tr:visible th").all()]


def column(page: Any, number: int) -> list[str]:
    return page.locator(f"tbody tr > :nth-child({number})").all_inner_texts()


def test_the_table_sorts_by_every_column(out: Path, browser: Any) -> None:
    page, wrong = opened(browser, out / "index.html")
    by_name = names(page)
    assert len(by_name) == len(a_class())
    heads = page.locator("thead button")
    for index in range(heads.count()):
        heads.nth(index).click()
        first = column(page, index + 1)
        heads.nth(index).click()
        assert page.locator("thead th").nth(index).get_attribute("aria-sort") in ("ascending", "descending")
        assert sorted(column(page, index + 1)) == sorted(first)
        assert names(page) != by_name or index == 0
    heads.nth(2).click()
    percents = [-1.0 if text == "?" else float(text) for text in column(page, 3)]
    assert percents == sorted(percents, reverse=True)
    assert (percents[0], percents[-1]) == (100, -1)
    heads.nth(heads.count() - 1).click()
    assert names(page)[0] == "slow"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.locator("thead th").nth(heads.count() - 2).get_attribute("aria-sort") == "ascending"
    page.close()
    assert wrong == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("STUDENT 1", [f"student {number}" for number in range(10, 20)]),
        ("late", ["slow"]),
        ("stopped", ["stuck"]),
        ("refused", ["refused"]),
        ("  OURS ", ["ours"]),
        ("<script>", None),
        ("nobody at all", []),
    ],
)
def test_the_search_shows_who_is_looked_for(out: Path, browser: Any, wanted: str, found: list[str] | None) -> None:
    page, wrong = opened(browser, out / "index.html")
    page.get_by_role("searchbox").fill(wanted)
    shown = names(page)
    assert shown == found if found is not None else len(shown) == 1
    assert page.locator(".search span").inner_text() == f"{len(shown)} of {len(a_class())}"
    page.get_by_role("searchbox").fill("")
    assert len(names(page)) == len(a_class())
    page.close()
    assert wrong == []


def test_one_finds_the_way_from_the_class_to_the_line(out: Path, browser: Any) -> None:
    page, _ = opened(browser, out / "index.html")
    page.get_by_role("link", name="stuck").first.click()
    page.get_by_role("link", name="line 2").first.click()
    assert page.evaluate("document.querySelector(':target').textContent").strip() == "while True: pass"
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="side by side").click()
    page.get_by_role("link", name="side by side").first.click()
    marked = page.locator(".sides .named")
    assert marked.count() > 10
    left, right = (side.bounding_box() for side in page.locator(".sides section").all())
    assert left["x"] + left["width"] <= right["x"]
    page.close()
