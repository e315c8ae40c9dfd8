"""`make samples`: pictures of a page, a workbook and a terminal for the README.

They need Chromium, LibreOffice and poppler (tests/install-programs.sh), and differ a little between machines.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from gallery.samples import FOLDER, ROOT

FLAGSHIP = "knowledge-base"
WIDTH, HEIGHT = 1240, 1180
"""Of the picture of the page [px]."""
TERMINAL_COLUMNS = 96
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
)
COLOURS = [
    (29, 33, 39), (240, 113, 120), (146, 196, 104), (229, 192, 123),
    (97, 160, 230), (198, 120, 221), (98, 184, 200), (215, 220, 227),
]  # fmt: skip
THEME = TerminalTheme((29, 33, 39), (215, 220, 227), COLOURS, COLOURS)


def main(folder: Path = FOLDER) -> None:
    """Take the three pictures of the samples that lie in the folder."""
    chromium = _program("chromium", "chromium-browser", "google-chrome")
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        page_of(browser, folder / f"{FLAGSHIP}.html", folder / "page.png")
        terminal_of(browser, Path(scratch), folder / "terminal.png")
        browser.close()
        workbook_of(folder / f"{FLAGSHIP}.xlsx", Path(scratch), folder / "workbook.png")
    for name in ("page.png", "terminal.png", "workbook.png"):
        print(f"{name}: {(folder / name).stat().st_size / 1000:.0f} kB")


def page_of(browser: Any, page: Path, picture: Path) -> None:
    """The first screen of a page, light."""
    tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    tab.goto(page.resolve().as_uri())
    tab.screenshot(path=picture)
    tab.close()


def terminal_of(browser: Any, scratch: Path, picture: Path) -> None:
    """What `kplan simulate` of the flagship prints, in a window."""
    command = ["simulate", f"scenarios/{FLAGSHIP}.kplan.yaml", "--format", "table"]
    printed = _kplan(*command)
    html = scratch / "terminal.html"
    html.write_text(framed(f"$ kplan {' '.join(command[:2])}\n{printed}"), encoding="utf-8")
    tab = browser.new_page(viewport={"width": 1100, "height": 900})
    tab.goto(html.as_uri())
    tab.locator(".window").screenshot(path=picture)
    tab.close()


def framed(printed: str) -> str:
    """Coloured text of a terminal as a page."""
    console = Console(file=StringIO(), record=True, width=TERMINAL_COLUMNS + 4, force_terminal=True)
    console.print(Text.from_ansi(printed), soft_wrap=True)
    body = console.export_html(theme=THEME, inline_styles=True, code_format="{code}")
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return templates.get_template("terminal.html.j2").render(body=Markup(body))


def workbook_of(workbook: Path, scratch: Path, picture: Path) -> None:
    """The top of the first sheet of a workbook, as LibreOffice prints it."""
    office = _program("soffice")
    profile = f"-env:UserInstallation=file://{scratch / 'profile'}"
    options = ["--headless", "--norestore", "--nologo", "--nofirststartwizard"]
    to_pdf = ["--convert-to", "pdf", "--outdir", str(scratch), str(workbook)]
    subprocess.run([office, *options, profile, *to_pdf], check=True, capture_output=True)
    pdf = scratch / f"{workbook.stem}.pdf"
    words = [
        "-png",
        "-singlefile",
        "-f",
        "1",
        "-l",
        "1",
        "-scale-to-x",
        str(WIDTH),
        "-scale-to-y",
        "-1",
        "-H",
        str(HEIGHT),
    ]
    subprocess.run([_program("pdftoppm"), *words, str(pdf), str(picture.with_suffix(""))], check=True)


def _kplan(*words: str) -> str:
    env = {"PYTHONPATH": str(ROOT / "simulator"), "FORCE_COLOR": "1", "COLUMNS": str(TERMINAL_COLUMNS)}
    env |= {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        [sys.executable, "-m", "kplan", *words], cwd=ROOT, env=env, capture_output=True, check=True
    )
    return ran.stdout.decode()


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    sys.exit(f"{names[0]} is not installed: sh tests/install-programs.sh")


if __name__ == "__main__":
    main()
