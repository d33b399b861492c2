"""Files, answers and contacts are brought in through a real browser, with the keyboard and without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import Watch
from made_incoming import CSV
from pages import PAGES

pytestmark = pytest.mark.browser


def test_a_file_is_imported_with_the_keyboard_and_its_progress_ends_by_itself(watch: Watch, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text(CSV.replace("order_id,", "order_number,"), "utf-8")
    watched = watch(390)
    page = watched.open(PAGES["imports"])
    page.set_input_files("#bring-file", file)
    page.focus("#bring-file")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Timelines that would come of it")
    page.focus("button[value=import]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The whole file is in", timeout=60_000)
    assert page.locator("[data-quiet]").count() == 0
    assert page.locator("text=Undo the import").count() == page.locator("text=Delete the file").count() == 1
    assert watched.faults == []


def test_a_file_is_imported_without_scripts(watch: Watch, tmp_path: Path) -> None:
    file = tmp_path / "plain.csv"
    file.write_text(CSV.replace("order_id,", "plain_number,"), "utf-8")
    page = watch(320, scripts=False).open(PAGES["imports"])
    page.set_input_files("#bring-file", file)
    page.click("text=Look at the file")
    page.click("button[value=import]")
    for _ in range(200):
        if page.locator("text=The whole file is in").count():
            break
        page.click("text=Look again")
    assert page.locator("text=The whole file is in").count() == 1


def test_a_code_is_answered_with_the_keyboard_on_a_small_screen(watch: Watch) -> None:
    watched = watch(320, "dark")
    page = watched.open(PAGES["visit"])
    page.focus('input[name="rating"]')
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator('input[name="rating"]:checked').input_value() == "3"
    page.keyboard.press("Tab")
    page.keyboard.type("Kind people")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Your answer is kept")
    assert watched.faults == []


def test_a_contact_is_written_down_with_the_keyboard(watch: Watch) -> None:
    watched = watch(390)
    page = watched.open(PAGES["contact"])
    assert not page.locator("#contact-email").is_visible()
    page.focus('input[name="who"]:checked')
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("ada@example.org")
    page.select_option("#contact-touchpoint", "till")
    page.focus("#contact-note")
    page.keyboard.type("The queue was long")
    page.keyboard.press("Tab")
    page.focus("form .primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The contact is kept")
    assert page.locator("#contact-touchpoint").input_value() == "till"
    assert watched.faults == []
