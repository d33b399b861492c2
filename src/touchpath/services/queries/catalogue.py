"""Every query there is, by the name that documents use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchpath.services.queries.answers import AnswersQuery
from touchpath.services.queries.between import BetweenQuery
from touchpath.services.queries.conformance import ConformanceQuery
from touchpath.services.queries.consistency import ConsistencyQuery
from touchpath.services.queries.contacts import ContactsQuery
from touchpath.services.queries.cooccurrence import CooccurrenceQuery
from touchpath.services.queries.counts import CountsQuery
from touchpath.services.queries.features import FeaturesQuery
from touchpath.services.queries.felt import FeltQuery
from touchpath.services.queries.flows import FlowsQuery
from touchpath.services.queries.forms import FormsQuery
from touchpath.services.queries.friction import FrictionQuery
from touchpath.services.queries.funnel import FunnelQuery
from touchpath.services.queries.lifecycle import LifecycleQuery
from touchpath.services.queries.lostness import LostnessQuery
from touchpath.services.queries.paths import PathsQuery
from touchpath.services.queries.patterns import PatternsQuery
from touchpath.services.queries.purchases import PurchasesQuery
from touchpath.services.queries.query import Query
from touchpath.services.queries.recurring import RecurringQuery
from touchpath.services.queries.retention import RetentionQuery
from touchpath.services.queries.rework import ReworkQuery
from touchpath.services.queries.rfm import RfmQuery
from touchpath.services.queries.sentiment import SentimentQuery
from touchpath.services.queries.sessions import SessionsQuery
from touchpath.services.queries.states import StatesQuery
from touchpath.services.queries.stickiness import StickinessQuery
from touchpath.services.queries.tasks import TasksQuery
from touchpath.services.queries.totals import TotalsQuery
from touchpath.services.queries.values import ValuesQuery
from touchpath.services.queries.variants import VariantsQuery
from touchpath.services.queries.vitals import VitalsQuery
from touchpath.services.queries.volume import VolumeQuery

_ALL: tuple[type[Any], ...] = (
    AnswersQuery,
    BetweenQuery,
    ConformanceQuery,
    ConsistencyQuery,
    ContactsQuery,
    CooccurrenceQuery,
    CountsQuery,
    FeaturesQuery,
    FeltQuery,
    FlowsQuery,
    FormsQuery,
    FrictionQuery,
    FunnelQuery,
    LifecycleQuery,
    LostnessQuery,
    PathsQuery,
    PatternsQuery,
    PurchasesQuery,
    RecurringQuery,
    RetentionQuery,
    ReworkQuery,
    RfmQuery,
    SentimentQuery,
    SessionsQuery,
    StatesQuery,
    StickinessQuery,
    TasksQuery,
    TotalsQuery,
    ValuesQuery,
    VariantsQuery,
    VitalsQuery,
    VolumeQuery,
)

QUERIES: Mapping[str, type[Query]] = {query.name: query for query in sorted(_ALL, key=lambda query: str(query.name))}
