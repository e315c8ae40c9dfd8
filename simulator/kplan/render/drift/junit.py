"""A lock's check as JUnit XML, which CI systems show as tests: a case a design."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from kplan.regress.lock.scan import Report
from kplan.render.check.junit import document, xml_text
from kplan.render.drift import words


def render(report: Report) -> bytes:
    """The whole document."""
    counts = {"tests": len(report.drifts), "failures": len(report.bad), "errors": 0, "skipped": 0}
    texts = {key: str(count) for key, count in counts.items()}
    root = ET.Element("testsuites", {"name": "kplan lock"} | texts)
    suite = ET.SubElement(root, "testsuite", {"name": xml_text(report.lock)} | texts)
    for drift in report.drifts:
        case = ET.SubElement(suite, "testcase", classname=xml_text(report.lock), name=xml_text(drift.id))
        if drift.is_bad:
            told = [*words.details(drift), f"To accept: {report.command([drift])}"]
            failure = ET.SubElement(case, "failure", message=xml_text(words.summary(drift)), type="lock")
            failure.text = "\n".join(map(xml_text, told))
    return document(root)
