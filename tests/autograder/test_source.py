"""Files that can't be Python are told apart by their bytes, each with a sentence that says what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading.source import source_text, syntax_error_reason, unloadable_reason

CODE = "def fgsm(model, x, y, eps):\n    return 'é'\n"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (CODE.encode("utf-16"), "UTF-16"),
        (CODE.encode("utf-16-le"), "UTF-16"),
        (CODE.encode("utf-16-be"), "UTF-16"),
        (CODE.encode("utf-32"), "UTF-32"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"\x80\x04\x95rest", "pickle"),
        (b"\0" * 500, "binary"),
        (b"x = 1\ny = 2\nz = '\0'\n", "line 3 holds a zero byte"),
        (b"x = 1\ny = '\xe9'\n", "Line 2 holds a byte (0xe9) that is not UTF-8"),
        (b"# -*- coding: utf-16 -*-\nx = 1\n", "declares the encoding utf-16"),
        (b"# coding: rot13\nx = 1\n", "declares the encoding rot-13"),
        (b"# coding: no-such-thing\nx = 1\n", "declares the encoding no-such-thing"),
    ],
)
def test_what_cannot_be_python_is_named(source: bytes, says: str) -> None:
    assert says in unloadable_reason(source)


def test_an_encoding_without_end_is_not_repeated() -> None:
    assert len(unloadable_reason(b"# coding: " + b"a" * 100_000)) < 200


@pytest.mark.parametrize(
    "source",
    [
        CODE.encode(),
        CODE.encode("utf-8-sig"),
        b"# coding: latin-1\n" + CODE.encode("latin-1"),
        b"print 'this is found in the sandbox'",
        b"x",
    ],
)
def test_what_only_running_can_tell_passes(source: bytes) -> None:
    assert unloadable_reason(source) == ""


def test_text_to_show_keeps_lines_and_letters() -> None:
    assert source_text(b"\xef\xbb\xbfa\r\nb\rc") == "a\nb\nc"
    assert source_text(b"# coding: latin-1\n# \xe9") == "# coding: latin-1\n# é"
    assert source_text(b"\xff\0") == "\ufffd\0"


@given(st.binary(max_size=400))
def test_no_bytes_break_it(source: bytes) -> None:
    unloadable_reason(source)
    source_text(source)


@pytest.mark.parametrize(
    "line", ['print "hello"', "except ValueError, error:", "raise ValueError, 'no'", "if a <> b:", "n = 10L"]
)
def test_python_2_is_named(line: str) -> None:
    assert "Line 3 is Python 2" in syntax_error_reason(3, line, "invalid syntax")


def test_a_syntax_error_is_told_with_its_line() -> None:
    reason = syntax_error_reason(7, "    def f(:\n", "invalid syntax")
    assert reason == "Line 7 is not valid Python (invalid syntax): def f(:"
    assert syntax_error_reason(None, "", "too deep") == "The file is not valid Python (too deep)"
