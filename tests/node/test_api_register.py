"""Routes about rights: the record, what time makes of it, its licences, its history, its pack."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from institutions import HOUR_MS, SEAL, run
from served_node import Served, served

from datadeed_ledger.calendar_days import day_of, day_text
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence import verify_pack

SEALED = ("object_name", "scenario", "structure", "algorithm_rules", "source_contract", "sample", "intended_use")


async def register_one(node: Served) -> tuple[Entry, list[Entry]]:
    """The application that opened the right, and every entry that touched it."""
    people = node.institutions
    (holder, holder_key), (licensee, licensee_key) = people.party(1), people.party(2)
    office, office_key = people.office("registrar")
    by_office, by_holder = {office.member_id: office_key}, {holder: holder_key}
    await node.recorded(people.enrol(1), people.enrol(2))
    deposit = people.deposit(900, party=1)
    await node.recorded(deposit)
    numbers = iter(range(1000, 2000))

    async def act(kind: str, signers: dict[bytes, Any], data: dict[str, Any]) -> Entry:
        entry = people.entry(kind, signers, data, next(numbers), time.time_ns() // 1_000_000 + HOUR_MS)
        answer = await node.post(entry, "/entries?wait=true")
        assert answer.status_code == 200, answer.text
        return entry

    description: dict[str, Any] = dict.fromkeys(SEALED, SEAL) | {
        "industry": "54",
        "sources": ["self_collected"],
        "personal_data": False,
        "data_format": "csv",
        "size_bytes": 1,
        "record_count": None,
        "update_frequency": "monthly",
        "agreement_end": None,
        "deposits": [{"deposit": deposit.entry_id, "item": None}],
    }
    applicants = [{"party": holder, "share": 10_000}]
    applied = await act(
        "apply",
        by_holder,
        {
            "regime": "cnipa_data_ip",
            "registrar": office.member_id,
            "applicants": applicants,
            "description": description,
        },
    )
    right = applied.entry_id
    history = [applied, await act("publish", by_office, {"right": right})]
    numbers_given = {"right": right, "registration_no": "DEMO202600000001", "certificate_no": "20260000000000001"}
    history.append(await act("register", by_office, numbers_given))
    today = day_text(day_of(time.time_ns() // 1_000_000))
    terms = {
        "right": right,
        "parent": None,
        "licensee": licensee,
        "type": "ordinary",
        "territory": ["*"],
        "industry": ["*"],
        "use": ["*"],
        "start": today,
        "end": today,
        "sublicensing": False,
        "fee": SEAL,
        "contract": SEAL,
    }
    history.append(await act("license", {**by_holder, licensee: licensee_key}, terms))
    return applied, history


def test_a_right_is_shown_with_its_view_its_licences_its_history_and_its_pack(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            applied, history = await register_one(node)
            path = f"/rights/{applied.entry_id.hex()}"
            found = (await node.client.get(path)).json()
            assert found["record"]["stage"] == "registered"
            assert found["record"]["holders"] == [{"party": node.institutions.party(1)[0].hex(), "share": "10000"}]
            assert (found["view"]["status"], found["view"]["valid"]) == ("registered", True)
            assert [(each["type"], each["in_force"]) for each in found["licences"]] == [("ordinary", True)]
            assert found["as_of"]["log_size"] <= node.node.store.tip.log_size
            told = (await node.client.get(f"{path}/history")).json()
            assert [each["entry_id"] for each in told["entries"]] == [entry.entry_id.hex() for entry in history]
            assert told["count"] == int(found["record"]["events"]["count"]) == len(history)
            rest = (await node.client.get(f"{path}/history?from=2")).json()
            assert rest["entries"] == told["entries"][2:]
            pack = await node.client.get(f"{path}/evidence")
            report = verify_pack(
                pack.content, node.institutions.genesis.fingerprint, ask=f"right/{applied.entry_id.hex()}"
            )
            assert report.steps

    run(main())


def test_telemetry_of_the_framework_is_off(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            application = node.server._api.app
            hooks = getattr(application, "_native_telemetry", None)
            assert hooks is None or not hooks.enabled()

    run(main())
