"""Files that name an erased person go, also those of which a kill left only a part."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from touchpath.model.errors import Unavailable
from touchpath.stores.upload_folder import UploadFolder

ANN = ["user:ann-4711"]


def receive(uploads: UploadFolder, name: str, text: str) -> str:
    receiving = uploads.receive(name)
    receiving.write(text.encode())
    return receiving.finish().id


@pytest.fixture
def uploads(tmp_path):
    return UploadFolder(tmp_path / "uploads", 1 << 20)


def test_uploads_that_name_somebody_go_and_others_stay(uploads):
    receive(uploads, "a.csv", "who\nann-4711\n")
    receive(uploads, "ann-4711.csv", "who\nbob\n")
    kept = receive(uploads, "b.csv", "who\nbob-4711\n")
    assert uploads.forget(ANN) == 2
    assert [one.id for one in uploads.all()] == [kept]
    assert uploads.forget(ANN) == 0


def test_what_a_kill_left_of_a_deleted_upload_goes_too(uploads, tmp_path):
    torn = receive(uploads, "a.csv", "who\nann-4711\n")
    other = receive(uploads, "b.csv", "who\nbob-4711\n")
    for id in (torn, other):
        (tmp_path / "uploads" / id / "upload.json").unlink()
    assert uploads.forget(ANN) == 1
    assert [place.name for place in (tmp_path / "uploads").iterdir()] == [other]


def test_an_upload_that_is_being_imported_is_waited_for(uploads):
    id = receive(uploads, "a.csv", "who\nann-4711\n")
    with uploads.held(id), pytest.raises(Unavailable, match="being imported"):
        uploads.forget(ANN)
    assert uploads.forget(ANN) == 1


def test_a_folder_that_is_not_there_names_nobody(tmp_path):
    assert UploadFolder(tmp_path / "none", 1).forget(ANN) == 0


def test_two_who_save_at_once_do_not_take_each_others_file_away(uploads):
    id = receive(uploads, "a.csv", "who\nbob\n")
    upload = uploads.load(id)

    def save(number):
        for _ in range(30):
            uploads.save(replace(upload, said=str(number) * 5_000))
            uploads.keep_mapping(id, str(number) * 5_000)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(save, range(3)))
    assert len(set(uploads.load(id).said)) == len(set(uploads.mapping(id).read_text())) == 1
