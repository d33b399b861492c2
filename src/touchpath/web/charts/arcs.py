"""Moves between places that stand below each other, as arcs: how people really went, over how they were meant to go."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from touchpath.web.charts.figure import WIDE, Figure, Picture
from touchpath.web.charts.links import hint_of, nowhere
from touchpath.web.charts.svg import number, tag
from touchpath.web.languages import _, _n
from touchpath.web.numbers import show_count, show_share

#: Height of a place, room for its name, and for the arcs beside it; and room above the first and below the last.
ROW, NAMES, REACH, ABOVE = 58.0, 250.0, 300.0, 24.0
_DOT, _LONGEST = 7.0, 34
#: From this share of all that came to a place on, a dead end is red.
_MANY = 0.1
#: plain: as designed, or nobody designed anything; off: not as designed; back: against the order; never: designed, and nobody went so.
Tone = Literal["plain", "off", "back", "never"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a way. signals: how often somebody was there; ends: how often nothing came after; dead: nobody was meant to stop there."""

    id: str
    title: str
    signals: int
    ends: int = 0
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """So often and by so many people `after` came directly after `before`; share: of all that left or ended at `before`.

    designed: whether the design has it, None = there is none. Moves that are designed and never made have times = 0.
    """

    before: str
    after: str
    times: int
    people: int = 0
    share: float = 0.0
    designed: bool | None = None


@dataclass(frozen=True, slots=True)
class WayDoors:
    """Where a drawing of ways leads: from a place to what follows it, from a move to the people who made it; "" = nowhere."""

    place: Callable[[str], str] = nowhere
    move: Callable[[Move], str] = nowhere


def draw_arcs(
    places: Sequence[Place], moves: Sequence[Move], finding: str, caption: str, least: float = 0.0, doors: WayDoors = WayDoors()
) -> Figure:
    """Places in the order given and the moves between them; rarer moves than a share of all at their place are only in the table.

    A move from a place to itself is told at the place, and so is how often it was the last.
    """
    order = {one.id: at for at, one in enumerate(places)}
    known = [one for one in moves if one.before in order and one.after in order]
    drawn = [one for one in known if one.before != one.after and (one.times == 0 or one.share >= least)]
    drawn.sort(key=lambda one: one.times)
    label = _("%(finding)s. The table below has every move.", finding=finding)
    height = ROW * (len(places) - 1) + 2 * ABOVE
    body = [
        *(_arc(one, order[one.before], order[one.after], len(places)) for one in drawn),
        *(_spot(at, one, _note(one, known, least)) for at, one in enumerate(places)),
    ]
    size = {"viewBox": f"0 0 {number(NAMES + REACH)} {number(height)}"}
    drawing = tag(
        "svg", *body, class_="arcs", width=number(NAMES + REACH), height=number(height), role="img", aria_label=label, **size
    )
    return Figure(
        finding=finding,
        caption=caption,
        drawing=tag("div", drawing, class_="scroll", role="region", aria_label=_("Moves, scrolls sideways"), tabindex="0"),
        columns=(_("Place before"), _("Place after"), _("Times"), _("People"), _("Of all at the place before"), _("Kind")),
        rows=tuple(_row(one, {place.id: place.title for place in places}, order, doors) for one in _listed(moves)),
        key=_key(drawn, known, least),
        kind="arcs-chart",
        records=tuple(
            {"before": one.before, "after": one.after, "times": one.times, "people": one.people, "share": one.share, "designed": one.designed}
            for one in _listed(moves)
        ),
        picture=Picture(tag("svg", *body, x=(WIDE - NAMES - REACH) / 2, y=0.0, width=NAMES + REACH, height=height, **size), height),
        by_hand=_by_hand(places, drawn, known, order, label, least, doors),
    )  # fmt: skip


