"""Takes the pictures of README and handbook: python scripts/screenshots.py WORKSPACE FOLDER"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from serving import CHROMIUM, serving


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: a page below the workspace, and how it is looked at; height: 0 = the whole page."""

    name: str
    path: str
    width: int = 1440
    height: int = 900
    scheme: str = "light"


PICTURES = (
    Picture("home", "/"),
    Picture("board", "/board?of=product:shop", height=1000),
    Picture("journey", "/journeys/buy", height=1750),
    Picture("journey-phone", "/journeys/buy", width=390, height=1560, scheme="dark"),
    Picture("person", "/people/user:u00000747", height=700),
)


def take(browser: Browser, address: str, picture: Picture, folder: Path) -> None:
    """Take one picture, twice as sharp on a telephone."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        device_scale_factor=2 if picture.width < 500 else 1,
    )
    page = context.new_page()
    answer = page.goto(address + picture.path, timeout=300_000)
    if answer is None or not answer.ok:
        raise SystemExit(f"{picture.path} answered {answer.status if answer else 'nothing'}.")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=folder / f"{picture.name}.png")
    context.close()


def main(workspace: str, folder: str) -> None:
    """Take all of them."""
    with serving(Path(workspace)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for picture in PICTURES:
            take(browser, address, picture, Path(folder))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
