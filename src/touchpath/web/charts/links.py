"""What follows what, as ribbons between columns: the wider, the more often. Made on the server; the table beside it has every number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from touchpath.web.charts.figure import Figure
from touchpath.web.charts.svg import number, tag
from touchpath.web.numbers import plain

#: So many ribbons are drawn, the widest ones.
MOST = 24
#: Width between two columns, height of the drawing, of the gap between nodes, and width of a node.
ACROSS, HEIGHT, GAP, NODE = 220.0, 420.0, 12.0, 10.0
_LONGEST = 26


@dataclass(frozen=True, slots=True)
class Link:
    """So often and by so many people `after` directly followed `before`; step: the column in which it begins, 0 = the first."""

    step: int
    before: str
    after: str
    times: int
    people: int = 0


@dataclass(slots=True)
class _Spot:
    """Where a node stands."""

    top: float
    height: float


def draw_links(links: Sequence[Link], finding: str, caption: str) -> Figure:
    """Ribbons between what comes before and what comes after, column by column."""
    drawn = sorted(links, key=lambda link: -link.times)[:MOST]
    columns = 1 + max(link.step for link in drawn) + 1
    sizes = _sizes(drawn)
    scale = _scale(sizes)
    spots = _spots(sizes, scale)
    ribbons = [_ribbon(link, start, end, scale) for link, start, end in _ends(drawn, spots, scale)]
    nodes = [_node(column, name, spot, sizes[column][name]) for (column, name), spot in spots.items()]
    width = ACROSS * (columns - 1) + NODE + 200
    drawing = tag(
        "svg", *ribbons, *nodes, class_="links", width=number(width), height=number(HEIGHT + 20),
        viewBox=f"0 -10 {number(width)} {number(HEIGHT + 20)}", role="img", aria_label=f"{finding}. The table below has every move.",
    )  # fmt: skip
    left = len(links) - len(drawn)
    return Figure(
        finding=finding,
        caption=caption,
        drawing=tag("div", drawing, class_="scroll", role="region", aria_label="Moves, scrolls sideways", tabindex="0"),
        columns=("Step", "Before", "After", "Times", "People"),
        rows=tuple(
            (str(one.step + 1), one.before, one.after, plain(one.times, 0), plain(one.people, 0) if one.people else "")
            for one in links
        ),
        key=f"The {len(drawn)} most frequent moves; {plain(left, 0)} rarer ones are in the table." if left else "",
        kind="links-chart",
        records=tuple(
            {"step": one.step, "before": one.before, "after": one.after, "times": one.times, "people": one.people}
            for one in links
        ),
    )


def _sizes(links: Sequence[Link]) -> Mapping[int, dict[str, int]]:
    """How much goes through each node of each column: what comes in or what goes out, whichever is more."""
    came, left = defaultdict[tuple[int, str], int](int), defaultdict[tuple[int, str], int](int)
    for link in links:
        left[link.step, link.before] += link.times
        came[link.step + 1, link.after] += link.times
    found = defaultdict[int, dict[str, int]](dict)
    for column, name in sorted({*came, *left}, key=lambda node: (node[0], -max(came[node], left[node]), node[1])):
        found[column][name] = max(came[column, name], left[column, name])
    return found


def _scale(sizes: Mapping[int, Mapping[str, int]]) -> float:
    """Height of one move, so that the fullest column fits."""
    return min((HEIGHT - GAP * (len(nodes) - 1)) / max(1, sum(nodes.values())) for nodes in sizes.values())


def _spots(sizes: Mapping[int, Mapping[str, int]], scale: float) -> dict[tuple[int, str], _Spot]:
    found = {}
    for column, nodes in sizes.items():
        top = 0.0
        for name, size in nodes.items():
            found[column, name] = _Spot(top, max(1.0, size * scale))
            top += max(1.0, size * scale) + GAP
    return found


def _ends(links: Sequence[Link], spots: Mapping[tuple[int, str], _Spot], scale: float) -> Iterator[tuple[Link, float, float]]:
    """Where each ribbon begins and ends; those of a node lie in the order of what they lead to, so that few of them cross."""

    def stacked(node: Callable[[Link], tuple[int, str]], other: Callable[[Link], tuple[int, str]]) -> dict[Link, float]:
        taken, found = defaultdict[tuple[int, str], float](float), dict[Link, float]()
        for link in sorted(links, key=lambda link: spots[other(link)].top):
            found[link] = spots[node(link)].top + taken[node(link)]
            taken[node(link)] += max(0.5, link.times * scale)
        return found

    starts = stacked(lambda link: (link.step, link.before), lambda link: (link.step + 1, link.after))
    ends = stacked(lambda link: (link.step + 1, link.after), lambda link: (link.step, link.before))
    for link in links:
        yield link, starts[link], ends[link]


def _ribbon(link: Link, y0: float, y1: float, scale: float) -> Markup:
    wide = max(0.5, link.times * scale)
    x0, x1 = link.step * ACROSS + NODE, (link.step + 1) * ACROSS
    middle = (x0 + x1) / 2
    corners = (x0, y0, middle, y0, middle, y1, x1, y1, x1, y1 + wide, middle, y1 + wide, middle, y0 + wide, x0, y0 + wide)
    n = [number(one) for one in corners]
    way = (
        f"M{n[0]} {n[1]}C{n[2]} {n[3]} {n[4]} {n[5]} {n[6]} {n[7]}L{n[8]} {n[9]}C{n[10]} {n[11]} {n[12]} {n[13]} {n[14]} {n[15]}Z"
    )
    return tag("path", tag("title", f"{link.before} → {link.after}: {plain(link.times, 0)}"), d=way, class_="ribbon")


def _node(column: int, name: str, spot: _Spot, size: int) -> Markup:
    x = column * ACROSS
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    label = tag(
        "text",
        tag("title", name),
        short,
        " ",
        tag("tspan", plain(size, 0), class_="minor"),
        x=x + NODE + 6,
        y=spot.top + spot.height / 2,
        dy="0.35em",
    )
    return tag("g", tag("rect", x=x, y=spot.top, width=NODE, height=spot.height, rx="2", class_="node"), label)
