"""Finds what pages say, and keeps the translations in step: python scripts/messages.py

Every text in `_("...")`, `_n("...", "...", n)`, `N_("...")`, `Nn_("...", "...")` or `{% trans %}` of `src/touchpath/web` is a message. Translations
stand in `src/touchpath/web/languages/<language>/<area>.po`, the area being named like the file that says them (see `AREAS`). The
words that metrics and queries are defined with (`told_below`) are messages, too. The
script adds messages that are new, with no translation, takes out those that are gone, and leaves the others as they are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from touchpath.metrics.catalogue import CATALOGUE, FAMILIES, METHODS, method_of, worth_finding
from touchpath.services.queries.keys import forms, spell
from touchpath.sources.formats.registry import FORMATS
from touchpath.web.languages.sentences import find_pattern, sentences_of

WEB = Path(__file__).parents[1] / "src" / "touchpath" / "web"
FOLDER = WEB / "languages"
#: Areas that hold what several files say; every other file is an area of its own name.
AREAS = {
    "help": ("glossary", "rendering", "help"),
    "journeys": ("journey", "journeys", "journey_parts", "journey_parties", "journey_paths", "journey_views", "map_asked", "map_problems", "map_words", "step", "step_people", "ways"),
    "numbers": ("numbers", "parts", "words", "compared", "benchmarks", "figure", "trend", "interval", "funnel", "curve", "drivers", "heat", "quadrant", "dots", "export"),
    "people": ("people", "person", "segments", "segment", "membership", "rule_words", "accounts", "accounts_one", "strip", "lanes", "zooming"),
    "shell": ("base", "shell", "settings", "search", "search_options", "navigation", "shortcuts", "display", "filters", "tables", "error", "problems"),
    "sign_in": ("sign_in", "welcome", "welcome_over", "doors", "account", "account_settings", "tokens", "members", "member", "deeds"),
    "views": ("board", "happenings", "metric_target", "targets", "home", "overview", "metric", "voice", "said", "kind"),
    "views_boards": (
        "own_boards", "own_board", "own_board_versions", "board_edit", "board_block", "board_blocks", "board_builder", "board_shown",
        "board_links", "board_share", "board_shared", "board_present", "board_mails", "board_letter", "board_letters", "board_print",
    ),
    "views_to_explore": ("explore", "explore_people", "explore_query", "explore_saved", "explore_sql", "explore_timeline", "asking", "starts", "drawing", "links", "arcs", "ways", "timeline", "journey_paths"),
}  # fmt: skip
#: Files whose texts are samples.
SAMPLES = ("design",)
KEYWORDS = {"_": None, "gettext": None, "N_": None, "_n": (1, 2), "Nn_": (1, 2), "ngettext": (1, 2)}
JINJA = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
Message = str | tuple[str, str]


def area_of(path: Path) -> str:
    """Which file of translations a source file's texts stand in; the sentences of services have one, whatever they are of."""
    if path.parent.name == "patterns":
        return "patterns"
    return next((area for area, stems in AREAS.items() if path.stem in stems), path.stem)


def messages() -> dict[str, dict[Message, None]]:
    """All messages by area; one that several areas say stands in the first of them, the shared areas being before the others."""
    found: dict[str, dict[Message, None]] = {}
    order = [*sorted(AREAS), *sorted({area_of(path) for path in sources()} - set(AREAS))]
    seen: set[str] = set()
    for area in order:
        for path in (one for one in sources() if area_of(one) == area):
            for message in said_in(path):
                key = message if isinstance(message, str) else message[0]
                if key not in seen:
                    seen.add(key)
                    found.setdefault(area, {})[message] = None
    for area, texts in told_below().items():
        found[area] = {text: None for text in dict.fromkeys(texts) if text and text not in seen}
        seen.update(texts)
    return found


