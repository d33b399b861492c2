"""Languages: everything that is marked is translated and keeps its placeholders; numbers and days follow; programs get English."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from gettext import GNUTranslations
from itertools import pairwise
from pathlib import Path
from time import process_time
from types import ModuleType

import httpx
import pytest
from starlette.datastructures import Headers

from touchpath.metrics.benchmarks import Verdict, around
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.services.lanes import LANES
from touchpath.web.app import build_app
from touchpath.web.benchmarks import tell, tell_verdict
from touchpath.web.languages import LANGUAGES, direction, gettext, inside, map_words, speaking
from touchpath.web.languages.choosing import best_of, choose_language
from touchpath.web.languages.patterns import SENTENCES
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import plain, show, show_change, show_count, show_day, show_money, show_span

Get = Callable[..., httpx.Response]
ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "touchpath"
OTHERS = [code for code in LANGUAGES if code != "en"]


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def said(messages: ModuleType) -> dict[str, dict[object, None]]:
    """Every text that is marked, by area; finding them reads all sources, so it is done once."""
    found: dict[str, dict[object, None]] = messages.messages()
    return found


def forms(message: object) -> tuple[str, ...]:
    return tuple(message) if isinstance(message, (tuple, list)) else (str(message),)


def places(text: str) -> Counter[str]:
    return Counter(re.findall(r"%\(\w+\)[a-z]|%%|\{\w*\}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_no_placeholder_is_lost(
    language: str, messages: ModuleType, said: dict[str, dict[object, None]]
) -> None:
    faults = []
    for area, wanted in said.items():
        kept = {forms(one.id): forms(one.string) for one in messages.kept(language, area) if one.id}
        for message in wanted:
            translated = kept.get(forms(message), ("",))
            if not all(translated):
                faults.append(f"{area}: not translated: {message}")
            elif any(places(form) != places(forms(message)[-1]) for form in translated[-1:]):
                faults.append(f"{area}: other placeholders: {message}")
        faults += [f"{area}: nobody says it any more: {one}" for one in kept if (one[0] if len(one) == 1 else one) not in wanted]
    assert faults == []


def test_messages_of_pages_and_code_are_found(said: dict[str, dict[object, None]]) -> None:
    assert "Skip to the content" in said["shell"]
    assert ("%(amount)s day", "%(amount)s days") in said["numbers"]
    assert "no detectable change" in said["numbers"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr, pt-BR;q=0.8, de;q=0.3", "pt"),
        ("fr", "en"),
        ("", "en"),
        ("es;q=0, de;q=x, *", "en"),
    ],
)
def test_a_browser_gets_the_language_that_it_likes_best(accepted: str, language: str) -> None:
    assert best_of(accepted) == language


def test_a_choice_comes_before_the_setting_and_that_before_the_browser() -> None:
    asked = {"accept-language": "de", "cookie": "touchpath-language=pt"}
    assert choose_language(Headers(asked), "es") == "pt"
    assert choose_language(Headers({"accept-language": "de"}), "es") == "es"
    assert choose_language(Headers({"accept-language": "de", "cookie": "touchpath-language=xx; x"})) == "de"


def test_a_page_speaks_german_and_its_api_english(request_page: Get, request_json: Get) -> None:
    page = request_page("/w/shop/metrics/nps?subject=nps", headers={"accept-language": "de"})
    assert '<html lang="de" dir="ltr">' in page.text
    assert "keine nachweisbare Veränderung" in page.text
    assert "No detectable" not in page.text
    map = request_json("/api/v1/workspaces/shop/measure?metric=nps&subject=nps", headers={"accept-language": "de"}).text
    assert "nachweisbar" not in map


def test_a_metric_is_found_by_what_the_language_calls_it(request_page: Get) -> None:
    found = request_page("/w/shop/search?q=gelöst", headers={"accept-language": "de"}).text
    assert "/w/shop/metrics/task_success" in found


def test_a_title_inside_a_sentence_keeps_its_capital_where_the_language_wants_it() -> None:
    assert inside("Steps, in order") == "steps, in order"
    with speaking("de"):
        assert inside("Schritte, der Reihe nach") == "Schritte, der Reihe nach"
    with speaking("es"):
        assert inside("Pasos, en orden") == "pasos, en orden"


def test_a_published_number_is_told_in_the_language_of_the_page() -> None:
    with speaking("de"):
        told = tell(around("Average errors per attempt", 0.7, "Sauro, MeasuringU", 2012))
        verdict = tell_verdict(Verdict("Own history, 11 whole periods before", "above all of them"))
    assert told == (
        "Mittlere Fehlerzahl je Versuch: darunter (unter 0,7), auf dem Wert oder darüber (ab 0,7) "
        "(Sauro, MeasuringU, 2012; aus dem Gedächtnis zitiert, dort nicht nachgelesen)."
    )
    assert verdict.startswith("Eigene Vergangenheit, 11 ganze Zeiträume davor: ")


def test_the_setting_is_what_everybody_gets_who_chose_nothing(workspaces: dict[str, object], send: Get) -> None:
    app = build_app(workspaces, language="es")  # type: ignore[arg-type]
    assert '<html lang="es"' in send(app, "GET", "/help", headers={"accept": "text/html", "accept-language": "de"}).text


def test_numbers_and_days_are_written_as_the_language_does() -> None:
    day, share = datetime(2026, 3, 1, tzinfo=UTC), Estimate(0.4123, 0.381, 0.444, 1284, "people")
    with speaking("de"):
        assert (plain(-1234.5, 1), show_count(1284), show_day(day), show_money(129900, "EUR")) == (
            "−1.234,5", "1.284", "01.03.2026", "1.299,00\N{NO-BREAK SPACE}€",
        )  # fmt: skip
        assert (
            show(share).sentence
            == "41\N{NARROW NO-BREAK SPACE}%, 95\N{NARROW NO-BREAK SPACE}%-KI 38–44, n\N{NO-BREAK SPACE}1.284 Personen"
        )
        assert show(Undefined("nobody answered", 0)).reason == "niemand hat geantwortet"
        assert show_span(timedelta(days=1.5)) == "1,5 Tage"
    with speaking("pt"):
        moved = Comparison("difference", 0.031, 0.008, 0.054, 0.95, "share", "", "up")
        assert show_change(moved, "higher").word == "melhor"
        assert show_change(moved, "higher").text.endswith("p.p.")
    assert show_money(500, "JPY") == "¥500"
    assert show_day(day) == "1 Mar 2026"


def test_a_sentence_of_a_service_is_said_with_its_values_and_somebodys_own_words_stay() -> None:
    left = "1,719 of 6,003 who entered are still under way and left out."
    lost = "Most are lost between 'People' and 'Pay': 60.1% (59.4% to 60.7%) of 1 entrant."
    assert say(left) == left
    with speaking("de"):
        assert say(left) == "1.719 von 6.003 Eingetretenen sind noch unterwegs und nicht mitgezählt."
        assert say(lost) == "Die meisten gehen zwischen „People“ und „Pay“ verloren: 60,1% (59,4% bis 60,7%; 1 Eingetretener)."
        quiet = "no signal for 24 days, where 105.4 a day were usual (32 days; so long a silence by chance: p < 1e-9)"
        assert say(quiet).startswith("24 Tage lang kein Signal, wo 105,4 am Tag üblich waren (32 Tage;")
        assert say("a. b.pdf is a PDF. Export the table that it was made from as CSV.").startswith("a. b.pdf ist ein PDF.")
        less = "3 on 3 Mar 2026, where 90 to 1,104 were to be expected for the day of the week (105, from 84 days; p < 1e-9)"
        assert say(less).startswith("3 am 03.03.2026, wo für den Wochentag 90 bis 1.104 zu erwarten waren (105, 84 Tage")
        assert say(f"{left} Grade C. Nobody listed this.") == f"{say(left)} Note C. Nobody listed this."
    with speaking("pt"):
        assert say("Only 1 person: read it as a story, not as a measure.").startswith("Apenas 1 pessoa:")
        assert say("Nobody is known as 'user:7'. Search for a part of the id, as in 'user:4'.").startswith("Ninguém é conhecido")
        assert say("A day is written as 2026-03-01, but '1 < 2' came.").endswith("mas chegou “1 < 2”.")


def test_nothing_is_said_as_nothing() -> None:
    with speaking("de"):
        assert gettext("") == say("") == ""


def test_how_many_is_a_number_and_no_word() -> None:
    with speaking("de"):
        assert say("21 people") == "21 Personen"
        assert say("the same person") == "the same person"
        assert say("1" * 40) == "1" * 40


@pytest.mark.parametrize(
    "text",
    [
        "No metric is called '" + "'. Did you mean '" * 25 + "'. There are: ",
        "1 of " * 110,
        "The level changed with the " + "week of 3: from 1 to 2 (" * 20,
        "segments of " * 45,
        "not judged, " * 160,
        "p = " * 140 + "1",
        "1 person. " * 190,
        "1,000 " * 330,
        "'" * 1_990,
    ],
)
def test_a_text_made_to_be_slow_is_said_at_once(text: str) -> None:
    say_something_first = "Grade C."
    with speaking("de"):
        say(say_something_first)
        began = process_time()
        say(text)
        assert process_time() - began < 0.2  # it takes some milliseconds


def test_every_pattern_is_made_of_words_that_the_code_says() -> None:
    """Whoever changes a sentence of a service is told here to change its pattern, too. The code may put a sentence together of parts."""
    texts = [text for path in sorted(SOURCES.rglob("*.py")) if "languages" not in path.parts for text in texts_in(path)]
    spoken = " ".join(re.findall(r"\w+|[“”]", " | ".join(texts)))
    gone = []
    for pattern in SENTENCES:
        pieces = [re.findall(r"\w+", piece) for piece in re.split(r"%\(\w+\)s", pattern)]
        pairs = [" ".join(pair) for words in pieces for pair in pairwise(words)]
        said = [pair for pair in pairs if pair in spoken]
        gone += [pattern] if 2 * len(said) < len(pairs) else []
    assert len(SENTENCES) > 200
    assert gone == []


def texts_in(path: Path) -> Iterator[str]:
    """The texts of a file of code, those with values in them without the values."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_a_language_from_right_to_left_turns_the_page_and_its_words_stay_english(request_page: Get) -> None:
    with speaking("ar"):
        assert direction() == "rtl"
        assert gettext("Search") == "Search"


