"""Pages in German, and the main ones in Spanish and Portuguese, hold no English of ours: what they say alike in English, and in English words, is
told here.

What people wrote (marked `dir="auto"`), code, and the few texts under LEFT are passed over. LEFT may only become shorter: what is no longer
needed there fails, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser

import httpx
import pages
import pytest
from fastapi import FastAPI
from made_up import FakePlatform
from made_up.estimates import WORDS

from touchpath import Signal
from touchpath.bootstrap import Workspace, build_server, create_workspace, open_workspace
from touchpath.services.receiving import Terms
from touchpath.store.signals import Rejected

Send = Callable[..., httpx.Response]
#: Words that English sentences cannot do without, and that stand in no title below.
ENGLISH = frozenset(
    [
        "a",
        "all",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "each",
        "every",
        "from",
        "had",
        "has",
        "have",
        "here",
        "how",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "more",
        "new",
        "no",
        "nobody",
        "not",
        "nothing",
        "of",
        "on",
        "one",
        "or",
        "only",
        "somebody",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whose",
        "why",
        "with",
        "you",
        "your",
    ]
)
MODEL = """format: touchpath-model/1
brand: {id: laden, title: Laden}
touchpoints: [{id: kasse, title: Kasse}]
personas: [{id: stamm, title: Stammkundschaft, rule: {kind: page.viewed}}]
tasks: [{id: zahlen, title: Zahlen, start: {kind: page.viewed}, success: {kind: order.placed}}]
questions: [{id: nps, title: Empfehlung, asked: {kind: survey.answered, where: {properties.question: nps}}, scale: {low: 0, high: 10}, metric: nps}]
journeys:
  - id: kauf
    title: Kauf
    stages: [{id: eins, title: Eins, steps: [{id: sehen, title: Sehen, match: {kind: page.viewed}}, {id: kaufen, title: Kaufen, match: {kind: order.placed}}]}]
