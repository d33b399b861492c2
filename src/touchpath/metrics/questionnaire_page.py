"""What the registry tells people: the handbook's page of all questionnaires, and the lines of a model file that asks one."""

from __future__ import annotations

import json
from collections.abc import Iterator

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.stats.questionnaires.kinds import Bands, Ends, Item, Questionnaire, Scale
from touchpath.stats.questionnaires.registry import QUESTIONNAIRES

_OPENING = """# Questionnaires

Made from the registry in `src/touchpath/stats/questionnaires/`; a test holds this page to it. How they are asked:
[questionnaires](../guide/questionnaires.md). What their numbers mean: [metrics](../metrics.md).

A score is the mean of what its items' ratings are worth. Where an item is *reversed*, the lowest rating is the best. Wording is given
only where its authors allow its use, or where it is ours; elsewhere an item says what it asks about. Each entry tells what of it was
read in a source and what was not.

| questionnaire | items | rated | scores | wording here |
|---|---|---|---|---|
"""


def questionnaire_page() -> str:
    """The registry as one Markdown page, as kept in docs/reference/questionnaires.md."""
    return _OPENING + "".join(map(_row, QUESTIONNAIRES.values())) + "".join(map(_section, QUESTIONNAIRES.values()))


def _row(one: Questionnaire) -> str:
    ends = " or ".join(map(_ends, one.ends))
    scores = ", ".join(f"`{scale.name}`" for scale in one.scales)
    return f"| {one.title} (`{one.name}`) | {len(one.items)} | {ends} | {scores} | {'yes' if one.worded else 'no'} |\n"


def _ends(ends: Ends) -> str:
    return f"{ends[0]} to {ends[1]}"


def _section(one: Questionnaire) -> str:
    lines = [
        f"\n## {one.title}\n",
        f"`{one.name}`. {one.source}.\n",
        f"- **Licence**: {one.licence}",
        f"- **Checked**: {one.checked}",
        *(f"- **Mind**: {caveat}" for caveat in one.caveats),
        "\n| item | asks | reversed |\n|---|---|---|",
        *(f"| {item.number} | {_asks(item)} | {'yes' if item.reverse else ''} |" for item in one.items),
        "\n| score | items | fewest answered | runs |\n|---|---|---|---|",
        *(f"| {scale.title} (`{scale.name}`) | {_of(scale)} | {scale.least} | {_runs(one, scale)} |" for scale in one.scales),
        *(["", "If items are missing, they count as the centre of their scale."] if one.centre else []),
        *(f"\n{line}" for scale in one.scales for bands in scale.bands for line in _bands(scale, bands)),
    ]
    return "\n".join(lines) + "\n"


def _asks(item: Item) -> str:
    apart = f" ({_ends(item.ends)})" if item.ends else ""
    return item.asks + apart


def _of(scale: Scale) -> str:
    weighed = f", weighed by {', '.join(map(str, scale.weights))}" if scale.weights else ""
    return ", ".join(map(str, scale.items)) + weighed


def _runs(one: Questionnaire, scale: Scale) -> str:
    worths = [one.worth_of(one.item(number)) for number in scale.items]
    low, high = (sum(worth[end] for worth in worths) / len(worths) for end in (0, 1))
    return f"{low:g} to {high:g}, {one.better} is better"


def _bands(scale: Scale, bands: Bands) -> Iterator[str]:
    told = ", ".join(f"{name} from {low:g}" for low, name in bands.edges)
    sure = "read in a copy of the source" if bands.read else "recalled, not read again: check before quoting"
    why = "" if bands.judged else f" Context only: {bands.why}."
    yield f"*{scale.title}, {bands.title}*: {told}. {bands.source}, {bands.year} ({sure}).{why}"


def model_lines(name: str, called: str = "") -> str:
    """The questions of a model file that ask a questionnaire, to be put under `questions:`.

    called: what the model calls it, where the same one is asked in several places; "" = as the registry does.
    Raises Missing for an unknown name, and BadInput for a name that cannot stand in a model.
    """
    one = QUESTIONNAIRES.get(name)
    if one is None:
        raise Missing(unknown("questionnaire", name, QUESTIONNAIRES))
    if called and not all(letter.isalnum() or letter in "-_" for letter in called):
        raise BadInput(f"A questionnaire is called by letters, digits, '-' and '_', but '{called}' came.")
    return "".join(_question(one, item, called or name) for item in one.items)


def _question(one: Questionnaire, item: Item, called: str) -> str:
    id = called if one.single else f"{called}-{item.number}"
    low, high = one.ends_of(item)[0]
    together = "" if one.single else f"    questionnaire: {called}\n    item: {item.number}\n"
    return (
        f"  - id: {id}\n    title: {json.dumps(item.asks)}\n    asked: {{kind: survey.answered, where: {{properties.question: {id}}}}}\n"
        f"    scale: {{low: {low}, high: {high}}}\n    metric: {one.name}\n{together}"
    )
