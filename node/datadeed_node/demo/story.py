"""The story: three enterprises, a file and a folder, a right from application to transfer, and its evidence.

What an enterprise does goes through the SDK as anybody would use it; what an office does is signed with its office key.
Each act waits until it is final and its receipt is verified. `Told` collects what demo.json says.
"""

from __future__ import annotations

import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datadeed import Evidence, FolderDeposit, HeldKey, OpenDraft, Receipt, read_office_key
from datadeed.owner_files import create_owned
from datadeed_ledger.calendar_days import add_days, day_of, day_text
from datadeed_ledger.encoding import time_text
from datadeed_node.demo.enterprises import Enterprise, Profile, enrolled_enterprise
from datadeed_node.demo.narrative import Narrative
from datadeed_node.demo.processes import NodeProcess, Nodes

OWNER = Profile("blue-river", "Blue River Data Co. 蓝河数据有限公司", "91110000DEMO00001X")
LICENSEE = Profile("summit", "Summit Analytics Ltd. 顶峰分析有限公司", "91110000DEMO00002X")
BUYER = Profile("harbour", "Harbour Mobility Inc. 港湾出行股份有限公司", "91110000DEMO00003X")
WHOLE = 10_000
REGISTRATION_NO = "DEMO202600000001"
CERTIFICATE_NO = "20260000000000001"
CERTIFICATE_NO_AFTER = "20260000000000002"
LICENCE_DAYS = 365
PREFERRED_ITEMS = ("json/decoder.py", "decimal.py")  # of Python's library: real, small and known to many


def default_file() -> Path:
    """A real file that every Python installation has: the texts of its built-in help, 0.7 MB."""
    library = default_folder()
    found = library / "pydoc_data" / "topics.py"
    return found if found.is_file() else library / "this.py"


def default_folder() -> Path:
    """Python's own standard library: thousands of real files."""
    return Path(sysconfig.get_path("stdlib"))


@dataclass(slots=True)
class Told:
    """What happened, for demo.json. entries: id by step; packs: path by name."""

    entries: dict[str, str] = field(default_factory=dict)
    packs: dict[str, Path] = field(default_factory=dict)
    right: str = ""
    item: Path | None = None


