"""Pages and addresses for those who may read numbers and no people, over a real workspace: what is hidden is blank, says why, and breaks nothing."""

from __future__ import annotations

from typing import Any

import pytest
from tests.services.test_differences import shop as shop
from tests.web.test_api import NumbersOnly

from touchpath.web.app import build_app

SPRING = "period=custom&start=2026-03-02&end=2026-03-04"
WHY = "in the day before or after 2026-03-05 fewer than 5 people are counted"


@pytest.fixture
def get(shop, send):
    app = build_app({"shop": shop.platform}, policy=NumbersOnly())
    return lambda path: send(app, "GET", path)


@pytest.mark.parametrize(
    "path",
    [
        f"/w/shop/journeys/buy?{SPRING}",
        f"/w/shop/metrics/customer_satisfaction?subject=csat&{SPRING}",
        f"/w/shop/metrics/customer_satisfaction?subject=csat&by=channel&{SPRING}",
        f"/w/shop/metrics/customer_satisfaction/number?subject=csat&{SPRING}",
    ],
)
def test_a_page_tells_why_its_numbers_are_hidden(get, path):
    shown = get(path)
    assert shown.status_code == 200, shown.text[-3000:]
    assert WHY in shown.text
    assert ".." not in shown.text.partition(WHY)[2][:200]


@pytest.mark.parametrize("path", ["/w/shop/", "/w/shop/journeys/buy", "/w/shop/metrics/customer_satisfaction?subject=csat"])
def test_a_page_of_everybody_is_shown(get, path):
    assert get(path).status_code == 200


def test_an_address_of_numbers_is_refused_or_blank(get):
    base = "/api/v1/workspaces/shop"
    refused = get(f"{base}/paths?start=2026-03-02&end=2026-03-05")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert WHY in refused.json()["detail"]
    number: dict[str, Any] = get(
        f"{base}/measure?metric=customer_satisfaction&subject=csat&start=2026-03-02&end=2026-03-05"
    ).json()["total"]
    assert (number["value"], number["n"]) == (None, None)
    assert WHY in number["reason"]
    values = get(f"{base}/ask?query={{query: values, column: properties.plan}}").json()
    assert "blue" not in str(values["tables"])
    assert get(f"{base}/funnel?step=visit&step=order&by=plan").json()["cells"][0]["entrants"] is None
