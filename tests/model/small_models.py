"""The smallest model, a journey for it, and what is said about a file that is none."""

from __future__ import annotations

import pytest

from touchpath.model.errors import ModelErrors
from touchpath.model.parse import parse_model

HEAD = "format: touchpath-model/1\nbrand: {id: shop, title: The Shop}\n"
BUY = """\
journeys:
  - id: buy
    title: Buy
    stages:
      - id: Checkout
        title: Checkout
        steps:
          - {id: pay, title: Pay, match: {kind: order.paid}}
"""


def faults(text: str | bytes) -> list[str]:
    """What is said about a file, as line and message."""
    with pytest.raises(ModelErrors) as caught:
        parse_model(text, "m.yaml")
    return [f"{fault.line}: {fault.message}" for fault in caught.value.faults]
