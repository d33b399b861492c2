"""What is planted in the simulated company: the one home of every rate, so that a page's number can be checked against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from touchpath.model.errors import BadInput

#: The company's first and last moment: 52 weeks from a Sunday to a Saturday.
START = datetime(2025, 11, 2, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
MOST_PEOPLE = 100_000_000


def _nps(promoters: float, detractors: float) -> float:
    return 100 * (promoters - detractors)


@dataclass(frozen=True, slots=True)
class PlantedTruths:
    """The parameters from which signals are drawn. Shares are probabilities (0 to 1) of independent draws.

    Everything holds for each attempt, order, answer ... on its own, so plain counts estimate it without bias; only what
    had no time to happen before `end` is missing (open cases).
    """

    people: int
    seed: int
    start: datetime = START
    end: datetime = END

    #: Visits by weekday of the visitor's own zone, Monday first.
    weekday_shares: tuple[float, ...] = (0.124, 0.118, 0.118, 0.124, 0.130, 0.186, 0.200)
    view_share: float = 0.55  # visits with a product viewed
    cart_share: float = 0.40  # of those, with something put in the cart
    checkout_share: float = 0.60  # of those, with a checkout started
    search_share: float = 0.35  # visits with a search
    search_success: float = 0.74
    search_failure: float = 0.16

    app_release: datetime = datetime(2026, 5, 12, 3, tzinfo=UTC)
    checkout_success_web: float = 0.82
    checkout_success_app_before: float = 0.71
    checkout_success_app_after: float = 0.80
    bad_release: datetime = datetime(2026, 8, 18, 3, tzinfo=UTC)
    bad_release_mended: datetime = datetime(2026, 8, 21, 3, tzinfo=UTC)
    checkout_success_web_bad: float = 0.55
    page_error_share: float = 0.02  # visits with a page error, as usual
    page_error_share_bad: float = 0.30  # and on the web while the bad release was out
    rage_share_after_error: float = 0.60  # of those, with rage clicks
    checkout_seconds_web: float = 96.0  # medians of successful checkouts
    checkout_seconds_app: float = 118.0
    checkout_errors_success: float = 0.15  # mean errors of an attempt
    checkout_errors_other: float = 1.60

    late_share: float = 0.09
    satisfaction_on_time: tuple[float, ...] = (0.02, 0.04, 0.10, 0.34, 0.50)  # shares of answers 1 to 5
    satisfaction_late: tuple[float, ...] = (0.15, 0.20, 0.25, 0.25, 0.15)
    satisfaction_response: float = 0.30

    #: Answer channel: (promoters, passives, detractors).
    recommendation: Mapping[str, tuple[float, float, float]] = field(
        default_factory=lambda: MappingProxyType(
            {"web": (0.47, 0.34, 0.19), "app": (0.56, 0.30, 0.14), "email": (0.38, 0.35, 0.27)}
        )
    )
    recommendation_response: float = 0.25

    contacts_on_time: float = 0.084 / 0.91  # orders that make somebody ask for help at least once
    contacts_late: float = 0.40
    repeat_contact: float = 0.15  # tickets followed by another about the same thing within a week
    replied_share: float = 0.97
    solved_share: float = 0.94  # of those replied to
    reopened_share: float = 0.08  # of those solved
    effort_response: float = 0.35
    effort_solved_at_once: tuple[float, ...] = (0.02, 0.03, 0.05, 0.10, 0.20, 0.32, 0.28)  # shares of answers 1 to 7
    effort_reopened: tuple[float, ...] = (0.15, 0.17, 0.18, 0.20, 0.14, 0.10, 0.06)

    setup_started: float = 0.80  # gardens delivered whose set-up is started
    setup_connected: float = 0.90
    setup_planted: float = 0.93
    setup_finished: float = 0.95
    schedule_success: float = 0.90
    schedule_failure: float = 0.06
    schedule_seconds: float = 80.0  # median of the first successful attempt
    learning_exponent: float = 0.30  # median of attempt k = schedule_seconds * k ** -learning_exponent

    planner_share: float = 0.25
    subscribe_share: float = 0.50  # of gardens set up
    renewal_planners: float = 0.97  # monthly
    renewal_others: float = 0.92
    payment_failed_share: float = 0.04
    plan_change_success: float = 0.88

    ease_checkout: tuple[float, ...] = (0.02, 0.03, 0.05, 0.10, 0.20, 0.30, 0.30)
    ease_setup: tuple[float, ...] = (0.05, 0.07, 0.10, 0.15, 0.23, 0.25, 0.15)
    ease_response: float = 0.15

    #: Checks of pages that find no violation: of the shop, and of the app until its release and after it.
    sound_pages: float = 0.72
    sound_pages_bad: float = 0.25  # while the bad release was out
    sound_screens_before: float = 0.50
    sound_screens_after: float = 0.85
    #: Mean euros of a ticket, by channel.
    contact_costs: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"email": 4.2, "chat": 3.1, "phone": 8.5})
    )

    mail_opened: float = 0.34
    mail_clicked: float = 0.12  # of those opened

    study_people: int = 16  # in each of two rounds
    study_success: tuple[float, ...] = (0.66, 0.80)  # share of study tasks done, by round
    #: Usability-scale answers 1 to 5 to the positive items, by round; negative items mirror them.
    study_answers: tuple[tuple[float, ...], ...] = ((0.04, 0.12, 0.24, 0.36, 0.24), (0.02, 0.06, 0.16, 0.40, 0.36))

    def __post_init__(self) -> None:
        if not 1 <= self.people <= MOST_PEOPLE:
            raise BadInput(f"A company of {self.people:,} people cannot be simulated. Give 1 to {MOST_PEOPLE:,}.")
        if self.seed < 0:
            raise BadInput(f"The seed is a whole number from 0, but {self.seed} came.")

    @property
    def nps(self) -> dict[str, float]:
        """Net Promoter Score by answer channel, in points from -100 to 100."""
        return {channel: _nps(promoters, detractors) for channel, (promoters, _, detractors) in self.recommendation.items()}

    @property
    def satisfied_on_time(self) -> float:
        """Share of delivery answers of 4 or 5 when the parcel was on time."""
        return sum(self.satisfaction_on_time[3:])

    @property
    def satisfied_late(self) -> float:
        """The same when it was late."""
        return sum(self.satisfaction_late[3:])

    @property
    def contacts_per_100_orders(self) -> float:
        """Orders of a hundred that make somebody ask for help, repeats not counted."""
        return 100 * (self.late_share * self.contacts_late + (1 - self.late_share) * self.contacts_on_time)

    @property
    def sus(self) -> tuple[float, ...]:
        """Expected System Usability Scale score of each study round (Brooke 1996: ten items, each 0 to 4, times 2.5)."""
        means = (sum(score * share for score, share in enumerate(shares)) for shares in self.study_answers)
        return tuple(10 * mean * 2.5 for mean in means)


def truths(people: int, seed: int) -> PlantedTruths:
    """What is planted in `simulate(people, seed)`; raises BadInput for fewer than one person or a negative seed."""
    return PlantedTruths(people, seed)
