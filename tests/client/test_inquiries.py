"""Questions about the register to nodes that answer in pages, badly, or not at all; moments, tables and acts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Command
from hypothesis import given
from hypothesis import strategies as st
from paper_ledger import PaperLedger, PaperNode, problem, serving
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from datadeed import AsyncLedger, Ledger
from datadeed.acts import court, exchange, holder, registrar
from datadeed.conversation import Conversation
from datadeed.export import COLUMNS, TABLES, csv_bytes, plain_cell
from datadeed.kind_words import COLUMN_WORDS
from datadeed.moments import moment_of
from datadeed.problems import Present
from datadeed.sealing import Sealer
from datadeed.spelling import data_of
from datadeed_ledger.encoding import parse_time, time_text
from datadeed_ledger.errors import Busy, Malformed, Unproven
from datadeed_ledger.numbering import DEMO

AS_OF = {"log_size": 9, "height": 4, "time": "2026-11-23T00:00:00.000Z"}
ID = "ab" * 32


@pytest.fixture
def here(node: PaperNode) -> Iterator[Ledger]:
    with Ledger.connect(node.url, node.ledger.genesis.fingerprint.hex(), patience_s=1) as ledger:
        yield ledger


def paged(*pages: dict[str, Any]) -> Callable[[Request], Response | None]:
    """A node that answers questions about the register with these pages, each by the cursor before it."""

    def answer(request: Request) -> Response | None:
        if request.url.path not in ("/rights", "/register/work"):
            return None
        return JSONResponse(pages[int(request.query_params.get("after", "0"))])

    return answer


def test_pages_are_followed_to_their_end(node: PaperNode, here: Ledger) -> None:
    node.lie = paged(
        {"as_of": AS_OF, "next": "1", "rights": [{"right": "a"}]},
        {"as_of": AS_OF, "next": "2", "rights": []},
        {"as_of": AS_OF, "next": None, "rights": [{"right": "b"}]},
    )
    told = here.rights(status="registered", since="2026-01-01", at="2026-11-22")
    assert ([each["right"] for each in told.items], told.as_of) == (["a", "b"], AS_OF)


def test_several_work_lists_are_asked_for_at_once_and_each_is_followed(node: PaperNode, here: Ledger) -> None:
    def page(**lists: Any) -> dict[str, Any]:
        return {"as_of": AS_OF, "today": "2026-11-23", "lists": lists}

    node.lie = paged(
        page(requests={"next": "1", "items": [{"id": "a"}]}, freezes={"next": None, "items": [{"id": "f"}]}),
        page(requests={"next": None, "items": [{"id": "b"}]}),
    )
    node.calls.clear()
    work = here.work(["requests", "freezes"], within_days=7)
    assert {name: [each["id"] for each in items] for name, items in work.lists.items()} == {
        "requests": ["a", "b"],
        "freezes": ["f"],
    }
    assert (work.today, len(node.calls)) == ("2026-11-23", 2)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"as_of": AS_OF, "next": None},
        {"as_of": AS_OF, "next": None, "rights": ["a"]},
        {"as_of": AS_OF, "next": 7, "rights": []},
        {"as_of": {"time": "x"}, "next": None, "rights": []},
        {"next": None, "rights": []},
        {"as_of": AS_OF, "today": 1, "lists": {"requests": {"next": None, "items": []}}, "rights": 1},
    ],
)
def test_an_answer_in_another_form_is_not_believed(node: PaperNode, here: Ledger, answer: dict[str, Any]) -> None:
    node.lie = lambda request: JSONResponse(answer) if request.url.path in ("/rights", "/register/work") else None
    with pytest.raises(Unproven):
        here.rights()
    with pytest.raises(Unproven):
        here.work(["requests"])


def test_a_node_that_is_busy_is_passed_over(ledger: PaperLedger) -> None:
    busy, willing = PaperNode(ledger), PaperNode(ledger)
    busy.lie = lambda request: problem(503, "busy", "full", retry_after_s=1) if "rights" in request.url.path else None
    willing.lie = paged({"as_of": AS_OF, "next": None, "rights": [{"right": "a"}]})
    with serving(busy, willing):
        fingerprint = ledger.genesis.fingerprint.hex()
        with Ledger.connect(busy.url, fingerprint, patience_s=1) as here:
            with pytest.raises(Busy):
                here.rights()
            folder = here._conversation.folder
            (folder.path / "nodes.json").write_text(json.dumps([busy.url, willing.url], separators=(",", ":")))
        with Ledger.open(fingerprint) as again:
            assert len(again.rights().items) == 1


def test_what_is_recorded_is_not_proven_absent(node: PaperNode, here: Ledger) -> None:
    node.lie = lambda request: problem(409, "present", "something is") if request.url.path == "/absence" else None
    with pytest.raises(Present, match="something is"):
        here.prove_absent("number/0000000000000000")
    node.lie = lambda request: Response(b"PK") if request.url.path == "/absence" else None
    with pytest.raises(Unproven):
        here.prove_absent("number/0000000000000000")
    for subject, kind in (("who", None), (f"right/{ID}", "pledge"), ("rules", "licence")):
        with pytest.raises(Malformed, match="is not a question"):
            here.prove_absent(subject, kind=kind)


@pytest.mark.parametrize("given_so_far", [0, 1, 2, 3, 7, 8, 100])
def test_the_next_number_is_the_first_that_was_not_given(
    node: PaperNode, here: Ledger, monkeypatch: pytest.MonkeyPatch, given_so_far: int
) -> None:
    def absence(subject: str, kind: str | None) -> Iterator[Any]:
        number = subject.removeprefix("number/")
        parsed = DEMO.parse_registration_no(number) if len(number) == 16 else DEMO.parse_certificate_no(number)
        if parsed.sequence <= given_so_far:
            raise Present("given")
        yield from ()

    monkeypatch.setattr(Conversation, "absence", lambda self, subject, kind: absence(subject, kind))
    numbers = here.next_numbers()
    assert DEMO.parse_registration_no(numbers.registration_no).sequence == given_so_far + 1
    assert DEMO.parse_certificate_no(numbers.certificate_no).sequence == given_so_far + 1
    assert "not official" in numbers.scheme_en


def test_a_party_without_a_record_is_not_given_a_new_key(run: Command, node: PaperNode, passphrase_file: Path) -> None:
    assert run("connect", node.url, "--fingerprint", node.ledger.genesis.fingerprint.hex()).code == 0
    assert run("key", "new", "--name", "x", "--credit-code", "").code == 0
    for answer in ({"record": "x"}, {"record": {"enrolled_by": 1}}, {}):
        node.lie = lambda request, said=answer: JSONResponse(said) if "parties" in request.url.path else None
        ended = run("key", "rotate", "default", "next", "--patience", "1")
        assert (ended.code, "the party's record" in ended.err) == (1, True)
    assert [each["key"] for each in run("key", "show", "--json").json] == ["default"]


def test_the_twin_asks_the_same(node: PaperNode) -> None:
    async def asked() -> tuple[int, object]:
        async with await AsyncLedger.connect(node.url, node.ledger.genesis.fingerprint.hex(), patience_s=1) as ledger:
            told = await ledger.rights()
            with pytest.raises(Malformed, match="no work list"):
                await ledger.work(["everything"])
            with pytest.raises(Malformed, match="export pack"):
                await ledger.tables(await ledger.prove(next(iter(node.ledger.indexes))))
            return len(told.items), told.as_of["log_size"]

    node.lie = paged({"as_of": AS_OF, "next": None, "rights": []})
    assert asyncio.run(asked()) == (0, 9)


# --- moments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22", "2026-11-22T15:59:59.999Z"),
        ("2026-11-22T04:12:09.104Z", "2026-11-22T04:12:09.104Z"),
        ("2026-11-22T04:12:09Z", "2026-11-22T04:12:09.000Z"),
        ("2026-11-22T12:12:09+08:00", "2026-11-22T04:12:09.000Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_a_date_means_the_end_of_that_day_at_plus_eight(text: str | int, moment: str) -> None:
    assert time_text(moment_of(text)) == moment


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-02-30", "2026-11-22T25:00:00Z", "2026-11-22T04:12:09", "22.11.2026", "1969-12-31T00:00:00Z", -1],
)
def test_what_is_no_moment_is_named(text: str | int) -> None:
    with pytest.raises(Malformed, match="is no moment"):
        moment_of(text)


@given(st.integers(0, 253402300799999))
def test_the_ledgers_own_spelling_is_a_moment(time_ms: int) -> None:
    assert moment_of(time_text(time_ms)) == time_ms == parse_time(time_text(time_ms))


# --- tables ----------------------------------------------------------------------------------------------------------


@given(st.text())
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    assert not plain_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert plain_cell(text).removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_a_header_in_both_languages(table: str) -> None:
    text = csv_bytes([], table).decode("utf-8-sig")
    assert text == ",".join(f"{COLUMN_WORDS[name].zh} {name}" for name in COLUMNS[table]) + "\r\n"


# --- acts ------------------------------------------------------------------------------------------------------------

PARTY, OTHER = "cd" * 16, "ef" * 16
DESCRIPTION = {
    "industry": "64",
    "sources": ["self_collected"],
    "personal_data": False,
    "data_format": "csv",
    "size_bytes": 1,
    "update_frequency": "daily",
    "deposits": [{"deposit": ID, "item": None}],
}
ACTS = [
    court.enforce_transfer(ID, {PARTY: 10_000}, ends=[ID], ends_pledge=True),
    court.freeze(ID, months=1),
    court.renew_freeze(ID, ID, months=1),
    court.unfreeze(ID, ID),
    exchange.delist_asset(ID, reason="other"),
    exchange.record_contract(PARTY, OTHER, subject_matter="report", start="2026-01-01", end="2026-01-02", right=ID),
    exchange.register_asset(PARTY, industry="64", category="report", deposits=[(ID, 3)]),
    holder.cancel(ID, reason="other"),
    holder.change(ID, DESCRIPTION),
    holder.correct(ID, DESCRIPTION),
    holder.end_license(ID, ID, reason="other"),
    holder.object_to(ID, ground="other", evidence="x"),
    holder.pledge(ID, PARTY, debt_due="2027-01-01"),
    holder.release_pledge(ID, reason="other"),
    holder.renew(ID),
    holder.transfer(ID, {PARTY: 0, OTHER: 0}),
    holder.withdraw(ID, ID),
    registrar.approve(ID, ID),
    registrar.correct_record(ID, ID, reason="other", description=DESCRIPTION, holders_after={PARTY: 10_000}),
    registrar.decide_objection(ID, ID, "upheld"),
    registrar.end_dispute(ID, ID),
    registrar.import_right(
        DESCRIPTION,
        {PARTY: 10_000},
        registrar=bytes(32),
        registration_no="2023BJ0000000001",
        certificate_no="11000000000000001",
        announced_on="2023-07-01",
        until="2026-07-01",
    ),
    registrar.note_dispute(ID),
    registrar.publish(ID),
    registrar.refuse(ID, ground="other"),
    registrar.register(ID, registration_no="2023BJ0000000001", certificate_no="11000000000000001"),
    registrar.reinstate(PARTY, reason="other"),
    registrar.reject(ID, ID, ground="other"),
    registrar.request_correction(ID, ["other"]),
    registrar.revoke(ID, ground="other"),
    registrar.suspend(PARTY, reason="other"),
    registrar.amend_rules({"a": 1}, effective="2027-01-01T00:00:00.000Z", members=["court.example.cn"]),
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.kind)
def test_every_act_is_data_of_its_kind(act: Any) -> None:
    assert data_of(act.kind, act.data, Sealer(bytes(16)))


def test_who_else_signs_an_act_is_said_with_it() -> None:
    also = {act.kind: act.also for act in ACTS if act.also}
    assert also == {
        "amend_rules": ("court.example.cn",),
        "import_right": (PARTY,),
        "record_contract": (PARTY, OTHER),
        "register_asset": (PARTY,),
    }
