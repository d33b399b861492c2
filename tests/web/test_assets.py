"""What pages load: built from the lock file, kept for ever, light."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from touchpath.web import assets as assets_module
from touchpath.web.assets import STATIC, assets

Get = Callable[..., httpx.Response]
SOURCE = Path(__file__).parents[2] / "web-assets"
BUDGET = 90_000


def test_names_hold_the_hash_of_the_bytes() -> None:
    for asset in assets().values():
        assert hashlib.sha256(asset.plain).hexdigest()[:12] in asset.name
    known = {asset.name for asset in assets().values()} | {"manifest.json", "LICENSES.txt"}
    assert {path.name for path in STATIC.iterdir()} == known


def test_the_typeface_has_every_weight_that_rules_ask_for_and_is_light() -> None:
    style, letters = assets()["touchpath.css"].plain.decode(), assets()["inter.woff2"].plain
    face = re.search(r"@font-face\{[^}]*font-weight:(\d+) (\d+)", style)
    assert face is not None
    asked = {int(weight) for weight in re.findall(r"font-weight:(\d+)[;}]", style)}
    assert len(asked) > 5
    assert (int(face[1]), int(face[2])) == (min(asked), max(asked))
    assert len(letters) <= 30_000


def test_assets_are_kept_for_ever_and_sent_compressed(request_page: Get) -> None:
    for asset in assets().values():
        answer = request_page(f"/assets/{asset.name}")
        assert answer.content == asset.plain
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == asset.type
        assert (answer.headers.get("content-encoding") == "gzip") == (asset.zipped is not None)
    assert request_page("/assets/touchpath.css").status_code == 404


EXPLORERS = {"explore_query.html", "explore_timeline.html", "journey_paths.html"}


def test_nothing_but_explorers_loads_what_explorers_need(request_page: Get) -> None:
    templates = Path(assets_module.__file__).parent / "templates"
    assert {path.name for path in templates.glob("*.html") if "explorer.js" in path.read_text("utf-8")} == EXPLORERS
    assert [path.name for path in templates.glob("*.html") if "charts.js" in path.read_text("utf-8")] == []
    text = request_page("/w/shop/explore/flows?q.of=search&q.steps=3").text
    loaded = set(re.findall(r"/assets/([\w.-]+)", text))
    weights = {name: len(asset.zipped or asset.plain) for name, asset in assets().items()}
    begins = sum(weights[name] for name, asset in assets().items() if asset.name in loaded)
    assert len(gzip.compress(text.encode(), 6)) + begins <= BUDGET + weights["explorer.js"]
    assert weights["explorer.js"] <= 5_000
    assert weights["charts.js"] <= 215_000


def test_the_script_of_explorers_is_sound_typescript() -> None:
    node, tsc = shutil.which("node"), SOURCE / "node_modules" / "typescript" / "bin" / "tsc"
    if node is None or not tsc.exists():
        pytest.skip("typescript is not installed: run npm ci in web-assets")
    checked = subprocess.run([node, str(tsc), "-p", "."], cwd=SOURCE, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_pages_are_sent_compressed(request_page: Get) -> None:
    assert request_page("/w/shop/").headers["content-encoding"] == "gzip"


def test_the_lock_file_names_no_download_addresses() -> None:
    lock = json.loads((SOURCE / "package-lock.json").read_text("utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_the_kept_files_are_what_the_lock_file_builds(tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm is not installed")
    if not (SOURCE / "node_modules" / ".package-lock.json").exists():
        subprocess.run([npm, "ci"], cwd=SOURCE, check=True, capture_output=True)
    subprocess.run([node, "build.mjs", str(tmp_path)], cwd=SOURCE, check=True, capture_output=True)
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert built == {path.name: path.read_bytes() for path in STATIC.iterdir()}
