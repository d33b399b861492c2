"""Ratings of one person."""

from __future__ import annotations

import pytest

from touchpath.model.errors import BadInput
from touchpath.stats.scores import nps_tally


def test_ratings_fall_into_promoters_passives_and_detractors():
    assert nps_tally([10, 9, 8, 7, 6, 0]) == (2, 2, 2)


def test_a_rating_off_the_scale_is_refused():
    with pytest.raises(BadInput, match="from 0 to 10, but 11 came"):
        nps_tally([9, 11])
