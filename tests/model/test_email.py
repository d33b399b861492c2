"""One address is one person, whichever silo it comes from."""

import hashlib

import pyarrow as pa
import pytest

from touchpath.model.actors import actor_named
from touchpath.model.email import email_actor, hash_email, is_email, is_email_hash
from touchpath.services.offline import contact_actor
from touchpath.sources.files.shape import hash_emails
from touchpath.sources.formats.reading import actor_of_email_cell
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.wire.shape import known_actor

WRITTEN = " Ada.Lovelace+news@Example.ORG "
ACTOR = f"email:{hashlib.sha256(b'ada.lovelace+news@example.org').hexdigest()}"


def test_every_door_gives_one_address_the_same_id():
    told = [
        email_actor(WRITTEN),
        actor_of_email_cell(WRITTEN),
        contact_actor(WRITTEN),
        actor_named(WRITTEN),
        actor_named(f"email:{WRITTEN.strip()}"),
        known_actor(WRITTEN.strip()),
        respondent("survey", "r1", addresses=(WRITTEN,))[0],
        f"email:{hash_emails(pa.array([WRITTEN]))[0].as_py()}",
    ]
    assert set(told) == {ACTOR}


@pytest.mark.parametrize(
    "text", ["", "@", "ada", "@ada", "ada@example", "a b@example.org", "Ada <ada@example.org>", "a@b.c, d@e.f"]
)
def test_what_is_no_address_is_nobodys(text):
    assert not is_email(text)
    assert email_actor(text) is None


@pytest.mark.parametrize("value", [None, 5, ["ada@example.org"]])
def test_only_texts_are_addresses(value):
    assert email_actor(value) is None


def test_a_hash_is_told_from_an_address():
    assert is_email_hash(hash_email("ada@example.org"))
    assert not is_email_hash("ada@example.org")
    assert not is_email_hash("A" * 64)
