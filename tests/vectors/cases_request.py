"""Arguments to the exact bytes posted, or to the names of every bad field."""
from computed import form_encode, sign

CARD_TID = "WPPGCARD01welcometst20260930151000000001"
AT = 1790751900123  # 2026-09-30 16:05:00.123 KST
CLIENT = {"mid": "welcometst", "signKey": "made-up", "at": AT}
ORDER = {
    "cancel": "payType mid tid price currency timestamp signature cancelType".split(),
    "partial_cancel": "payType mid tid cancelPrice confirmPrice currency tax taxfree timestamp signature".split(),
}
FULL = {"payType": "card", "tid": CARD_TID, "price": 12000}
PART = {"payType": "card", "tid": CARD_TID, "cancelPrice": 3000, "confirmPrice": 9000}
WIRE = {
    "cancel": {"payType": "card", "tid": CARD_TID, "price": "12000", "currency": "WON"},
    "partial_cancel": {"payType": "card", "tid": CARD_TID, "cancelPrice": "3000", "confirmPrice": "9000",
                       "currency": "WON"},
}


def built(operation, name, changes, wire, client=None):
    """`changes` are made to the usual arguments; `wire` says by hand what that changes in the posted values."""
    base = FULL if operation == "cancel" else PART
    given = {"operation": operation} | CLIENT | (client or {}) | {"args": base | changes}
    values = WIRE[operation] | wire | {"mid": given["mid"]} | sign(given)
    pairs = [(field, values[field]) for field in ORDER[operation] if field in values]
    assert len(pairs) == len(values), name
    return {"name": name, "given": given, "expect": {"form": form_encode(pairs)}}


def refused(operation, name, changes, *fields):
    base = FULL if operation == "cancel" else PART
    args = {key: value for key, value in (base | changes).items() if value is not ...}
    return {"name": name, "given": {"operation": operation} | CLIENT | {"args": args},
            "expect": {"fields": list(fields)}}


def same(operation, name, client=None, **changes):
    """Text posted as it was given."""
    return built(operation, name, changes, changes, client)


def bad(operation, field, **values):
    """One refusal for each value of one field; a name's underscores are its spaces."""
    return [refused(operation, f"{field}: {name.replace('_', ' ')}", {field: value}, field) for name,
            value in values.items()]