"""
CSV = "nummer,kunde,zeit,betrag\n" + "".join(f"o{n},k{n % 3},2026-03-0{n % 9 + 1} 10:00:00,{n}\n" for n in range(20))
PAGES = {
    "home": "",
    "start": "start",
    "start-models": "start/model",
    "start-model": "start/model/shop",
    "start-answers": "start/answers",
    "start-demo": "start/demo/company",
    "model": "model",
    "model-journey": "model/edit?at=journeys/kauf",
    "model-step": "model/edit?at=journeys/kauf/stages/eins/steps/sehen",
    "model-task": "model/edit?at=tasks/zahlen",
    "model-touchpoint": "model/edit?at=touchpoints/kasse",
    "model-persona": "model/edit?at=personas/stamm",
    "model-add-step": "model/add?to=journeys/kauf/stages/eins/steps",
    "model-text": "model/text",
    "imports": "data/imports",
    "import": "data/imports/{upload}",
    "connections": "data/connections",
    "connection": "data/connections/hilfe",
    "live": "data/keys",
    "revoke": "data/keys/laden-1/revoke",
    "quarantine": "data/quarantine",
    "held": "data/quarantine/records?job=record",
    "give-up": "data/quarantine/give-up?job=record",
    "privacy": "privacy",
    "erase": "privacy/erase?actor=user:p1",
    "identity": "identity?actor=user:p1",
    "happenings": "board/happenings",
    "target": "metrics/nps/target?subject=nps",
    "search": "search?q=kauf",
    "settings": "settings",
    "board": "board",
    "journeys": "journeys",
    "journey": "journeys/kauf",
    "step": "journeys/kauf/steps/kaufen",
    "metrics": "metrics",
    "metric-of-a-task": "metrics/task_success?subject=zahlen",
    "metric-of-a-question": "metrics/nps?subject=nps",
    "number-of-a-journey": "metrics/conversion/number?subject=kauf",
    "voice": "voice",
    "people": "people",
    "person": "people/user:p1",
    "catalogue": "data/catalogue",
    "sources": "data/sources",
    "funnel": "explore/funnel?q.steps.0=page.viewed&q.steps.1=order.placed",
    "drivers": "drivers?outcome=nps&of=count:order.placed",
    "associations": "associations",
    "effect": "effect?metric=nps&subject=nps&on=2026-03-02",
}
#: What is still English, by page: patterns of whole texts. Take them out as they are translated, and add none.
LEFT: dict[str, tuple[str, ...]] = {
    # Titles and purposes of the templates are the beginning of somebody's own words, and come in English only.
    "start-model": (r".*",),
    # The same in both languages.
    **dict.fromkeys(("funnel", "drivers", "number-of-a-journey"), (r"In Python",)),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, Workspace]]:
    folder = tmp_path_factory.mktemp("german") / "laden"
    create_workspace(folder, "Laden", "Europe/Berlin")
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL, "test", "Modell")
        at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        kinds = ("page.viewed", "order.placed", "note.written")
        signals = [Signal("web", f"{kind}-{n}", kind, at.replace(minute=n), (f"user:p{n}",)) for kind in kinds for n in range(12)]
        answers = [
            Signal(
                "web",
                f"a{n}",
                "survey.answered",
                at.replace(minute=n),
                (f"user:p{n}",),
                value=n % 11,
                properties={"question": asked},
            )
            for n in range(12)
            for asked in (("nps",) if n % 2 else ("frage",))
        ]
        workspace.record([*signals, *answers])
        workspace.quarantine.keep("record", [Rejected("zeile", 1, "Einheit zu lang.", '{"text": "lang"}')])
        workspace.live.keys.add(Terms("", "laden"), "ada")
        workspace.connections.add("hilfe", "zendesk", {"subdomain": "laden", "token": "env:TOKEN"})
        receiving = workspace.incoming.uploads.receive("bestellungen.csv")
        receiving.write(CSV.encode())
        workspace.incoming.uploads.recognise(receiving.finish().id)
        yield build_server([workspace]), workspace


class Texts(HTMLParser):
    """What a page says to people: its texts and the names of its parts, without code and without what people wrote."""

    PASSED = frozenset({"script", "style", "code", "pre", "kbd", "textarea", "svg", "datalist"})
    VOID = frozenset({"input", "link", "meta", "img", "br", "hr", "path", "circle", "rect", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        passed = tag in self.PASSED or given.get("dir") == "auto" or (bool(self._inside) and self._inside[-1])
        if not passed:
            self.said += [text for name in ("aria-label", "placeholder", "title", "alt") if (text := given.get(name))]
        if tag not in self.VOID:
            self._inside.append(passed)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self._inside:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not (self._inside and self._inside[-1]) and (text := " ".join(data.split())):
            self.said.append(text)


def texts(page: str) -> Counter[str]:
    reader = Texts()
    reader.feed(page)
    return Counter(reader.said)


def is_english(text: str) -> bool:
    """Whether a text has at least one word that only English sentences have; letters of an address, which may be of chance, are no words."""
    return bool(set(re.findall(r"[a-z]+", re.sub(r"https?://\S+", "", text.lower()))) & ENGLISH)


def english_on(send: Send, app: FastAPI, path: str, other: str = "de", status: int = 200) -> list[str]:
    """Texts that a page says alike in English and in another language, and in English."""
    shown = {}
    for language in ("en", other):
        answer = send(app, "GET", path, headers={"accept": "text/html", "accept-language": language})
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        shown[language] = texts(answer.text)
    return sorted(text for text in shown["en"] & shown[other] if is_english(text))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_german_holds_no_english_of_ours(name: str, send: Send, house: tuple[FastAPI, Workspace]) -> None:
    app, workspace = house
    path = PAGES[name].format(upload=workspace.incoming.uploads.all()[0].upload.id)
    found = english_on(send, app, f"/w/laden/{path}")
    left = LEFT.get(name, ())
    assert [text for text in found if not any(re.fullmatch(pattern, text) for pattern in left)] == []
    assert [pattern for pattern in left if not any(re.fullmatch(pattern, text) for text in found)] == [], "no longer needed"


def test_english_is_told_from_what_people_wrote_and_from_code() -> None:
    page = (
        '<p dir="auto">This is theirs</p><code>what it is</code><p>This is <b>ours</b></p><input aria-label="Name of the thing">'
    )
    assert [text for text in texts(page) if is_english(text)] == ["This is", "Name of the thing"]


#: What is still English on the pages of the made-up shop, by page: patterns of whole texts. Take them out as they are translated, and add none.
LEFT_IN_THE_SHOP: dict[str, tuple[str, ...]] = {
    # Titles and purposes of the templates, as above.
    "start-model": (r".*",),
    # What is wrong in a mapping, whose words are English, and what the command line asks.
    "import-faulty": (r": signals/1/.*",),
    "import-format": (r"Mixpanel event export: .*",),
    # Addresses and ids.
    "own-board-mails": (r"(: )?a-long-address.*@.*",),
    "step-people": (r"external:at/7",),
    # What somebody called a role, a segment, a question; what another server said; why somebody could not be asked.
    "journey-parties": (r"New here",),
    "journey-ways": (r"Not made up\.",),
    "segments": (r"Plan: .*",),
    "qr": (r"How was it\?.*",),
    "visit": (r"How was it\?",),
    "connection": (r": Zendesk refused it: .*",),
    # The same in both languages.
    **dict.fromkeys(
        ("explore-asked", "explore-flows", "explore-paths", "explore-faulty", "number", "drivers", "drivers-refused"),
        (r"In Python",),
    ),
    **dict.fromkeys(("effect", "effect-units", "associations"), (r"In Python",)),
    # Why a record was refused stands as it was kept with it.
    "quarantine": (r"The unit .* is too long\.",),
    "held": (r"The unit .* is too long\.",),
}


def names_in(thing: object) -> Iterator[str]:
    """The texts that a model or the words of a metric hold: whoever wrote them chose their language."""
    if isinstance(thing, str):
        yield thing
    elif is_dataclass(thing):
        yield from (name for field in fields(thing) for name in names_in(getattr(thing, field.name)))
    elif isinstance(thing, Mapping):
        yield from (name for one in thing.values() for name in names_in(one))
    elif isinstance(thing, (tuple, list)):
        yield from (name for one in thing for name in names_in(one))


def without(text: str, names: Sequence[str]) -> str:
    """A text without the names in it, which are the longest first."""
    for name in names:
        text = text.replace(name, "")
    return text


@pytest.fixture(scope="module")
def names(workspaces: dict[str, FakePlatform]) -> list[str]:
    """What is called something in the made-up workspaces."""
    found = {name for one in workspaces.values() for name in (one.title, one.about, *names_in(one.experience()))} | set(
        names_in(WORDS)
    )
    found |= set(workspaces["shop"].segments("channel"))
    return sorted((name for name in found if " " in name), key=len, reverse=True)


@pytest.mark.parametrize("name", [name for name in pages.PAGES if name != "design"])
def test_a_page_of_the_shop_in_german_holds_no_english_of_ours(name: str, send: Send, shown: FastAPI, names: list[str]) -> None:
    path = pages.PAGES[name]
    for sign, found in pages.FOUND.items():
        path = path.replace(sign, found)
    english = [
        text
        for text in english_on(send, shown, path, "de", 404 if name == "missing" else 200)
        if is_english(without(text, names))
    ]
    left = LEFT_IN_THE_SHOP.get(name, ())
    assert [text for text in english if not any(re.fullmatch(pattern, text) for pattern in left)] == []
    assert [pattern for pattern in left if not any(re.fullmatch(pattern, text) for text in english)] == [], "no longer needed"


@pytest.mark.parametrize("language", ["es", "pt"])
@pytest.mark.parametrize("name", ["overview", "journey", "step", "person", "metric", "explore-asked", "drivers"])
def test_main_pages_hold_no_english_of_ours_in_the_other_languages(
    name: str, language: str, send: Send, shown: FastAPI, names: list[str]
) -> None:
    """That every text has a translation is told elsewhere for each language; here, that pages say it."""
    english = [text for text in english_on(send, shown, pages.PAGES[name], language) if is_english(without(text, names))]
    left = LEFT_IN_THE_SHOP.get(name, ())
    assert [text for text in english if not any(re.fullmatch(pattern, text) for pattern in left)] == []
