"""What follows what, as ribbons between columns: the wider, the more often. Drawn on the server, and handed over to be explored by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from touchpath.services.queries.flows import NONE
from touchpath.web.charts.figure import WIDE, Figure, Picture
from touchpath.web.charts.svg import number, tag
from touchpath.web.languages import _, _n
from touchpath.web.numbers import plain, show_count

#: So many ribbons are drawn, the widest ones.
MOST = 80
#: Width between two columns, height of the drawing, of the gap between nodes, and width of a node.
ACROSS, HEIGHT, GAP, NODE = 220.0, 420.0, 12.0, 10.0
_LONGEST = 26
#: Height of a node with its name, where there are very many.
_LINE = 26.0
#: What rare nodes of a column are drawn together as.
OTHER = "(other)"


@dataclass(frozen=True, slots=True)
class Link:
    """So often and by so many people `after` directly followed `before`; step: the column in which it begins, 0 = the first.

    away: how many steps it is away from where all flows begin, or lead to.
    """

    step: int
    before: str
    after: str
    times: int
    people: int = 0
    away: int = 0


@dataclass(slots=True)
class _Spot:
    """Where a node stands."""

    top: float
    height: float


def nowhere(_mark: object) -> str:
    """No address: a mark that leads nowhere."""
    return ""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where a drawing leads: from a node to what follows it, from a link to the people who went so; "" = nowhere. titles: of nodes."""

    node: Callable[[str], str] = nowhere
    people: Callable[[Link], str] = nowhere
    titles: Mapping[str, str] | None = None

    def title(self, name: str) -> str:
        """What a node is called on pages."""
        if name == NONE:
            return _("(nothing)")
        return _("(other)") if name == OTHER else (self.titles or {}).get(name, name)


def draw_links(
    links: Sequence[Link], finding: str, caption: str, rare: float = 0.0, doors: Doors = Doors(), backward: bool = False
) -> Figure:
    """Ribbons between what comes before and what comes after, column by column; nodes that fewer than a share of all came to together.

    rare: that share of the moves at the step from (backward: to) which all begin.
    """
    pooled = pool(links, rare, backward)
    drawn = sorted(pooled, key=lambda link: (-link.times, link.step))[:MOST]
    columns = 1 + max(link.step for link in drawn) + 1
    sizes = _sizes(drawn)
    scale = _scale(sizes)
    spots = _spots(sizes, scale)
    ribbons = [_ribbon(link, start, end, scale, doors) for link, start, end in _ends(drawn, spots, scale)]
    nodes = [_node(column, name, spot, sizes[column][name], doors) for (column, name), spot in spots.items()]
    width = ACROSS * (columns - 1) + NODE + 200
    height = _tall(sizes) + 20
    size = {"viewBox": f"0 -10 {number(width)} {number(height)}"}
    label = _("%(finding)s. The table below has every move.", finding=finding)
    drawing = tag(
        "svg",
        *ribbons,
        *nodes,
        class_="links",
        width=number(width),
        height=number(height),
        role="img",
        aria_label=label,
        **size,
    )
    return Figure(
        finding=finding,
        caption=caption,
        drawing=tag("div", drawing, class_="scroll", role="region", aria_label=_("Moves, scrolls sideways"), tabindex="0"),
        columns=(_("Step"), _("Place before"), _("Place after"), _("Times"), _("People")),
        rows=tuple(_row(one, doors) for one in links),
        key=_key(pooled, drawn, rare),
        kind="links-chart",
        records=tuple(
            {"step": one.step, "before": one.before, "after": one.after, "times": one.times, "people": one.people}
            for one in links
        ),
        picture=Picture(tag("svg", *ribbons, *nodes, x=0.0, y=0.0, width=WIDE, height=height, **size), height),
        by_hand=_by_hand(drawn, sizes, columns, label, doors),
    )


def pool(links: Sequence[Link], rare: float, backward: bool = False) -> tuple[Link, ...]:
    """The links with the rare nodes of each column as one, where it has two or more of them; how many people went so is not known then."""
    sizes = _sizes(links)
    whole = sizes[max(sizes) if backward else 0]
    least = rare * sum(whole.values())
    gone = {(column, name) for column, nodes in sizes.items() for name, size in nodes.items() if size < least and name != NONE}
    alone = [column for column in sizes if sum(one == column for one, _name in gone) < 2]
    gone -= {(column, name) for column, name in gone if column in alone}
    found: dict[tuple[int, str, str], Link] = {}
    for link in links:
        before = OTHER if (link.step, link.before) in gone else link.before
        after = OTHER if (link.step + 1, link.after) in gone else link.after
        known = found.get((link.step, before, after))
        one = replace(link, before=before, after=after)
        found[link.step, before, after] = replace(one, times=one.times + known.times, people=0) if known else one
    return tuple(found.values())


