"""Actor ids as people write them."""

from __future__ import annotations

from touchpath.model.email import NAMESPACE, hash_email
from touchpath.model.errors import BadInput
from touchpath.model.signal import ACTOR_NAMESPACES


def actor_named(text: str) -> str:
    """The actor id that somebody means: an id as it is, an e-mail address, also behind "email:", as its hash.

    Raises BadInput for anything else, as an id names its kind.

    >>> actor_named(" user:42 ")
    'user:42'
    >>> actor_named("Ann@Example.org") == actor_named("email:ann@example.org")
    True
    """
    text = text.strip()
    namespace, _, name = text.partition(":")
    if namespace in ACTOR_NAMESPACES and name.strip() and not (namespace == NAMESPACE and "@" in name):
        return text
    if "@" in text:
        return f"{NAMESPACE}:{hash_email(text.removeprefix(f'{NAMESPACE}:'))}"
    shapes = ", ".join(f"{one}:ID" for one in ACTOR_NAMESPACES)
    raise BadInput(f"'{text}' is no id of a person. An id names its kind ({shapes}); an e-mail address will do too.")
