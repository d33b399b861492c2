"""Every questionnaire by name: the one place where the model, the metrics and the procedures find them."""

from __future__ import annotations

from collections.abc import Mapping

from touchpath.stats.questionnaires.ibm import ASQ, CSUQ, PSSUQ
from touchpath.stats.questionnaires.kano import KANO
from touchpath.stats.questionnaires.kinds import Questionnaire
from touchpath.stats.questionnaires.single import AESTHETICS, BRAND_CONNECTION, ENJOYMENT, SINGLE_EASE, TRUST, VALENCE
from touchpath.stats.questionnaires.sites import SUPR_Q, VISAWI_S
from touchpath.stats.questionnaires.sus import SUS, SUS_POSITIVE
from touchpath.stats.questionnaires.ueq import UEQ, UEQ_S
from touchpath.stats.questionnaires.umux import UMUX, UMUX_LITE, UX_LITE
from touchpath.stats.questionnaires.workload import NASA_TLX, SMEQ

_ALL = (
    SUS,
    SUS_POSITIVE,
    UMUX,
    UMUX_LITE,
    UX_LITE,
    SUPR_Q,
    SINGLE_EASE,
    SMEQ,
    ASQ,
    PSSUQ,
    CSUQ,
    NASA_TLX,
    UEQ,
    UEQ_S,
    VISAWI_S,
    ENJOYMENT,
    AESTHETICS,
    TRUST,
    BRAND_CONNECTION,
    VALENCE,
    KANO,
)
#: All questionnaires by name, in the order of the catalogue.
QUESTIONNAIRES: Mapping[str, Questionnaire] = {one.name: one for one in _ALL}