def _key(pooled: Sequence[Link], drawn: Sequence[Link], rare: float) -> str:
    said = []
    if any(OTHER in (one.before, one.after) for one in pooled):
        said.append(
            _("Drawn together as (other): what fewer than %(share)s came to at a step.", share=f"{plain(rare * 100, 0)}%")
        )
    if left := len(pooled) - len(drawn):
        said.append(_n("%(num)s rarer move is only in the table.", "%(num)s rarer moves are only in the table.", left))
    return " ".join(said)


def _row(link: Link, doors: Doors) -> tuple[str, ...]:
    """A row of the table, where everything that the drawing leads to can be reached without it."""
    people = show_count(link.people) if link.people else ""
    before, after = (_linked(doors.node(name), doors.title(name)) for name in (link.before, link.after))
    return str(link.step + 1), before, after, show_count(link.times), _linked(doors.people(link) if people else "", people)


def hint_of(leads: bool) -> str:
    """What a pointer can do with a drawing."""
    if not leads:
        return _("Point at a mark to read it.")
    return _("Point at a mark to read it, choose it to follow where it leads; the table has the same links for the keyboard.")


def _linked(address: str, text: str) -> str:
    return Markup('<a href="{}">{}</a>').format(address, text) if address else text


def _said(link: Link, doors: Doors) -> str:
    """What a ribbon says of itself."""
    times = _n("%(num)s time", "%(num)s times", link.times, num=show_count(link.times))
    people = _n("%(num)s person", "%(num)s people", link.people, num=show_count(link.people)) if link.people else ""
    return f"{doors.title(link.before)} → {doors.title(link.after)}\n{', '.join(filter(None, (times, people)))}"


def _tone(*names: str) -> str:
    return "end" if NONE in names else "other" if OTHER in names else "plain"


def _by_hand(
    drawn: Sequence[Link], sizes: Mapping[int, Mapping[str, int]], columns: int, label: str, doors: Doors
) -> dict[str, object]:
    """The same for those who explore it with a pointer; see web-assets/src/explorers/drawn.ts."""
    nodes = [
        {"id": f"{column}:{name}", "name": doors.title(name), "column": column, "times": size, "size": show_count(size), "href": doors.node(name), "tone": _tone(name),
         "said": f"{doors.title(name)}\n{_n('%(num)s time', '%(num)s times', size, num=show_count(size))}"}
        for column, of_it in sizes.items()
        for name, size in of_it.items()
    ]  # fmt: skip
    links = [
        {"from": f"{one.step}:{one.before}", "to": f"{one.step + 1}:{one.after}", "times": one.times, "said": _said(one, doors),
         "href": doors.people(one) if one.people else "", "tone": _tone(one.before, one.after)}
        for one in drawn
    ]  # fmt: skip
    leads = any(one["href"] for one in (*nodes, *links))
    return {
        "kind": "flows",
        "label": label,
        "hint": hint_of(leads),
        "height": _tall(sizes) + 20,
        "columns": columns,
        "nodes": nodes,
        "links": links,
    }


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


def _tall(sizes: Mapping[int, Mapping[str, int]]) -> float:
    """Height of the drawing: more where a column has very many nodes, so that each has room for its name."""
    return max(HEIGHT, _LINE * max(len(nodes) for nodes in sizes.values()))


def _scale(sizes: Mapping[int, Mapping[str, int]]) -> float:
    """Height of one move, so that the fullest column fits with a line for each of its nodes."""
    tall = _tall(sizes)
    return min((tall - (GAP + 1) * len(nodes)) / max(1, sum(nodes.values())) for nodes in sizes.values())


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


def _ribbon(link: Link, y0: float, y1: float, scale: float, doors: Doors) -> Markup:
    wide = max(0.5, link.times * scale)
    x0, x1 = link.step * ACROSS + NODE, (link.step + 1) * ACROSS
    middle = (x0 + x1) / 2
    corners = (x0, y0, middle, y0, middle, y1, x1, y1, x1, y1 + wide, middle, y1 + wide, middle, y0 + wide, x0, y0 + wide)
    n = [number(one) for one in corners]
    way = (
        f"M{n[0]} {n[1]}C{n[2]} {n[3]} {n[4]} {n[5]} {n[6]} {n[7]}L{n[8]} {n[9]}C{n[10]} {n[11]} {n[12]} {n[13]} {n[14]} {n[15]}Z"
    )
    tone = _tone(link.before, link.after).replace("plain", "")
    return tag("path", tag("title", _said(link, doors)), d=way, class_=f"ribbon {tone}".strip())


def _node(column: int, key: str, spot: _Spot, size: int, doors: Doors) -> Markup:
    x, name, tone = column * ACROSS, doors.title(key), _tone(key).replace("plain", "")
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    label = tag(
        "text",
        tag("title", name),
        short,
        " ",
        tag("tspan", show_count(size), class_="minor"),
        x=x + NODE + 6,
        y=spot.top + spot.height / 2,
        dy="0.35em",
    )
    return tag("g", tag("rect", x=x, y=spot.top, width=NODE, height=spot.height, rx="2", class_=f"node {tone}".strip()), label)