def test_a_wheel_holds_every_language_compiled(tmp_path: Path) -> None:
    # What the hook compiles is read as a wheel's files are; building a whole wheel takes minutes.
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("hatch_build", module)
    spec.loader.exec_module(module)
    hook = module.CustomBuildHook(str(ROOT), {}, None, None, str(tmp_path), "wheel")
    packed: dict[str, dict[str, str]] = {"force_include": {}}
    hook.initialize("standard", packed)
    kept = {place: Path(path).read_bytes() for path, place in packed["force_include"].items()}
    hook.finalize("standard", packed, "")
    with zipfile.ZipFile(tmp_path / "w.whl", "w") as wheel:
        for place, data in kept.items():
            wheel.writestr(place, data)
    with zipfile.ZipFile(tmp_path / "w.whl") as wheel, wheel.open("touchpath/web/languages/de/shell.mo") as file:
        assert GNUTranslations(file).gettext("Skip to the content") == "Zum Inhalt springen"
    assert len(kept) == len(list((ROOT / "src/touchpath/web/languages").glob("*/*.po")))


def test_every_lane_of_a_map_is_told_in_every_language() -> None:
    said = {*map_words.TITLES, *map_words.HELPS, "Your own metrics"}
    assert {words for lane in LANES.values() for words in lane} <= said
