"""The settings explained in deploy/ are the settings that a node reads."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from datadeed_node.config import Config

EXPLAINED = Path(__file__).resolve().parents[2] / "deploy" / "node.toml"


def test_the_explained_settings_load_and_leave_none_out(tmp_path: Path) -> None:
    shutil.copy(EXPLAINED, tmp_path / "node.toml")
    Config.load(tmp_path)
    assert set(tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))) == set(Config.model_fields) - {"folder"}
