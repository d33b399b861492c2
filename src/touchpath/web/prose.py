"""What members write on boards, as HTML: a small part of Markdown, in which nobody can write HTML of their own."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markupsafe import Markup

#: What is read: headings, lists, quotes, emphasis, links, code within a line and rules. No pictures: they would be fetched from elsewhere.
_READ = (
    "heading",
    "list",
    "blockquote",
    "emphasis",
    "link",
    "autolink",
    "backticks",
    "hr",
    "escape",
    "newline",
    "entity",
    "reference",
)
_SCHEMES = ("http", "https", "mailto")


def show_prose(text: str, level: int = 3) -> Markup:
    """A text as HTML. level: of its largest headings; smaller ones follow, down to the sixth."""
    tokens = _reader().parse(text)
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    largest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, level + int(token.tag[1]) - largest)}"
    for token in tokens:
        for inner in token.children or ():
            if inner.type == "link_open":
                inner.attrSet("rel", "noopener noreferrer")
    return Markup(_reader().renderer.render(tokens, _reader().options, {}))  # noqa: S704


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("zero", {"html": False}).enable(list(_READ))
    reader.validateLink = _is_safe  # type: ignore[method-assign]
    return reader


def _is_safe(url: str) -> bool:
    """Whether a link may lead there: to pages on the web, to a mail, or to a page of ours."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme.lower() in _SCHEMES
    return url.startswith(("/", "#", "?")) and not url.startswith(("//", "/\\"))
