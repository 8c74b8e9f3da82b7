"""The TOML reader's complaints in the language of the file."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _


def syntax_error(complaint: str) -> str:
    """What `tomllib` says, translated as far as it is one of its usual sentences."""
    plain = re.sub(r"\s*\(at [^)]*\)$", "", complaint)
    for pattern, sentence in (
        (r"Expected '=' after a key", _("“=” is missing after a key")),
        (r"Cannot declare .* twice", _("this table stands here twice")),
        (r"Cannot overwrite a value", _("this key stands here twice")),
        (r"Duplicate inline table key", _("this key stands here twice")),
        (r"Cannot mutate immutable namespace", _("this table is complete already: nothing can be added to it")),
        (r"Invalid value", _("this is no value: strings need quotes")),
        (r"Invalid date or datetime", _("there is no such date or time")),
        (r"Illegal character", _("this character is not allowed here: is a closing quote missing?")),
        (r"Unterminated string", _("a closing quote is missing")),
        (r"Unclosed array", _("“]” is missing")),
        (r"Unclosed inline table", _("“}” is missing")),
        (r"Expected ']'+ at the end of", _("“]” is missing after the name of the table")),
        (r"Expected newline or end of document", _("only one key a line")),
        (r"Unescaped '\\' in a string", _("“\\” in a string must be written twice")),
        (r"Invalid initial character for a key", _("no key can begin like this: keys with other letters need quotes")),
    ):
        if re.match(pattern, plain):
            return sentence
    return _("not valid TOML: %(what)s") % {"what": plain}