FULL_BUILT = [
    built("cancel", "full cancel, currency absent", {}, {}),
    same("cancel", "full cancel in won", currency="WON"),
    same("cancel", "full cancel in dollars", currency="USD"),
    built("cancel", "full cancel, optional arguments null", {"currency": None, "cancelType": None}, {}),
    built("cancel", "full cancel, price with commas", {"price": "1,234,567"}, {"price": "1234567"}),
    built("cancel", "full cancel, price with leading zeros", {"price": "0012000"}, {"price": "12000"}),
    same("cancel", "full cancel of a phone payment", payType="hpp"),
    same("cancel", "full cancel of a virtual account", payType="vbank"),
    same("cancel", "full cancel of an account transfer", payType="bank"),
    same("cancel", "network cancel of a phone payment", payType="hpp", cancelType="C"),
    same("cancel", "cancelType with an unlisted payType", payType="mobile", cancelType="C"),
    same("cancel", "unlisted payType", payType="kakaopay"),
    same("cancel", "payType of one letter", payType="a"),
    same("cancel", "payType of ten characters with underscore and digit", payType="easy_pay_1"),
    same("cancel", "full cancel, 13-digit timestamp", {"timestampFormat": "epoch_ms"}),
    same("cancel", "full cancel, concatenated signature", {"signatureFormat": "concatenated"}),
    same("cancel", "full cancel, both other formats and cancelType",
         {"timestampFormat": "epoch_ms", "signatureFormat": "concatenated"}, payType="hpp", cancelType="C"),
    same("cancel", "full cancel at midnight KST", {"at": 1790780400000}),
    same("cancel", "mid with form characters is signed plain and posted encoded", {"mid": "a+b&c=d%~*"}),
    same("cancel", "mid in Korean", {"mid": "웰컴 상점"}),
    same("cancel", "sign key in Korean", {"signKey": "서명 키&=+%"}),
    same("cancel", "tid of one character", tid="1"),
    same("cancel", "tid with an inner space", tid="a b  c"),
    same("cancel", "tid with an ampersand, equals, plus and percent", tid="a&price=1+2%20#;"),
    same("cancel", "tid with the four unreserved marks", tid="a*b-c.d_e"),
    same("cancel", "tid with a tilde and brackets", tid="~a!b(c)d'e[f]{g}|h^i`j"),
    same("cancel", "tid with quotes, slashes and a backslash", tid="a\"b/c\\d<e>f?g@h,i:j$k"),
    same("cancel", "tid in Korean", tid="거래번호-0001"),
    same("cancel", "tid with emoji and accents", tid="é-🧾-ß"),
    same("cancel", "tid that looks encoded is encoded again", tid="%EA%B1%B0+%2B"),
    same("cancel", "tid of 40 Korean characters", tid="가" * 40),
    same("cancel", "tid of 40 emoji", tid="🧾" * 40),
]
PART_BUILT = [
    built("partial_cancel", "partial cancel, currency absent", {}, {}),
    same("partial_cancel", "partial cancel in dollars", currency="USD"),
    built("partial_cancel", "partial cancel, all arguments", {"currency": "WON", "tax": 273, "taxfree": 100},
          {"tax": "273", "taxfree": "100"}),
    built("partial_cancel", "partial cancel of the rest", {"cancelPrice": 9000, "confirmPrice": 0},
          {"cancelPrice": "9000", "confirmPrice": "0"}),
    built("partial_cancel", "confirmPrice zero as text", {"confirmPrice": "0"}, {"confirmPrice": "0"}),
    built("partial_cancel", "confirmPrice zeros become one zero", {"confirmPrice": "000"}, {"confirmPrice": "0"}),
    built("partial_cancel", "all amounts with commas",
          {"cancelPrice": "3,000", "confirmPrice": "1,009,000", "tax": "1,000", "taxfree": "2,000"},
          {"cancelPrice": "3000", "confirmPrice": "1009000", "tax": "1000", "taxfree": "2000"}),
    built("partial_cancel", "tax alone", {"tax": 273}, {"tax": "273"}),
    built("partial_cancel", "taxfree alone", {"taxfree": 3000}, {"taxfree": "3000"}),
    built("partial_cancel", "tax and taxfree of zero are posted", {"tax": 0, "taxfree": "0"},
          {"tax": "0", "taxfree": "0"}),
    built("partial_cancel", "tax and taxfree null are absent", {"tax": None, "taxfree": None}, {}),
    built("partial_cancel", "tax and taxfree of ten digits, above the amount",
          {"tax": 9999999999, "taxfree": "9999999999"},
          {"tax": "9999999999", "taxfree": "9999999999"}),
    same("partial_cancel", "partial cancel, 13-digit timestamp", {"timestampFormat": "epoch_ms"}, payType="vbank"),
    same("partial_cancel", "partial cancel, concatenated signature", {"signatureFormat": "concatenated"},
         payType="bank"),
    same("partial_cancel", "partial cancel, odd characters everywhere", {"mid": "m & 상=~", "signKey": "k+%"},
         tid="거래 &=+%~*"),
]
WRONG_TYPES = {"a_number": 1, "true": True, "an_array": ["card"], "an_object": {"a": 1}}
REFUSED = [
    *bad("cancel", "payType", missing=..., null=None, empty="", in_capitals="CARD", capital_first="Card",
         in_Korean="카드",
         space_first=" card", space_last="card ", line_break_last="card\n", digit_first="1card",
         underscore_first="_card",
         with_a_hyphen="card-x", with_a_dot="card.x", letter_above_ASCII="cardé", full_width="ｃａｒｄ",
         eleven_letters="abcdefghijk",
         only_spaces="   ", **WRONG_TYPES),
    *bad("cancel", "tid", missing=..., null=None, empty="", a_space=" ", space_first=" T1", space_last="T1 ",
         line_break_last="T1\n", line_break_inside="T1\nT2", tab_inside="T1\tT2", NUL_inside="T1\u0000",
         DEL_inside="T1\u007fT2",
         escape_inside="T1\u001b[0m", ideographic_space_last="T1\u3000", no_break_space_first="\u00a0T1",
         of_41_characters="1" * 41, of_41_Korean_characters="가" * 41, of_41_emoji="🧾" * 41, false=False,
         no_break_space_inside="T\u00a01", byte_order_mark_first="\ufeffT1", zero_width_space_inside="T\u200b1",
         Hangul_filler_inside="T\u31641", replacement_character="T\ufffd", in_double_quotes='"T1"', in_single_quotes="'T1'",
         in_curly_quotes="“T1”", quote_last="T1\"", a_variable="${TID}", a_variable_inside="WP-${TID}-1", a_template="{{ tid }}",
         the_word_undefined="undefined", the_word_null="null", the_word_None="None", an_object_as_text="[object Object]",
         **WRONG_TYPES),
    *bad("cancel", "price", missing=..., null=None, empty="", zero=0, negative=-12000, zero_as_text="0",
         a_fraction=12000.5,
         a_decimal_point="12000.0", of_23_digits="1" * 23, a_broken_comma="1,2000", true=True, an_array=[12000],
         an_object={}),
    *bad("cancel", "currency", empty="", KRW="KRW", won_in_lower_case="won", usd_in_lower_case="usd",
         a_space_last="WON ",
         JPY="JPY", a_won_sign="₩", **WRONG_TYPES),
    *bad("cancel", "cancelType", empty="", in_lower_case="c", another_letter="D", doubled="CC", space_first=" C",
         **WRONG_TYPES),
    *[refused("cancel", f"cancelType C with {word}", {"payType": word, "cancelType": "C"}, "cancelType")
      for word in ("card", "vbank", "bank")],
    refused("cancel", "cancelType c in lower case with hpp", {"payType": "hpp", "cancelType": "c"}, "cancelType"),
    refused("cancel", "cancelType empty with hpp", {"payType": "hpp", "cancelType": ""}, "cancelType"),
    *bad("partial_cancel", "cancelPrice", missing=..., null=None, empty="", zero=0, negative=-1, zero_as_text="000",
         a_fraction=0.5, of_23_digits="9" * 23, with_spaces=" 3000 ", true=True),
    *bad("partial_cancel", "confirmPrice", missing=..., null=None, empty="", negative=-1, negative_as_text="-1",
         minus_zero_as_text="-0", a_fraction=0.5, of_23_digits="9" * 23, false=False, an_array=[]),
    *bad("partial_cancel", "tax", empty="", negative=-1, of_eleven_digits=10000000000,
         of_eleven_digits_as_text="10,000,000,000", a_fraction=27.3, a_word="ten", true=True, an_object={}),
    *bad("partial_cancel", "taxfree", empty="", negative=-1, of_eleven_digits="10000000000", a_fraction=0.5,
         a_space="1 ", false=False, an_array=[1]),
    refused("partial_cancel", "partial cancel, payType in capitals", {"payType": "CARD"}, "payType"),
    refused("partial_cancel", "partial cancel, tid with a line break", {"tid": "T1\r\n"}, "tid"),
    refused("partial_cancel", "partial cancel, currency KRW", {"currency": "KRW"}, "currency"),
    # every bad field is named, in the documented order
    refused("cancel", "full cancel without any argument", {"payType": ..., "tid": ..., "price": ...}, "payType", "tid",
            "price"),
    refused("cancel", "full cancel, all arguments null",
            dict.fromkeys(("payType", "tid", "price", "currency", "cancelType")), "payType", "tid", "price"),
    refused("cancel", "full cancel, all arguments wrong",
            {"cancelType": "x", "currency": "KRW", "price": 0, "tid": "", "payType": "Card"},
            "payType", "tid", "price", "currency", "cancelType"),
    refused("cancel", "full cancel, all arguments empty",
            dict.fromkeys(("payType", "tid", "price", "currency", "cancelType"), ""),
            "payType", "tid", "price", "currency", "cancelType"),
    refused("cancel", "full cancel, tid and cancelType wrong", {"tid": 1, "cancelType": "C"}, "tid", "cancelType"),
    refused("cancel", "full cancel, price and currency wrong", {"price": "₩12,000", "currency": "krw"}, "price",
            "currency"),
    refused("partial_cancel", "partial cancel without any argument", dict.fromkeys(PART, ...),
            "payType", "tid", "cancelPrice", "confirmPrice"),
    refused("partial_cancel", "partial cancel, all arguments wrong",
            {"taxfree": "x", "tax": -1, "currency": "won", "confirmPrice": -1, "cancelPrice": 0, "tid": " ",
             "payType": "카드"},
            "payType", "tid", "cancelPrice", "confirmPrice", "currency", "tax", "taxfree"),
    refused("partial_cancel", "partial cancel, both prices missing", {"cancelPrice": ..., "confirmPrice": None},
            "cancelPrice", "confirmPrice"),
    refused("partial_cancel", "partial cancel, tax and taxfree wrong", {"tax": True, "taxfree": ""}, "tax", "taxfree"),
]
CASES = FULL_BUILT + PART_BUILT + REFUSED
