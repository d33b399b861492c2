"""README.md says what the tests hold: its table of clients, and a test for each fault."""

from __future__ import annotations

import re

from clients import CLIENTS, HERE, ROOT, table

README = (HERE / "README.md").read_text(encoding="utf-8")


def test_the_table_of_clients_is_the_one_that_the_tests_use() -> None:
    assert table() in README, "put in what `python tests/clients/clients.py` prints"


def test_every_fault_is_on_the_page_and_every_test_on_the_page_is_there() -> None:
    tests = {
        name for file in HERE.glob("test_*faults.py") for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    }
    assert set(re.findall(r"`(test_a_\w+|test_one_\w+|test_lost_\w+)`", README)) == tests


def test_the_guide_names_every_client_in_the_version_that_is_tested() -> None:
    guide = " ".join((ROOT / "docs" / "guide" / "live.md").read_text(encoding="utf-8").split())
    assert not [one.name for one in CLIENTS.values() if f"{one.package} {one.version}" not in guide]
