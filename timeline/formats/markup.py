"""Conversion between plain text and HTML, for formats whose text is HTML."""

import html
import re
from html.parser import HTMLParser

_TAG = re.compile(r"<[a-zA-Z/!?]")
_BLOCKS = frozenset(("address", "blockquote", "br", "dd", "div", "dt", "hr", "li", "ol", "p", "tr", "ul"))
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n\s*")


def has_tags(text: str) -> bool:
    """Whether a browser would find tags in the text."""
    return bool(_TAG.search(text))


def as_html(text: str) -> str:
    """Plain text as HTML; text that a browser would show unchanged is not escaped."""
    if has_tags(text) or html.unescape(text) != text:
        return html.escape(text, quote=False)
    return text


def unescape(text: str) -> str:
    """HTML that has no tags, as plain text."""
    return html.unescape(text)


def without_tags(text: str) -> str:
    """The text that a browser shows of HTML: a line for each block, without scripts and styles."""
    parser = _TextParser()
    parser.feed(text)
    parser.close()
    return _LINES.sub("\n", _SPACES.sub(" ", "".join(parser.parts))).strip()


class _TextParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - theirs
        if tag in ("script", "style"):
            self._hidden_depth += 1
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden_depth = max(0, self._hidden_depth - 1)
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden_depth:
            self.parts.append(data)
