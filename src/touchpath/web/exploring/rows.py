"""Fields that come in rows: how many there are, and adding, removing and moving one, which works without scripts too."""

from __future__ import annotations

from collections.abc import Mapping

#: A list in a form has at most so many rows.
MOST_ROWS = 40

Params = Mapping[str, str]


def count_rows(params: Params, name: str, least: int = 1) -> int:
    """How many rows a list has: as its field says, but not fewer than are filled in."""
    said = params.get(f"{name}.n", "")
    filled = [int(number) for number in _numbers(params, name)]
    wanted = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0
    return min(MOST_ROWS, max(least, wanted, *(number + 1 for number in filled), 0))


def changed(params: Params, wish: str, least: Mapping[str, int] = {}) -> dict[str, str]:
    """The fields after a button was pressed: `add:NAME`, or `drop:NAME:2`, `up:NAME:2`, `down:NAME:2`; any other wish changes nothing."""
    verb, _, rest = wish.partition(":")
    name, _, place = rest.rpartition(":") if verb != "add" else (rest, "", "")
    if verb not in ("add", "drop", "up", "down") or not name or (verb != "add" and not (place.isascii() and place.isdigit())):
        return dict(params)
    rows = [_row(params, name, number) for number in range(count_rows(params, name, least.get(name, 1)))]
    at = int(place or 0)
    if verb == "add":
        rows = [*rows, {}][:MOST_ROWS]
    elif at < len(rows) and verb == "drop":
        rows.pop(at)
    else:
        other = at - 1 if verb == "up" else at + 1
        if at < len(rows) and 0 <= other < len(rows):
            rows[at], rows[other] = rows[other], rows[at]
    apart = {key: value for key, value in params.items() if key != f"{name}.n" and not _is_of(key, name)}
    filled = {f"{name}.{number}{end}": value for number, row in enumerate(rows) for end, value in row.items()}
    return {**apart, **filled, f"{name}.n": str(max(1, len(rows)))}


def _numbers(params: Params, name: str) -> list[str]:
    start = f"{name}."
    found = (
        key.removeprefix(start).partition(".")[0] for key, value in params.items() if key.startswith(start) and value.strip()
    )
    return [number for number in found if number.isascii() and number.isdigit() and len(number) < 3]


def _is_of(key: str, name: str) -> bool:
    number = key.removeprefix(f"{name}.").partition(".")[0] if key.startswith(f"{name}.") else ""
    return number.isascii() and number.isdigit()


def _row(params: Params, name: str, number: int) -> dict[str, str]:
    """The fields of one row, by what their names end with."""
    start = f"{name}.{number}"
    return {key.removeprefix(start): value for key, value in params.items() if key == start or key.startswith(f"{start}.")}
