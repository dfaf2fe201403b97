"""The gate for JSON: what must not pass, what must, and that nothing else than 4xx comes out."""

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brands import strict_json
from brands.errors import PayloadTooLarge
from brands.strict_json import BadJSON, Limits

REFUSED = {
    b"": "syntax",
    b"{": "syntax",
    b"{'a': 1}": "syntax",
    b'{"a": 1,}': "syntax",
    b'{"a": 01}': "syntax",
    b'{"a": 1} {"b": 2}': "syntax",
    b'{"a": "line\nbreak"}': "syntax",
    b'{"a": "\x00"}': "syntax",
    b'\xef\xbb\xbf{"a": 1}': "syntax",
    b'{"a": tru}': "syntax",
    b'{"a": "\\x"}': "syntax",
    b'"' + b"\\" * 9_999: "syntax",
    b"\xff": "not_utf8",
    b'{"a": "\xed\xa0\x80"}': "not_utf8",
    '{"a": "é"}'.encode("latin-1"): "not_utf8",
    '{"a": 1}'.encode("utf-16"): "not_utf8",
    b'{"a": NaN}': "number",
    b'{"a": Infinity}': "number",
    b'{"a": -Infinity}': "number",
    b'{"a": 1e999}': "number",
    b'{"a": -1e999}': "number",
    b'{"a": 9223372036854775808}': "number",
    b'{"a": -9223372036854775809}': "number",
    b'{"a": ' + b"9" * 5_000 + b"}": "number",
    b'{"a": "\\u0000"}': "character",
    b'{"\\u0000": 1}': "character",
    b'{"a": ["\\ud800"]}': "character",
    b'{"a": {"b\\udfff": 1}}': "character",
    b'{"a": 1, "a": 2}': "duplicate_key",
    b'[{"x": {"a": 1, "\\u0061": 2}}]': "duplicate_key",
    b"[" * 65 + b"]" * 65: "depth",
    b"[" * 100_000: "depth",
    b'{"a":' * 100_000: "depth",
    b'{"":' * 5_000 + b"1" + b"}" * 5_000: "depth",
    b"[" + b"0," * 100_001 + b"0]": "items",
    b"[" + b"[]," * 60_000 + b"0]": "items",
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.items(), ids=range(len(REFUSED)))
def test_is_refused_with_its_reason(data, reason):
    with pytest.raises(BadJSON) as caught:
        strict_json.loads(data)
    assert caught.value.facts["reason"] == reason
    assert caught.value.status == 400


ACCEPTED = [
    b"{}",
    b"[]",
    b' {"a" : [1, 2.5, true, null, "x"]} ',
    b'{"a": "\\ud83d\\ude00 \\u00e9 \xc3\xa9"}',
    b'{"a": 9223372036854775807, "b": -9223372036854775808}',
    b'{"a": 1e308, "b": 5e-324, "c": 1e-999}',
    b"[" * 64 + b"]" * 64,
    b'{"a": "[[[[{{{{' + b"[" * 1000 + b'"}',
    b'{"a": "quote \\" and [ and \\\\"}',
    b'{"a": "' + b"[{," * 100_000 + b'"}',
]


@pytest.mark.parametrize("data", ACCEPTED, ids=range(len(ACCEPTED)))
def test_is_accepted_as_json_says(data):
    assert strict_json.loads(data) == json.loads(data)


def test_too_many_bytes_name_the_limit():
    with pytest.raises(PayloadTooLarge) as caught:
        strict_json.loads(b'"' + b"x" * 100 + b'"', limits=Limits(size=50))
    assert caught.value.facts == {"limit_bytes": 50}


BAD_VALUES = {
    "nan": float("nan"),
    "infinite": {"a": [float("-inf")]},
    "big": [2**63],
    "nul": {"a": "x\0"},
    "nul in key": {"\0": 1},
    "surrogate": ["\ud800"],
    "number as key": {1: 2},
    "bytes": [b"x"],
    "set": {"a": {1}},
    "object": object(),
    "wide": [0] * 100_001,
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_a_result_that_cannot_be_kept_is_refused(name):
    with pytest.raises(BadJSON):
        strict_json.check_value(BAD_VALUES[name])


def test_a_result_that_contains_itself_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(BadJSON) as caught:
        strict_json.check_value(loop)
    assert caught.value.facts["reason"] == "depth"


def test_a_result_with_too_much_text_is_too_large():
    with pytest.raises(PayloadTooLarge):
        strict_json.check_value({"a": "x" * 2_000_000})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_what_passes_one_door_passes_the_other(value):
    """`check_value` and `loads` agree: what an executor may return, a program may send."""
    text = json.dumps(value).encode()
    try:
        strict_json.check_value(value)
    except BadJSON:
        with pytest.raises(BadJSON):
            strict_json.loads(text)
    else:
        assert strict_json.loads(text) == value
        assert orjson.loads(orjson.dumps(value)) == value


@given(
    st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0dn1e-+. ', max_size=60).map(str.encode)
)
@settings(max_examples=500, deadline=None)
def test_any_bytes_end_in_a_value_or_our_own_error(data):
    try:
        value = strict_json.loads(data)
    except BadJSON:
        return
    strict_json.check_value(value)
