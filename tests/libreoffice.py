"""LibreOffice as a second opinion: it works workbooks out from scratch, stored values or not."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

FORCED = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""
"""Recalculate on load always; without it LibreOffice trusts files that say they come from Excel."""
XLSX = "xlsx:Calc MS Excel 2007 XML"


def forced_profile(folder: Path) -> Path:
    """A profile that trusts no stored value."""
    (folder / "user").mkdir(parents=True)
    (folder / "user" / "registrymodifications.xcu").write_text(FORCED, encoding="utf-8")
    return folder


def converted(soffice: str, profile: Path, files: Sequence[Path], out: Path) -> list[Path]:
    """The workbooks loaded by LibreOffice and saved again under their names, all in one go."""
    options = ["--headless", "--norestore", "--nologo", "--nofirststartwizard"]
    options += [f"-env:UserInstallation={profile.as_uri()}", "--convert-to", XLSX, "--outdir", str(out)]
    command = [soffice, *options, *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=60 + 30 * len(files))
    return [out / file.name for file in files]
