"""A client's options to its effective base URL, or to the names of every bad option."""
import hashlib

KEY = {"mid": "welcometst", "signKey": "made-up"}
GOOD = KEY | {"environment": "test"}
MKEY = "da53422a4618735f8ae72abdb21c16d340849b1a510ef20768b131171f8f7122"
SANDBOX = {"mid": "sandbox001", "signKey": "paywelcome-sandbox-sign-key"}
TEST, PRODUCTION = "https://tpayapi.paywelcome.co.kr", "https://payapi.paywelcome.co.kr"


def options(base, changes):
    return {key: value for key, value in (base | changes).items() if value is not ...}


def works(name, changes, base_url=TEST, base=GOOD):
    return {"name": name, "given": {"options": options(base, changes)}, "expect": {"baseUrl": base_url}}


def refused(name, changes, *fields, base=GOOD):
    return {"name": name, "given": {"options": options(base, changes)}, "expect": {"fields": list(fields)}}


def bad(option, base=GOOD, **values):
    """One refusal for each value of one option; a name's underscores are its spaces."""
    return [refused(f"{option}: {name.replace('_', ' ')}", {option: v}, option, base=base) for name,
            v in values.items()]


def url(name, given, effective):
    return works(f"baseUrl: {name}", {"baseUrl": given}, effective, KEY)


