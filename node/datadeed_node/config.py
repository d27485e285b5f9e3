"""A node's own settings: `DIR/node.toml`, overridden by DATADEED_NODE_* in the environment; and where its files lie.

What all nodes must agree on stands in genesis.json and never here. Every limit has its unit in its name; what happens
at the limit is said beside it. Left out: making the folder (ceremony.py) and reading keys (key_files.py).
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from datadeed_ledger.errors import Malformed

MIB = 1024 * 1024


class TimestampAuthority(BaseModel):
    """A time-stamp authority (RFC 3161) that this node asks.

    roots: file of certificates (PEM), relative to the node's folder, under which its tokens must be. Without roots a
    token is kept unchecked as to who signed it; whoever verifies a pack checks that anyway.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern="^https?://[!-~]+$", max_length=512)
    interval_s: int = Field(default=3600, ge=1)  # between two tokens; a newer checkpoint waits for so long
    roots: Path | None = None


class Config(BaseSettings):
    """One node's settings. Paths are derived from `folder`."""

    model_config = SettingsConfigDict(env_prefix="DATADEED_NODE_", extra="forbid", frozen=True)

    folder: Path
    name: str  # this node's member name in the roster
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8443, ge=0, le=65535)  # 0 takes a free port
    peer_host: str = "127.0.0.1"
    peer_port: int = Field(default=9443, ge=0, le=65535)

    mempool_entries_max: int = Field(default=20_000, ge=1)  # beyond: Busy at the door, gossip dropped
    mempool_bytes_max: int = Field(default=32 * MIB, ge=MIB)  # the same
    block_entries_max: int = Field(default=1_000, ge=1)  # the leader stops packing; more wait for the next block
    block_bytes_max: int = Field(default=2 * MIB, ge=64 * 1024)  # the same; the format's own limit is 4 MiB
    link_queue_bytes_max: int = Field(default=24 * MIB, ge=8 * MIB)  # a peer; beyond: messages to it are dropped
    write_buffer_bytes: int = Field(default=16 * MIB, ge=4 * MIB)  # LevelDB's memtable; two of them may exist
    timestamp_authorities: tuple[TimestampAuthority, ...] = Field(default=(), max_length=8)  # none: no tokens
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")

    @classmethod
    def load(cls, folder: Path) -> Config:
        """The settings of the node in `folder`. Raises Malformed, saying which key is wrong."""
        path = folder / "node.toml"
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(folder=folder, **values)
        except FileNotFoundError as error:
            raise Malformed(f"{path} is missing; make a node's folder with `datadeed-node init`") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Malformed(f"{path} is not TOML: {error}") from error
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise Malformed(f"{path}: {wrong}") from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, so that a container needs no edited file."""
        return env_settings, init_settings

    @property
    def genesis_file(self) -> Path:
        return self.folder / "genesis.json"

    @property
    def data_folder(self) -> Path:
        return self.folder / "data"

    @property
    def starts_file(self) -> Path:
        return self.folder / "starts"

    @property
    def newest_roster_file(self) -> Path:
        return self.folder / "newest-roster.json"

    def key_files(self, name: str) -> tuple[Path, Path]:
        """name: office, vote, cosign or log. The present key's file, and where one for a roster to come is prepared."""
        return self.folder / "keys" / f"{name}.key", self.folder / "next-keys" / f"{name}.key"

    def certificate_files(self) -> tuple[tuple[Path, Path], tuple[Path, Path]]:
        """(certificate, its private key) as PEM files: the present ones, and where those of a roster to come are."""
        present, following = self.folder / "tls", self.folder / "next-tls"
        return (present / "cert.pem", present / "key.pem"), (following / "cert.pem", following / "key.pem")
