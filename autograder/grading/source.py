"""The bytes of a submission before anything runs them: can they be Python at all, and how are they shown."""

from __future__ import annotations

import codecs
import hashlib
import re

UTF16_AND_32 = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte order marks, the longer ones first: the shorter ones begin them."""

BINARY_STARTS = {
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a compiled program",
    b"\x89PNG": "a picture",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
}
TEXT_ENCODINGS = {"utf-8", "utf-8-sig", "ascii", "iso8859-1", "iso8859-15", "cp1252"}
"""What a submission may be written in; Python's own names for them."""

DECLARED_ENCODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""PEP 263: a comment in one of the first two lines."""
PYTHON_2 = re.compile(r"^\s*(print\s+[^(=\s]|exec\s+[\"']|raise\s+\w+\s*,|except\s+[\w.]+\s*,\s*\w+\s*:)|<>|\b\d+L\b")
"""Lines that were right in Python 2 and are none in Python 3."""


def source_digest(source: bytes) -> str:
    """What names the content of a submission in the gradebook, where equal ones are not graded twice: its SHA-256."""
    return hashlib.sha256(source).hexdigest()


def unloadable_reason(source: bytes) -> str:
    """Why `source` can't be a Python module, as a sentence for the student; "" when only running it can tell.

    Only the bytes are looked at: parsing what a stranger wrote can exhaust the parser's memory, so a syntax error is
    found in the sandbox.
    """
    if not source.strip():
        return "The file is empty. Hand in the file with your functions in it: was it saved, and is it the right one?"
    encoding = _wide_encoding(source)
    if encoding:
        return f"The file is saved as {encoding}, which Python can't read. Save it again with the encoding UTF-8."
    for start, kind in BINARY_STARTS.items():
        if source.startswith(start):
            return f"The file is {kind}, not Python text. Hand in the .py file itself."
    if b"\0" in source:
        return f"The file is binary, not Python text: line {_line(source, source.index(0))} holds a zero byte."
    return _undecodable_reason(source)


def _wide_encoding(source: bytes) -> str:
    """UTF-16 or UTF-32, told by its mark, or by every other byte of the beginning being zero; else ""."""
    for mark, name in UTF16_AND_32.items():
        if source.startswith(mark):
            return name
    start = source[:200]
    few, many = sorted((start[0::2].count(0), start[1::2].count(0)))
    return "UTF-16" if len(start) >= 4 and many > 0.4 * len(start) and few < 0.1 * len(start) else ""


def _undecodable_reason(source: bytes) -> str:
    encoding = _declared_encoding(source)
    if encoding not in TEXT_ENCODINGS:
        return f"The file declares the encoding {encoding}. Save it as UTF-8 and take that comment out."
    try:
        source.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line(source, error.start)
        return (
            f"Line {line} holds a byte (0x{source[error.start]:02x}) that is not {encoding.upper()}. "
            "Look for a letter with an accent or a typographic quote there, and save the file as UTF-8."
        )
    return ""


def _declared_encoding(source: bytes) -> str:
    """Python's name of the encoding that the file declares; what it declares where Python knows no such encoding."""
    for line in source.split(b"\n", 2)[:2]:
        found = DECLARED_ENCODING.match(line)
        if found:
            name = found.group(1).decode("ascii", "replace")
            try:
                return codecs.lookup(name).name
            except LookupError:
                return name[:40]
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    return "utf-8"


def _line(source: bytes, position: int) -> int:
    return source.count(b"\n", 0, position) + 1


def source_text(source: bytes) -> str:
    """`source` as text to show, whatever it is: what can't be read stands there as U+FFFD."""
    encoding = _declared_encoding(source)
    text = source.decode(encoding if encoding in TEXT_ENCODINGS else "utf-8", "replace")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def syntax_error_reason(line: int | None, text: str, message: str) -> str:
    """The sentence for a file with a syntax error in `line`, which reads `text`; `message` is Python's own.

    Python 2 is named when the line is written in it.
    """
    where = f"Line {line}" if line else "The file"
    reading = f": {text.strip()[:120]}" if text.strip() else ""
    kind = "is Python 2, and the course runs Python 3" if PYTHON_2.search(text[:200]) else "is not valid Python"
    return f"{where} {kind} ({message}){reading}"
