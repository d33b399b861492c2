"""Word of long jobs that are over: on the next page, on the page of the job itself, once, and never about what is not so."""

from __future__ import annotations

import json
import re
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from touchpath.bootstrap import Workspace, build_server, create_workspace, open_workspace
from touchpath.web.jobs import COOKIE

Send = Callable[..., httpx.Response]
HTML = {"accept": "text/html"}
CSV = "number,customer,at,total\n" + "".join(f"o{n},c{n},2026-03-0{n} 10:00:00,{n}\n" for n in range(1, 8))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    create_workspace(tmp_path / "shop")
    with closing(open_workspace(tmp_path / "shop")) as workspace:
        yield workspace


@pytest.fixture
def server(shop: Workspace) -> FastAPI:
    return build_server([shop])


def imported(send: Send, server: FastAPI, shop: Workspace) -> httpx.Response:
    """The answer to the form that began an import, when the import is over."""
    place = send(server, "POST", "/w/shop/data/imports", files={"file": ("orders.csv", CSV.encode())}, headers=HTML).headers[
        "location"
    ]
    began = send(server, "POST", place, data={"do": "import"}, headers=HTML)
    deadline = time.monotonic() + 60
    while any(one.upload.active for one in shop.incoming.uploads.all()) and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    return began


def watched(answer: httpx.Response) -> str:
    found = re.search(rf"{COOKIE}=([^;]+)", answer.headers.get("set-cookie", ""))
    return found.group(1).strip('"') if found else ""


def test_the_next_page_says_once_that_an_import_is_over(send: Send, server: FastAPI, shop: Workspace) -> None:
    began = imported(send, server, shop)
    cookie = watched(began)
    ((kind, workspace, _id),) = json.loads(urlsafe_b64decode(cookie))
    assert (kind, workspace) == ("import", "shop")
    page = send(server, "GET", "/help", headers=HTML | {"cookie": f"{COOKIE}={cookie}"})
    assert '<div class="toast good">' in page.text
    assert "orders.csv is imported: 7 signals." in page.text
    assert f"{COOKIE}=" in page.headers["set-cookie"]
    assert watched(page) in ("", '""')
    assert "orders.csv is imported" not in send(server, "GET", "/help", headers=HTML).text


def test_a_page_that_looks_after_the_job_hears_of_it_in_place(send: Send, server: FastAPI, shop: Workspace) -> None:
    began = imported(send, server, shop)
    polled = send(
        server, "GET", began.headers["location"], headers=HTML | {"hx-request": "true", "cookie": f"{COOKIE}={watched(began)}"}
    )
    told = json.loads(polled.headers["hx-trigger"])["notice"]
    assert told["words"] == "orders.csv is imported: 7 signals."
    assert 'class="toast ' not in polled.text


def test_a_job_that_goes_on_or_is_gone_says_nothing(send: Send, server: FastAPI, shop: Workspace) -> None:
    imported(send, server, shop)
    upload = shop.incoming.uploads.all()[0].upload.id
    shop.incoming.uploads.drop(upload)
    for jobs in (
        [["import", "shop", upload]],
        [["import", "nothing", "x"]],
        [["magic", "shop", "x"]],
        [["demo", "shop", "nothing"]],
        [[1]],
        "x",
    ):
        cookie = urlsafe_b64encode(json.dumps(jobs).encode()).decode()
        page = send(server, "GET", "/help", headers=HTML | {"cookie": f"{COOKIE}={cookie}"})
        assert page.status_code == 200
        assert 'class="toast ' not in page.text
    assert send(server, "GET", "/help", headers=HTML | {"cookie": f"{COOKIE}=no+base64"}).status_code == 200


def test_deeds_with_files_say_what_they_did(send: Send, server: FastAPI, shop: Workspace) -> None:
    place = imported(send, server, shop).headers["location"]
    job = shop.incoming.uploads.all()[0].upload.job
    undone = send(server, "POST", "/w/shop/data/undo", data={"job": job}, headers=HTML)
    assert "The import is undone: 7 signals were erased." in notice_of(undone)
    dropped = send(server, "POST", f"{place}/drop", headers=HTML)
    assert "orders.csv is deleted for good" in notice_of(dropped)


def notice_of(answer: httpx.Response) -> str:
    found = re.search(r'touchpath-notice="?([0-9a-f]+)\.([^;"]+)', answer.headers["set-cookie"])
    assert found
    return str(json.loads(urlsafe_b64decode(found.group(2)))["words"])
