"""What is signed, and at which instant. Digests known from elsewhere are written out and must come out."""
from datetime import datetime, timezone

from computed import sha256_hex, sign

GUIDE = 1567735260000  # 2019-09-06 11:01:00 KST, the instant of the guide's field table
MADE_UP_MKEY = "da53422a4618735f8ae72abdb21c16d340849b1a510ef20768b131171f8f7122"


def utc(text: str) -> int:
    """Epoch milliseconds of 'YYYY-MM-DD hh:mm:ss.mmm' in UTC."""
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def case(name, at=GUIDE, mid="welcometst", signKey=None, known=None, stamp=None, **more):
    given = {"mid": mid}
    if "mkey" not in more:
        given["signKey"] = "made-up" if signKey is None else signKey
    given |= more | {"at": at}
    expect = sign(given)
    assert known is None or expect["signature"] == known, name
    assert stamp is None or expect["timestamp"] == stamp, name
    return {"name": name, "given": given, "expect": expect}


NAMED = "ce4bed7c648f84ea7159e48d06febbfe724576c9ae6998b4a095737cb011644f"
BARE = "25b91554ab6ef982f6afcbb52c372292a2a9653273ada6d19477bc2495de6f28"
EPOCH_MS = {"timestampFormat": "epoch_ms"}
CONCATENATED = {"signatureFormat": "concatenated"}

CASES = [
    case("plain key, 14 digits", known=NAMED, stamp="20190906110100"),
    case("plain key, 14 digits, formats named", known=NAMED, signatureFormat="name_value", timestampFormat="kst"),
    case("plain key, 14 digits, concatenated", known=BARE, **CONCATENATED),
    case("plain key, 13 digits", at=1639118638775, stamp="1639118638775", **EPOCH_MS,
         known="35d745ea946af1a9be4ccef83d14f8c78e25efc4b5f8b56d9dc3a0f33b5c64d6"),
    case("plain key, 13 digits, concatenated", at=1639118638775, **EPOCH_MS, **CONCATENATED,
         known="5db60311d619a6641af53bc802d548e3cf7ba5205e4e0ac1428fb2089742b38c"),
    case("key with form characters", signKey="a+b&c=d %",
         known="6ebe956baf85f59d61f584b7f9b56803c2682e0476f3cd44d763569c33df25f5"),
    case("key with form characters, concatenated", signKey="a+b&c=d %", **CONCATENATED,
         known="a9e8f7e706ff8ba094b7a1b3c353d6a8c201500ac28fb510304750f0caef1092"),
    # the hashed key in place of the key
    case("hashed key", mkey=MADE_UP_MKEY, known=NAMED),
    case("hashed key in upper case is the same key", mkey=MADE_UP_MKEY.upper(), known=NAMED),
    case("hashed key in mixed case is the same key", mkey=MADE_UP_MKEY[:32].upper() + MADE_UP_MKEY[32:], known=NAMED),
    case("hashed key in upper case, concatenated", mkey=MADE_UP_MKEY.upper(), known=BARE, **CONCATENATED),
    case("hashed key of digits only", mkey="0123456789" * 6 + "0123"),
    # the key's text
    case("key of one character", signKey="k"),
    case("key in Korean", signKey="웰컴페이먼츠-서명키"),
    case("key in decomposed Korean is another key", signKey="\u110b\u1170\u11af"),
    case("key in composed Korean", signKey="\uc6f0"),
    case("key that looks like base64 is not decoded", signKey="c2VjcmV0LXNpZ24ta2V5LWZvci10ZXN0cw=="),
    case("key that looks like base64 with plus and slash", signKey="QjZXWDZ6+RmsvR0/xV0NhYmNkZWZnaGlqa2xtbm9w+A=="),
    case("key that looks like a hashed key is hashed again", signKey=MADE_UP_MKEY),
    case("key with percent escapes is not decoded", signKey="a%20b%2Bc%3D"),
    case("key with inner spaces", signKey="two  words and more"),
    case("key with an ampersand and equals signs", signKey="&mid=other&timestamp=1="),
    case("key with both quotes and a backslash", signKey="it's \"quoted\" \\n"),
    case("key with emoji", signKey="🔑🇰🇷👩💻"),
    case("key with Latin letters above ASCII", signKey="clé-ß-ñ"),
    case("key of 64 characters", signKey="0123456789abcdef" * 4),
    case("key of 1000 characters", signKey="long key " * 111 + "!"),
    case("key of 300 Korean characters", signKey="가나다" * 100),
    # the merchant's id
    case("mid of one character", mid="m"),
    case("mid of ten characters in capitals", mid="WELCOME0AB"),
    case("mid with form characters is signed unencoded", mid="a+b&c=d%20"),
    case("mid with an inner space", mid="my shop"),
    case("mid with an inner space, concatenated", mid="my shop", **CONCATENATED),
    case("mid with a tilde, a star and dots", mid="~a*b-c_d.e"),
    case("mid with both quotes", mid="m'\"\\/<>"),
    case("mid of ten Korean characters", mid="웰컴페이먼츠가맹점일"),
    case("mid of ten emoji", mid="🛒" * 10),
    # the instant
    case("last millisecond before midnight KST", at=utc("2026-09-30 14:59:59.999"), stamp="20260930235959"),
    case("midnight KST", at=utc("2026-09-30 15:00:00.000"), stamp="20261001000000"),
    case("midnight UTC is nine in the morning KST", at=utc("2026-10-01 00:00:00.000"), stamp="20261001090000"),
    case("last second of the year in KST", at=utc("2026-12-31 14:59:59.000"), stamp="20261231235959"),
    case("new year in KST, old year in UTC", at=utc("2026-12-31 15:00:00.000"), stamp="20270101000000"),
    case("leap day begins in KST", at=utc("2028-02-28 15:00:00.000"), stamp="20280229000000"),
    case("leap day ends in KST", at=utc("2028-02-29 14:59:59.500"), stamp="20280229235959"),
    case("first of March after a leap day", at=utc("2028-02-29 15:00:00.000"), stamp="20280301000000"),
    case("no leap day in 2027", at=utc("2027-02-28 15:00:00.000"), stamp="20270301000000"),
    case("no leap day in 2100", at=utc("2100-02-28 15:00:00.000"), stamp="21000301000000"),
    case("leap day in 2000", at=utc("2000-02-29 03:04:05.006"), stamp="20000229120405"),
    case("a fraction of a second is dropped, not rounded", at=GUIDE + 999, known=NAMED, stamp="20190906110100"),
    case("every part below ten keeps its zero", at=utc("2026-01-01 16:02:03.004"), stamp="20260102010203"),
    case("no summer time in July", at=utc("2026-07-01 03:00:00.000"), stamp="20260701120000"),
    case("after 32-bit seconds", at=utc("2038-01-19 03:14:08.000"), stamp="20380119121408"),
    case("13 digits keep the milliseconds", at=1790751900007, stamp="1790751900007", **EPOCH_MS),
    case("13 digits keep milliseconds of zero", at=1790751900000, stamp="1790751900000", **EPOCH_MS),
    case("the smallest 13 digits", at=1000000000000, stamp="1000000000000", **EPOCH_MS),
    case("the largest 13 digits", at=9999999999999, stamp="9999999999999", **EPOCH_MS),
    case("13 digits with an odd mid and key", mid="a b&c", signKey="열쇠 +=", at=1790751900007, **EPOCH_MS),
]

assert sha256_hex("made-up") == MADE_UP_MKEY
