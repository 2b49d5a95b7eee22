"""What the gateway answered to a receipt, or to the verdict on the money."""
import json
import struct
import zlib

from computed import instant

TID = "WPPGCARD01welcometst20260930151000000001"
C_TID = "WPPGCARD01welcometst20260930151500000002"
FULL_ARGS = {"tid": TID, "price": 12000}
PART_ARGS = {"tid": TID, "cancelPrice": 3000, "confirmPrice": 9000}
DAY = {"CancelDate": "20260930", "CancelTime": "151500"}
FULL = {"ResultCode": "00", "ResultMsg": "정상처리", "Mid": "welcometst", "Tid": TID, "Moid": "order-1",
        "Price": "12000"} | DAY
PART = {"ResultCode": "00", "ResultMsg": "정상처리", "Mid": "welcometst", "Tid": TID, "C_Tid": C_TID, "Price": "3000",
        "RmainPrice": "9000"} | DAY
WHEN = {"cancelDate": "20260930", "cancelTime": "151500", "cancelledAt": instant("20260930151500")}
ID = {"resultCode": "00", "resultMsg": "정상처리", "mid": "welcometst", "tid": TID}
RECEIPT = {
    "cancel": ID | {"moid": "order-1", "price": 12000} | WHEN | {"mismatches": []},
    "partial_cancel": ID | {"cancelTid": C_TID, "price": 3000, "remainingPrice": 9000} | WHEN | {"mismatches": []},
}
JSON_TYPE = "application/json; charset=utf-8"


def text(base, changes=None):
    """The object as text, changed; a value of ... takes its key away."""
    fields = {key: value for key, value in (base | (changes or {})).items() if value is not ...}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def full(**changes):
    return text(FULL, changes)


def part(**changes):
    return text(PART, changes)


def without(base, **renamed):
    """The object with keys respelt: old name = new name."""
    return text({renamed.get(key, key): value for key, value in base.items()})


def plus(body, members):
    """Raw members put before the closing brace: the way to write one key twice."""
    return body[:-1] + "," + members + "}"


def stored(data):
    """The bytes as deflate writes them without compressing, so that every machine makes the same vector."""
    assert len(data) < 65536
    return b"\x01" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data


def gzipped(text):
    data = text if isinstance(text, bytes) else text.encode()
    return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + stored(data) + struct.pack("<II", zlib.crc32(data), len(data))


def zlibbed(text):
    return b"\x78\x01" + stored(text.encode()) + struct.pack(">I", zlib.adler32(text.encode()))


def case(operation, name, body, expect, status=200, content_type=JSON_TYPE, args=None, encoding=None, echoes=None):
    answer = {"bodyHex": body.hex()} if isinstance(body, bytes) else {"body": body}
    asked = (FULL_ARGS if operation == "cancel" else PART_ARGS) | (args or {})
    given = {"operation": operation, "args": asked, "status": status, "contentType": content_type} | answer
    given |= {} if encoding is None else {"contentEncoding": encoding}
    given |= {} if echoes is None else {"requiredEchoes": echoes}
    return {"name": name, "given": given, "expect": expect}


def done(name, body, operation="cancel", content_type=JSON_TYPE, args=None, encoding=None, echoes=None, **changes):
    assert changes.keys() <= RECEIPT[operation].keys(), name
    receipt = RECEIPT[operation] | changes
    return case(operation, name, body, {"receipt": receipt}, 200, content_type, args, encoding, echoes)


def part_done(name, body, **changes):
    return done(name, body, "partial_cancel", **changes)


def declined(name, body, code, message="거절", operation="cancel", content_type=JSON_TYPE, **more):
    expect = {"outcome": "declined", "kind": "declined", "resultCode": code, "resultMsg": message}
    return case(operation, name, body, expect, content_type=content_type, **more)


def unknown(kind):
    def make(name, body, operation="cancel", **more):
        return case(operation, name, body, {"outcome": "unknown", "kind": kind}, **more)

    return make


malformed, mismatch, undocumented = unknown("malformed"), unknown("mismatch"), unknown("undocumented_code")


def malformed_as(excerpt, name, body, **more):
    return case("cancel", name, body, {"outcome": "unknown", "kind": "malformed", "bodyExcerpt": excerpt}, **more)


def differs(field, asked, answered):
    return {"field": field, "asked": asked, "answered": answered}


