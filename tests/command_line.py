"""The `datadeed` command, run inside the test's process as a person's shell would run it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

from datadeed.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one document that --json promises."""
        return json.loads(self.out)


Command: TypeAlias = Callable[..., Ended]


def runner(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """A function that runs `datadeed` with the arguments it is given."""

    def command(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["datadeed", *map(str, arguments)])
        code: Any = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        return Ended(int(code or 0), shown.out, shown.err)

    return command
