"""The other way round: the fields of a form that come to a given document. What no field can say goes with the rest, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from touchpath.services.queries.keys import Key, QueryForm
from touchpath.web.exploring.form import OWN, WHO
from touchpath.web.exploring.rows import MOST_ROWS
from touchpath.web.exploring.written import flow


def fill_form(form: QueryForm, document: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a document; `period` becomes days or moments of a period of its own."""
    keys = {key.name: key for key in form.keys}
    found, rest = dict[str, str](), dict[str, Any]()
    for name, value in document.items():
        if name == "query":
            continue
        fields = _own(keys[name], value) if name in keys else _shared(name, value)
        if fields is None:
            rest[name] = value
        else:
            found |= fields
    if rest:
        found["more"] = "\n".join(f"{flow(name)}: {flow(value)}" for name, value in rest.items())
    return found


def _own(key: Key, value: Any) -> dict[str, str] | None:
    name = OWN + key.name
    if key.what == "rule":
        return rule_fields(name, value)
    if key.what in ("rules", "named"):
        return _rows(name, key, value)
    if key.what in ("names", "spans"):
        texts = [str(one) for one in (value if isinstance(value, list) else [value])]
        fits = not any(isinstance(one, dict | list) or "," in text for one, text in zip(_listed(value), texts, strict=True))
        return {name: ", ".join(texts)} if fits and texts else None
    if key.what == "flag":
        return {name: "yes" if value else "no"} if isinstance(value, bool) else None
    if key.what in ("plain", "schedule"):
        return {name: flow(value)}
    return {name: _text(value)} if not isinstance(value, dict | list) else None


def _rows(name: str, key: Key, value: Any) -> dict[str, str] | None:
    rows = list(value.items()) if key.what == "named" and isinstance(value, Mapping) else [("", one) for one in _listed(value)]
    if (key.what == "named" and not isinstance(value, Mapping)) or len(rows) > MOST_ROWS:
        return None
    if key.what == "rules" and isinstance(value, Mapping) and not set(value) <= {"kind", "where"}:
        return None
    found = {f"{name}.n": str(len(rows))}
    for number, (called, rule) in enumerate(rows):
        fields = rule_fields(f"{name}.{number}", rule)
        if fields is None:
            return None
        found |= fields | ({f"{name}.{number}.name": called} if called else {})
    return found


def rule_fields(name: str, value: Any) -> dict[str, str] | None:
    """The fields of a rule: kinds and conditions; None for a kind that a comma would part."""
    kinds = _listed(value.get("kind", []) if isinstance(value, Mapping) else value)
    if any(not isinstance(kind, str) or "," in kind for kind in kinds):
        return None
    where = value.get("where") if isinstance(value, Mapping) else None
    if not kinds and not where:
        return None
    return {name: ", ".join(kinds)} | ({f"{name}.where": _bare(where)} if where else {})


def _shared(name: str, value: Any) -> dict[str, str] | None:
    if name == "period" and isinstance(value, Mapping) and set(value) == {"from", "to"}:
        return {"from": str(value["from"]), "to": str(value["to"])}
    if name == "where" and isinstance(value, Mapping):
        return {"where": _bare(value)}
    if name == "by":
        return {"by": ", ".join(str(one) for one in _listed(value))}
    if name == "who":
        rows = list(_who(_listed(value)))
        if None in rows or len(rows) > MOST_ROWS:
            return None
        return {f"who.{number}{end}": text for number, row in enumerate(rows) if row for end, text in row.items()}
    if name in ("grain", "unit", "confidence", "title") and not isinstance(value, dict | list):
        return {name: _text(value)}
    return None


def _who(filters: list[Any]) -> Iterator[dict[str, str] | None]:
    for one in filters:
        given = [key for key in WHO if isinstance(one, Mapping) and key in one]
        if len(given) != 1 or set(one) - {given[0], "not"}:
            yield None
            continue
        (kind,), value = given, one[given[0]]
        text = _who_text(kind, value)
        yield None if text is None else {"": kind, ".value": text} | ({".not": "not"} if one.get("not") is True else {})


def _who_text(kind: str, value: Any) -> str | None:
    if kind == "did" and not isinstance(value, str):
        return flow(value)
    if kind == "segment":
        fits = isinstance(value, Mapping) and len(value) == 1
        return ": ".join(_text(part) for part in next(iter(value.items()))) if fits else None
    texts = [_text(one) for one in _listed(value)]
    return ", ".join(texts) if texts and not any("," in text for text in texts) else None


def _bare(where: Any) -> str:
    text = flow(where)
    return text[1:-1] if isinstance(where, Mapping) and where else text


def _text(value: Any) -> str:
    return flow(value) if isinstance(value, bool | float) else str(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
