"""Vectors: a procedure, its input and the answer it must give, so that anybody can check an installation against their own numbers.

A file is a JSON array of objects with `id`, `procedure`, `input`, `expected` and `tolerance`; whatever else they say is for people. One
faulty vector is told and costs no other. See docs/guide/statistics.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeGuard

import msgspec

from touchpath.model.errors import BadInput, unknown
from touchpath.stats.procedures.checked import Answer
from touchpath.stats.procedures.table import PROCEDURES, run_procedure

#: `unfit`: the vector itself cannot be judged; `unknown`: no procedure has that name; `broken`: the procedure has a fault of its own.
Outcome = Literal["pass", "fail", "unfit", "unknown", "broken"]
_WORDS: Mapping[Outcome, str] = {
    "fail": "failed",
    "unfit": "cannot be judged",
    "unknown": "name no procedure",
    "broken": "broke their procedure",
}
_Size = Annotated[float, msgspec.Meta(ge=0)]


class Tolerance(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How far a number may lie off: the larger of `abs` and `rel` times what is expected, or not at all. Without any of it numbers compare exactly."""

    abs: _Size = 0.0
    rel: _Size = 0.0
    exact: bool = False

    def allowed(self, expected: float) -> float:
        """The largest difference from an expected number that passes."""
        return 0.0 if self.exact else max(self.abs, self.rel * abs(expected))


class Tolerances(Tolerance, frozen=True):
    """A tolerance, and others instead of it for the keys named."""

    per_key: dict[str, Tolerance] = {}


class Vector(msgspec.Struct, frozen=True):
    """What a procedure must answer to an input; `{"error": true}` = it must refuse the input."""

    id: str
    procedure: str
    input: dict[str, object]
    expected: Annotated[dict[str, object], msgspec.Meta(min_length=1)]
    tolerance: Tolerances | None = None

    @property
    def allows(self) -> Tolerances:
        """The tolerance; none at all where none is told."""
        return self.tolerance or Tolerances()


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not as expected; `by` and `allowed` where both are numbers."""

    key: str
    got: object
    expected: object
    by: float | None = None
    allowed: float | None = None

    def __str__(self) -> str:
        apart = "" if self.by is None else f", differs by {self.by:.3g}, allowed {self.allowed:.3g}"
        return f"{self.key}: got {_said(self.got)}, expected {_said(self.expected)}{apart}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one vector."""

    id: str
    procedure: str
    outcome: Outcome
    says: str = ""
    differences: tuple[Difference, ...] = ()


def read_vectors(text: str) -> list[object]:
    """The vectors of a file, not judged yet: a JSON array, or an object that holds one as `vectors`. Raises BadInput for anything else."""
    try:
        found = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"This is no JSON that can be read: {error or 'it is nested too deep'}.") from error
    vectors = found.get("vectors") if isinstance(found, dict) else found
    if not isinstance(vectors, list):
        raise BadInput("A file of vectors is a JSON array of objects, or an object with such an array as 'vectors'.")
    return vectors


class _Doubled(dict[str, object]):
    """An object in which a key came twice, so that one of its values was lost; `key` says which."""

    key: str


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    doubled = _Doubled(found)
    names = [name for name, _ in pairs]
    doubled.key = next(name for name in names if names.count(name) > 1)
    return doubled


def _check_once(value: object) -> None:
    """Raises BadInput where an object, however deep, has a key twice."""
    if isinstance(value, _Doubled):
        raise BadInput(f"the key '{value.key}' comes twice in one object")
    for one in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        _check_once(one)


def judge_all(vectors: Iterable[object]) -> Iterable[Verdict]:
    """A verdict for each vector, in order; a vector without an id is called by its place, from 1 on."""
    return (judge(vector, f"vector {place}") for place, vector in enumerate(vectors, 1))


def judge(raw: object, otherwise: str = "vector") -> Verdict:
    """Whether a procedure answers as a vector expects, and where not. Never raises; `otherwise` names a vector without an id."""
    named = raw if isinstance(raw, Mapping) else {}
    name, procedure = _cut(str(named.get("id") or otherwise)), _cut(str(named.get("procedure", "")))
    try:
        _check_once(raw)
        vector = msgspec.convert({**raw, "id": name} if isinstance(raw, Mapping) else raw, Vector)
        _check_finite(vector)
    except (msgspec.ValidationError, BadInput, RecursionError) as error:
        return Verdict(name, procedure, "unfit", f"This is no vector: {error}.")
    if vector.procedure not in PROCEDURES:
        return Verdict(name, procedure, "unknown", unknown("procedure", vector.procedure, PROCEDURES))
    try:
        answer = run_procedure(vector.procedure, vector.input)
    except BadInput as refusal:
        return _refused(vector, str(refusal))
    except Exception as fault:
        return Verdict(name, procedure, "broken", f"The procedure itself failed: {type(fault).__name__}: {fault}.")
    return _answered(vector, answer)


