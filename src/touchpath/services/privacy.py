"""Everything about single people's rights, as the pages of one workspace reach it."""

from __future__ import annotations

from dataclasses import dataclass

from touchpath.services.forgetting import Forgetting
from touchpath.services.person_export import PersonExports


@dataclass(frozen=True)
class Privacy:
    """What a workspace can do for people who ask what is kept of them, or want it gone."""

    forgetting: Forgetting
    exports: PersonExports
