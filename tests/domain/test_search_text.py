"""Text to search in is folded the same way on both sides, whatever wrote it."""

import re
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.search_text import fold_name, fold_text, search_words


@given(st.text())
def test_texts_are_compared_in_nfc_and_whatever_the_case(text):
    """Both forms of Unicode and both cases are the same text."""
    assert fold_text(text) == fold_text(normalize("NFD", text)) == fold_name(text)
    assert fold_text(text) == fold_text(text.casefold()) == fold_text(fold_text(text))


@given(st.lists(st.text() | st.text(st.characters(max_codepoint=127))))
def test_only_words_count(texts):
    """What stands between them does not, and the short way for ASCII does the same."""
    words = search_words(texts)

    assert words == " ".join(re.findall(r"\w+", fold_text("\n".join(texts))))
    assert words == search_words([words])
