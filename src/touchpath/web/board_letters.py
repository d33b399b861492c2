"""A board outside of the pages: as a letter of tables and words, and as one file that a browser prints. Both show what viewers see."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from touchpath.model.errors import TouchpathError
from touchpath.services.board_desk import BoardDesk
from touchpath.services.mail_server import Letter
from touchpath.services.own_boards import OwnBoard
from touchpath.web.addresses import Addresses
from touchpath.web.assets import assets
from touchpath.web.charts import Figure
from touchpath.web.exploring.drawing import ShownCell, ShownTable
from touchpath.web.languages import LANGUAGES, _, speaking
from touchpath.web.numbers import show, show_day, show_level, show_weighing
from touchpath.web.pages.board_links import filters_of, kept_filters, outside_view
from touchpath.web.pages.board_shown import MapCell, ShownBlock, ShownBoard, show_blocks
from touchpath.web.pages.filters import WEIGHTS
from touchpath.web.platform import PlatformProtocol
from touchpath.web.templates import environment

#: A letter shows so many rows of a chart's numbers, the latest ones, and so many of a table.
_MOST_POINTS, _MOST_ROWS = 8, 20
Row = tuple[str, ...]
#: How a letter looks: mail programs load no file, so it stands in the letter.
_LETTER_STYLE = Markup("""<style>
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; margin: 0 auto; padding: 16px; max-width: 760px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 17px; line-height: 1.35; margin: 24px 0 4px; }
p { margin: 0 0 6px; }
table { border-collapse: collapse; margin: 6px 0; }
th, td { text-align: start; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid #8886; font-size: 14px; }
.soft { opacity: 0.75; font-size: 13px; }
</style>""")


@dataclass(frozen=True, slots=True)
class LetterPart:
    """A block in a letter: words, and a table where it has one. prose: of a text, as HTML."""

    title: str
    words: tuple[str, ...] = ()
    columns: Row = ()
    rows: tuple[Row, ...] = ()
    prose: str = ""
    plain: str = ""


@dataclass(frozen=True)
class BoardWriter:
    """Writes boards of one workspace for those outside. site: where members reach the pages, "" = not told.

    make_pdf: makes a PDF of a page; raises where it cannot.
    """

    platform: PlatformProtocol
    desk: BoardDesk
    make_pdf: Callable[[str], bytes]
    site: str = ""

    def letter(self, board: str, filters: Mapping[str, str], language: str, pdf: bool) -> Letter:
        """The letter of a board; where the PDF that was asked for cannot be made, the letter says so and goes without."""
        kept = self.desk.boards.show(board)
        with speaking(language if language in LANGUAGES else "en"):
            shown = self._shown(kept, filters)
            attached, missing = self._attached(kept, shown) if pdf else (None, "")
            words = self._words(kept, shown, filters, missing)
            html = environment().get_template("board_letter.html").render(words)
            return Letter(f"{kept.title}: {shown.period}", letter_text(words), html, attached)

    def document(self, board: str, filters: Mapping[str, str], language: str = "en") -> str:
        """A board as one HTML file without scripts that needs nothing from elsewhere."""
        kept = self.desk.boards.show(board)
        with speaking(language if language in LANGUAGES else "en"):
            return self._document(kept, self._shown(kept, filters))

    def _shown(self, kept: OwnBoard, filters: Mapping[str, str]) -> ShownBoard:
        chosen = filters_of(filters)
        return show_blocks(self.platform, self.desk, kept.blocks, outside_view(self.platform, chosen), chosen, None)

    def pdf(self, board: str, filters: Mapping[str, str], language: str = "en") -> bytes:
        """The board as a PDF; raises Missing, BadInput, or Unavailable where no browser makes one."""
        return self.make_pdf(self.document(board, filters, language))

    def _attached(self, kept: OwnBoard, shown: ShownBoard) -> tuple[tuple[str, bytes] | None, str]:
        """The PDF, or in its place why it could not be made."""
        try:
            return (file_name(kept), self.make_pdf(self._document(kept, shown))), ""
        except TouchpathError as error:
            return None, _("The PDF could not be made: %(reason)s", reason=str(error))

    def _document(self, kept: OwnBoard, shown: ShownBoard) -> str:
        font, style = b64encode(assets()["inter.woff2"].plain).decode(), assets()["touchpath.css"].plain.decode()
        style = re.sub(r'url\("?[^")]*inter[^")]*"?\)', f"url(data:font/woff2;base64,{font})", style)
        platform = self.platform
        return (
            environment()
            .get_template("board_print.html")
            .render(
                kept=kept,
                shown=shown,
                style=style,
                about=platform.about,
                brand=platform.title,
                zone=platform.zone,
            )
        )

    def _words(self, kept: OwnBoard, shown: ShownBoard, filters: Mapping[str, str], missing: str) -> dict[str, Any]:
        platform = self.platform
        carried = tuple(kept_filters(filters_of(filters)).items())
        return {
            "style": _LETTER_STYLE,
            "title": kept.title,
            "brand": platform.title,
            "about": platform.about,
            "scope": [one for one in (shown.period, shown.segment, _held_against(shown), _weighed(shown)) if one],
            "parts": [part for block in shown.blocks for part in letter_parts(block, platform.zone)],
            "missing": missing,
            "href": self.site.rstrip("/") + Addresses(platform.name, carried).boards(kept.id) if self.site else "",
            "zone": platform.zone,
        }


def file_name(kept: OwnBoard) -> str:
    """A name for a file of a board: letters, digits and dashes of its title."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", kept.title).strip("-").lower()
    return f"{plain or kept.id}.pdf"