# What a copy and paste, or a template that nobody filled in, leaves.
DEBRIS = {
    "in_double_quotes": '"x1"', "in_single_quotes": "'x1'", "in_curly_quotes": "“x1”", "in_corner_brackets": "「x1」",
    "quote_first": '"x1', "quote_last": "x1'", "byte_order_mark_first": "\ufeffx1", "zero_width_space_inside": "x\u200b1",
    "zero_width_joiner_last": "x1\u200d", "no_break_space_inside": "x\u00a01", "soft_hyphen_inside": "x\u00ad1",
    "Hangul_filler_inside": "x\u31641", "replacement_character_inside": "x\ufffd1", "a_variable": "${X}", "a_bare_variable": "$X",
    "a_command": "$(x)", "a_template": "{{ x }}", "a_windows_variable": "%X%", "a_place_holder": "<x>", "a_mask": "***",
    "a_comment": "x1 # x", "the_word_undefined": "undefined", "the_word_null": "null", "the_word_None": "None",
}
WRONG_TYPES = {"a_number": 7, "true": True, "an_array": [], "an_object": {}}
WORKS = [
    works("the test host", {}),
    works("a sandbox's credentials at a sandbox", SANDBOX | {"baseUrl": "http://127.0.0.1:9000",
                                                             "environment": "production"}, "http://127.0.0.1:9000"),
    works("the production host", {"environment": "production"}, PRODUCTION),
    works("a hashed key in place of the sign key", {"signKey": ..., "mkey": MKEY}),
    works("a hashed key, the sign key null", {"signKey": None, "mkey": MKEY.upper()}),
    works("every option null that may be absent", dict.fromkeys(
        ("mkey", "baseUrl", "timeoutSeconds", "connectTimeoutSeconds", "connectRetries", "signatureFormat",
         "timestampFormat", "requiredEchoes", "proxy", "caBundle", "trustEnv"))),
    works("every option without a file", {
        "timeoutSeconds": 10, "connectTimeoutSeconds": 2.5, "connectRetries": 1, "signatureFormat": "concatenated",
        "timestampFormat": "epoch_ms", "requiredEchoes": ["price"], "proxy": "http://proxy.example:3128", "trustEnv": False}),
    works("formats named as they are by default", {"signatureFormat": "name_value", "timestampFormat": "kst"}),
    *[works(f"requiredEchoes: {', '.join(names) or 'none'}", {"requiredEchoes": names})
      for names in ([], ["tid"], ["price", "tid"], ["remainingPrice"], ["tid", "price", "remainingPrice"])],
    works("the longest time-outs", {"timeoutSeconds": 3600, "connectTimeoutSeconds": 3600}),
    works("short time-outs", {"timeoutSeconds": 0.5, "connectTimeoutSeconds": 0.25}),
    works("no re-sends", {"connectRetries": 0}),
    works("ten re-sends", {"connectRetries": 10}),
    works("a proxy over https", {"proxy": "https://proxy.example"}),
    *[works(f"a proxy: {name}", {"proxy": proxy}) for name, proxy in {
        "scheme in capitals": "HTTP://proxy.example:3128", "a slash last": "http://proxy.example:3128/",
        "no port": "http://proxy.example", "an underscore in its name": "http://my_proxy:3128",
        "a Korean host": "http://프록시.example:3128", "IPv6": "http://[2001:db8::1]:3128",
        "a user alone": "http://user@proxy.example:3128", "a domain and a user": "http://CORP\\user:word@proxy.example:3128",
        "odd characters in its password": "http://user:^|{}<>\"` x@proxy.example:3128",
        "Korean in its password": "http://user:비밀@proxy.example:3128",
        "an at sign in its password": "http://user:p@ss@proxy.example:3128",
        "a percent sign in its password": "http://user:50%@proxy.example:3128",
    }.items()],
    works("a proxy before https on this machine", {"baseUrl": "https://127.0.0.1:8443", "proxy": "http://proxy.example"},
          "https://127.0.0.1:8443"),
    works("trustEnv true", {"trustEnv": True}),
    works("mid of one character", {"mid": "m"}),
    works("mid of ten Korean characters", {"mid": "가" * 10}),
    works("a sign key of one character", {"signKey": "k"}),
    url("https", "https://gateway.example", "https://gateway.example"),
    url("a trailing slash is dropped", "https://gateway.example/", "https://gateway.example"),
    url("a port", "https://gateway.example:8443/", "https://gateway.example:8443"),
    url("a path prefix", "https://gateway.example/pay/v1", "https://gateway.example/pay/v1"),
    url("a path prefix with a trailing slash", "https://gateway.example/pay/v1/", "https://gateway.example/pay/v1"),
    url("http to 127.0.0.1", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    url("http to another loopback address", "http://127.5.6.7:8080/", "http://127.5.6.7:8080"),
    url("http to localhost", "http://localhost:8080", "http://localhost:8080"),
    url("http to IPv6 loopback", "http://[::1]:8080", "http://[::1]:8080"),
    url("https to loopback", "https://127.0.0.1:8443", "https://127.0.0.1:8443"),
    works("baseUrl replaces the environment's host", {"environment": "production", "baseUrl": "http://127.0.0.1:9000"},
          "http://127.0.0.1:9000"),
]
REFUSED = [
    refused("a sandbox's credentials in production", SANDBOX | {"environment": "production"}, "mid", "signKey"),
    refused("a sandbox's mkey in production", {"mkey": hashlib.sha256(SANDBOX["signKey"].encode()).hexdigest(),
            "environment": "production"}, "mkey", base={"mid": "welcometst"}),
    refused("a sandbox's key at the production host", {"signKey": SANDBOX["signKey"], "baseUrl": PRODUCTION}, "signKey"),
    refused("a sandbox's mid in capitals", {"mid": "SANDBOX001", "environment": "production"}, "mid"),
    refused("a sandbox's mid in production", {"mid": "sandbox002", "environment": "production"}, "mid"),
    refused("a sandbox's key in production", SANDBOX | {"mid": "welcometst", "environment": "production"}, "signKey"),
    *bad("mid", missing=..., null=None, empty="", eleven_characters="welcometest", eleven_Korean_characters="가" * 11,
         space_first=" welcome", space_last="welcome ", a_space=" ", line_break_last="welcome\n",
         NUL_inside="wel\u0000come",
         DEL_inside="wel\u007fcome", tab_inside="wel\tcome", **DEBRIS, **WRONG_TYPES),
    *bad("signKey", missing=..., null=None, empty="", a_space=" ", space_first=" made-up", space_last="made-up ",
         line_break_last="made-up\n", carriage_return_last="made-up\r", tab_inside="made\tup",
         NUL_inside="made\u0000up",
         ideographic_space_last="made-up\u3000", a_header="Bearer made-up", an_assignment="PAYWELCOME_SIGN_KEY=made-up",
         **DEBRIS, **WRONG_TYPES),
    refused("neither key: the sign key is named", {"signKey": None, "mkey": None}, "signKey"),
    refused("both keys: the hashed one is named", {"mkey": MKEY}, "mkey"),
    *bad("mkey", options(GOOD, {"signKey": ...}), a_sign_key="made-up", empty="", of_63_digits=MKEY[:63],
         of_65_digits=MKEY + "0",
         a_letter_that_is_no_digit=MKEY[:63] + "g", prefixed="0x" + MKEY[:62], space_last=MKEY + " ",
         line_break_last=MKEY + "\n",
         full_width_digits=MKEY[:60] + "１２３４", of_32_digits=MKEY[:32],
         base64="2lNCKkYYc1+K5yq9shwW00CEmxpRDvIHaLExcR+PcSI=",
         of_64_Korean_characters="가" * 64, in_quotes=f'"{MKEY}"', byte_order_mark_first="\ufeff" + MKEY,
         a_variable="${PAYWELCOME_MKEY}", a_header="Bearer " + MKEY, a_number=7, true=True, an_array=[MKEY], an_object={}),
    *bad("environment", missing=..., null=None, empty="", in_capitals="TEST", capital_first="Production", short="prod",
         another_word="staging", space_last="test ", sandbox="sandbox", in_quotes='"production"', **DEBRIS, **WRONG_TYPES),
    refused("environment wrong beside a good baseUrl", {"environment": "prod", "baseUrl": "https://gateway.example"},
            "environment"),
    *bad("baseUrl", KEY, empty="", no_scheme="gateway.example", only_a_path="/cancel", no_host="https://",
         http_to_a_name="http://gateway.example",
         http_to_the_gateway="http://payapi.paywelcome.co.kr", http_to_a_private_address="http://192.168.0.10:8080",
         http_to_all_addresses="http://0.0.0.0:8080", http_to_128_0_0_1="http://128.0.0.1",
         http_to_IPv6_that_is_not_loopback="http://[::2]:8080",
         http_to_a_name_that_starts_like_loopback="http://127.0.0.1.example:8080",
         http_to_a_name_that_starts_with_localhost="http://localhost.example",
         http_to_a_name_that_ends_with_localhost_letters="http://notlocalhost:8080",
         loopback_only_as_user="http://127.0.0.1@gateway.example",
         user="https://user@gateway.example", user_and_password="https://user:word@gateway.example",
         user_on_loopback="http://user:word@127.0.0.1:8080",
         a_query="https://gateway.example/?a=1", a_query_after_a_path="https://gateway.example/pay?mid=x",
         a_fragment="https://gateway.example/#top",
         ftp="ftp://gateway.example", file="file:///etc/hosts", websocket="wss://gateway.example",
         a_space_in_the_host="https://gate way.example",
         in_quotes='"https://gateway.example"', byte_order_mark_first="\ufeffhttps://gateway.example",
         zero_width_space_in_the_host="https://gate\u200bway.example", a_variable="https://${GATEWAY}",
         a_port_above_65535="https://gateway.example:99999", a_port_of_letters="https://gateway.example:https",
         **WRONG_TYPES),
    *bad("timeoutSeconds", zero=0, negative=-1, above_an_hour=3601, just_above_an_hour=3600.5, text="30",
         with_a_unit="30s",
         empty="", true=True, an_array=[30], an_object={}),
    *bad("connectTimeoutSeconds", zero=0, negative=-0.5, above_an_hour=3601, text="5", false=False, an_array=[]),
    *bad("connectRetries", negative=-1, eleven=11, a_fraction=1.5, text="2", true=True, false=False, an_array=[]),
    *bad("signatureFormat", empty="", in_capitals="NAME_VALUE", with_a_hyphen="name-value", another_word="sha256",
         **WRONG_TYPES),
    *bad("timestampFormat", empty="", in_capitals="KST", another_word="utc", camel_case="epochMs", **WRONG_TYPES),
    *bad("requiredEchoes", text="tid", empty="", texts_in_one="tid,price", one=1, true=True, an_object={"tid": True},
         unknown_name=["tid", "mid"], in_capitals=["TID"], the_gateways_name=["RmainPrice"], an_empty_name=[""],
         a_name_twice=["tid", "price", "tid"], a_name_and_null=["tid", None], a_number_in_it=[1], a_list_in_it=[["tid"]],
         the_code=["resultCode"], space_last=["tid "], two_names_in_one=["tid,price"]),
    *bad("proxy", empty="", no_scheme="proxy.example:3128", socks5="socks5://proxy.example:1080",
         ftp="ftp://proxy.example",
         no_host="http://", a_port_above_65535="http://proxy.example:70000", no_slashes="http:127.0.0.1:1",
         one_slash="http:/127.0.0.1:1", three_slashes="http:///127.0.0.1:1", user_and_no_scheme="user:word@proxy.example:3128",
         a_hash_in_its_password="http://user:p#ss@proxy.example:3128", a_slash_in_its_password="http://user:p/ss@proxy.example:3128",
         a_question_mark_in_its_password="http://user:p?ss@proxy.example:3128",
         digits_and_a_hash_in_its_password="http://user:12#ss@proxy.example:3128",
         a_line_break_in_its_password="http://user:p%0A@proxy.example:3128", a_colon_in_its_user="http://us%3Aer:p@proxy.example:3128",
         an_empty_port="http://proxy.example:", port_zero="http://proxy.example:0", a_signed_port="http://proxy.example:+80",
         two_ports="http://proxy.example:1:2", IPv6_without_brackets="http://2001:db8::1", a_space_in_the_host="http://pro xy:3128",
         a_quote_in_the_host='http://pro"xy:3128', a_pipe_in_the_host="http://pro|xy:3128", a_path="http://proxy.example:3128/path",
         a_query="http://proxy.example:3128?x", socks5h="socks5h://proxy.example", socks4="SOCKS4://proxy.example",
         two_proxies="http://proxy.example:3128,http://other.example:3128", in_quotes='"http://proxy.example:3128"',
         space_last="http://proxy.example:3128 ", line_break_last="http://proxy.example:3128\n", a_variable="http://${PROXY}",
         zero_width_space_in_its_password="http://user:p\u200b@proxy.example:3128", **WRONG_TYPES),
    *[refused(f"a proxy before plain http: {at} and {proxy}", {"baseUrl": at, "proxy": proxy}, "proxy", base=KEY)
      for at in ("http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000")
      for proxy in ("http://127.0.0.1:3128", "http://proxy.example:3128", "https://proxy.example")],
    *bad("caBundle", empty="", missing_file="no-such-folder/no-such-file.pem", a_folder=".", **WRONG_TYPES),
    *bad("trustEnv", text="true", empty="", one=1, zero=0, an_array=[]),
    # every bad option is named, in this order
    refused("no options at all", {}, "mid", "signKey", "environment", base={}),
    refused("a key alone", {}, "mid", "environment", base={"signKey": "made-up"}),
    refused("mid, mkey and environment wrong", {"mid": "", "mkey": "x", "environment": "Test"}, "mid", "mkey",
            "environment",
            base={}),
    refused("mid missing and both keys given", {"mid": ..., "mkey": MKEY}, "mid", "mkey"),
    refused("both time-outs wrong", {"connectTimeoutSeconds": 0, "timeoutSeconds": -1}, "timeoutSeconds",
            "connectTimeoutSeconds"),
    refused("every option wrong", {
        "trustEnv": "no", "requiredEchoes": ["all"], "caBundle": "no-such-file.pem", "proxy": "socks5://proxy.example", "timestampFormat": "KST",
        "signatureFormat": "plain", "connectRetries": 11, "connectTimeoutSeconds": 0, "timeoutSeconds": 0,
        "baseUrl": "http://gateway.example", "environment": "prod", "signKey": "", "mid": "welcometest"},
        "mid", "signKey", "environment", "baseUrl", "timeoutSeconds", "connectTimeoutSeconds", "connectRetries",
        "signatureFormat", "timestampFormat", "requiredEchoes", "proxy", "caBundle", "trustEnv"),
]
CASES = WORKS + REFUSED
