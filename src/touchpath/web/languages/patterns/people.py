"""Who is whom, and the tables of the lake in which they stand."""

from __future__ import annotations

from touchpath.web.languages import N_

SENTENCES = (
    # who is whom
    N_("%(name)s and %(names)s: the same person"),
    N_("%(name)s and %(names)s: not the same person"),
    N_("%(name)s and %(names)s: nothing: it was taken back"),
    N_("%(name)s: joins nobody"),
    N_("%(name)s: nothing: it was taken back"),
    N_("A member said that these two are not the same person."),
    N_("A member said that one of these ids joins nobody."),
    N_("A member said whose this id is, so what else it is linked to no longer counts."),
    N_("One of the two has more than %(number)s links: too many to be one person's."),
    N_("Several users share this address or external id, and nothing else says that they are one person."),
    N_("Several people use this device: whose it was is told by the times at which each of them was seen on it."),
    N_("Together with other links it would join people whom nothing else joins."),
    # tables of the lake for SQL, and what stands where nothing has a name
    N_("Every signal in its newest version"),
    N_("Every version of every signal"),
    N_("People with any signal"),
    N_("Ids, and whose they are now"),
    N_("Answers to the model's questions"),
    N_("The model's questions"),
    N_("(two or more)"),
    N_("(no role)"),
)
