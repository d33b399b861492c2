"""A shop with one journey, for tests that look for what is left of a person."""

from datetime import UTC, datetime

MODEL = """
format: touchpath-model/1
about: "Made by hand."
brand: {id: shop, title: Shop}
product_families: [{id: all, title: All, products: [{id: web, title: Web shop}]}]
object_kinds: [{id: order, title: Order}]
dimensions: [{id: city, title: City, field: properties.city, level: person, changes: latest}]
journeys:
  - id: buy
    title: Buy
    window: 1d
    products: [web]
    stages: [{id: all, title: All, steps: [{id: see, title: See, match: {kind: page.viewed}}, {id: pay, title: Pay, match: {kind: order.placed}}]}]
"""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