def told_below() -> dict[str, list[str]]:
    """What metrics and queries say of themselves, by area: their definitions are the one home of these words."""
    metrics = list(CATALOGUE.values())
    names = [*(one.title for one in metrics), *(one.title for one in FAMILIES)]
    short = [text for one in metrics for text in (one.level, one.horizon, one.need, one.scale, worth_finding(one))]
    questions, known = forms(), [one.known for one in FORMATS]
    return {
        "metric_names": [*names, *short, *(one.title for one in METHODS.values())],
        "metric_asks": [one.asks for one in metrics],
        "benchmarks": [
            text
            for metric in metrics
            for one in metric.benchmarks
            for text in (one.title, *(band.label for band in one.bands), one.why)
        ],
        "formats": [*(one.title for one in known), *single(option.question for one in known for option in one.options)],
        "metric_licences": single(one.licence for one in metrics),
        "metric_caveats": [caveat for one in metrics for caveat in one.caveats],
        "metric_definitions": single(text for one in metrics for text in (one.definition, one.formula, method_of(one))),
        "query_choices": [spell(word) for one in questions for key in one.keys for word in key.choices],
        "queries": [text for one in questions for text in (one.title, one.answers, *(key.title for key in one.keys))],
    }


def single(texts: Iterable[str]) -> list[str]:
    """The sentences of texts that are not said by a pattern already."""
    return [one for text in texts for one in sentences_of(text) if find_pattern(one)[0] is None]


def sources() -> list[Path]:
    """Every file that may say something to people."""
    found = [*WEB.rglob("*.py"), *(WEB / "templates").glob("*.html")]
    return sorted(one for one in found if one.stem not in SAMPLES)


def said_in(path: Path) -> Iterator[Message]:
    """The messages of one file, in their order."""
    with path.open("rb") as file:
        if path.suffix == ".py":
            found = list(extract("python", file, keywords=KEYWORDS))
        else:
            found = list(extract(babel_extract, file, keywords=KEYWORDS, options=JINJA))  # type: ignore[arg-type]
    for _, message, _, _ in found:
        if message and message != ("",):
            yield tuple(message) if isinstance(message, (tuple, list)) else message  # type: ignore[misc]


def kept(language: str, area: str) -> Catalog:
    """The translations of an area as they stand."""
    path = FOLDER / language / f"{area}.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def translated(language: str) -> dict[str, Any]:
    """Every translation of a language by its text, whichever area says it: one that another area says now goes along."""
    found = [message for path in (FOLDER / language).glob("*.po") for message in kept(language, path.stem) if message.id]
    return {message.id if isinstance(message.id, str) else message.id[0]: message for message in found}


def update(language: str, area: str, wanted: dict[Message, None], before: dict[str, Any]) -> int:
    """Write an area's file anew; gives how many of its messages have no translation."""
    after, missing = Catalog(locale=language, header_comment="", fuzzy=False), 0
    for message in wanted:
        key = message if isinstance(message, str) else message[0]
        old = before.get(key)
        text = old.string if old is not None and isinstance(old.id, str) == isinstance(message, str) else None
        missing += not (text and (all(text) if isinstance(text, tuple) else True))
        after.add(message, text or None)
    path = FOLDER / language / f"{area}.po"
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, after, width=120, omit_header=False, no_location=True)
    _without_dates(path)
    return missing


def _without_dates(path: Path) -> None:
    """Leave out of the head what changes with every run or says nothing."""
    keep = ("Content-Type", "Content-Transfer-Encoding", "Plural-Forms", "Language:", "MIME-Version")
    lines = path.read_text("utf-8").lstrip("\n").splitlines(keepends=True)
    end = lines.index("\n") if "\n" in lines else len(lines)
    head = [line for line in lines[:end] if not line.startswith("#") and (not line.startswith('"') or line[1:].startswith(keep))]
    path.write_text("".join([*head, *lines[end:]]), "utf-8")


def main() -> int:
    """Update every language; gives 1 when a text is not translated."""
    wanted = messages()
    missing = 0
    for folder in sorted(
        one for one in FOLDER.iterdir() if one.is_dir() and not (one / "__init__.py").exists() and one.name != "__pycache__"
    ):
        before = translated(folder.name)
        for area, texts in wanted.items():
            without = update(folder.name, area, texts, before)
            if without:
                print(f"{folder.name}/{area}.po: {without} of {len(texts)} texts are not translated")
            missing += without
        for path in folder.glob("*.po"):
            if path.stem not in wanted:
                path.unlink()
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main())