def in_order(moves: Sequence[Move]) -> list[str]:
    """Places so that few moves go back: those with little before them first, those with little after them last.

    Source: P. Eades, X. Lin and W. F. Smyth, A fast and effective heuristic for the feedback arc set problem, 1993.
    """
    out, into = defaultdict[str, dict[str, int]](dict), defaultdict[str, dict[str, int]](dict)
    left = {name: None for one in moves for name in (one.before, one.after)}
    for one in moves:
        if one.before != one.after:
            out[one.before][one.after] = into[one.after][one.before] = one.times
    first: list[str] = []
    last: list[str] = []

    def weight(name: str, beside: Mapping[str, Mapping[str, int]]) -> int:
        return sum(times for other, times in beside[name].items() if other in left)

    while left:
        if sinks := [name for name in left if not weight(name, out)]:
            last.insert(0, sinks[0])
            left.pop(sinks[0])
        elif sources := [name for name in left if not weight(name, into)]:
            first.append(sources[0])
            left.pop(sources[0])
        else:
            best = max(left, key=lambda name: weight(name, out) - weight(name, into))
            first.append(best)
            left.pop(best)
    return first + last


def tone_of(move: Move, order: Mapping[str, int]) -> Tone:
    """What a move is: one that goes back is against the order unless it was designed so."""
    if move.times == 0:
        return "never"
    if move.designed:
        return "plain"
    if order.get(move.after, 0) < order.get(move.before, 0):
        return "back"
    return "plain" if move.designed is None else "off"


def _listed(moves: Sequence[Move]) -> list[Move]:
    return sorted(moves, key=lambda one: -one.times)


def _kind(move: Move, order: Mapping[str, int]) -> str:
    if move.before == move.after:
        return _("again at once")
    if move.before not in order or move.after not in order:
        return ""
    return {
        "plain": _("as designed") if move.designed else _("onward"),
        "off": _("not as designed"),
        "back": _("back"),
        "never": _("designed, never made"),
    }[tone_of(move, order)]


def _key(drawn: Sequence[Move], known: Sequence[Move], least: float) -> str:
    tones = {tone_of(one, {}) for one in drawn}
    said = [_("The wider an arc, the more often. Dashed and red: back to an earlier place.")]
    if any(one.designed is not None for one in known):
        said = [_("The wider an arc, the more often. Solid: as designed. Dashed: not as designed, and red where it goes back.")]
    if "never" in tones:
        said.append(_("Dotted: designed, and nobody went so."))
    if left := sum(one.before != one.after and 0 < one.share < least for one in known):
        said.append(
            _n(
                "%(num)s move of fewer than %(share)s at its place is only in the table.",
                "%(num)s moves of fewer than %(share)s at their place are only in the table.",
                left,
                share=show_share(least),
            )
        )
    return " ".join(said)


def _note(place: Place, moves: Sequence[Move], least: float) -> str:
    """Loops and ends of a place, in a few words."""
    said = [
        _("%(share)s again at once", share=show_share(one.share))
        for one in moves
        if one.before == one.after == place.id and one.share >= max(least, 0.005)
    ]
    if place.signals and place.ends / place.signals >= max(least, 0.01):
        share = show_share(place.ends / place.signals)
        said.append(_("dead end for %(share)s", share=share) if place.dead else _("last for %(share)s", share=share))
    return ", ".join(said)


def _stands_out(place: Place) -> bool:
    """Whether many stop where nobody was meant to."""
    return place.dead and place.ends >= _MANY * max(1, place.signals)


def _said_place(place: Place, note: str) -> str:
    times = _n("%(num)s time", "%(num)s times", place.signals, num=show_count(place.signals))
    return "\n".join(filter(None, (f"{place.title}: {times}", note)))


def _said(move: Move, titles: Mapping[str, str], kind: str) -> str:
    way = f"{titles.get(move.before, move.before)} → {titles.get(move.after, move.after)}"
    if not move.times:
        return f"{way}\n{kind}"
    times = _n("%(num)s time", "%(num)s times", move.times, num=show_count(move.times))
    people = _n("%(num)s person", "%(num)s people", move.people, num=show_count(move.people)) if move.people else ""
    share = _("%(share)s of what came to ‘%(place)s’", share=show_share(move.share), place=titles.get(move.before, move.before))
    return f"{way}\n{', '.join(filter(None, (times, people)))}\n{share}\n{kind}"


def _row(move: Move, titles: Mapping[str, str], order: Mapping[str, int], doors: WayDoors) -> tuple[str, ...]:
    people = show_count(move.people) if move.people else ""
    before, after = (_linked(doors.place(name), titles.get(name, name)) for name in (move.before, move.after))
    share = show_share(move.share) if move.times else ""
    return before, after, show_count(move.times), _linked(doors.move(move) if people else "", people), share, _kind(move, order)


