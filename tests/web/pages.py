"""The pages that tests in a browser walk over, and how these are looked at."""

from __future__ import annotations

#: Widths and colours in which every page is looked at, in one visit; the slow tests load it anew for each of all.
LOOKS = ((1440, "light"), (390, "dark"), (320, "light"))
ALL_LOOKS = tuple((width, scheme) for width in (1440, 390, 320) for scheme in ("light", "dark"))
#: Pages that people read: home, boards, journeys and people.
READ = {
    "workspaces": "/",
    "overview": "/w/shop/",
    "start": "/w/incoming/start",
    "start-empty": "/w/empty/start",
    "start-models": "/w/incoming/start/model",
    "start-model": "/w/incoming/start/model/stores-and-online",
    "start-answers": "/w/incoming/start/answers",
    "board": "/w/shop/board",
    "board-product": "/w/shop/board?of=product:web",
    "happenings": "/w/shop/board/happenings",
    "own-boards": "/w/shop/boards",
    "own-board": "/w/shop/boards/%BOARD%?period=28&compare=before&weight=account",
    "own-board-edit": "/w/shop/boards/%BOARD%/edit",
    "own-board-block": "/w/shop/boards/%BOARD%/blocks/new?sort=map",
    "own-board-versions": "/w/shop/boards/%BOARD%/versions",
    "own-board-share": "/w/shop/boards/%BOARD%/share?period=28",
    "own-board-mails": "/w/shop/boards/%BOARD%/mails",
    "own-board-present": "/w/shop/boards/%BOARD%/present",
    "own-board-shared": "%SHARED%",
    "voice": "/w/shop/voice",
    "voice-of": "/w/shop/voice?did=order.placed",
    "step-people": "/w/shop/journeys/buy/steps/pay/people?group=here",
    "target": "/w/shop/metrics/nps/target?subject=nps",
    "journey": "/w/shop/journeys/buy",
    "atlas": "/w/shop/journeys",
    "journey-compared": "/w/shop/journeys/buy?zoom=stage&period=28&compare=before",
    "journey-versions": "/w/shop/journeys/buy?version=1",
    "journey-touchpoints": "/w/shop/journeys/buy?zoom=touchpoint&beside=channel:web",
    "journey-parties": "/w/shop/journeys/buy/parties",
    "journey-tasks": "/w/shop/journeys/buy?zoom=task",
    "step": "/w/shop/journeys/buy/steps/pay",
    "card": "/w/shop/journeys/buy/steps/pay/card",
    "people": "/w/shop/people?q=42",
    "accounts": "/w/shop/accounts",
    "account": "/w/shop/accounts/weird%2F%3Cb%3Ename%3C%2Fb%3E",
    "segments": "/w/shop/segments?by=plan",
    "segment": "/w/shop/segments/persona:regular",
    "journey-ways": "/w/shop/journeys/buy/paths",
    "person": "/w/shop/people/user:42",
    "identity": "/w/shop/identity?actor=user:42",
}
#: Pages that people work in: models, explorers, metrics, data and settings.
WORKED_IN = {
    "model": "/w/shop/model",
    "model-journey": "/w/shop/model/edit?at=journeys/buy",
    "model-step": "/w/shop/model/edit?at=journeys/buy/stages/order/steps/pay",
    "model-add": "/w/shop/model/add?to=tasks",
    "model-text": "/w/shop/model/text",
    "explore": "/w/shop/explore",
    "explore-asked": "/w/shop/explore/volume?q.of.0=order.placed&q.of.1=x&grain=month",
    "explore-flows": "/w/shop/explore/flows?q.of=search&q.steps=3",
    "explore-paths": "/w/shop/explore/paths?q.gap=1d&rare=0",
    "timeline": "/w/shop/explore/timeline?of=nps:nps&grain=week",
    "explore-faulty": "/w/shop/explore/funnel?q.steps.0=a&where=channel: [",
    "metrics": "/w/shop/metrics",
    "metric": "/w/shop/metrics/task_success?subject=checkout&by=channel",
    "question": "/w/shop/metrics/nps?subject=nps&by=channel",
    "number": "/w/shop/metrics/task_success/number?subject=checkout",
    "drivers": "/w/shop/drivers?outcome=nps&of=csat&of=count:order.placed",
    "drivers-refused": "/w/shop/drivers?outcome=nps&of=csat&of=sus1&of=count:order.placed",
    "effect": "/w/shop/effect?metric=nps&subject=nps&since=2026-03-01",
    "effect-units": "/w/shop/effect?metric=nps&subject=nps&since=2026-03-01&by=channel&treated=web",
    "associations": "/w/shop/associations?ux=task_success:checkout&cx=nps:nps&by=channel",
    "people-behind": "/w/shop/metrics/task_success/people?subject=checkout&group=succeeded",
    "signals": "/w/shop/data/catalogue",
    "sources": "/w/shop/data/sources",
    "imports": "/w/shop/data/imports",
    "import-tried": "/w/shop/data/imports/aaaaaaaaaaaaaaa1",
    "import-faulty": "/w/shop/data/imports/aaaaaaaaaaaaaaa2",
    "import-done": "/w/shop/data/imports/aaaaaaaaaaaaaaa3",
    "import-format": "/w/shop/data/imports/aaaaaaaaaaaaaaa4",
    "undo": "/w/incoming/data/undo?job=%JOB%",
    "kind": "/w/incoming/data/catalogue/kind?kind=%KIND%",
    "contact": "/w/incoming/data/contact",
    "qr": "/w/incoming/data/qr?touchpoint=till&campaign=spring&question=csat",
    "visit": "/q/incoming/%TOKEN%",
    "catalogue": "/w/incoming/data/catalogue",
    "connections": "/w/shop/data/connections",
    "connection": "/w/shop/data/connections/help",
    "live": "/w/shop/data/keys",
    "revoke-key": "/w/shop/data/keys/web-1/revoke",
    "quarantine": "/w/shop/data/quarantine",
    "held": "/w/shop/data/quarantine/records?job=record&try=1",
    "give-up": "/w/shop/data/quarantine/give-up?job=record",
    "privacy": "/w/shop/privacy",
    "erase-person": "/w/shop/privacy/erase?actor=user:c1",
    "design": "/design?sort=-success",
    "search": "/w/shop/search?q=pay",
    "settings": "/w/shop/settings",
    "help": "/help",
    "empty": "/w/empty/",
    "missing": "/w/shop/journeys/nothing",
}
PAGES = READ | WORKED_IN
EXTREMES = {
    "empty-journey": "/w/empty/journeys/buy",
    "long": "/w/long/",
    "long-board": "/w/long/board?of=journey:forty",
    "long-metric": "/w/long/metrics/nps?subject=csat",
    "long-journey": "/w/long/journeys/forty",
    "long-person": "/w/long/people/user:1",
}
#: What stands for these in PAGES, once the workspace is there.
FOUND: dict[str, str] = {}


def spelled(path: str) -> str:
    """The path of a page with what was found put in."""
    for name, found in FOUND.items():
        path = path.replace(name, found)
    return path
