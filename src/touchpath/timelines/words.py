"""Dictionaries: the texts of a coded column by code, to which words are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from touchpath.timelines.arrays import Int32s, Int64s


class Words:
    """The words of one column. Code 0 is "" (none); a word keeps its code for ever."""

    def __init__(self, texts: Iterable[str] = ("",)) -> None:
        self.texts: list[str] = list(texts)
        self._codes: dict[str, int] = {text: code for code, text in enumerate(self.texts)}

    def code(self, text: str) -> int:
        """The code of a word, new if it must be."""
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return code

    def codes(self, column: pa.Array) -> Int32s:
        """The codes of a column of texts, null = 0; new words are added in the order they appear."""
        encoded = encode(column)
        if not len(encoded.dictionary):
            return np.zeros(len(encoded), np.int32)
        known = np.array([self.code(text or "") for text in encoded.dictionary.to_pylist()] + [0], np.int32)
        places = encoded.indices.fill_null(known.size - 1).to_numpy(zero_copy_only=False)
        coded: Int32s = known[places]
        return coded


class Dictionaries:
    """The words of every coded column of one unit."""

    def __init__(self, texts: Mapping[str, Iterable[str]] | None = None) -> None:
        self._columns = {name: Words(words) for name, words in (texts or {}).items()}

    def __getitem__(self, column: str) -> Words:
        """The words of a column, none yet if it is new."""
        return self._columns.setdefault(column, Words())

    def snapshot(self) -> dict[str, Sequence[str]]:
        """All texts by column as of now; later words do not show in it."""
        return {name: tuple(words.texts) for name, words in self._columns.items()}


def encode(column: pa.Array) -> pa.DictionaryArray:
    """A column of texts as codes and distinct texts, whichever of Arrow's text types it comes in."""
    if pa.types.is_dictionary(column.type):
        return column.cast(pa.dictionary(pa.int32(), column.type.value_type))
    if pa.types.is_string_view(column.type) or pa.types.is_null(column.type):
        column = column.cast(pa.string())
    return column.dictionary_encode()


def text_keys(texts: pa.Array) -> Int64s:
    """The key of each text, as `model.keys.name_key` has it; "" and null are 0."""
    encoded = texts.cast(pa.binary()).fill_null(b"")
    keys = np.fromiter(map(xxhash.xxh3_64_intdigest, encoded.to_numpy(zero_copy_only=False)), np.uint64, len(encoded)).view(
        np.int64
    )
    keys[pc.equal(pc.binary_length(encoded), 0).to_numpy(zero_copy_only=False)] = 0
    return keys
