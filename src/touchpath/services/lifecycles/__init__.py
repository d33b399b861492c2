"""Models to begin with: for each sort of organisation its journeys from discovery to recommendation, with tasks, questions and personas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from touchpath.metrics.catalogue import QUESTION_SCALES
from touchpath.model.errors import Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.parse import parse_model
from touchpath.services.metric_check import check_metric

__all__ = ["TEMPLATES", "ModelTemplate", "find_template"]


@dataclass(frozen=True, slots=True)
class ModelTemplate:
    """One model to begin with. suits: whom it is meant for, in a sentence."""

    name: str
    title: str
    suits: str

    @property
    def text(self) -> str:
        """The model as YAML, comments and all."""
        return files(__package__).joinpath(f"{self.name}.yaml").read_text(encoding="utf-8")

    @property
    def experience(self) -> Experience:
        """The model, read and checked."""
        return _read(self.name)


TEMPLATES: Mapping[str, ModelTemplate] = {
    one.name: one
    for one in (
        ModelTemplate(
            "subscription",
            "Business software by subscription",
            "Companies that try, buy, set up, use and renew: software as a service, from business to business.",
        ),
        ModelTemplate(
            "shop", "Online shop", "People who look, order, wait for a parcel, keep it or send it back, and come again."
        ),
        ModelTemplate("app", "App", "People who install, try for a minute, make it a habit or not, and perhaps pay for more."),
        ModelTemplate(
            "public-service",
            "Public service",
            "People who find out, apply, wait for a decision, come to an office or call, and may object.",
        ),
        ModelTemplate(
            "stores-and-online",
            "Stores and online together",
            "People who look online and buy in a store, order and collect, give back anywhere, and carry a loyalty card.",
        ),
    )
}


def find_template(name: str) -> ModelTemplate:
    """The template of this name; raises Missing with the names that there are."""
    if name not in TEMPLATES:
        raise Missing(unknown("template", name, TEMPLATES))
    return TEMPLATES[name]


@cache
def _read(name: str) -> Experience:
    return parse_model(TEMPLATES[name].text, f"{name}.yaml", QUESTION_SCALES, check_metric)
