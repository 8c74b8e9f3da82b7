"""The words of an HTML letter: as a reader sees them, without what is hidden, without quoted history."""

from __future__ import annotations

from html.parser import HTMLParser

_BLOCKS = frozenset(
    {"p", "div", "br", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "blockquote"}
)
_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_QUOTES = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "divRplyFwdMsg", "appendonsend", "mail-quote")
LONGEST = 500_000  # characters of HTML that are read


class _Reader(HTMLParser):
    """`quoted`: the history too."""

    def __init__(self, *, quoted: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.quoted = quoted
        self.words: list[str] = []
        self.hidden = ""  # the element nobody sees, and how many of its name are open inside it
        self.depth = 0
        self.over = False  # what follows is what he answers

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = " ".join(value or "" for name, value in attrs if name in {"class", "id", "style"})
        if self.hidden:
            self.depth += tag == self.hidden
        elif self._is_hidden(tag, marks):
            self.hidden, self.depth = tag, 1
        elif tag in _BLOCKS:
            self.words.append("\n")
        if not self.quoted and any(mark in marks for mark in _QUOTES) and self.words:
            self.over = True

    def _is_hidden(self, tag: str, marks: str) -> bool:
        if tag in _HIDDEN or (tag == "blockquote" and not self.quoted):
            return True
        return tag in _BLOCKS and "display:none" in marks.replace(" ", "")

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.depth -= tag == self.hidden
            self.hidden = self.hidden if self.depth else ""
        elif tag in _BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden and not self.over:
            self.words.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))


def words_of(html: str) -> str:
    """The text, a line for each block. Of a letter that is nothing but a quotation (somebody passed it on), all."""
    return _words(html, quoted=False) or _words(html, quoted=True)


def _words(html: str, *, quoted: bool) -> str:
    reader = _Reader(quoted=quoted)
    reader.feed(_without_comments(html[:LONGEST]))
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.words).split("\n")]
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    return "\n".join(found).strip()


def _without_comments(html: str) -> str:
    """Comments, declarations and instructions taken out in one pass: the parser looks for the end of each that has none
    through the whole of the rest."""
    kept: list[str] = []
    at = 0
    while (begin := html.find("<!", at)) >= 0:
        kept.append(html[at:begin])
        mark = "-->" if html.startswith("<!--", begin) else ">"
        end = html.find(mark, begin + 2)
        if end < 0:
            return "".join(kept)
        at = end + len(mark)
    return ("".join(kept) + html[at:]).replace("<?", "")
