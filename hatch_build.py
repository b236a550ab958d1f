"""Build hook of the wheel: builds the web page when it is missing or stale."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "deploy" / "setup"))
import build_ui


class WebPageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs npm only when it must; brings Node.js where the machine has none."""

    def dependencies(self) -> list[str]:
        """Node.js as a wheel, only for a build that needs it and finds none."""
        needed = build_ui.is_stale(Path(self.root)) and build_ui.npm_command() is None
        return [build_ui.NODE_PACKAGE] if needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are collected; an editable install builds nothing."""
        if version != "editable" and build_ui.is_stale(Path(self.root)):
            build_ui.build(Path(self.root))
