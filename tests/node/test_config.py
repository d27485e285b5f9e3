"""Settings: read from the folder, overridden by the environment, and wrong ones named."""

from __future__ import annotations

from pathlib import Path

import pytest

from datadeed_ledger.errors import Malformed
from datadeed_node.config import Config

GOOD = 'name = "court.example.cn"\napi_port = 8400\npeer_port = 8500\n'


def load(folder: Path, text: str) -> Config:
    (folder / "node.toml").write_text(text, encoding="utf-8")
    return Config.load(folder)


def test_what_the_file_does_not_say_has_a_default(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    assert (config.name, config.api_port, config.peer_port) == ("court.example.cn", 8400, 8500)
    assert config.mempool_entries_max == 20_000
    assert config.data_folder == tmp_path / "data"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATADEED_NODE_API_PORT", "9999")
    assert load(tmp_path, GOOD).api_port == 9999


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (GOOD + "mempool_entires_max = 5\n", "mempool_entires_max"),
        (GOOD + "mempool_entries_max = 0\n", "mempool_entries_max"),
        (GOOD + 'log_level = "loud"\n', "log_level"),
        ("api_port = 8400\n", "name"),
        (GOOD.replace("8400", "70000"), "api_port"),
        ("name = \n", "not TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(Malformed, match=named):
        load(tmp_path, text)


def test_a_folder_without_settings_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="datadeed-node init"):
        Config.load(tmp_path)


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    with pytest.raises(ValueError, match="frozen"):
        config.api_port = 1
