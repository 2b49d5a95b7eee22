"""Cases about one statement: what goes in and what comes out."""

from __future__ import annotations

import json

from .kit import TABLE, Case, Kit, expect, expect_types

TEXTS: tuple[str, ...] = (
    "",
    " ",
    "  spaces  ",
    "환불 요청",
    "가",
    "💸👍🏽",
    "it's",
    "''",
    '"quoted"',
    "back\\slash",
    "\\'",
    "\\\\",
    "%",
    "%%",
    "%s",
    "%(name)s",
    "?",
    "??",
    ":name",
    "::text",
    "$1",
    "{0}",
    "a\nb\r\nc\td",
    "NULL",
    "'; DROP TABLE orders; --",
    "true",
    "007",
    "1e5",
    "2026-11-29 12:00:00",
    "9223372036854775807",
    "1234567890123456789",
    "[1, 2]",
    '{"a": "b"}',
)
"""Texts that a driver may read as something else."""


def text(kit: Kit) -> None:
    """What is written is read back letter by letter."""
    for wrote in TEXTS:
        rows = kit.first.query(kit.values(1), (wrote,))
        expect_types(rows)
        expect([list(row) for row in rows], [[wrote]], f"the value {wrote!r}")
    for at, wrote in enumerate(TEXTS):
        kit.insert(kit.first.query, f"text-{at}", wrote)
        expect(kit.read(kit.second.query, f"text-{at}"), ("0", wrote), f"the row with {wrote!r}")


def null(kit: Kit) -> None:
    """None is NULL both ways, and is not the empty text."""
    rows = kit.first.query(kit.values(3), (None, "", None))
    expect([list(row) for row in rows], [[None, "", None]], "None, the empty text, None")
    kit.insert(kit.first.query, "null", None)
    kit.insert(kit.first.query, "empty", "")
    where = [row[0] for row in kit.first.query((f"SELECT {kit.text('id')} FROM {TABLE} WHERE note IS NULL",), ())]
    expect(where, ["null"], "the rows whose note is NULL")
    expect(kit.read(kit.first.query, "empty"), ("0", ""), "the row with the empty text")


def digits(kit: Kit) -> None:
    """A number of 19 digits loses none of them, neither as a value nor as a column."""
    for n in (9_223_372_036_854_775_807, -9_223_372_036_854_775_808, 9_007_199_254_740_993, 0):
        kit.insert(kit.first.query, f"n{n}", None, n)
        expect(kit.read(kit.first.query, f"n{n}"), (str(n), None), f"the number {n}")


def large(kit: Kit) -> None:
    """One value may be a megabyte of JSON, which stays a text."""
    wrote = json.dumps([{"key": f"refund-{at}", "이름": "환불 %s ? $1 \\"} for at in range(22_000)], ensure_ascii=False)
    expect(len(wrote.encode()) > 1_000_000, True, "a megabyte and more")
    kit.insert(kit.first.query, "large", wrote)
    expect(kit.read(kit.first.query, "large"), ("0", wrote), "a value of a megabyte")


def order(kit: Kit) -> None:
    """Values take their places in order, also more than nine of them, and two that are the same."""
    wrote = [str(at % 11) for at in range(24)]
    rows = kit.first.query(kit.values(len(wrote)), wrote)
    expect([list(row) for row in rows], [wrote], "24 values")


def pieces(kit: Kit) -> None:
    """The text of a piece means itself, with values and without."""
    literals = ("%", "%%", "%s", "%d%%", "%(name)s", ":name", "a::b", "?", "$1", "{0}")
    for literal in literals:
        rows = kit.first.query((f"SELECT '{literal}'",), ())
        expect([list(row) for row in rows], [[literal]], f"a statement without values that holds {literal!r}")
        pieces = (f"SELECT '{literal}', {kit.text('7 % 4')}, CAST(", f"{kit.values(1)[1]}, '{literal}'")
        rows = kit.first.query(pieces, ("%s",))
        expect(
            [list(row) for row in rows],
            [[literal, "3", "%s", literal]],
            f"a statement with a value that holds {literal!r}",
        )
    kit.insert(kit.first.query, "one%two")
    rows = kit.first.query((f"SELECT {kit.text('id')} FROM {TABLE} WHERE id LIKE '%e%t%'",), ())
    expect([list(row) for row in rows], [["one%two"]], "LIKE '%e%t%'")


