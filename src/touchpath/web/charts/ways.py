"""The ways that people took, drawn over the designed one: steps in their order, moves along them, ahead of them and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from touchpath.web.charts.figure import Figure
from touchpath.web.charts.svg import number, percent, stretched, tag
from touchpath.web.languages import _
from touchpath.web.numbers import show_count, show_share

STEP, HEIGHT, MIDDLE = 100.0, 220.0, 110.0
#: How wide the commonest move is drawn, and how wide any is at least, in px.
WIDEST, LEAST = 14.0, 1.5
#: So many moves besides the design are drawn at most, and of so many the number stands at them.
MOST_DRAWN, MOST_TOLD = 14, 5
_RADIUS, _RISE = 13.0, 30.0


@dataclass(frozen=True, slots=True)
class Move:
    """How often people went from one step to another directly; steps by position. people: None where it is not told."""

    before: int
    after: int
    times: int
    people: int | None = None

    @property
    def designed(self) -> bool:
        """Whether it goes to the very next step."""
        return self.after == self.before + 1


def draw_ways(steps: Sequence[str], moves: Sequence[Move], caption: str) -> Figure | None:
    """Moves of people from step to step over the designed order; None where nobody moved.

    The straight line is the design. Moves that leave out steps rise above it, those back to an earlier step, or to the same again, hang
    below; each as wide as it is frequent.
    """
    if not moves:
        return None
    most = max(one.times for one in moves)
    others = sorted((one for one in moves if not one.designed), key=lambda one: -one.times)
    drawn = others[:MOST_DRAWN]
    paths = [_path(one, most) for one in (*drawn[::-1], *(one for one in moves if one.designed))]
    told = [_label(one, len(steps)) for one in (*drawn[:MOST_TOLD], *(one for one in moves if one.designed))]
    nodes = [_node(place, len(steps)) for place in range(len(steps))]
    lines = stretched(*paths, width=STEP * len(steps), height=HEIGHT)
    drawing = tag("svg", lines, *told, *nodes, class_="ways", width="100%", height=number(HEIGHT), aria_hidden="true")
    names = tag("ol", *(tag("li", tag("span", title)) for title in steps), class_="ways-steps")
    return Figure(
        finding=_finding(steps, others, sum(one.times for one in moves)),
        caption=caption,
        drawing=tag("div", drawing, names, class_="ways-drawn"),
        columns=(_("From"), _("To"), _("Times"), _("People")),
        rows=tuple(_row(steps, one) for one in sorted(moves, key=lambda one: -one.times)),
        key=_("Along the line: the design. Above it: steps left out. Below it: back, or the same step again. The wider, the more often."),
        kind="ways",
        records=tuple({"from": steps[one.before], "to": steps[one.after], "times": one.times, "people": one.people} for one in moves),
    )  # fmt: skip


def _finding(steps: Sequence[str], others: Sequence[Move], moves: int) -> str:
    if not others:
        return _("Every move follows the design")
    first = others[0]
    share = show_share(first.times / moves)
    if first.after == first.before:
        return _("Most besides the design: “%(step)s” again, %(share)s of all moves", step=steps[first.before], share=share)
    return _(
        "Most besides the design: from “%(before)s” to “%(after)s”, %(share)s of all moves",
        before=steps[first.before], after=steps[first.after], share=share,
    )  # fmt: skip


def _row(steps: Sequence[str], one: Move) -> tuple[str, ...]:
    people = "" if one.people is None else show_count(one.people)
    return steps[one.before], steps[one.after], show_count(one.times), people


def _x(place: int) -> float:
    return (place + 0.5) * STEP


def _reach(one: Move) -> float:
    """How far a move's arc rises above the line, or hangs below it."""
    return min(_RISE * max(1, abs(one.after - one.before)), MIDDLE - 6.0)


def _path(one: Move, most: int) -> Markup:
    a, b, reach = _x(one.before), _x(one.after), _reach(one)
    if one.designed:
        course, kind = f"M{number(a)} {number(MIDDLE)}L{number(b)} {number(MIDDLE)}", "designed"
    elif one.after == one.before:
        low = MIDDLE + 2 * _RISE
        course = f"M{number(a - 8)} {number(MIDDLE)}C{number(a - 26)} {number(low)} {number(a + 26)} {number(low)} {number(a + 8)} {number(MIDDLE)}"
        kind = "back"
    else:
        ahead = one.after > one.before
        top = MIDDLE + (-2 if ahead else 2) * reach
        course = f"M{number(a)} {number(MIDDLE)}Q{number((a + b) / 2)} {number(top)} {number(b)} {number(MIDDLE)}"
        kind = "ahead" if ahead else "back"
    wide = max(LEAST, WIDEST * one.times / most)
    return tag("path", d=course, class_=f"way-{kind}", stroke_width=number(wide))


def _label(one: Move, steps: int) -> Markup:
    middle = (one.before + one.after + 1) / 2 / steps
    if one.designed:
        y = MIDDLE - 14.0
    elif one.after == one.before:
        y = MIDDLE + 1.5 * _RISE + 14.0
    else:
        y = MIDDLE - _reach(one) - 5.0 if one.after > one.before else MIDDLE + _reach(one) + 14.0
    return tag(
        "text",
        show_count(one.times),
        x=percent(middle),
        y=number(min(max(y, 12.0), HEIGHT - 4.0)),
        text_anchor="middle",
        class_="way-times",
    )


def _node(place: int, steps: int) -> Markup:
    circle = tag("circle", r=_RADIUS, class_="way-node")
    label = tag("text", str(place + 1), dy="0.35em", text_anchor="middle", class_="way-number")
    return tag("svg", circle, label, x=percent((place + 0.5) / steps), y=number(MIDDLE), overflow="visible")
