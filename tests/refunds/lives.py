"""Which lives of refunds are lived: where each stops, what breaks at the gateway, and who lives and takes over."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from elsewhere import NONE, ROWS, TLS, Row
from on_the_way import Place

LANGUAGES = ("python", "node")
STORES = ("sqlite", "postgres")
PLACES: tuple[Place, ...] = ("left", "arrived")
KINDS = tuple(dict.fromkeys(row.kind for row in ROWS))
PAID = 12_000
LATE_MS = 100


@dataclass(frozen=True)
class Lane:
    """Who works where: the language of the worker that is killed, the store, and whether `confirmPrice` is enforced."""

    language: str
    store: str
    guard: bool

    def __str__(self) -> str:
        return f"{self.language} {self.store} {'guard' if self.guard else 'no guard'}"


LANES = [Lane(*each) for each in itertools.product(LANGUAGES, STORES, (True, False))]


@dataclass(frozen=True)
class Point:
    """Where a life stops: at the n-th boundary between its statements, or where its request is."""

    number: int
    label: str
    place: Place | None = None

    @property
    def is_in_transaction(self) -> bool:
        return self.label.startswith("in a transaction")

    def __str__(self) -> str:
        return self.label if self.place else f"{self.number}, before {self.label}"


@dataclass(frozen=True, eq=False)
class Life:
    """One refund."""

    lane: Lane
    point: Point
    row: Row
    when: str
    is_whole: bool
    """Whether all of the payment is to go back."""
    is_refused: bool
    """Whether the gateway would decline it."""
    is_slow: bool
    """Of a request that has left and not arrived when its worker dies: whether it arrives last of all."""
    number: int

    @property
    def key(self) -> str:
        return f"refund-{self.number}"

    @property
    def amount(self) -> int:
        return PAID if self.is_whole else 3_000

    @property
    def id(self) -> str:
        told = ",".join(f"{name}={value}" for name, value in self.row.parameters.items())
        parts = (
            str(self.lane),
            f"[{self.point}]",
            f"{self.row.kind}[{told}]" if told else self.row.kind,
            self.when,
            "whole" if self.is_whole else "",
            "refused" if self.is_refused else "",
            "slow" if self.is_slow else "",
        )
        return " ".join(part for part in parts if part)

    def arm(self, location: str) -> dict[str, Any]:
        """The arguments of the sandbox's `arm`."""
        told: dict[str, Any] = {"kind": self.row.kind, **self.row.parameters}
        if self.row.kind != "close_idle":
            told["when"] = self.when
        if self.when == "late":
            told["late_ms"] = LATE_MS
        if self.row.kind == "redirect":
            told["location"] = location
        return told


def points(labels: Sequence[str]) -> list[Point]:
    """Returns all points of a life whose boundaries have these labels."""
    return [
        *(Point(number, label) for number, label in enumerate(labels, 1)),
        Point(0, "the request has left and not arrived", "left"),
        Point(0, "the request has arrived and no answer come", "arrived"),
    ]


def breaks_connections(row: Row) -> bool:
    """Whether it is met by all requests of a sandbox alike."""
    return row.alone and row.kind != "close_idle"


def moments(row: Row) -> tuple[str, ...]:
    """When the money moves. An answer like a true success, before anything has moved, is a lie that nobody can tell."""
    lies = row.faithful and row.kind != NONE
    return tuple(when for when in row.whens if not (lies and when == "before_applying"))


def product(points_of: dict[str, list[Point]], lanes: Sequence[Lane], full: bool) -> list[Life]:
    """Returns the lives.

    In full: every lane, point, way to break and moment. In short: every store, point, kind of fault and moment, with
    languages, guard and the ways of a kind in turn; and where a life stops within a transaction, every kind at one
    moment in turn.
    """
    numbers = itertools.count(1)
    found: list[Life] = []
    for store in dict.fromkeys(lane.store for lane in lanes):
        mine = [lane for lane in lanes if lane.store == store]
        for lane, point, row, when in (_all if full else _pairs)(points_of[store], mine):
            number = next(numbers)
            if point.place and breaks_connections(row):
                # Nothing leaves.
                continue
            found.append(
                Life(
                    lane=lane,
                    point=point,
                    row=row,
                    when=when,
                    is_whole=row.only is None and number % 5 == 0,
                    is_refused=row.refused is not None and number % 6 == 0,
                    is_slow=number % 2 == 0,
                    number=number,
                )
            )
    return found


Chosen = Iterator[tuple[Lane, Point, Row, str]]


def _all(points: Sequence[Point], lanes: Sequence[Lane]) -> Chosen:
    for lane, point, row in itertools.product(lanes, points, ROWS):
        for when in moments(row):
            yield lane, point, row, when


def _pairs(points: Sequence[Point], lanes: Sequence[Lane]) -> Chosen:
    turn = 0
    for at, (kind, point) in enumerate(itertools.product(KINDS, points)):
        rows = [row for row in ROWS if row.kind == kind]
        whens = list(dict.fromkeys(when for row in rows for when in moments(row)))
        if point.is_in_transaction or rows[0].alone:
            whens = [whens[at % len(whens)]]
        for when in whens:
            fitting = [row for row in rows if when in moments(row)]
            turn += 1
            # Lanes go round once for each way to break.
            yield lanes[turn % len(lanes)], point, fitting[(turn // len(lanes)) % len(fitting)], when


def groups(lives: Sequence[Life], size: int) -> list[list[Life]]:
    """Returns lives that are lived together: of one lane, and of one way to break where that is everybody's."""
    by: dict[Any, list[Life]] = {}
    for life in lives:
        alone = (life.row.kind, str(life.row.parameters)) if breaks_connections(life.row) else None
        by.setdefault((life.lane, alone), []).append(life)
    return [each[at : at + size] for each in by.values() for at in range(0, len(each), size)]


def is_tls(lives: Sequence[Life]) -> bool:
    return any(life.row.kind.startswith(TLS) or life.row.kind == "proxy_refusal" for life in lives)