def _linked(address: str, text: str) -> str:
    return Markup('<a href="{}">{}</a>').format(address, text) if address else text


def _spot(at: int, place: Place, note: str) -> Markup:
    y, title = ABOVE + ROW * at, place.title
    short = title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
    return tag(
        "g",
        tag("title", _said_place(place, note)),
        tag("circle", cx=NAMES, cy=y, r=_DOT, class_="spot dead" if _stands_out(place) else "spot"),
        tag("text", short, x=NAMES - 16, y=y - (3 if note else 0), dy="0.35em" if not note else "0", text_anchor="end"),
        *([tag("text", note, x=NAMES - 16, y=y + 14, text_anchor="end", class_="minor")] if note else []),
    )


def _arc(move: Move, start: int, end: int, places: int) -> Markup:
    """The longer, the farther out; from one place to the next it is straight. An arrow stands where it arrives."""
    tone = tone_of(move, {move.before: start, move.after: end})
    out = 0.0 if end == start + 1 else min(REACH - 20, 30 + (REACH - 50) * math.sqrt(abs(end - start) / max(1, places - 1)))
    y0, y1 = (ABOVE + ROW * at for at in (start, end))
    knee = (NAMES + 2 * out, (y0 + y1) / 2)
    (x0, y0), (x1, y1) = (_beside(x, y, knee) for x, y in ((NAMES, y0), (NAMES, y1)))
    wide = 1.2 + 9 * min(1.0, move.share)
    way = f"M{number(x0)} {number(y0)}Q{number(knee[0])} {number(knee[1])} {number(x1)} {number(y1)}"
    path = tag("path", d=way, class_=f"arc {tone}", stroke_width=number(wide), fill="none")
    return tag("g", path, _arrow((x1, y1), knee, tone))


def _beside(x: float, y: float, knee: tuple[float, float]) -> tuple[float, float]:
    """The border of a place's dot towards the knee of an arc."""
    far = math.dist((x, y), knee) or 1.0
    return x + (knee[0] - x) / far * (_DOT + 2), y + (knee[1] - y) / far * (_DOT + 2)


def _arrow(tip: tuple[float, float], knee: tuple[float, float], tone: Tone) -> Markup:
    far = math.dist(tip, knee) or 1.0
    dx, dy = (tip[0] - knee[0]) / far, (tip[1] - knee[1]) / far
    back = tip[0] - 9 * dx, tip[1] - 9 * dy
    corners = (tip, (back[0] - 4.5 * dy, back[1] + 4.5 * dx), (back[0] + 4.5 * dy, back[1] - 4.5 * dx))
    return tag("path", d="M" + "L".join(f"{number(x)} {number(y)}" for x, y in corners) + "Z", class_=f"arrow {tone}")


def _by_hand(
    places: Sequence[Place],
    drawn: Sequence[Move],
    known: Sequence[Move],
    order: Mapping[str, int],
    label: str,
    least: float,
    doors: WayDoors,
) -> dict[str, object]:
    """The same for those who explore it with a pointer; see web-assets/src/explorers/drawn.ts."""
    told = list(_places_by_hand(places, known, least, doors))
    return {
        "kind": "ways",
        "label": label,
        "hint": hint_of(any(one["href"] for one in told) or any(doors.move(one) for one in drawn)),
        "row": ROW,
        "places": told,
        "moves": [
            {"from": order[one.before], "to": order[one.after], "weight": min(1.0, one.share), "tone": tone_of(one, order),
             "said": _said(one, {place.id: place.title for place in places}, _kind(one, order)), "href": doors.move(one) if one.people else ""}
            for one in drawn
        ],
    }  # fmt: skip


def _places_by_hand(
    places: Sequence[Place], known: Sequence[Move], least: float, doors: WayDoors
) -> Iterator[Mapping[str, object]]:
    for one in places:
        note = _note(one, known, least)
        tone = "end" if _stands_out(one) else "plain"
        yield {"name": one.title, "note": note, "said": _said_place(one, note), "href": doors.place(one.id), "tone": tone}
