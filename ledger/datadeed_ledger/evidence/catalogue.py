"""The words of a verification, each once, in English and Chinese: steps, their outcomes, conclusions.

A step's number never changes; a newer version adds at the end. The same name stands for the same check in every
implementation, so that two verifiers can be compared step by step. Spec: docs/spec/evidence.md section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from datadeed_ledger.evidence.names import PackKind
from datadeed_ledger.evidence.report import Outcome, Step


@dataclass(frozen=True, slots=True)
class Wording:
    """One step. failed: what it means for the question when this step does not hold; name_zh: its short name."""

    en: str
    zh: str
    failed: Outcome
    name_zh: str


_UNDECIDED: Final = Outcome.CANNOT_DECIDE
_INCONSISTENT: Final = Outcome.INCONSISTENT

STEPS: Final[dict[str, Wording]] = {
    "container": Wording(
        "The file is whole: exactly the parts of one kind of evidence pack, every byte in its place.",
        "文件完整：恰为一种证据包的全部组成部分，每个字节各在其位。",
        _UNDECIDED,
        "文件完整性",
    ),
    "fingerprint": Wording(
        "The founding document has the ledger fingerprint that was given.",
        "创世文件与所给账本指纹一致。",
        _UNDECIDED,
        "账本指纹",
    ),
    "checkpoint": Wording(
        "A quorum of the institutions signed the checkpoint.",
        "达到法定数量的节点机构已签署该检查点。",
        _UNDECIDED,
        "机构签署",
    ),
    "header": Wording(
        "The newest block header is the checkpoint's last leaf and belongs to this ledger and roster.",
        "最新区块头是该检查点的最后一个叶子，且属于本账本及本成员名单。",
        _INCONSISTENT,
        "最新区块",
    ),
    "policy": Wording(
        "The policy file for other tools says what the founding document says.",
        "供其他工具使用的策略文件与创世文件所载相同。",
        _INCONSISTENT,
        "策略文件",
    ),
    "inclusion": Wording(
        "Every entry stands in the log at its index, and its readable text is the same entry.",
        "每个条目均在日志的相应序号处，其可读文本与条目相同。",
        _INCONSISTENT,
        "条目在链",
    ),
    "blocks": Wording(
        "Every entry's block header stands in the log, covers the entry and fits the others.",
        "每个条目所属区块头均在日志中，覆盖该条目，且彼此衔接。",
        _INCONSISTENT,
        "所属区块",
    ),
    "signatures": Wording(
        "Every signature holds, with the key that was in force for its signer.",
        "每个签名均有效，所用密钥为签署人当时有效的密钥。",
        _INCONSISTENT,
        "签名",
    ),
    "question": Wording(
        "The pack answers the question that was asked.",
        "证据包回答了所提出的问题。",
        _UNDECIDED,
        "所问事项",
    ),
    "records": Wording(
        "The state that the checkpoint covers holds exactly these records under the subjects asked about.",
        "检查点所覆盖的状态中，所问对象项下恰有这些记录。",
        _INCONSISTENT,
        "状态记录",
    ),
    "history": Wording(
        "The histories are complete: no entry is missing, none is added, their order is fixed.",
        "历史无遗漏：条目无缺失、无增加，顺序确定。",
        _INCONSISTENT,
        "历史无遗漏",
    ),
    "deposits": Wording(
        "Every deposit that the history refers to is here.",
        "历史所引用的存证均在其中。",
        _INCONSISTENT,
        "所引存证",
    ),
    "items": Wording(
        "The items belong to the deposited batch.",
        "各文件项属于已存证的批次。",
        _INCONSISTENT,
        "批次文件项",
    ),
    "disclosures": Wording(
        "What was opened of sealed fields is what was sealed.",
        "所披露的密封字段内容与封存内容一致。",
        _INCONSISTENT,
        "字段披露",
    ),
    "file": Wording(
        "The file in hand is the one that was deposited.",
        "所提交文件与存证文件一致。",
        _INCONSISTENT,
        "争议文件",
    ),
    "rules": Wording(
        "The rules of the register were replayed over the history: each entry was permitted where it stands, and the "
        "records follow from it.",
        "已按登记规则重演全部历史：每一条目在其所处时点均为规则所许可，且各记录由此得出。",
        _INCONSISTENT,
        "登记规则",
    ),
    "time": Wording(
        "The state as of the time asked about follows from the complete history.",
        "所问时点的状态由完整历史得出。",
        _UNDECIDED,
        "所问时点",
    ),
    "timestamps": Wording(
        "Every time-stamp token is over a proven checkpoint of this ledger that leads to the pack's own, is not older "
        "than that, and is signed by an authority that the verifier trusts.",
        "每个时间戳令牌均针对本账本一个已证明的检查点，该检查点与证据包的检查点前后一致，令牌时间不早于该检查点，且由核验者信任的时间戳机构签署。",
        _INCONSISTENT,
        "时间戳",
    ),
    "rosters": Wording(
        "Every change of the members, from the founding roster to that of the newest block, was signed by a quorum of "
        "the members before and by everybody whose keys are new, and stands in this log.",
        "自创世名册至最新区块所载名册，每次成员变更均由变更前达到法定数量的成员及持有新密钥的全部机构签署，并载于本日志。",
        _UNDECIDED,
        "成员名册",
    ),
    "retirement": Wording(
        "The rosters are those that the verifier has proven elsewhere; what a roster signed that is retired since is "
        "older than its retirement, by a time-stamp of an authority that the verifier trusts.",
        "各版名册与核验者另行证明者一致；已退任名册所签署的内容，经核验者信任的时间戳机构证明，早于其退任。",
        _INCONSISTENT,
        "名册退任",
    ),
}

_NUMBERS: Final = {name: number for number, name in enumerate(STEPS, start=1)}


def passed(name: str, en: str = "", zh: str = "") -> Step:
    """The step `name` that held; en, zh: what it found, if that says more than that it held."""
    return Step(_NUMBERS[name], name, True, _joined(STEPS[name].en, en), STEPS[name].zh + zh)


def failed(name: str, reason: str, reason_zh: str = "") -> Step:
    """The step `name` that did not hold. reason: in English, a technical detail of any length; reason_zh: if known."""
    zh = f"不成立：{STEPS[name].zh}" + (f"理由：{reason_zh}" if reason_zh else "") + f"{DETAIL[1]}：{reason}"
    return Step(_NUMBERS[name], name, False, f"Not so: {STEPS[name].en} {DETAIL[0]}: {reason}", zh)


def not_provided(name: str, en: str, zh: str) -> Step:
    """The step `name`, for which nothing was handed in, or not all that it needs."""
    return Step(_NUMBERS[name], name, None, en, zh)


DETAIL: Final = ("Technical detail", "技术细节（原文）")
_MEANINGS: Final = {
    Outcome.CANNOT_DECIDE: (
        "Something to decide by is missing; this does not mean that the evidence is false.",
        "缺少判断依据；不等于证据虚假。",
    ),
    Outcome.INCONSISTENT: (
        "It contradicts what was recorded; nothing can be based on it.",
        "与链上记录相矛盾；不得据此认定。",
    ),
    Outcome.NOT_ON_LEDGER: (
        "The log does not hold the entry that was handed in.",
        "该账本的日志中没有所提交的条目。",
    ),
}


def stopped(step: Step, outcome: Outcome) -> tuple[str, str]:
    """At which step a verification ended and what that means, in English and Chinese; not the technical reason."""
    en, zh = _MEANINGS[outcome]
    name_zh = STEPS[step.name].name_zh
    return (
        f"The verification ended at step {step.number} ({step.name}). {en}",
        f"核验终止于第 {step.number} 步「{name_zh}」（{step.name}）。{zh}",
    )


NOTHING_ASKED: Final = ("Not provided: no question was asked.", "未提供：未提出问题。")
NO_ITEMS: Final = ("Not provided: no item of a batch is in the pack.", "未提供：证据包中没有批次文件项。")
NOTHING_OPENED: Final = ("Not provided: no sealed field is opened here.", "未提供：未披露任何密封字段。")
NO_FILE: Final = ("Not provided: no file was handed in to compare.", "未提供：未提交待比对的文件。")
NO_HISTORY: Final = (
    "Not replayed: rules are judged over a whole history, which only a title or asset pack holds; here they rest on "
    "the institutions, which by quorum refuse an entry that a rule refuses.",
    "未重演：规则须就完整历史判断，仅权利或资产证据包载有完整历史；此处依赖节点机构，规则所拒绝的条目由法定数量的节点机构拒绝。",
)
UNREADABLE_RULES: Final = (
    "Not replayed: this version cannot read the founding document's rule set; the rules rest on the institutions, "
    "which by quorum refuse an entry that a rule refuses.",
    "未重演：本版本无法识读创世文件所载规则集；依赖节点机构，规则所拒绝的条目由法定数量的节点机构拒绝。",
)
NO_TIMESTAMPS: Final = (
    "Not provided: no time-stamp token is in the pack.",
    "未提供：证据包中没有时间戳令牌。",
)
UNCHECKED_TIMESTAMPS: Final = (
    "Token present, authority's signature not checked: no trusted authority was given. Each token is over a checkpoint "
    "of this ledger that leads to the pack's own; its time counts only once the signature is checked.",
    "有时间戳令牌，时间戳机构的签名未核验：未提供可信时间戳机构的证书。令牌所针对的检查点属于本账本且与证据包的检查点前后一致；其时间在签名核验之后方可采信。",
)
NO_TIME: Final = ("Not provided: no time was asked about.", "未提供：未提出所问时点。")

_LIMITS_EN: Final = "It says nothing of what was true before, nor of ownership; it is as of the checkpoint, never 'is'."
_LIMITS_ZH: Final = "本结论不涉及上链之前的真实性，也不涉及权属；仅就检查点时点而言，不代表现状。"

_CONCLUSIONS: Final = {
    PackKind.ENTRY: (
        "Entry {index} was recorded at {time} and is unchanged since.",
        "日志序号 {index} 的条目于 {time} 上链，此后未被改动。",
    ),
    PackKind.ITEM: (
        "The items {what} of the batch at entry {index} were recorded at {time} and are unchanged since.",
        "日志序号 {index} 的批量存证中的第 {what} 项于 {time} 上链，此后未被改动。",
    ),
    PackKind.TITLE: (
        "Up to {time} exactly {count} entries touched {what}; all of them are here, none is missing.",
        "截至 {time}，涉及 {what} 的条目共 {count} 条，均在其中，无遗漏。",
    ),
    PackKind.ASSET: (
        "Up to {time} exactly {count} entries touched {what}; all of them are here, none is missing.",
        "截至 {time}，涉及 {what} 的条目共 {count} 条，均在其中，无遗漏。",
    ),
    PackKind.ABSENCE: (
        "As of {time} nothing stood on this ledger under {what}.",
        "截至 {time}，本账本上没有 {what} 的任何存续记录。",
    ),
    PackKind.PRESENCE: (
        "As of {time} the records here stood on this ledger under {what}, and no other.",
        "截至 {time}，本账本上 {what} 项下的全部记录即为所载各条，别无其他。",
    ),
    PackKind.EXPORT: (
        "As of {time} the register held exactly {what} records; all of them are here, none is missing.",
        "截至 {time}，登记簿共有 {what} 条记录，均在其中，无遗漏。",
    ),
}


def conclusion(kind: PackKind, *, time: str, index: int = 0, count: int = 0, what: str = "") -> tuple[str, str]:
    """One sentence with its limits, in English and Chinese. time: RFC 3339."""
    en, zh = _CONCLUSIONS[kind]
    values = {"time": time, "index": index, "count": count, "what": what}
    return f"{en.format(**values)} {_LIMITS_EN}", zh.format(**values) + _LIMITS_ZH


def _joined(first: str, second: str) -> str:
    return f"{first} {second}" if second else first
