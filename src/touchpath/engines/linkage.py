"""How likely rows about people are about the same person: Fellegi and Sunter's model, trained without labels by Splink on DuckDB.

Source: Fellegi, Sunter, "A Theory for Record Linkage", JASA 64 (1969); Linacre et al., "Splink: Free software for probabilistic record
linkage at scale", IJPDS 7 (2022). u (how often two different people agree) is estimated from random pairs, m (how often one person's rows
agree) by expectation maximisation on blocks that share a field.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from touchpath.model.errors import BadInput, Unavailable
from touchpath.services.match_choice import DIFFERENT, NOT_KNOWN, SAME, ScoredPair
from touchpath.services.matching import Level, Scored
from touchpath.services.person_details import FIELDS

#: Rows that share a key with more others than this are not compared because of that key: a switchboard, a very frequent name.
MOST_ALIKE = 300
#: Pairs drawn to learn how often different people agree, and pairs that training looks at per round.
_RANDOM_PAIRS, _TRAINING_PAIRS = 5e5, 3e5
#: Which share of the pairs that are one person the sure rules below find, assumed; a prior, from which evidence moves away.
_SURE_RULES_FIND = 0.7
#: What stands for "never seen" in training, so that one odd pair is not proof.
_RAREST = 1e-6
#: One person's rows are given this chance to differ in any way, whatever training says: data are dirtier than they look.
_LEAST_M = 1e-3

_KEYS = {
    "k_email": "email",
    "k_mailbox": "nullif(split_part(email, '@', 1), '')",
    "k_phone": "phone",
    "k_born": "born",
    "k_name": "root || '|' || family",
    "k_swapped": "least(given, family) || '|' || greatest(given, family)",
    "k_house": "street || '|' || postcode",
    "k_family": "left(family, 4) || '|' || postcode",
    "k_initial": "family || '|' || left(root, 1)",
}
_SURE = (("email", "family"), ("phone", "given"), ("given", "family", "born"), ("given", "family", "postcode"))
_TRAINING = (("given", "family"), ("born",), ("email",), ("phone",), ("postcode", "family"))


_ADDRESS = ("street", "postcode", "city")
_SWAPPED = "given_l = family_r AND family_l = given_r AND given_l <> family_l"


class _Step(NamedTuple):
    """One level of a comparison: what it is called, when it holds, the fields it reads, and whose frequency counts."""

    label: str
    sql: str
    fields: tuple[str, ...] = ()
    frequency: str = ""


_ELSE = _Step(DIFFERENT, "ELSE")
#: How each field is compared, best first. An address is one thing: who moves changes street, postcode and city at once.
_LEVELS: Mapping[str, tuple[_Step, ...]] = {
    "given": (
        _Step(SAME, "given_l = given_r", ("given",), "given"),
        _Step("short form", "root_l = root_r", ("given",)),
        _Step("alike", "jaro_winkler_similarity(given_l, given_r) >= 0.9", ("given",)),
        _Step("swapped with family name", _SWAPPED, ("given", "family")),
        _ELSE,
    ),
    "family": (
        _Step(SAME, "family_l = family_r", ("family",), "family"),
        _Step("alike", "jaro_winkler_similarity(family_l, family_r) >= 0.9", ("family",)),
        _ELSE,
    ),
    "email": (
        _Step(SAME, "email_l = email_r", ("email",)),
        _Step("alike", "damerau_levenshtein(email_l, email_r) <= 2", ("email",)),
        _Step("same before the @", "split_part(email_l, '@', 1) = split_part(email_r, '@', 1)", ("email",)),
        _ELSE,
    ),
    "phone": (
        _Step(SAME, "phone_l = phone_r", ("phone",)),
        _Step("one digit off", "damerau_levenshtein(phone_l, phone_r) <= 1", ("phone",)),
        _ELSE,
    ),
    "address": (
        _Step(SAME, "street_l = street_r AND postcode_l = postcode_r", ("street", "postcode"), "street"),
        _Step("same street", "street_l = street_r", ("street",)),
        _Step("same postcode", "postcode_l = postcode_r", ("postcode",)),
        _Step("same city", "city_l = city_r", ("city",)),
        _ELSE,
    ),
    "born": (
        _Step(SAME, "born_l = born_r", ("born",)),
        _Step("one digit off", "damerau_levenshtein(born_l, born_r) <= 1", ("born",)),
        _Step("same month", "left(born_l, 7) = left(born_r, 7)", ("born",)),
        _ELSE,
    ),
}


class SplinkMatcher:
    """Scores pairs with Splink, if it is installed. One thread and no chance: the same rows in any order give the same numbers."""

    @property
    def version(self) -> str:
        """Which program and which model; raises Unavailable when Splink is not there."""
        return f"splink {_splink().__version__}, touchpath model 1"

    def score(self, tables: Sequence[pa.Table], seed: int, at_least: float) -> Scored:
        """The pairs of one table, or of two between them, that are one person with this probability or a higher one.

        tables: id and FIELDS as texts, null = not known. Raises BadInput when there is too little to learn from.
        """
        splink = _splink()
        fields = tuple(field for field in FIELDS if all(_filled(table, field) for table in tables))
        with duckdb.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
            database = splink.DuckDBAPI(connection=connection)
            frames = [_prepared(connection, database, table, n) for n, table in enumerate(tables)]
            data = frames if len(frames) > 1 else frames[0]
            linker = splink.Linker(data, _settings(splink, fields, len(tables) > 1), log_level=logging.CRITICAL)
            _train(splink, linker, fields, seed)
            model = _tempered(linker.misc.save_model_to_json())
            linker = splink.Linker(data, model, log_level=logging.CRITICAL)
            found = linker.inference.predict(threshold_match_probability=at_least, warning_mode="never").as_record_list()
        levels = tuple(_levels(model))
        labels = {(one.field, one.number): one.label for one in levels}
        pairs = sorted((_pair(row, labels) for row in found), key=lambda one: (one.one, one.other))
        return Scored(tuple(pairs), levels)


def _splink() -> Any:
    try:
        import splink
    except ImportError as error:
        raise Unavailable(f"Matching people needs Splink ({error}). Install it: pip install 'touchpath[matching]'") from None
    return splink


def _filled(table: pa.Table, field: str) -> bool:
    return bool(table.num_rows - table[field].null_count)


def _prepared(connection: duckdb.DuckDBPyConnection, database: Any, table: pa.Table, n: int) -> Any:
    """A table with the keys that pairs are looked for by; a key that too many share is left out."""
    connection.register(f"given_{n}", table)
    keys = ", ".join(f"{sql} AS {key}" for key, sql in _KEYS.items())
    rare = ", ".join(f"CASE WHEN count(*) OVER (PARTITION BY {key}) <= {MOST_ALIKE} THEN {key} END AS {key}" for key in _KEYS)
    columns = ", ".join(("unique_id", *FIELDS, "root"))
    connection.execute(
        f"CREATE TABLE people_{n} AS WITH keyed AS (SELECT {columns}, {keys} FROM given_{n}) "  # noqa: S608 - names of our own
        f"SELECT {columns}, {rare} FROM keyed ORDER BY unique_id"
    )
    connection.unregister(f"given_{n}")
    return database.register(f"people_{n}", dataset_display_name=f"people_{n}")


def _settings(splink: Any, fields: Sequence[str], two: bool) -> Any:
    return splink.SettingsCreator(
        link_type="link_only" if two else "dedupe_only",
        comparisons=list(_comparisons(fields)),
        blocking_rules_to_generate_predictions=[splink.block_on(key) for key in _KEYS],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=False,
        linker_uid="touchpath",
    )


def _comparisons(fields: Sequence[str]) -> Iterator[Any]:
    import splink.comparison_library as cl

    for name, levels in _LEVELS.items():
        known = [level for level in levels if set(level.fields) <= set(fields)]
        if len(known) > 1:
            yield cl.CustomComparison(output_column_name=name, comparison_levels=list(_as_splink(name, known, fields)))


def _as_splink(name: str, levels: Sequence[_Step], fields: Sequence[str]) -> Iterator[dict[str, Any]]:
    yield {"sql_condition": _unknown(name, fields), "label_for_charts": NOT_KNOWN, "is_null_level": True}
    for step in levels:
        level: dict[str, Any] = {"sql_condition": step.sql, "label_for_charts": step.label}
        if step.frequency:
            level |= {"tf_adjustment_column": step.frequency, "tf_minimum_u_value": _RAREST}
        yield level


def _unknown(name: str, fields: Sequence[str]) -> str:
    """When nothing can be said: nothing is known on one side; or, of a family name, it stands where the given name should."""
    if name == "address":
        return " AND ".join(f"({field}_l IS NULL OR {field}_r IS NULL)" for field in _ADDRESS if field in fields)
    missing = f"{name}_l IS NULL OR {name}_r IS NULL"
    return f"{missing} OR ({_SWAPPED})" if name == "family" and "given" in fields else missing


def _train(splink: Any, linker: Any, fields: Sequence[str], seed: int) -> None:
    """Learn from the rows themselves; raises BadInput when no field tells anything."""

    def usable(rules: Sequence[tuple[str, ...]]) -> list[Any]:
        return [splink.block_on(*rule) for rule in rules if set(rule) <= set(fields)]

    sure, rounds = usable(_SURE), usable(_TRAINING)
    if not sure or len(rounds) < 2:
        raise BadInput(
            f"There is {', '.join(fields) or 'nothing'} to compare, and that is too little to tell people apart. "
            "Give at least a given and a family name, and an e-mail address, a phone number, a postcode or a day of birth."
        )
    linker.training.estimate_probability_two_random_records_match(sure, recall=_SURE_RULES_FIND)
    linker.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=seed)
    for rule in rounds:
        with suppress(*_splinks_refusals()):  # No pair shares what this round is about: the others teach.
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, max_pairs=_TRAINING_PAIRS, record_sample_proportion=0.1
            )


def _splinks_refusals() -> tuple[type[Exception], ...]:
    from splink.internals.exceptions import EMTrainingException

    return (EMTrainingException,)


def _tempered(model: dict[str, Any]) -> dict[str, Any]:
    """A trained model in which no level is proof by itself, and one that was never seen says nothing."""
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                m, u = level.get("m_probability"), level.get("u_probability")
                level["m_probability"] = max(m, _LEAST_M) if m and u else _LEAST_M
                level["u_probability"] = max(u, _RAREST) if m and u else _LEAST_M
    return model


def _levels(model: dict[str, Any]) -> Iterator[Level]:
    for comparison in model["comparisons"]:
        steps = [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]
        for place, one in enumerate(steps):
            number = len(steps) - 1 - place
            m, u = one["m_probability"], one["u_probability"]
            yield Level(comparison["output_column_name"], number, one["label_for_charts"], m, u)


def _pair(row: dict[str, Any], levels: dict[tuple[str, int], str]) -> ScoredPair:
    one, other = sorted((row["unique_id_l"], row["unique_id_r"]))
    found = {name: levels.get((name, row[f"gamma_{name}"]), NOT_KNOWN) for name in _LEVELS if f"gamma_{name}" in row}
    return ScoredPair(one, other, round(row["match_probability"], 6), found)