def letter_parts(block: ShownBlock, zone: str) -> Iterator[LetterPart]:
    """A block as words and tables: one part, or one for each of its figures or tables."""
    if block.problem:
        yield LetterPart(block.title, (_("This block cannot be shown: %(reason)s.", reason=block.problem),))
    elif block.hidden:
        yield LetterPart(block.title, (_("What single people wrote is shown to those who may see people."),))
    elif block.sort == "text":
        yield LetterPart(block.title, prose=block.prose, plain=block.block.get("text"))
    elif block.figures:
        yield from (_of_figure(figure) for figure in block.figures)
    elif block.number is not None:
        yield LetterPart(block.title, tuple(_number_words(block)))
    elif block.tables:
        yield from (_of_table(block, table) for table in block.tables)
    elif block.small_map is not None:
        found = block.small_map
        rows = tuple((lane.title, *(_cells(cells) for cells in columns)) for lane, columns in found.rows)
        yield LetterPart(block.title, (found.caption,) if found.caption else (), ("", *found.columns), rows)
    else:
        rows = tuple((show_day(one.occurred_at, zone), one.text) for one in block.said)
        yield LetterPart(block.title, () if rows else (_("No text fits"),), (_("Day"), _("Text")) if rows else (), rows)


def letter_text(words: Mapping[str, Any]) -> str:
    """The letter as plain text."""
    lines = [words["title"], "=" * min(72, len(words["title"])), " · ".join(words["scope"]), words["about"], ""]
    for part in words["parts"]:
        lines += [part.title, "-" * min(72, len(part.title))] if part.title else []
        lines += [part.plain] if part.plain else []
        lines += part.words
        lines += [" | ".join(row) for row in ((part.columns, *part.rows) if part.rows else ())]
        lines.append("")
    lines += [words["missing"]] if words["missing"] else []
    lines += [words["href"]] if words["href"] else []
    lines.append(
        _("You get this mail because your address stands on the board's schedule. Whoever shares the board can take it off.")
    )
    return "\n".join(lines) + "\n"


def _held_against(shown: ShownBoard) -> str:
    return _("held against %(period)s", period=shown.beside) if shown.beside else ""


def _weighed(shown: ShownBoard) -> str:
    return f"{_('Weight')}: {_(WEIGHTS[shown.weight])}" if shown.weight else ""


def _number_words(block: ShownBlock) -> Iterator[str]:
    """A number with its interval, how it moved, and what it says of its target."""
    assert block.number is not None
    number, total = block.number, block.number.measured.total
    yield show(total).sentence
    if number.measured.weighing is not None:
        yield "; ".join(show_weighing(number.measured.weighing))
    if block.change is not None:
        yield block.change.sentence
    if block.uncompared:
        yield _("not compared: %(reason)s", reason=block.uncompared)
    if number.target is not None:
        words = {
            "met": _("target met"),
            "missed": _("target missed"),
            "undecided": _("too close to tell"),
            "unknown": _("no number yet"),
        }
        value = show_level(number.target.target.value, total)
        yield f"{words[number.standing]}: {_('Target %(value)s', value=value)}"
    elif block.sort == "goal":
        yield _("No target is set for this number.")


def _of_figure(figure: Figure) -> LetterPart:
    """A chart as the latest of its numbers."""
    left_out = len(figure.rows) - _MOST_POINTS
    more = (_("The latest %(count)s of %(all)s.", count=_MOST_POINTS, all=len(figure.rows)),) if left_out > 0 else ()
    rows = figure.rows[-_MOST_POINTS:] if figure.kind == "trend" else figure.rows[:_MOST_ROWS]
    return LetterPart(figure.finding, (figure.caption, *(more if figure.kind == "trend" else ())), figure.columns, rows)


def _of_table(block: ShownBlock, table: ShownTable) -> LetterPart:
    rows = tuple(tuple(_cell(cell) for cell in row) for row in table.rows[:_MOST_ROWS])
    left_out = len(table.rows) + table.left_out - len(rows)
    more = (_("%(count)s more rows stand on the board.", count=left_out),) if left_out else ()
    return LetterPart(block.title, (*block.notes, *more), table.columns, rows)


def _cell(cell: ShownCell) -> str:
    return cell.text if cell.number is None else show(cell.number).sentence


def _cells(cells: Sequence[MapCell]) -> str:
    said = []
    for one in cells:
        shown = show(one.number)
        moved = f" ({one.change.sentence})" if one.change else ""
        said.append(f"{f'{one.of}: ' if one.of and len(cells) > 1 else ''}{shown.sentence}{moved}")
    return "; ".join(said)
