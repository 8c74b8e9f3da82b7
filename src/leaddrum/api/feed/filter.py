"""OData's `$filter` and `$orderby` as SQL: a parser's tree, known columns, bound values. Nothing of the text gets into
the statement.

Every expression has a kind, and only equal kinds are compared, so that no database ever sees what it must refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _
from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from leaddrum.facts.columns import ENTITIES
from leaddrum.facts.query import STAMP, Condition
from leaddrum.facts.shape import Entity

LONGEST, DEEPEST = 4000, 60
GREATEST = 2**63 - 1
_COMPARE = {"Eq": "=", "NotEq": "<>", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
_COUNT = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Mod": "%%"}


class WrongOptionError(ValueError):
    """A query option cannot be understood; says which and why."""

    def __init__(self, option: str, why: str) -> None:
        super().__init__(why)
        self.option = option


class Expression(NamedTuple):
    """SQL over `t`, its values, and its kind: number, text, bool, instant, date, null."""

    sql: str
    values: tuple[Any, ...]
    kind: str


_KINDS = {"id": "number", "int": "number"}


def condition(entity: Entity, text: str) -> Condition:
    """
    Raises:
        WrongOptionError: it is no filter of this table.
    """
    tree = _parsed("$filter", text)
    found = _Reading("$filter", entity).read(tree)
    if found.kind != "bool":
        raise WrongOptionError("$filter", _("A filter says what must be true: “person_id eq 7”."))
    return Condition(found.sql, found.values, stamped=_above_a_stamp(tree))


def ordering(entity: Entity, text: str) -> tuple[tuple[str, bool], ...]:
    """
    Raises:
        WrongOptionError: it names no column of this table.
    """
    found = []
    for part in text.split(","):
        name, _sep, way = part.strip().partition(" ")
        if entity.column(name) is None or way.strip() not in {"", "asc", "desc"}:
            raise WrongOptionError(
                "$orderby",
                _no_column(entity, part.strip()),
            )
        found.append((f't."{name}"', way.strip() == "desc"))
    return tuple(found)


def _no_column(entity: Entity, name: str) -> str:
    return _("“%(what)s” is no column of %(table)s.") % {"what": name[:64], "table": entity.name}


def _parsed(option: str, text: str) -> Any:
    if len(text) > LONGEST:
        raise WrongOptionError(option, _("This is too long."))
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(text))
    except (ODataException, RecursionError, ValueError) as error:
        raise WrongOptionError(option, _("This cannot be read: “%s”.") % text[:200]) from error
    if tree is None:
        raise WrongOptionError(option, _("This is empty."))
    return tree


def _above_a_stamp(tree: Any) -> bool:
    """Whether rows above a change stamp are wanted, whatever else is asked besides."""
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return _above_a_stamp(tree.left) or _above_a_stamp(tree.right)
    if not isinstance(tree, ast.Compare) or not isinstance(tree.left, ast.Identifier):
        return False
    return tree.left.name == STAMP and isinstance(tree.comparator, ast.Gt | ast.GtE)


class _Reading:
    """One pass over a tree."""

    def __init__(self, option: str, entity: Entity) -> None:
        self.option, self.entity, self.depth = option, entity, 0
        self.postgres = connection.vendor == "postgresql"

    def read(self, node: Any) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong(_("This is nested too deeply."))
        try:
            read: Callable[[Any], Expression] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
            if read is None:
                raise self._wrong(_("“%s” is not known here.") % type(node).__name__)
            return read(node)
        finally:
            self.depth -= 1

    def _wrong(self, why: str) -> WrongOptionError:
        return WrongOptionError(self.option, why)

    # Names

    def _identifier(self, node: ast.Identifier) -> Expression:
        name = ".".join((*node.namespace, node.name))
        column = self.entity.column(name)
        if column is None:
            raise self._wrong(_no_column(self.entity, name))
        return Expression(f't."{column.name}"', (), _KINDS.get(column.kind, column.kind))

    def _attribute(self, node: ast.Attribute) -> Expression:
        """`person/person_name`: a column of a linked row."""
        link = self.entity.link(node.owner.name) if isinstance(node.owner, ast.Identifier) else None
        target = ENTITIES[link.target] if link else None
        column = target.column(node.attr) if target else None
        if link is None or target is None or column is None:
            raise self._wrong(_no_column(self.entity, node.attr))
        sql = (
            f'(SELECT d."{column.name}" FROM {target.source} d'  # noqa: S608 - names of our own
            f' WHERE d.company_id = t.company_id AND d."{target.key}" = t."{link.column}")'
        )
        return Expression(sql, (), _KINDS.get(column.kind, column.kind))

    # Literals

    def _null(self, _node: ast.Null) -> Expression:
        return Expression("NULL", (), "null")

    def _integer(self, node: ast.Integer) -> Expression:
        value = int(node.val)
        if abs(value) > GREATEST:
            raise self._wrong(_("This number is too great."))
        return Expression("%s", (value,), "number")

    def _float(self, node: ast.Float) -> Expression:
        return Expression("%s", (float(node.val),), "number")

    def _boolean(self, node: ast.Boolean) -> Expression:
        return Expression("(1 = 1)" if node.py_val else "(1 = 0)", (), "bool")

    def _string(self, node: ast.String) -> Expression:
        if "\x00" in node.val:
            raise self._wrong(_("This cannot be read: “%s”.") % "\\0")
        return Expression("%s", (node.val,), "text")

    def _date(self, node: ast.Date) -> Expression:
        try:
            return Expression(*self._day(date.fromisoformat(node.val)))
        except ValueError as error:
            raise self._wrong(_("“%(text)s” is not a date.") % {"text": node.val}) from error

    def _day(self, day: date) -> tuple[str, tuple[Any, ...], str]:
        return ("CAST(%s AS date)" if self.postgres else "%s"), (day.isoformat(),), "date"

    def _datetime(self, node: ast.DateTime) -> Expression:
        try:
            at = datetime.fromisoformat(node.val.upper())
            at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self._wrong(_("“%(text)s” is not a date.") % {"text": node.val}) from error
        if self.postgres:
            return Expression("CAST(%s AS timestamptz)", (at.isoformat(),), "instant")
        return Expression("%s", (str(at.replace(tzinfo=None)),), "instant")

    # Operators

    def _compare(self, node: ast.Compare) -> Expression:
        if isinstance(node.comparator, ast.In):
            return self._in(node)
        left, right = self.read(node.left), self.read(node.right)
        sign = _COMPARE[type(node.comparator).__name__]
        if "null" in {left.kind, right.kind}:
            if sign not in {"=", "<>"}:
                raise self._wrong(_("null can only be compared with eq and ne."))
            known = right if left.kind == "null" else left
            return Expression(f"({known.sql} IS {'' if sign == '=' else 'NOT '}NULL)", known.values, "bool")
        self._same(left, right)
        if left.kind == "bool":
            left, right = self._truth(left), self._truth(right)
        return Expression(f"({left.sql} {sign} {right.sql})", left.values + right.values, "bool")

    def _truth(self, one: Expression) -> Expression:
        return Expression(f"CASE WHEN {one.sql} THEN 1 ELSE 0 END", one.values, "number")

    def _in(self, node: ast.Compare) -> Expression:
        left = self.read(node.left)
        items = [self.read(item) for item in node.right.val] if isinstance(node.right, ast.List) else []
        if not items:
            raise self._wrong(_("After “in” comes a list: (1, 2, 3)."))
        for item in items:
            self._same(left, item)
        values = left.values + tuple(value for item in items for value in item.values)
        return Expression(f"({left.sql} IN ({', '.join(item.sql for item in items)}))", values, "bool")

    def _same(self, left: Expression, right: Expression) -> None:
        if left.kind != right.kind:
            raise self._wrong(_("%(one)s cannot be compared with %(other)s.") % {"one": left.kind, "other": right.kind})

    def _boolop(self, node: ast.BoolOp) -> Expression:
        left, right = self._true(node.left), self._true(node.right)
        sign = "AND" if isinstance(node.op, ast.And) else "OR"
        return Expression(f"({left.sql} {sign} {right.sql})", left.values + right.values, "bool")

    def _true(self, node: Any) -> Expression:
        found = self.read(node)
        if found.kind != "bool":
            raise self._wrong(_("A filter says what must be true: “person_id eq 7”."))
        return found

    def _unaryop(self, node: ast.UnaryOp) -> Expression:
        if isinstance(node.op, ast.Not):
            found = self._true(node.operand)
            return Expression(f"(NOT {found.sql})", found.values, "bool")
        found = self._number(node.operand)
        return Expression(f"(- {found.sql})", found.values, "number")

    def _binop(self, node: ast.BinOp) -> Expression:
        left, right = self._number(node.left), self._number(node.right)
        sign = _COUNT[type(node.op).__name__]
        divisor = f"nullif({right.sql}, 0)" if sign in {"/", "%%"} else right.sql
        # In floating point: no number of a filter can overflow the database's integers.
        one = f"CAST({left.sql} AS double precision)" if sign != "%%" else left.sql
        return Expression(f"({one} {sign} {divisor})", left.values + right.values, "number")

    def _number(self, node: Any) -> Expression:
        found = self.read(node)
        if found.kind != "number":
            raise self._wrong(_("One can only count with numbers."))
        return found

    # Functions

    def _call(self, node: ast.Call) -> Expression:
        known = _FUNCTIONS.get(node.func.name)
        arguments = [self.read(argument) for argument in node.args]
        if known is None or tuple(argument.kind for argument in arguments) not in known[0]:
            raise self._wrong(_("The function “%s” is not known here with these arguments.") % node.func.name[:40])
        kinds, result, sqlite, postgres = known
        del kinds
        sql = (postgres if self.postgres else sqlite).format(*(argument.sql for argument in arguments))
        order = [int(place) for place in _places(postgres if self.postgres else sqlite)]
        return Expression(sql, tuple(value for place in order for value in arguments[place].values), result)


def _places(pattern: str) -> list[str]:
    """Which argument stands where in a pattern: its values are bound in this order."""
    return [part[0] for part in pattern.split("{")[1:]]


_TEXTS, _TEXT, _AT = (("text", "text"),), (("text",),), (("instant",), ("date",))
_PART = "CAST(extract({} FROM CAST({{0}} AS timestamptz) AT TIME ZONE 'UTC') AS integer)"
# name: (kinds of the arguments, kind of the result, on SQLite, on PostgreSQL)
_FUNCTIONS: Mapping[str, tuple[tuple[tuple[str, ...], ...], str, str, str]] = {
    "contains": (_TEXTS, "bool", "(instr({0}, {1}) > 0)", "(strpos({0}, {1}) > 0)"),
    "startswith": (_TEXTS, "bool", "(substr({0}, 1, length({1})) = {1})", "starts_with({0}, {1})"),
    "endswith": (
        _TEXTS,
        "bool",
        "(substr({0}, max(1, length({0}) - length({1}) + 1)) = {1})",
        "(right({0}, length({1})) = {1})",
    ),
    "tolower": (_TEXT, "text", "lower({0})", "lower({0})"),
    "toupper": (_TEXT, "text", "upper({0})", "upper({0})"),
    "trim": (_TEXT, "text", "trim({0})", "trim({0})"),
    "length": (_TEXT, "number", "length({0})", "length({0})"),
    "year": (_AT, "number", "CAST(strftime('%%Y', {0}) AS integer)", _PART.format("year")),
    "month": (_AT, "number", "CAST(strftime('%%m', {0}) AS integer)", _PART.format("month")),
    "day": (_AT, "number", "CAST(strftime('%%d', {0}) AS integer)", _PART.format("day")),
    "hour": (_AT, "number", "CAST(strftime('%%H', {0}) AS integer)", _PART.format("hour")),
}