def _check_finite(vector: Vector) -> None:
    sizes = [size for one in (vector.allows, *vector.allows.per_key.values()) for size in (one.abs, one.rel)]
    if not all(abs(number) <= sys.float_info.max for number in [*_numbers(vector.expected), *sizes]):
        raise BadInput("what is expected, and how far off it may lie, are finite numbers")


def _numbers(value: object) -> Iterable[float]:
    """Every number in a value, however deep."""
    if isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _numbers(one)
    elif _is_number(value):
        yield value


def _wants_refusal(vector: Vector) -> bool:
    return vector.expected == {"error": True}


def _refused(vector: Vector, words: str) -> Verdict:
    if _wants_refusal(vector):
        return Verdict(vector.id, vector.procedure, "pass", f"Refused: {words}")
    return Verdict(vector.id, vector.procedure, "fail", f"The input was refused: {words}")


def _answered(vector: Vector, answer: Answer) -> Verdict:
    if _wants_refusal(vector):
        return Verdict(vector.id, vector.procedure, "fail", f"The input should be refused, but this came: {_said(dict(answer))}.")
    found = tuple(_compare("", answer, vector.expected, vector.allows, vector.allows.per_key))
    return Verdict(vector.id, vector.procedure, "fail" if found else "pass", "", found)


def _compare(
    key: str, got: object, expected: object, tolerance: Tolerance, per_key: Mapping[str, Tolerance]
) -> Iterable[Difference]:
    """Where a value is not as expected. Keys that nobody asked about are not looked at; an expected null may be absent.

    An answer in order whose places have names (a NamedTuple) may be expected as a list or as an object.
    """
    if isinstance(expected, Mapping) and isinstance(got, tuple) and hasattr(got, "_asdict"):
        got = got._asdict()
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        named = {str(name): value for name, value in got.items()}
        for name, wanted in expected.items():
            path = f"{key}.{name}" if key else name
            own = per_key.get(path) or per_key.get(name) or tolerance
            yield from _compare(path, named.get(name, named.get(_plain_number(name))), wanted, own, per_key)
    elif isinstance(expected, list) and isinstance(got, list | tuple) and len(got) == len(expected):
        for place, (one, wanted) in enumerate(zip(got, expected, strict=True)):
            yield from _compare(f"{key}[{place}]", one, wanted, tolerance, per_key)
    elif _is_number(expected) and _is_number(got):
        by, allowed = abs(got - expected), tolerance.allowed(expected)
        if not by <= allowed:
            yield Difference(key, got, expected, float(by), allowed)
    elif type(got) is not type(expected) or got != expected:
        yield Difference(key, got, expected)


def _plain_number(name: str) -> str:
    """A key that is a number, such as a time, as answers write it: 9.0 and 9.00 as 9."""
    try:
        number = float(name)
    except ValueError:
        return name
    return str(int(number)) if number.is_integer() else repr(number)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


#: Longer values are cut in what is said about them.
_LONGEST = 200


def _said(value: object) -> str:
    """A value as JSON writes it, cut where it is long."""
    plain = list(value) if isinstance(value, tuple) else value
    return _cut(json.dumps(plain, default=str, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def say_differences(differences: Sequence[Difference], most: int = 5) -> str:
    """Differences in one line, the first few of many."""
    more = f"; and {len(differences) - most} more" if len(differences) > most else ""
    return "; ".join(str(one) for one in differences[:most]) + more


def say_verdict(verdict: Verdict) -> str:
    """A verdict in one line, without anything that a terminal would obey: the texts are somebody else's."""
    told = verdict.says or say_differences(verdict.differences)
    line = f"{verdict.outcome:<7} {verdict.id}" + (f": {told}" if told else "")
    return "".join(letter if letter.isprintable() else " " for letter in line)


def say_outcomes(counts: Mapping[Outcome, int]) -> str:
    """How many vectors passed, and how many did not, in one sentence."""
    if not counts:
        return "No vector was checked."
    others = "".join(f", {counts[outcome]} {word}" for outcome, word in _WORDS.items() if outcome in counts)
    return f"{counts.get('pass', 0)} of {sum(counts.values())} vectors passed{others}."
