"""Text to search in is folded the same way on both sides, whatever wrote it."""

import re
from operator import mul
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.search_text import (
    WORD_LENGTH_MAX,
    WORDS_BYTES_MAX,
    fold_name,
    fold_text,
    search_words,
)


@given(st.text())
def test_texts_are_compared_in_nfc_and_whatever_the_case(text):
    """Both forms of Unicode and both cases are the same text."""
    assert fold_text(text) == fold_text(normalize("NFD", text)) == fold_name(text)
    assert fold_text(text) == fold_text(text.casefold()) == fold_text(fold_text(text))


@given(st.lists(st.text() | st.text(st.characters(max_codepoint=127))))
def test_only_words_count(texts):
    """What stands between them does not, and the short way for ASCII does the same."""
    words = search_words(texts)

    assert words == " ".join(re.findall(r"[^\W_]+", fold_text("\n".join(texts))))
    assert words == search_words([words])


letters = st.sampled_from(["x", "É", "ß", "ΐ", "ﷺ", "\u0345", "中", "\U00020000"])
long_words = st.lists(st.builds(mul, letters, st.integers(100, 600)), max_size=3).map("".join)


@given(st.lists(st.text() | long_words, min_size=1))
def test_long_words_are_cut_alike_on_both_sides(texts):
    """An index takes them then, and what is looked for is found where it stands."""
    words = search_words(texts)

    assert all(len(word) <= WORD_LENGTH_MAX for word in words.split(" "))
    assert words == search_words([words])
    assert all(search_words([text]) in words for text in texts)


@pytest.mark.parametrize("letter", ["x", "é", "中", "\U00020000"])
@pytest.mark.parametrize("length", [2, 7, 700])
def test_the_words_of_a_text_have_a_limit(letter, length):
    """Of a longer text the first words count, each of them whole."""
    texts = [letter * (number % length + 1) for number in range(2 * WORDS_BYTES_MAX // length)]
    words = search_words(texts)

    assert len(words.encode()) <= WORDS_BYTES_MAX
    assert all(word == text[:WORD_LENGTH_MAX] for word, text in zip(words.split(), texts, strict=False))
    assert words == search_words([words])