def columns(kit: Kit) -> None:
    """Columns come in order as text or None, whatever they are called, and are not taken for dates, numbers or JSON."""
    kit.insert(kit.first.query, "b", "[1]", 2)
    kit.insert(kit.first.query, "a", None, 1)
    rows = kit.first.query(
        (
            f"SELECT {kit.text('id')} AS x, {kit.text('n')} AS x, note AS x, '2026-11-29' AS y, "
            f"{kit.text('(SELECT count(*) FROM paywelcome_contract_check)')} FROM {TABLE} ORDER BY id",
        ),
        (),
    )
    expect_types(rows)
    found = [list(row) for row in rows]
    expect(
        found, [["a", "1", None, "2026-11-29", "2"], ["b", "2", "[1]", "2026-11-29", "2"]], "two rows of five columns"
    )


def no_rows(kit: Kit) -> None:
    """A statement that gives no rows gives an empty sequence, whatever kind of statement it is."""
    query = kit.first.query
    expect(len(query((f"SELECT note FROM {TABLE}",), ())), 0, "the rows of a SELECT that finds none")
    expect(len(kit.insert(query, "row")), 0, "the rows of an INSERT")
    expect(len(kit.update(query, "row", "n = 1")), 0, "the rows of an UPDATE")
    expect(len(kit.update(query, "absent", "n = 1")), 0, "the rows of an UPDATE that changes none")
    expect(len(query((f"CREATE INDEX paywelcome_contract_index ON {TABLE} (n)",), ())), 0, "the rows of a CREATE INDEX")
    expect(kit.read(query, "row"), ("1", None), "the row after that")


def changing_select(kit: Kit) -> None:
    """On PostgreSQL, a SELECT that changes rows is run once, is committed, and gives its rows."""
    if kit.dialect != "postgres":
        return
    kit.insert(kit.first.query, "row", "before")
    pieces = (
        f"WITH changed AS (UPDATE {TABLE} SET n = n + 1, note = CAST(",
        " AS text) WHERE id = CAST(",
        " AS text) RETURNING n, note) SELECT CAST(n AS text), note FROM changed",
    )
    rows = kit.first.query(pieces, ("after", "row"))
    expect([list(row) for row in rows], [["1", "after"]], "the rows of a WITH that updates")
    expect(kit.read(kit.second.query, "row"), ("1", "after"), "the row as the second store sees it")


def on_conflict(kit: Kit) -> None:
    """A row that is there already is neither changed nor an error."""
    cast = kit.values(1)[1]
    end = " ON DUPLICATE KEY UPDATE id = id" if kit.dialect == "mysql" else " ON CONFLICT (id) DO NOTHING"
    pieces = (f"INSERT INTO {TABLE} (id, n, note) VALUES (CAST(", f"{cast}, 0, CAST(", f"{cast}){end}")
    for note in ("first", "second"):
        expect(len(kit.first.query(pieces, ("row", note))), 0, "the rows of an INSERT that may find a row")
    expect(kit.read(kit.first.query, "row"), ("0", "first"), "the row after two INSERTs")


def stepping(kit: Kit) -> None:
    """A statement that begins with WITH gives its rows, also where it steps from row to row and has many values."""
    for name in ("a", "b", "c"):
        kit.insert(kit.first.query, name)
    after = f"SELECT id FROM {TABLE} WHERE id >"
    start = f"WITH RECURSIVE s (id) AS (SELECT ({after} '' ORDER BY id LIMIT 1) UNION ALL "
    step = f"SELECT ({after} s.id ORDER BY id LIMIT 1) FROM s WHERE s.id IS NOT NULL) "
    cast = kit.values(1)[1]
    wanted = ["b", *(f"none-{at}" for at in range(150))]
    pieces = [f"{start}{step}SELECT {kit.text('s.id')} FROM s WHERE s.id IN (CAST("]
    pieces += [f"{cast}, CAST("] * (len(wanted) - 1)
    rows = kit.first.query([*pieces, f"{cast})"], wanted)
    expect([list(row) for row in rows], [["b"]], "the rows of a WITH RECURSIVE that has 151 values")


def counted_up(kit: Kit) -> None:
    """A row that is added to by one statement is made by the first of them, and keeps what each has added."""
    cast = kit.values(1)[1]
    end = {"mysql": "ON DUPLICATE KEY UPDATE"}.get(kit.dialect, "ON CONFLICT (id) DO UPDATE SET")
    pieces = (f"INSERT INTO {TABLE} (id, n, note) VALUES (CAST(", f"{cast}, 1, 'd') {end} n = {TABLE}.n + 1")
    for store in (kit.first, kit.second, kit.first):
        expect(len(store.query(pieces, ("row",))), 0, "the rows of an INSERT that adds to a row")
    expect(kit.read(kit.first.query, "row"), ("3", "d"), "the row after three of them")


CASES: tuple[Case, ...] = (
    text,
    null,
    digits,
    large,
    order,
    pieces,
    columns,
    no_rows,
    changing_select,
    on_conflict,
    stepping,
    counted_up,
)
"""The cases of this file."""
