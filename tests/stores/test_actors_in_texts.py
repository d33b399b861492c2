"""A person is found in texts and files however their system writes ids, and nobody else is."""

import gzip
import sqlite3
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from touchpath.stores.actors_in_texts import file_names_actor, holds_actor

ANN = ("user:ann-4711", "email:438c4c7afe600cdf1e455c369bec76dc970fc8ca463447c7b387a347f3c79331")
SHORT = ("user:42",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("7,ann-4711,seen", True),
        ("7,xann-4711,seen", False),
        ("7,ann-47110,seen", False),
        ("Ann@Example.org;5", True),
        ("bob@example.org;5", False),
    ],
)
def test_whole_ids_and_addresses_count(text, named):
    assert holds_actor(text, ANN) is named


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"userId": "42"}', True),
        (r'{"body": "{\"user_id\":42}"}', True),
        ("customer=42&x=1", True),
        ("user:42", True),
        ('{"userId": "421"}', False),
        ('{"quantity": 42}', False),
        ("42;page.viewed", False),
    ],
)
def test_a_short_id_counts_only_where_a_field_says_that_it_is_one(text, named):
    assert holds_actor(text, SHORT) is named


def test_an_id_of_another_system_counts_as_that_system_writes_it():
    assert holds_actor('{"id": "cus_9s6XKzkNRiz8i3"}', ["external:stripe-cus_9s6XKzkNRiz8i3"])
    assert holds_actor('{"requester_id": 2097}', ["external:zendesk-2097"])
    assert not holds_actor('{"ticket": 2097}', ["external:zendesk-2097"])


def write(path: Path, kind: str, text: str) -> Path:
    if kind == "gzip":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inside.csv", text)
    elif kind == "parquet":
        pq.write_table(pa.table({"who": text.split()}), path)
    else:
        path.write_bytes(text.encode(kind))
    return path


@pytest.mark.parametrize("kind", ["utf-8", "latin-1", "utf-16", "gzip", "zip", "parquet"])
def test_a_file_is_looked_through_however_it_is_packed(tmp_path, kind):
    assert file_names_actor(write(tmp_path / "a", kind, "Zürich " * 300_000 + "ann-4711 Zürich"), ANN)
    assert not file_names_actor(write(tmp_path / "b", kind, "Zürich " * 300_000 + "bob-4711 Zürich"), ANN)


def test_an_id_on_the_border_of_two_pieces_is_found(tmp_path):
    assert file_names_actor(write(tmp_path / "a", "utf-8", " " * ((1 << 20) - 4) + "ann-4711 "), ANN)


def test_a_file_that_cannot_be_read_may_name_anybody(tmp_path):
    (tmp_path / "torn.gz").write_bytes(gzip.compress(b"who" * 1000)[:20])
    sqlite3.connect(tmp_path / "a.sqlite").execute("CREATE TABLE t (x)")
    assert file_names_actor(tmp_path / "torn.gz", ANN)
    assert file_names_actor(tmp_path / "a.sqlite", ANN)
    assert file_names_actor(tmp_path / "missing", ANN)
