"""SVG elements as escaped text. Sizes are presentation attributes, colours are classes: the pages allow no style attributes."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

Point = tuple[float, float]


def tag(name: str, *children: str | Markup, **attributes: object) -> Markup:
    """An element. `class_` and `aria_label` become class and aria-label; None leaves an attribute out; text is escaped.

    >>> tag("text", "a < b", class_="tick", aria_hidden="true")
    Markup('<text class="tick" aria-hidden="true">a &lt; b</text>')
    """
    given = ((_name(key), value) for key, value in attributes.items() if value is not None)
    head = Markup("").join(Markup(' {}="{}"').format(key, _text(value)) for key, value in given)
    inner = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, head, inner)


def _name(key: str) -> str:
    return {"viewBox": key, "preserveAspectRatio": key}.get(key, key.rstrip("_").replace("_", "-"))


def _text(value: object) -> object:
    return number(value) if isinstance(value, float) else value


def number(value: float) -> str:
    """A coordinate with at most two digits behind the point.

    >>> number(12.0), number(0.126)
    ('12', '0.13')
    """
    return (
        f"{value:.2f}".rstrip("0").rstrip(".").replace("-0", "0")
        if abs(value) < 0.005
        else f"{value:.2f}".rstrip("0").rstrip(".")
    )


def percent(share: float) -> str:
    """A place along an axis, 0 to 1, as SVG takes it: "12.5%"."""
    return f"{number(share * 100)}%"


def stretched(*children: Markup, width: float, height: float) -> Markup:
    """A drawing that fills its place in both directions; strokes keep their width by class."""
    return tag(
        "svg", *children, class_="stretch", width="100%", height="100%",
        viewBox=f"0 0 {number(width)} {number(height)}", preserveAspectRatio="none",
    )  # fmt: skip


def line(points: Sequence[Point]) -> str:
    """Straight path through points."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def ribbon(upper: Sequence[Point], lower: Sequence[Point]) -> str:
    """The area between two lines."""
    return f"{line(upper)}L{line(list(reversed(lower)))[1:]}Z"


def still_plot(said: str, *marks: Markup) -> Markup:
    """A plot whose points are not read out one by one: it says its finding, and the table of its figure has the numbers."""
    size = {"width": "100%", "height": "100%"}
    return tag("svg", *marks, class_="plot", role="img", aria_label=f"{said} The table has the numbers.", **size)