def status(code, name, body="", operation="cancel"):
    kind = "redirect" if 300 <= code < 400 else "http_status"
    expect = {"outcome": "unknown", "kind": kind, "httpStatus": code}
    return case(operation, f"status {code}: {name}", body, expect, code)


def refusal(code, message="거절"):
    return text({"ResultCode": code, "ResultMsg": message})


NO_TIME = {"cancelledAt": None}
DONE = [
    done("full cancel done", full()),
    part_done("partial cancel done", part()),
    done("keys in another order", text(dict(reversed(FULL.items())))),
    done("laid out over lines, white space around", "\r\n\t " + json.dumps(FULL, ensure_ascii=False,
        indent=2) + " \n\n"),
    done("keys were added, nested ones too", full(New="1", Flag=True, None_=None,
        More={"ResultCode": "99", "a": [1, {"Tid": "x"}]})),
    done("an added value nested 100 deep", plus(full(), '"Deep":' + "[" * 99 + "]" * 99)),
    done("an added number of 64 characters", plus(full(), '"Long":' + "1" * 64)),
    done("text written with escapes", json.dumps(FULL)),
    done("a key written with escapes", without(FULL).replace('"ResultCode"', '"\\u0052esult\\u0043ode"')),
    done("message with emoji, quotes and a line break", full(ResultMsg="취소 \"완료\" 🎉\n\\"), resultMsg="취소 \"완료\" 🎉\n\\"),
    # spelling
    done("keys in lower case", text({key.lower(): value for key, value in FULL.items()})),
    done("keys in upper case", text({key.upper(): value for key, value in FULL.items()})),
    done("keys in camel case", text({key[0].lower() + key[1:]: value for key, value in FULL.items()})),
    part_done("partial cancel, keys in lower case", text({key.lower(): value for key, value in PART.items()})),
    part_done("partial cancel, keys in upper case", text({key.upper(): value for key, value in PART.items()})),
    part_done("RemainPrice in place of RmainPrice", without(PART, RmainPrice="RemainPrice")),
    part_done("remainPrice in camel case", without(PART, RmainPrice="remainPrice")),
    part_done("RmainPrice and RemainPrice agree", part(RemainPrice="9000")),
    done("the same code under two spellings", full(resultCode="00")),
    done("the same key twice with the same value", plus(full(), '"Tid":"' + TID + '"')),
    # amounts
    done("Price a number", full(Price=12000)),
    done("Price with a comma", full(Price="12,000")),
    done("Price with leading zeros", full(Price="0012000")),
    part_done("Price and RmainPrice numbers", part(Price=3000, RmainPrice=9000)),
    part_done("Price and RmainPrice with commas", part(Price="3,000", RmainPrice="9,000")),
    part_done("nothing remains", part(RmainPrice="0"), args={"confirmPrice": 0}, remainingPrice=0),
    part_done("nothing remains, a number", part(RmainPrice=0), args={"confirmPrice": 0}, remainingPrice=0),
    done("the largest safe price", full(Price="9007199254740991"), args={"price": 9007199254740991},
         price=9007199254740991),
    # values
    done("Tid a number, read without loss", full(Tid=12345678901234567890), args={"tid": "12345678901234567890"},
         tid="12345678901234567890"),
    done("Moid a number, read without loss", full(Moid=12345678901234567890123), moid="12345678901234567890123"),
    done("CancelDate and CancelTime numbers", full(CancelDate=20260930, CancelTime=151500)),
    done("Tid with odd characters", full(Tid="거래 &=+%\"\\🧾"), args={"tid": "거래 &=+%\"\\🧾"}, tid="거래 &=+%\"\\🧾"),
    done("another Mid is reported, not compared", full(Mid="other"), mid="other"),
    done("Mid absent: the client's", full(Mid=...), mid="welcometst"),
    done("Mid null: the client's", full(Mid=None), mid="welcometst"),
    done("Moid absent", full(Moid=...), moid=None),
    done("Moid null", full(Moid=None), moid=None),
    done("Moid of 64 characters", full(Moid="m" * 64), moid="m" * 64),
    done("ResultMsg absent", full(ResultMsg=...), resultMsg=""),
    done("ResultMsg null", full(ResultMsg=None), resultMsg=""),
    done("only what must agree", text({"ResultCode": "00", "Tid": TID, "Price": "12000"}), resultMsg="", moid=None,
         cancelDate=None, cancelTime=None, **NO_TIME),
    part_done("partial cancel, only what must agree",
              text({"ResultCode": "00", "Tid": TID, "Price": "3000", "RmainPrice": "9000"}), resultMsg="",
              cancelTid=None,
              cancelDate=None, cancelTime=None, **NO_TIME),
    part_done("C_Tid absent", part(C_Tid=...), cancelTid=None),
    part_done("C_Tid of 22 characters", part(C_Tid="1" * 22), cancelTid="1" * 22),
    part_done("C_Tid of 60 characters", part(C_Tid="가1" * 30), cancelTid="가1" * 30),
    # dates
    done("CancelDate absent", full(CancelDate=...), cancelDate=None, **NO_TIME),
    done("CancelTime absent", full(CancelTime=...), cancelTime=None, **NO_TIME),
    done("no such day", full(CancelDate="20260230"), cancelDate="20260230", **NO_TIME),
    done("no leap day in 2027", full(CancelDate="20270229"), cancelDate="20270229", **NO_TIME),
    done("no such month", full(CancelDate="20261301"), cancelDate="20261301", **NO_TIME),
    done("no such hour", full(CancelTime="240000"), cancelTime="240000", **NO_TIME),
    done("no such minute", full(CancelTime="126000"), cancelTime="126000", **NO_TIME),
    done("CancelDate with hyphens", full(CancelDate="2026-09-30"), cancelDate="2026-09-30", **NO_TIME),
    done("CancelTime too short", full(CancelTime="1515"), cancelTime="1515", **NO_TIME),
    done("a leap day", full(CancelDate="20280229"), cancelDate="20280229", cancelledAt=instant("20280229151500")),
    done("midnight KST", full(CancelTime="000000"), cancelTime="000000", cancelledAt=1790694000000),
    done("last second of the year", full(CancelDate="20261231", CancelTime="235959"), cancelDate="20261231",
         cancelTime="235959", cancelledAt=instant("20261231235959")),
    # bytes and content type
    done("no content type", full(), content_type=None),
    done("content type without a charset", full(), content_type="application/json"),
    done("content type text/html: the body counts", full(), content_type="text/html; charset=utf-8"),
    done("content type text/plain", full(), content_type="text/plain"),
    done("a byte-order mark", b"\xef\xbb\xbf" + full().encode()),
    done("EUC-KR bytes, charset=euc-kr", full().encode("euc-kr"), content_type="application/json; charset=euc-kr"),
    done("EUC-KR bytes, charset in capitals", full().encode("euc-kr"), content_type="application/json;charset=EUC-KR"),
    done("EUC-KR bytes, charset quoted", full().encode("euc-kr"), content_type='application/json; charset="euc-kr"'),
    done("EUC-KR bytes, charset=ks_c_5601-1987", full().encode("euc-kr"),
         content_type="text/html; charset=ks_c_5601-1987"),
    done("EUC-KR bytes, KS_C_5601-1987 quoted", full().encode("euc-kr"),
         content_type='text/html; Charset="KS_C_5601-1987"'),
    done("CP949 bytes beyond EUC-KR, charset=cp949", full(ResultMsg="똠방각하 햏").encode("cp949"),
         content_type="application/json; charset=cp949", resultMsg="똠방각하 햏"),
    part_done("partial cancel in EUC-KR bytes", part().encode("euc-kr"),
              content_type="application/json; charset=euc-kr"),
    done("ASCII under charset=euc-kr", full(ResultMsg="OK").encode(), content_type="application/json; charset=euc-kr",
         resultMsg="OK"),
    # a charset that is not declared, or another than the bytes have
    done("EUC-KR bytes without a content type", full().encode("euc-kr"), content_type=None),
    done("EUC-KR bytes without a charset", full().encode("euc-kr"), content_type="application/json"),
    done("EUC-KR bytes declared as UTF-8", full().encode("euc-kr")),
    *[done(f"EUC-KR bytes declared as {charset}", full().encode("euc-kr"),
           content_type=f"text/html; charset={charset}")
      for charset in ("ISO-8859-1", "us-ascii", "windows-1252", "Shift_JIS", "UTF-16", "x-unknown", "")],
    *[done(f"UTF-8 bytes declared as {charset}", full(), content_type=f"text/html; charset={charset}")
      for charset in ("ISO-8859-1", "us-ascii", "euc-kr", "ms949", "Shift_JIS", "UTF-16", "x-unknown")],
    part_done("partial cancel in EUC-KR bytes without a charset", part().encode("euc-kr"), content_type="text/html"),
    done("CP949 bytes beyond EUC-KR, not declared", full(ResultMsg="똠방각하 햏").encode("cp949"), content_type=None,
         resultMsg="똠방각하 햏"),
    done("a broken byte in the message", full(ResultMsg="a@b").encode().replace(b"@", b"\xff"), resultMsg="a\ufffdb"),
    done("a broken byte in a message of CP949", full(ResultMsg="정상@").encode("cp949").replace(b"@", b"\xff"),
         content_type="application/json; charset=cp949", resultMsg="정상\ufffd"),
    done("a message in UTF-8 cut inside a character", full(ResultMsg="정상@").encode().replace(b"@", "처".encode()[:2]),
         resultMsg="정상\ufffd"),
    done("half of an emoji as an escape", full(ResultMsg="@").replace("@", "ok \\ud83e"), resultMsg="ok \ufffd"),
    done("halves of an emoji in the wrong order", full(ResultMsg="@").replace("@", "\\udd16\\ud83e"),
         resultMsg="\ufffd\ufffd"),
    done("a whole emoji as escapes", full(ResultMsg="@").replace("@", "\\ud83e\\uDD16"), resultMsg="🤖"),
    done("UTF-16 bytes with a byte-order mark", b"\xff\xfe" + full().encode("utf-16-le"),
         content_type="application/json"),
    done("UTF-16 bytes, nothing declared", full().encode("utf-16-le"), content_type=None),
    done("UTF-16 bytes, the other order", full().encode("utf-16-be"), content_type="application/json; charset=utf-16be"),
    # compressed, though it was not asked for
    done("gzip", gzipped(full()), encoding="gzip"),
    done("x-gzip", gzipped(full()), encoding="x-gzip"),
    done("gzip in capitals", gzipped(full()), encoding="GZIP"),
    done("gzip in two parts", gzipped(full()[:20]) + gzipped(full()[20:]), encoding="gzip"),
    done("gzip, not declared", gzipped(full())),
    done("gzip declared, and not applied", full(), encoding="gzip"),
    done("br declared, and not applied", full(), encoding="br"),
    done("identity declared", full(), encoding="identity"),
    done("deflate", zlibbed(full()), encoding="deflate"),
    done("deflate without zlib around it", stored(full().encode()), encoding="Deflate"),
    done("two codings", gzipped(zlibbed(full())), encoding="deflate, gzip"),
    done("gzip of EUC-KR bytes, not declared", gzipped(full().encode("euc-kr")), encoding="gzip", content_type=None),
    part_done("partial cancel, gzip", gzipped(part()), encoding="gzip"),
]
DECLINED = [
    *[declined(f"declined with code {code}", refusal(code), code)
      for code in ("01", "ERR206", "OK", "100", "200", "001", "0001", "10", "1", "9999", "00A", "A00", "0x00", "0 1",
                   "성공", "SUCCESS", "true")],
    declined("a partial cancel declined", refusal("ERR101", "부분취소 불가"), "ERR101", "부분취소 불가", "partial_cancel"),
    declined("declined, no message", text({"ResultCode": "01"}), "01", ""),
    declined("declined, message null", refusal("01", None), "01", ""),
    declined("declined, code the number 1", refusal(1), "1"),
    declined("declined, code the number 100", refusal(100), "100"),
    declined("declined, though every echo agrees", full(ResultCode="01"), "01", "정상처리"),
    declined("declined, though the message says success", refusal("99", "00 정상처리 success"), "99", "00 정상처리 success"),
    declined("declined, keys in lower case", '{"resultcode":"01","resultmsg":"거절"}', "01"),
    declined("declined, text/html", refusal("01"), "01", content_type="text/html"),
    declined("declined, EUC-KR bytes", refusal("ERR206", "서명 오류").encode("euc-kr"), "ERR206", "서명 오류",
             content_type="application/json; charset=euc-kr"),
    declined("declined, EUC-KR bytes, not declared", refusal("E1", "한도초과").encode("euc-kr"), "E1", "한도초과",
             content_type="text/html"),
    declined("declined, UTF-8 bytes declared as ISO-8859-1", refusal("E1", "한도초과"), "E1", "한도초과",
             content_type="application/json;charset=ISO-8859-1"),
    declined("declined, a letter of ISO-8859-1", refusal("E1", "caf@!").encode().replace(b"@", b"\xe9"), "E1", "café!",
             content_type="application/json;charset=ISO-8859-1"),
    declined("declined, gzip", gzipped(refusal("E1")), "E1", encoding="gzip"),
    declined("declined, a broken byte in the message", refusal("01", "@").encode().replace(b"@", b"\xff"), "01",
             "\ufffd", content_type=None),
    declined("declined, a surrogate in UTF-8 bytes", refusal("01", "@").encode().replace(b"@", b"\xed\xa0\x80"), "01",
             "\ufffd" * 3, content_type=None),
    # No UTF-8, but a letter of CP949.
    declined("declined, an overlong form in UTF-8 bytes", refusal("01", "@").encode().replace(b"@", b"\xc0\xaf"), "01",
             "유", content_type=None),
    declined("declined, bytes that EUC-KR does not know", refusal("01", "@").encode().replace(b"@", b"\xff\xff"), "01",
             "\ufffd" * 2, content_type="application/json; charset=euc-kr"),
    declined("declined, tid need not agree", text({"ResultCode": "01", "ResultMsg": "거절", "Tid": FULL["Tid"]}), "01",
             echoes=[]),
    declined("declined, a byte-order mark", b"\xef\xbb\xbf" + refusal("01").encode(), "01"),
    declined("declined, naming the payment", text({"ResultCode": "01", "ResultMsg": "거절", "Tid": FULL["Tid"]}), "01"),
    declined("declined, Tid empty", text({"ResultCode": "01", "ResultMsg": "거절", "Tid": ""}), "01"),
    declined("declined, Tid null", text({"ResultCode": "01", "ResultMsg": "거절", "Tid": None}), "01"),
    declined("declined, a nested code does not count", text({"Data": {"ResultCode": "00"}, "ResultCode": "01",
        "ResultMsg": "거절"}), "01"),
]
UNDOCUMENTED = [
    undocumented("0000, every echo agrees", full(ResultCode="0000")),
    *[undocumented(f"{code}, every echo agrees", full(ResultCode=code)) for code in ("0", "000", "00000", "0" * 20)],
    *[undocumented(f"{code} alone", refusal(code)) for code in ("0", "000", "0000", "00000")],
    *[undocumented(f"{code!r}, no echo required", full(ResultCode=code), echoes=[]) for code in ("0", "0000", "00 ", 0)],
    undocumented("0 on a partial cancel", part(ResultCode="0"), "partial_cancel"),
    undocumented("full-width zeros in EUC-KR bytes, not declared", full(ResultCode="００").encode("euc-kr"),
                 content_type=None),
    undocumented("0000 on a partial cancel", part(ResultCode="0000"), "partial_cancel"),
    undocumented("0000 under a key in lower case", '{"resultcode":"0000"}'),
    undocumented("00 with a space after it", full(ResultCode="00 ")),
    undocumented("00 with a space before it", full(ResultCode=" 00")),
    undocumented("00 with a line break after it", full(ResultCode="00\n")),
    undocumented("00 with a tab after it, partial cancel", part(ResultCode="00\t"), "partial_cancel"),
    undocumented("0000 with a space after it", refusal("0000 ")),
    undocumented("the number 0: leading zeros may be lost", full(ResultCode=0)),
    undocumented("the number 0 alone", refusal(0)),
    undocumented("the number 0 with an exponent", '{"ResultCode":0e5}'),
    undocumented("the number 0 with a fraction", '{"ResultCode":0.0}'),
    *[undocumented(f"zeros in disguise: {code!a}", full(ResultCode=code))
      for code in ("00\0", "\ufeff00", "\u200b00", "００", "０0", "0.0", "-00", "00,00", "00!", "\u00a0000", "0 0",
                   "\ufffd00", "0.", "０", "０００", "+0", "'00'", "0\u200b")],
]
MISMATCH = [
    mismatch("a decline of another payment", text({"ResultCode": "ERR206", "ResultMsg": "거절", "Tid": "OTHER"})),
    mismatch("a decline of another payment, tid need not agree",
             text({"ResultCode": "ERR206", "ResultMsg": "거절", "Tid": "OTHER"}), echoes=["price"]),
    mismatch("Tid with a broken byte", full(Tid="@").encode().replace(b"@", TID.encode()[:-1] + b"\xff")),
    mismatch("a decline of another payment, partial cancel", part(ResultCode="01", Tid="OTHER"), "partial_cancel"),
    *[mismatch(f"Price {name}", full(Price=value)) for name, value in {
        "missing": ..., "null": None, "empty": "", "one more": "12001", "zero": "0", "in cents": "1200000",
        "negative": "-12000",
        "with a sign": "+12000", "a space before it": " 12000", "a space after it": "12000 ",
        "with decimals": "12000.00",
        "the number 12000.0": 12000.0, "a broken comma": "1,2000", "hexadecimal": "0x2ee0", "with an exponent": "12e3",
        "full-width": "１２０００", "with the won character": "12000원", "another number": 11999, "true": True,
        "of 30 digits": "1" * 30,
    }.items()],
    mismatch("Price the number 1.2e4", full(Price=0).replace('"Price":0', '"Price":1.2e4')),
    *[mismatch(f"Tid {name}", full(Tid=value)) for name, value in {
        "missing": ..., "null": None, "empty": "", "of another payment": C_TID, "in lower case": TID.lower(),
        "a space after it": TID + " ",
        "cut short": TID[:-1], "one longer": TID + "0", "a number": 1,
    }.items()],
    mismatch("Tid in decomposed Korean", full(Tid="\u1100\u1161"), args={"tid": "\uac00"}),
    mismatch("Tid under a key with a dotted capital I", without(FULL, Tid="Tİd")),
    mismatch("00 and nothing else", '{"ResultCode":"00"}'),
    mismatch("00 and nothing else, partial cancel", '{"ResultCode":"00","ResultMsg":""}', "partial_cancel"),
    *[mismatch(f"partial cancel, RmainPrice {name}", part(RmainPrice=value), "partial_cancel") for name, value in {
        "missing": ..., "null": None, "empty": "", "one less": "8999", "zero": "0", "the amount before": "12000",
        "negative": "-9000",
        "with decimals": "9000.00", "a space before it": " 9000", "the number 9000.0": 9000.0,
    }.items()],
    *[mismatch(f"partial cancel, Price {name}", part(Price=value), "partial_cancel") for name, value in {
        "missing": ..., "the whole amount": "12000", "what remains": "9000", "zero": "0", "null": None,
    }.items()],
    mismatch("partial cancel, Price and RmainPrice swapped", part(Price="9000", RmainPrice="3000"), "partial_cancel"),
    mismatch("partial cancel, Tid missing", part(Tid=...), "partial_cancel"),
    mismatch("partial cancel, Tid the cancel's own", part(Tid=C_TID), "partial_cancel"),
    mismatch("partial cancel, the rest absent though nothing remains", part(RmainPrice=...), "partial_cancel",
             args={"confirmPrice": 0}),
    mismatch("a full cancel's answer to a partial cancel", full(), "partial_cancel"),
    mismatch("mismatch in EUC-KR bytes", full(Price="1").encode("euc-kr"),
             content_type="application/json; charset=euc-kr"),
]
HTML = "<!DOCTYPE html><html><body>점검중 {\"ResultCode\":\"01\"}</body></html>"
MALFORMED = [
    *[malformed(name, body) for name, body in {
        "an empty body": "", "only white space": " \r\n", "HTML": HTML, "plain text": "ResultCode=00",
        "XML": "<ResultCode>00</ResultCode>",
        "null": "null", "true": "true", "a number": "0", "a string": '"00"',
        "a string that holds an object": json.dumps(full()),
        "an array": "[]", "an array of the object": "[" + full() + "]", "an empty object": "{}", "an open brace": "{",
        "cut in the middle": full()[:60], "the closing brace missing": full()[:-1],
        "a declined answer cut short": refusal("01")[:-1],
        "trailing text": full() + "x", "two objects": refusal("01") + refusal("01"),
        "HTML after the object": full() + "<br>",
        "text before the object": "callback(" + full() + ")", "a trailing comma": full()[:-1] + ",}",
        "a comment": "/* ok */" + full(),
        "single quotes": "{'ResultCode':'00'}", "keys without quotes": "{ResultCode:\"01\"}",
        "a line break inside text": '{"ResultCode":"01","ResultMsg":"a\nb"}',
        "an unquoted 00": '{"ResultCode":00}', "an unquoted 01": '{"ResultCode":01}',
        "NaN as the code": '{"ResultCode":NaN}',
        "an unknown escape": '{"ResultCode":"\\x30\\x30"}', "a NUL after the object": full() + "\u0000",
        "no ResultCode": full(ResultCode=...), "only a message": '{"ResultMsg":"성공"}',
        "ResultCode null": full(ResultCode=None),
        "ResultCode empty": full(ResultCode=""), "ResultCode blank": full(ResultCode="  "),
        "ResultCode a tab": full(ResultCode="\t"),
        "ResultCode true": full(ResultCode=True), "ResultCode false": full(ResultCode=False),
        "ResultCode an array": full(ResultCode=["00"]),
        "ResultCode an object": full(ResultCode={"code": "00"}), "ResultCode only nested": text({"data": FULL}),
        "ResultCode with an underscore": without(FULL, ResultCode="Result_Code"),
        "ResultCode with a space": without(FULL, ResultCode="ResultCode "),
        "ResultCode with a long s": without(FULL, ResultCode="Re\u017fultCode"),
        "another name for the code": without(FULL, ResultCode="code"),
        "two codes under two spellings": full(resultCode="01"),
        "two refusals under two spellings": '{"ResultCode":"01","RESULTCODE":"02"}',
        "00 and 0000 under two spellings": full(resultcode="0000"),
        "one key twice, codes differ": plus(full(), '"ResultCode":"01"'),
        "one key twice, refusals differ": '{"ResultCode":"01","ResultCode":"02"}',
        "two prices under two spellings": full(price="11999"),
        "two prices equal but for a comma": full(PRICE="12,000"),
        "one key twice, prices differ": plus(full(), '"Price":"1"'),
        "two tids under two spellings": full(TID=C_TID), "two Moids under two spellings": full(moid="order-2"),
        "a number of 65 characters": plus(full(), '"Long":' + "1" * 65),
        "a Price of 70 digits": full(Price=0).replace('"Price":0', '"Price":' + "1" * 70),
        "a number with 70 decimals": plus(full(), '"Long":0.' + "1" * 70),
        "an added value nested 130 deep": plus(full(), '"Deep":' + "[" * 130 + "]" * 130),
        "an added value nested 10000 deep": plus(full(), '"Deep":' + "[" * 10000 + "]" * 10000),
        "nested 200 deep and never closed": "[" * 200,
    }.items()],
    malformed("HTML as text/html", HTML, content_type="text/html; charset=utf-8"),
    malformed("an empty body without a content type", "", "partial_cancel", content_type=None),
    malformed("partial cancel, RmainPrice and RemainPrice differ", part(RemainPrice="8999"), "partial_cancel"),
    malformed("partial cancel, two RmainPrices under two spellings", part(rmainprice="0"), "partial_cancel"),
    malformed("a code with a broken byte", refusal("@").encode().replace(b"@", b"\xff"), content_type=None),
    malformed("half of a character for a code", refusal("@").replace("@", "\\ud800")),
    malformed("a code of Korean in EUC-KR bytes, not declared", refusal("성공").encode("euc-kr"), content_type=None),
    malformed("full-width zeros in Shift_JIS bytes", refusal("@").encode().replace(b"@", b"\x82\x4f\x82\x4f"),
              content_type="application/json; charset=shift_jis"),
    malformed("brotli", b"\x0b\x02\x80" + bytes(9), encoding="br"),
    malformed("gzip cut short", gzipped(full())[:-9], encoding="gzip"),
    malformed("gzip with another checksum", gzipped(full())[:-8] + bytes(4) + gzipped(full())[-4:], encoding="gzip"),
    malformed("deflate with another checksum", zlibbed(full())[:-4] + bytes(4), encoding="deflate"),
    malformed("gzip with something after it", gzipped(full()) + b"x", encoding="gzip"),
    malformed("five codings", gzipped(full()), encoding="gzip, gzip, gzip, gzip, gzip"),
    malformed("gzip declared as deflate", gzipped(full()), encoding="deflate"),
    malformed("an empty body, gzip declared", "", encoding="gzip"),
    malformed("gzip of nothing", gzipped(""), encoding="gzip"),
    # what can still be seen of it
    malformed_as("점검중 {\"ResultCode\":\"01\"}", "the words of a page", HTML, content_type="text/html"),
    malformed_as("차단된 요청입니다. 지원 ID 1234567", "the words of a page in EUC-KR bytes",
                 "<html><head><style>p{}</style></head><body>차단된 요청입니다.<br>\r\n지원 ID 1234567".encode("euc-kr"),
                 content_type="text/html"),
    malformed_as("Request blocked", "the words of a page that was compressed", gzipped("<HTML>Request blocked</HTML>"),
                 encoding="gzip", content_type="text/html"),
    malformed_as("차단됨", "the words of a short page", "<html>차단됨", content_type="text/html"),
    malformed_as("<ResultCode>00</ResultCode>", "XML with its tags", "<ResultCode>00</ResultCode>", content_type="text/xml"),
    malformed_as("ResultCode=00", "plain text on one line", "\tResultCode=00\r\n\u0007", content_type="text/plain"),
    malformed_as("", "nothing at all", ""),
    malformed_as("한" * 499 + "…", "the beginning of a long text", "한" * 2000, content_type="text/plain"),
    malformed_as(full()[:-1], "an object without its end", full()[:-1]),
    malformed("a byte-order mark and nothing else", b"\xef\xbb\xbf"),
]
STATUS = [
    *[status(code, "a good receipt does not count", full()) for code in (201, 202, 206, 301, 302, 400, 404, 500, 502)],
    *[status(code, "a refusal does not count", refusal("01")) for code in (203, 303, 307, 401, 403, 409, 429, 503)],
    *[status(code, "empty") for code in (204, 304, 308, 405, 408, 422, 504)],
    *[status(code, "HTML", HTML) for code in (300, 413, 501, 520, 599)],
    *[status(code, "partial cancel", part(), "partial_cancel") for code in (202, 302, 400, 500)],
]
ALL_ECHOES = ["tid", "price", "remainingPrice"]
REQUIRED = [
    done("every echo required by name", full(), echoes=ALL_ECHOES),
    done("no echo required, and every one agrees", full(), echoes=[]),
    part_done("partial cancel, no echo required, and every one agrees", part(), echoes=[]),
    done("Tid of another payment, not required", full(Tid=C_TID), echoes=["price", "remainingPrice"],
         mismatches=[differs("tid", TID, C_TID)]),
    done("Tid missing, not required", full(Tid=...), echoes=["price"], mismatches=[differs("tid", TID, None)]),
    done("Tid null, not required", full(Tid=None), echoes=["price"], mismatches=[differs("tid", TID, None)]),
    done("Tid empty, not required", full(Tid=""), echoes=["price"], mismatches=[differs("tid", TID, "")]),
    done("Tid an object, not required", full(Tid={"a": 1}), echoes=["price"],
         mismatches=[differs("tid", TID, '{"a":1}')]),
    done("Price another, not required", full(Price="11999"), echoes=["tid"],
         mismatches=[differs("price", "12000", "11999")]),
    done("Price a number, not required", full(Price=11999), echoes=["tid"],
         mismatches=[differs("price", "12000", "11999")]),
    done("Price missing, not required", full(Price=...), echoes=["tid"], mismatches=[differs("price", "12000", None)]),
    done("Price with the won character, not required", full(Price="12000원"), echoes=["tid"],
         mismatches=[differs("price", "12000", "12000원")]),
    done("Price with a comma, not required", full(Price="12,000"), echoes=["tid"]),
    done("only the code, nothing required", '{"ResultCode":"00"}', echoes=[], resultMsg="", moid=None, cancelDate=None,
         cancelTime=None, **NO_TIME, mismatches=[differs("tid", TID, None), differs("price", "12000", None)]),
    part_done("RmainPrice missing, not required", part(RmainPrice=...), echoes=["tid", "price"],
              mismatches=[differs("remainingPrice", "9000", None)]),
    part_done("RmainPrice another, not required", part(RmainPrice="12000"), echoes=["tid", "price"],
              mismatches=[differs("remainingPrice", "9000", "12000")]),
    part_done("partial cancel, nothing agrees and nothing required", part(Tid="T", Price="1", RmainPrice="2"), echoes=[],
              mismatches=[differs("tid", TID, "T"), differs("price", "3000", "1"),
                          differs("remainingPrice", "9000", "2")]),
    mismatch("Price another, only Tid not required", full(Tid=C_TID, Price="1"), echoes=["price", "remainingPrice"]),
    mismatch("Tid another, only Price not required", full(Tid=C_TID, Price="1"), echoes=["tid", "remainingPrice"]),
    mismatch("RmainPrice another, only Tid not required", part(Tid=C_TID, RmainPrice="1"), "partial_cancel",
             echoes=["price", "remainingPrice"]),
    malformed("two tids under two spellings, not required", full(TID=C_TID), echoes=[]),
    declined("declined, no echo required", full(ResultCode="01"), "01", "정상처리", echoes=[]),
]
CASES = DONE + DECLINED + UNDOCUMENTED + REQUIRED + MISMATCH + MALFORMED + STATUS