class Story:
    """One telling on one ledger."""

    def __init__(self, folder: Path, nodes: Nodes, narrative: Narrative) -> None:
        self._folder = folder
        self._nodes = nodes
        self._narrative = narrative
        self.told = Told()

    def office(self, short: str) -> HeldKey:
        """The office key of an institution, as its own people hold it."""
        return read_office_key(self._nodes[short].folder / "keys" / "office.key", self._nodes.genesis.roster)

    # --- enrolment ---------------------------------------------------------------------------------------------------

    def enrol(self) -> None:
        """Three enterprises: connect with the fingerprint, make a key, be enrolled."""
        self._narrative.chapter("Three enterprises enrol", "三家企业入册")
        registrar, exchange = self._nodes["ip-office"], self._nodes["exchange"]
        self.owner = self._enrolled(OWNER, registrar)
        self.licensee = self._enrolled(LICENSEE, exchange)
        self.buyer = self._enrolled(BUYER, registrar)

    def _enrolled(self, profile: Profile, office: NodeProcess) -> Enterprise:
        with self._narrative.doing(f"{profile.name} enrolled by {office.name}"):
            enterprise = enrolled_enterprise(self._folder / "parties", profile, self._nodes, office)
        self._narrative.note(f"on the ledger only as {enterprise.party}; its name is sealed")
        self._told(f"enrol_{profile.short.replace('-', '_')}", enterprise.enrolled)
        return enterprise

    # --- deposits ----------------------------------------------------------------------------------------------------

    def deposit(self, file: Path, folder: Path) -> None:
        """A file by its digest, and every file of a folder as one batch."""
        self._narrative.chapter("A file and a folder are deposited", "文件与文件夹存证")
        with self._narrative.doing(f"{file.name}, {file.stat().st_size:,} bytes: its digest only"):
            receipt = self.owner.ledger.deposit(file, description="demonstration deposit")
        self._told("deposit", receipt)
        self._narrative.note(f"block time {time_text(receipt.time_ms)}, signed by {', '.join(receipt.institutions)}")
        with self._narrative.doing(f"notarized by {self._nodes['notary'].name}"):
            data = {"deposit": receipt.entry_id, "item": None, "record_number": "DEMO-1"}
            self._told("notarize", self.owner.ledger.submit("notarize", data, signers=[self.office("notary")]))
        batch = self._deposited_folder(folder)
        self._told("deposit_folder", batch.receipt)
        self._narrative.done(f"{batch.manifest.count:,} files of {folder} in one entry", batch.manifest.root.hex()[:16])
        self.file, self.batch = file, batch
        self.told.item = folder / _item_of(batch)

    def _deposited_folder(self, folder: Path) -> FolderDeposit:
        with self._narrative.counting("hashing") as bar:
            task = bar.task_ids[0]
            return self.owner.ledger.deposit_folder(
                folder,
                description="Python's standard library",
                progress=lambda done, total, _: bar.update(task, completed=done, total=total),
            )

    # --- the right ---------------------------------------------------------------------------------------------------

    def register(self) -> None:
        """Application, publicity, registration."""
        self._narrative.chapter("A right is applied for, published and registered", "登记申请、公示、登记")
        with self._narrative.doing(f"{OWNER.name} applies"):
            applied = self.owner.ledger.apply(self.description(bytes.fromhex(self.told.entries["deposit"])))
        self.right = applied.entry_id
        self.told.right = self.right.hex()
        self._told("apply", applied)
        registrar = [self.office("ip-office")]
        with self._narrative.doing("published by the IP office (the demonstration's rules: a window of no days)"):
            self._told("publish", self.owner.ledger.submit("publish", {"right": self.right}, signers=registrar))
        with self._narrative.doing(f"registered as {REGISTRATION_NO}"):
            numbers = {"right": self.right, "registration_no": REGISTRATION_NO, "certificate_no": CERTIFICATE_NO}
            self.registered = self.owner.ledger.submit("register", numbers, signers=registrar)
        self._told("register", self.registered)
        record = self.owner.ledger.right(self.right)["record"]
        self._narrative.note(f"holder of record until {record['until']}; the right's id is its application's")

    def description(self, deposit: bytes) -> dict[str, Any]:
        """What an application says of its data."""
        return {
            "object_name": "Traffic flow of ring road 4, 2026",
            "scenario": "signal control, route planning",
            "structure": "one row a minute and sensor",
            "algorithm_rules": "cleaned, aggregated, checked against counts by hand",
            "source_contract": None,
            "sample": None,
            "intended_use": "licensed to operators and researchers",
            "industry": "54",
            "sources": ["self_collected"],
            "personal_data": False,
            "data_format": "csv",
            "size_bytes": self.file.stat().st_size,
            "record_count": 1_000_000,
            "update_frequency": "monthly",
            "agreement_end": None,
            "deposits": [{"deposit": deposit, "item": None}],
        }

    def license(self) -> None:
        """An ordinary licence for a year, signed by holder and licensee."""
        self._narrative.chapter("It is licensed", "许可备案")
        today = day_of(self.registered.time_ms)
        with self._narrative.doing(f"ordinary licence to {LICENSEE.name}"):
            receipt = self.owner.ledger.license(
                self.right,
                self.licensee.party,
                start=day_text(today),
                end=day_text(add_days(today, LICENCE_DAYS)),
                type="ordinary",
                use=["model_training", "research"],
                fee="CNY 120000.00",
                signers=[self.owner.key, self.licensee.key],
            )
        self._told("license", receipt)
        self._narrative.note(
            "the fee is sealed: on the ledger stands a commitment, and whoever holds the salt opens it"
        )

    def transfer(self) -> None:
        """A draft travels from seller to buyer; the request waits for the registrar's approval."""
        self._narrative.chapter("It is transferred", "转让")
        data = {
            "right": self.right,
            "holders_after": [{"party": self.buyer.key.signer_id, "share": WHOLE}],
            "price": "CNY 900000.00",
            "contract": None,
        }
        draft = self.owner.ledger.draft("transfer", data, by=[self.owner.party, self.buyer.party])
        path = self._folder / "transfer.draft.json"
        create_owned(path, draft.sign(self.owner.key).to_bytes())
        self._narrative.done(f"{OWNER.name} signs a draft", str(path))
        both = OpenDraft.parse(path.read_bytes()).sign(self.buyer.key)
        with self._narrative.doing(f"{BUYER.name} signs it and submits"):
            requested = self.buyer.ledger.submit_draft(both)
        self._told("transfer", requested)
        with self._narrative.doing("approved by the IP office: the holder of record changes"):
            approval = {"right": self.right, "request": requested.entry_id, "certificate_no": CERTIFICATE_NO_AFTER}
            approved = self.buyer.ledger.submit("approve", approval, signers=[self.office("ip-office")])
        self._told("approve", approved)

    # --- evidence ----------------------------------------------------------------------------------------------------

    def prove(self) -> None:
        """Three packs, each verified before it is written."""
        self._narrative.chapter("Evidence is taken out", "取得证据包")
        assert self.told.item is not None, "the folder was deposited before"
        deposit, batch = self.told.entries["deposit"], self.batch.receipt.entry_id
        self._keep("deposit", self.owner.ledger.prove(deposit), f"that {self.file.name} existed unchanged")
        item = self.owner.ledger.prove(batch, item=self.told.item)
        self._keep("item", item, f"that {self.told.item.name} was one of {self.batch.manifest.count:,} files")
        self._keep("title", self.buyer.ledger.prove(self.right), "the whole history of the right, nothing left out")

    def _keep(self, name: str, evidence: Evidence, what: str) -> None:
        path = self._folder / "evidence" / f"{name}.zip"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(evidence.pack)
        self.told.packs[name] = path
        self._narrative.done(f"{path.name} proves {what}", f"{len(evidence.pack):,} bytes")

    def deposit_small(self, step: str) -> Receipt:
        """One more deposit, of a text that says when."""
        receipt = self.owner.ledger.deposit(f"{step} {self._nodes.genesis.origin}".encode(), file_name=f"{step}.txt")
        self._told(step, receipt)
        return receipt

    def close(self) -> None:
        for enterprise in (self.owner, self.licensee, self.buyer):
            enterprise.ledger.close()

    def _told(self, step: str, receipt: Receipt) -> None:
        self.told.entries[step] = receipt.entry_id.hex()


def _item_of(batch: FolderDeposit) -> str:
    """The path of the item that is proven: a known file, else the largest one below a megabyte."""
    paths = {file.path: file.digest.size_bytes for file in batch.manifest.files}
    for path in PREFERRED_ITEMS:
        if path in paths:
            return path
    small = {path: size for path, size in paths.items() if size < 2**20} or paths
    return max(small, key=lambda path: (small[path], path))
