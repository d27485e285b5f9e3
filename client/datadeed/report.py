"""A verification on the screen: the outcome, every step with its mark, and what was proven, Chinese first.

What the steps say and what an outcome is called stands in the ledger room's catalogue, the same for every verifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from datadeed.display import TOOL, Row, facts, lines_of, safe
from datadeed.state_report import replayed
from datadeed.words import CHECKPOINT_OF, COVERED, TITLES, UNCHECKED
from datadeed_ledger.encoding import Json, time_text
from datadeed_ledger.evidence import NotProven, PackKind, Report, Step, Unreadable
from datadeed_ledger.evidence.catalogue import DETAIL, stopped
from datadeed_ledger.evidence.report import EntryFacts, Institution, Signer, TimestampFacts

_MARKS: Final = {True: ("✔", "bold green"), False: ("✘", "bold red"), None: ("–", "dim")}


def proven(report: Report) -> Group:
    """A report of a pack that passed."""
    text = Text(f"{report.outcome.zh} · {report.outcome}\n\n", style="bold green")
    text.append(safe(report.conclusion_zh) + "\n", style="none")
    text.append(safe(report.conclusion_en), style="none")
    return Group(Panel(text, border_style="green"), steps_table(report.steps), *_findings(report))


def not_proven(failure: NotProven | Unreadable) -> Group:
    """A verification that stopped: at which step, what that means, the technical reason, and how far it came."""
    text = Text(f"{failure.outcome.zh} · {failure.outcome}\n\n", style="bold red")
    en, zh = stopped(failure.steps[-1], failure.outcome)
    text.append(f"{zh}\n{en}\n\n{DETAIL[1]} {DETAIL[0]}: ", style="none")
    text.append(safe(failure.reason), style="none")
    return Group(Panel(text, border_style="red"), steps_table(failure.steps))


def proven_json(report: Report) -> dict[str, Json]:
    return {"outcome": report.outcome.value, "proven": True, "report": report.to_json(), "tool": TOOL}


def not_proven_json(failure: NotProven | Unreadable) -> dict[str, Json]:
    step = failure.step
    steps: list[Json] = [
        {"en": each.en, "name": each.name, "number": each.number, "ok": each.ok, "zh": each.zh}
        for each in failure.steps
    ]
    return {
        "outcome": failure.outcome.value,
        "proven": False,
        "readable": isinstance(failure, NotProven),
        "reason": failure.reason,
        "step": step,
        "steps": steps,
        "tool": TOOL,
    }


def steps_table(steps: Sequence[Step]) -> Table:
    """The steps in their order, each with its mark; Chinese above English."""
    title = TITLES["steps"].label
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=None, padding=(0, 1))
    table.add_column(justify="right", style="dim")
    table.add_column()
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for step in steps:
        mark, style = _MARKS[step.ok]
        words = Text(safe(step.zh) + "\n")
        words.append(safe(step.en), style="dim")
        table.add_row(str(step.number), Text(mark, style=style), step.name, words)
    return table


def _findings(report: Report) -> Iterator[RenderableType]:
    checkpoint = report.checkpoint
    signed = [f"{_institution(each.institution)} · {time_text(each.time_s * 1000)}" for each in checkpoint.cosigners]
    rows: list[Row] = [
        ("origin", report.origin),
        ("fingerprint", report.fingerprint.hex()),
        ("checkpoint", f"{checkpoint.root.hex()} · {time_text(checkpoint.time_s * 1000)}"),
        ("log_size", str(checkpoint.size)),
        ("block", f"{checkpoint.height} · {time_text(checkpoint.header_time_ms)} (± {checkpoint.slack_ms} ms)"),
        ("institutions", signed),
        ("quorum", f"{checkpoint.quorum} / {len(checkpoint.members)}"),
        ("rosters", [f"{each.version} · {time_text(each.since_ms)} · {each.height}" for each in report.rosters]),
        ("tool", TOOL),
    ]
    yield facts(TITLES["facts"], rows)
    if report.timestamps:
        yield facts(TITLES["timestamps"], [("timestamp", _stamp_lines(stamp)) for stamp in report.timestamps])
    yield from replayed(report)
    for entry in report.entries:
        if entry.index in report.about:
            yield facts(TITLES["entries"], _entry_rows(entry))
    if report.records and report.kind is not PackKind.EXPORT:
        yield facts(TITLES["records"], [("record", lines_of(record.record)) for record in report.records])
    if report.items:
        yield facts(TITLES["facts"], [("item", f"{item.item} · {item.digest.hex()}") for item in report.items])


def _stamp_lines(stamp: TimestampFacts) -> list[str]:
    """The token's time on a line of its own, beside that of the checkpoint it is over; who signed it, if checked."""
    accuracy = "" if stamp.accuracy_ms is None else f" (± {stamp.accuracy_ms} ms)"
    return [
        time_text(stamp.time_ms) + accuracy,
        stamp.authority or f"{UNCHECKED.zh} {UNCHECKED.en}",
        f"{CHECKPOINT_OF.zh} {CHECKPOINT_OF.en}: {stamp.size} · {time_text(stamp.checkpoint_time_s * 1000)}",
        f"{COVERED.zh} {COVERED.en}: {', '.join(map(str, stamp.covers)) or '-'}",
    ]


def _entry_rows(entry: EntryFacts) -> list[Row]:
    rows: list[Row] = [
        ("kind", entry.kind),
        ("entry", entry.entry_id.hex()),
        ("index", str(entry.index)),
        ("block", f"{entry.height} · {entry.block_id.hex()}"),
        ("time", f"{time_text(entry.block_time_ms)} (± {entry.slack_ms} ms)"),
        ("by", [_signer(signer) for signer in entry.signers]),
        ("data", lines_of(entry.data)),
    ]
    rows += [("opened", lines_of(opened.value, opened.path)) for opened in entry.opened]
    if entry.unopened:
        rows.append(("unopened", ", ".join(entry.unopened)))
    return rows


def _institution(member: Institution) -> str:
    return f"{member.title_zh} {member.title_en} ({member.name}; {', '.join(member.roles)})"


def _signer(signer: Signer) -> str:
    if signer.institution is not None:
        return _institution(signer.institution)
    enrolled = f" · {_institution(signer.enrolled_by)}" if signer.enrolled_by else ""
    return f"party/{signer.signer.hex()}{enrolled}"
