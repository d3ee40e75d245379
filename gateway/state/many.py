"""One statement for many rows. On SQLite it goes past what SQLAlchemy does with each value, which takes longer than writing the row."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.dml import UpdateBase

from gateway.state.database import Database

Row = Mapping[str, Any]


class Many:
    """`statement` as SQLAlchemy runs it with rows of text, numbers and None. Rows given together have the same names, two or more."""

    def __init__(self, database: Database, statement: UpdateBase) -> None:
        self._statement, self._dialect = statement, database.engine.dialect if database.is_sqlite else None
        self._known: dict[tuple[str, ...], tuple[str, Callable[[Row], Any], Row]] = {}

    def execute(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Nothing for no rows."""
        if not rows:
            return
        sql, values, constants = self._compiled(tuple(rows[0]))
        found = [values({**row, **constants}) for row in rows] if sql else []
        if not sql or "\0" in "".join([value for row in found for value in row if type(value) is str]):
            connection.execute(self._statement, rows)  # PostgreSQL, or a text that is stored as PostgreSQL can
        else:
            connection.exec_driver_sql(sql, found)

    def _compiled(self, names: tuple[str, ...]) -> tuple[str, Callable[[Row], Any], Row]:
        """SQL, the values of a row in its order, and those that every row has."""
        if self._dialect is None:
            return "", dict, {}
        if names not in self._known:
            compiled = self._statement.compile(dialect=self._dialect, column_keys=list(names))
            order, known = compiled.positiontup or [], compiled.params
            self._known[names] = str(compiled), itemgetter(*order), {name: known[name] for name in order if name not in names}
        return self._known[names]
