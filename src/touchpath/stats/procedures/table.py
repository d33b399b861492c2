"""Every procedure that this release answers, by its public name: the one place where names meet functions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from touchpath.model.errors import Missing, unknown
from touchpath.stats.procedures.agreement import AGREEMENT
from touchpath.stats.procedures.causes import CAUSES
from touchpath.stats.procedures.checked import Answer, Procedure, call
from touchpath.stats.procedures.churn import CHURN
from touchpath.stats.procedures.clv import LIFETIME_VALUE
from touchpath.stats.procedures.drivers import DRIVERS
from touchpath.stats.procedures.effort import EFFORT
from touchpath.stats.procedures.experiments import EXPERIMENTS
from touchpath.stats.procedures.means import MEANS
from touchpath.stats.procedures.nps import NET_SCORES
from touchpath.stats.procedures.proportions import PROPORTIONS
from touchpath.stats.procedures.quantiles import QUANTILES
from touchpath.stats.procedures.questionnaires import QUESTIONNAIRES
from touchpath.stats.procedures.ranks import RANKS
from touchpath.stats.procedures.survival import SURVIVAL
from touchpath.stats.procedures.vitals import VITALS

PROCEDURES: Mapping[str, Procedure] = MappingProxyType(
    {
        **AGREEMENT,
        **CAUSES,
        **CHURN,
        **DRIVERS,
        **EFFORT,
        **EXPERIMENTS,
        **LIFETIME_VALUE,
        **MEANS,
        **NET_SCORES,
        **PROPORTIONS,
        **QUANTILES,
        **QUESTIONNAIRES,
        **RANKS,
        **SURVIVAL,
        **VITALS,
    }
)


def run_procedure(name: str, inputs: Mapping[str, object]) -> Answer:
    """The result of one named procedure; raises Missing for an unknown name and BadInput for input it cannot take."""
    procedure = PROCEDURES.get(name)
    if procedure is None:
        raise Missing(unknown("procedure", name, PROCEDURES))
    return call(name, procedure, inputs)
