"""Checks as JUnit XML, which CI systems show as tests: a suite a file, a case a check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from kplan.regress.check_files import FileChecks, all_checks
from kplan.regress.checks import FAIL, WARN, CheckResult
from kplan.render.format import plain_text

_NO_CHARACTERS = re.compile("[\ufffe\uffff]")
"""What XML 1.0 forbids besides the control characters."""


def render(files: Sequence[FileChecks]) -> bytes:
    """The whole document; a warning is a case that passes and says so in its output."""
    root = ET.Element("testsuites", {"name": "kplan check"} | _counts(all_checks(files)))
    for file in files:
        suite = ET.SubElement(root, "testsuite", {"name": xml_text(file.file)} | _counts(file.checks))
        for check in file.checks:
            _case(suite, file.file, check)
    return document(root)


def document(root: ET.Element) -> bytes:
    """The element and all below it as a file."""
    ET.indent(root)
    body = ET.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _counts(checks: Sequence[CheckResult]) -> dict[str, str]:
    failures = sum(check.verdict == FAIL for check in checks)
    return {"tests": str(len(checks)), "failures": str(failures), "errors": "0", "skipped": "0"}


def _case(suite: ET.Element, file: str, check: CheckResult) -> None:
    name = f"{check.check.id}: {check.asked}" if check.check.id else check.asked
    case = ET.SubElement(suite, "testcase", classname=xml_text(file), name=xml_text(name))
    if check.place:
        case.set("file", xml_text(check.place.file))
        case.set("line", str(check.place.line))
    told = "\n".join(
        xml_text(each) for each in (check.text, check.check.message, str(check.mark or "")) if each
    )
    if check.verdict == FAIL:
        ET.SubElement(case, "failure", message=xml_text(check.text), type="check").text = told
    elif check.verdict == WARN:
        ET.SubElement(case, "system-out").text = f"warning: {told}"


def xml_text(text: str) -> str:
    """The text without characters that XML 1.0 forbids."""
    return _NO_CHARACTERS.sub("", plain_text(text))
