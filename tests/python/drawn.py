"""What property tests draw: values, each with the text that must be posted for it, or nothing if it must be refused."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import hostile

# How many examples each property gets, at random; by default some, and always the same.
MANY = int(os.environ.get("PAYWELCOME_EXAMPLES", "0"))
settings.register_profile(
    "paywelcome",
    max_examples=MANY or 120,
    derandomize=not MANY,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("paywelcome")

LARGEST = 10**22 - 1


@dataclass(frozen=True)
class Given:
    """A value to pass, made when it is passed since hypothesis must not look at it; and what is then posted."""

    make: Callable[[], Any]
    name: str
    posted: str | None = None
    decimal: bool = False

    def __repr__(self) -> str:
        return f"{self.name}->{self.posted}"


def same(value: Any, posted: str | None = None, decimal: bool = False) -> Given:
    return Given(lambda: value, ascii(value)[:60] if not isinstance(value, int) else "int", posted, decimal)


# Nothing of all this is a text, a number or a yes or no, whatever it says.
STRANGE = st.sampled_from([Given(make, make.__name__) for make in hostile.STRANGE])
# Nothing of this is a text.
NO_TEXT = st.one_of(STRANGE, st.one_of(st.integers(), st.floats(), st.booleans(), st.decimals()).map(same))


def texts(least: int, most: int) -> st.SearchStrategy[str]:
    """Texts that the gateway takes as an identifier: nothing in them that only a copy and paste leaves."""
    characters = st.characters(
        exclude_categories=["Cs", "Cc", "Cf", "Cn", "Zl", "Zp", "Zs"], exclude_characters=INVISIBLE
    )
    return st.text(st.one_of(characters, st.just(" ")), min_size=least, max_size=most).filter(
        lambda text: text == trimmed(text) and not DEBRIS.search(text)
    )


# Those of no category that says it, among them the Korean fillers; and the sign of a character that was lost.
INVISIBLE = "".join(
    chr(code)
    for start, end in (
        *((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164)),
        *((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF), (0xFFFD, 0xFFFD)),
    )
    for code in range(start, end + 1)
)
QUOTES = "\"'`´«»\u2018-\u201f‹›\u2e42\u300c-\u300f\u301d-\u301f\ufe41-\ufe44\uff02\uff07\uff62\uff63"
DEBRIS = re.compile(
    rf"^[{QUOTES}]|[{QUOTES}]$|^(undefined|null|None|nil|NaN|\[object Object\]|[*•●∙]+|<.*>)$"
    r"|^\$[A-Z_][A-Z0-9_]*$|^%[A-Za-z_][A-Za-z0-9_]*%$"
    r"|\$\{.*\}|\$\(.*\)|\{\{.*\}\}|#\{.*\}|<%.*%>|^(?i:bearer |paywelcome_|export )| #"
)


def trimmed(text: str) -> str:
    return text.strip(
        "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
    )


def lying(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[Given]:
    """Texts as they are, and as a subclass that lies."""
    return strategy.flatmap(
        lambda text: st.sampled_from([same(text, text), Given(lambda: hostile.Text(text), "Text", text)])
    )


BROKEN = st.sampled_from(["", " a", "a ", "a\0", "\na", "\x7f", "a\x9f", "\ud800", "a\udfff", "\u3000", "x" * 10**7])
TID = st.one_of(lying(texts(1, 40)), NO_TEXT, BROKEN.map(same), texts(41, 60).map(same))
PAY_TYPE = st.one_of(
    st.sampled_from(["card", "hpp", "vbank", "bank"]).map(lambda word: same(word, word)),
    lying(st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)),
    NO_TEXT,
    BROKEN.map(same),
    st.from_regex(r"[A-Z0-9가-힣_-][a-z]{0,8}|[a-z]{11,20}", fullmatch=True).map(same),
)
CURRENCY = st.one_of(
    lying(st.sampled_from(["WON", "WON", "USD"])),
    st.just(same(None, "WON")),
    NO_TEXT,
    st.sampled_from(["KRW", "won", "", "US", "\ud800", "WON\0"]).map(same),
)
CANCEL_TYPE = st.one_of(
    st.just(same(None, "")), lying(st.just("C")), NO_TEXT, st.sampled_from(["c", "", "CC", "\ud800"]).map(same)
)


def grouped(value: int) -> list[str]:
    return [str(value), f"{value:,}"]


def decimals(value: int) -> list[Decimal]:
    """Ways to write a whole number as a Decimal."""
    trailing = len(str(value)) - len(str(value).rstrip("0"))
    short = f"{str(value)[: len(str(value)) - trailing]}E+{trailing}" if value else "0E+5"
    return [Decimal(value), Decimal(f"{value}.000"), Decimal(short)]


def whole(least: int, most: int) -> st.SearchStrategy[Given]:
    """Every right way to pass an amount."""
    numbers = st.one_of(st.integers(least, min(most, 10**6)), st.integers(least, most))
    return numbers.flatmap(
        lambda value: st.sampled_from(
            [
                same(value, str(value)),
                Given(lambda: hostile.Money(value), "Money", str(value)),
                *(same(text, str(value)) for text in grouped(value)),
                Given(lambda: hostile.Text(str(value)), "Text", str(value)),
                *(same(written, str(value), decimal=True) for written in decimals(value)),
            ]
        )
    )


def no_amount(least: int, most: int) -> st.SearchStrategy[Given]:
    """Every wrong way."""
    return st.one_of(
        STRANGE,
        st.one_of(st.integers(max_value=least - 1), st.integers(min_value=most + 1)).map(same),
        st.sampled_from([10**5000, -(10**5000), 1 << 200_000, True, False, 10.0, math.nan, math.inf]).map(same),
        st.one_of(st.floats(), st.fractions(), st.complex_numbers()).map(same),
        st.sampled_from(["NaN", "sNaN", "Infinity", "-Infinity", "1E+400", "1E-400", "0.5", "-1", "1E+22"])
        .map(Decimal)
        .map(same),
        st.sampled_from(
            ["", "1.0", "+1", " 1", "1 ", "1,23", "1e3", "0x1", "１２", "1_000", "\ud800", "9" * 10**6]
        ).map(same),
        st.just(Given(lambda: hostile.LyingDecimal(12000), "LyingDecimal")),
        st.just(same(Fraction(12000))),
    )


def amount(least: int = 1, most: int = LARGEST, absent: bool = False) -> st.SearchStrategy[Given]:
    right, wrong = whole(least, most), no_amount(least, most)
    none = same(None, "") if absent else same(None)
    return st.one_of(right, right, wrong, st.just(none))


TIMEOUT = st.one_of(
    st.just(same(None, "")),
    st.one_of(st.integers(20, 3600), st.floats(20, 3600)).map(lambda value: same(value, "")),
    STRANGE,
    st.sampled_from([0, -1, -0.0, math.nan, math.inf, -math.inf, 3600.001, 3601, 10**400, 1e308]).map(same),
    st.sampled_from(["5", "", "\ud800", True, False, Decimal(5), Fraction(5), b"5"]).map(same),
)
FULL = st.fixed_dictionaries(
    {
        "pay_type": PAY_TYPE,
        "tid": TID,
        "price": amount(),
        "currency": CURRENCY,
        "cancel_type": CANCEL_TYPE,
        "timeout": TIMEOUT,
    }
)
PARTIAL = st.fixed_dictionaries(
    {
        "pay_type": PAY_TYPE,
        "tid": TID,
        "cancel_price": amount(),
        "confirm_price": amount(0),
        "currency": CURRENCY,
        "tax": amount(0, 10**10 - 1, absent=True),
        "taxfree": amount(0, 10**10 - 1, absent=True),
        "timeout": TIMEOUT,
    }
)
