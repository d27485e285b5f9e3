"""Every message of the client's commands, once, in English and Chinese.

The steps of a verification and their outcomes have their own catalogue in the ledger room, which every verifier shares.
What stands here ends, where something is wrong, with the next thing to do.
"""

from __future__ import annotations

import shlex
from typing import Final, NamedTuple

from datadeed.home import NotConnected
from datadeed.keyring import WrongPassphrase
from datadeed.problems import Behind, Fork, NotOnLedger, Present, Unfinished, Unreachable
from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused, Unproven
from datadeed_ledger.evidence import NotProven, Unreadable


class Words(NamedTuple):
    """One message in both languages."""

    en: str
    zh: str

    @property
    def label(self) -> str:
        """Both in one short line."""
        return f"{self.en} {self.zh}"


LABELS: Final = {
    "as_of": Words("as of", "时点"),
    "batch": Words("items", "文件数"),
    "block": Words("block height", "区块高度"),
    "by": Words("signer", "签署人"),
    "certificate_no": Words("certificate number", "证书编号"),
    "checkpoint": Words("checkpoint", "检查点"),
    "conclusion": Words("conclusion", "结论"),
    "data": Words("data", "内容"),
    "digest": Words("SHA-256", "哈希值"),
    "disputes": Words("disputes noted", "争议标注"),
    "draft": Words("draft", "草稿"),
    "effect": Words("effect", "效力"),
    "entries_by_then": Words("entries by then", "截至该时点条目数"),
    "entry": Words("entry", "条目"),
    "expires": Words("valid until", "有效期至"),
    "file": Words("file", "文件"),
    "fingerprint": Words("ledger fingerprint", "账本指纹"),
    "freezes": Words("freezes", "保全"),
    "holders": Words("holders of record", "登记主体"),
    "index": Words("log index", "日志序号"),
    "institutions": Words("signed by", "签署机构"),
    "item": Words("item", "文件项"),
    "key": Words("key", "密钥"),
    "key_file": Words("key file", "密钥文件"),
    "kind": Words("kind", "种类"),
    "left_out": Words("left out", "未纳入"),
    "left_to_quorum": Words("judged by the institutions alone", "仅由节点机构判断"),
    "licences": Words("licences of record", "备案许可"),
    "log_size": Words("log size", "日志长度"),
    "manifest": Words("manifest", "清单"),
    "members": Words("institutions", "节点机构"),
    "missing": Words("still to sign", "尚待签署"),
    "nodes": Words("nodes", "节点"),
    "numbering": Words("numbering scheme", "编号规则"),
    "opened": Words("sealed, opened here", "密封已披露"),
    "origin": Words("ledger", "账本"),
    "pack": Words("evidence pack", "证据包"),
    "party": Words("party (pseudonym)", "主体（假名）"),
    "pending": Words("pending requests", "待决申请事项"),
    "pledge": Words("pledge", "质押"),
    "public_key": Words("public key", "公钥"),
    "quorum": Words("threshold", "签署门槛"),
    "record": Words("record", "记录"),
    "registration_no": Words("registration number", "登记号"),
    "request": Words("enrol request", "入册申请文件"),
    "roster": Words("roster, in force since", "名册版本及生效时间"),
    "rosters": Words("rosters", "名册"),
    "rows": Words("rows", "行数"),
    "rules": Words("rule set version", "规则集版本"),
    "size": Words("size", "大小"),
    "state": Words("kept in", "保存于"),
    "status": Words("status", "状态"),
    "subject": Words("subject", "对象"),
    "superseded": Words("no longer stands", "已被取代"),
    "time": Words("block time", "区块时间"),
    "tool": Words("verified with", "核验工具"),
    "timestamp": Words("time-stamp", "时间戳"),
    "unopened": Words("sealed, not opened", "密封未披露"),
    "until": Words("last day", "届满日"),
}

TITLES: Final = {
    "connected": Words("Connected", "已连接"),
    "deposited": Words("Deposited", "已存证"),
    "disclosed": Words("Evidence pack with opened fields, verified", "已披露字段的证据包，已核验"),
    "draft": Words("What is to be signed", "待签署内容"),
    "drafted": Words("Draft written", "草稿已写入"),
    "entries": Words("Entries", "条目"),
    "exported": Words("Register, exported and verified", "登记簿已导出并核验"),
    "facts": Words("What is proven", "已证明事项"),
    "fields": Words("Fields", "字段"),
    "forgotten": Words("Erased from this machine", "已从本机删除"),
    "key": Words("Key", "密钥"),
    "key_replaced": Words("Key replaced", "密钥已更换"),
    "key_made": Words("Key made", "已生成密钥"),
    "proven": Words("Evidence pack, verified", "证据包已核验"),
    "records": Words("Records as of the checkpoint", "检查点时点的记录"),
    "registered": Words("Registered and announced", "已登记公告"),
    "rights": Words("Rights", "权利"),
    "recorded": Words("Recorded and proven", "已上链并核验"),
    "sealed": Words("Sealed fields of the pack's entries", "证据包中条目的密封字段"),
    "signed": Words("Draft signed", "草稿已签署"),
    "left_to_quorum": Words("Preconditions that need more than the pack", "所需信息超出证据包的前置条件"),
    "state": Words("As of the checkpoint", "检查点时点的状态"),
    "state_at": Words("As of the time asked about", "所问时点的状态"),
    "superseded": Words("Superseded and corrected", "已被取代或更正的事项"),
    "steps": Words("Steps", "核验步骤"),
    "timestamps": Words("Time-stamps", "时间戳"),
}

UNCHECKED: Final = Words("authority's signature not checked", "时间戳机构签名未核验")
CHECKPOINT_OF: Final = Words("over the checkpoint of log size", "所针对检查点的日志长度")
COVERED: Final = Words("covers entries", "所覆盖条目")
SEALED_FIELD: Final = Words("(sealed)", "（密封）")
NOTHING: Final = Words("nothing", "无")
SEALED_STATES: Final = {
    "opened": Words("opened in the pack", "已在证据包中披露"),
    "can be opened": Words("can be opened on this machine", "可在本机披露"),
    "closed": Words("nothing here opens it", "本机无法披露"),
}
FORGET_THIS: Final = Words("Erase this for ever?", "是否永久删除？")
NOT_FORGOTTEN: Final = Words("Nothing was erased.", "未删除。")
SIGN_THIS: Final = Words("Sign exactly this?", "是否签署以上内容？")
NOT_SIGNED: Final = Words("Nothing was signed.", "未签署。")
PASSPHRASE: Final = Words("Passphrase of the key", "密钥口令")
NEW_PASSPHRASE: Final = Words("New passphrase for this key", "为此密钥设置口令")
NAME: Final = Words("Name (sealed on the ledger)", "名称（在账本上密封）")
CREDIT_CODE: Final = Words("Credit code (sealed on the ledger)", "统一社会信用代码（在账本上密封）")
BEFORE_IT_OPENED: Final = Words("nothing had opened it by then", "截至该时点尚未产生")
RENEWAL_PENDING: Final = Words("valid while its renewal is pending", "续展审批中，继续有效")
RENEWAL_DUE: Final = Words("renewal is due", "应申请续展")
QUEUED: Final = Words("queued", "轮候")
UNTIL: Final = Words("until", "至")
IN_FORCE: Final = Words("in force", "生效")
STANDS: Final = Words("stands", "存续")
LAPSED: Final = Words("stands no more", "不再存续")
CORRECTION: Final = Words("correction", "更正")
AS_OF: Final = Words(
    "As of {time} (log of {size} entries), by one node's word; a pack proves it.",
    "时点 {time}（日志 {size} 条），为单一节点陈述；证据包方可证明。",
)
NO_LATER: Final = Words("over", "已届满")
MAY_BE_LEFT_OUT: Final = Words("may be left out", "可省略")
CODES: Final = Words("codes", "代码")
READING: Final = Words("reading files", "读取文件")

AFTER: Final = {
    "connected": Words("make a key with `datadeed key new`", "用 `datadeed key new` 生成密钥"),
    "deposited": Words(
        "prove it with `datadeed prove {id} -o PACK.zip`", "用 `datadeed prove {id} -o PACK.zip` 取得证据包"
    ),
    "batch": Words(
        "prove any file of it with `datadeed prove {id} --item FILE -o PACK.zip`",
        "用 `datadeed prove {id} --item FILE -o PACK.zip` 证明其中任一文件",
    ),
    "drafted": Words("sign it with `datadeed sign {path}`", "用 `datadeed sign {path}` 签署"),
    "exported": Words(
        "keep the pack beside the table: `datadeed verify {path} --fingerprint {fingerprint}` proves that no record is "
        "missing; read the table's columns as text",
        "请将证据包与表格一并保存：`datadeed verify {path} --fingerprint {fingerprint}` 可证明记录无遗漏；"
        "打开表格时请按文本读取各列",
    ),
    "registered": Words(
        "prove it with `datadeed prove {right} -o PACK.zip`", "用 `datadeed prove {right} -o PACK.zip` 取得证据包"
    ),
    "forgotten": Words(
        "all proofs stay valid; copies may remain with other signers, in packs, in drafts elsewhere and in backups",
        "所有证明仍然有效；其他签署人、证据包、他处草稿与备份中可能仍有副本",
    ),
    "template": Words(
        "edit the example, then `datadeed draft {kind} --data FILE --by SIGNER`",
        "编辑示例后运行 `datadeed draft {kind} --data FILE --by SIGNER`",
    ),
    "key_made": Words(
        "hand {path} to the enrolling institution, privately: it opens the name; keep the key file and its passphrase",
        "将 {path} 私下交给入册机构（其中可披露名称）；妥善保存密钥文件与口令",
    ),
    "key_replaced": Words(
        "sign with `--key {key}` from now on; the old key signs nothing any more",
        "此后请用 `--key {key}` 签署；旧密钥不再有效",
    ),
    "complete": Words("submit it with `datadeed submit {path}`", "用 `datadeed submit {path}` 提交"),
    "incomplete": Words("pass {path} on to the other signers", "将 {path} 转交其他签署人"),
    "proven": Words(
        "give {path} to the court with the fingerprint from a trusted place; check it with "
        "`datadeed verify {path} --fingerprint {fingerprint}`",
        "将 {path} 连同来自可信处的账本指纹提交法院；核验命令：`datadeed verify {path} --fingerprint {fingerprint}`",
    ),
    "proven_absent": Words(
        "the pack answers this question alone: `datadeed verify {path} --fingerprint {fingerprint} --ask {ask}`",
        "证据包仅回答此问题：`datadeed verify {path} --fingerprint {fingerprint} --ask {ask}`",
    ),
    "verified": Words(
        "file the pack with this report; it can be checked again at any time, offline",
        "将证据包与本报告一并归档；可随时离线复核",
    ),
}

FAILED_STEPS: Final = {
    "container": Words(
        "nothing is decided: the file is damaged or no evidence pack; ask for it again",
        "无法判定：文件损坏或不是证据包，请重新索取",
    ),
    "fingerprint": Words(
        "nothing is decided: compare the fingerprint with the place that you trust; the pack may be of another ledger",
        "无法判定：与可信处公布的账本指纹核对，证据包可能属于其他账本",
    ),
    "rosters": Words(
        "nothing is decided: a change of the institutions is not proven in it; ask another one for the same evidence",
        "无法判定：其中的成员变更未获证明，请向另一机构索取同一证据",
    ),
    "retirement": Words(
        "the roster that signed it was replaced since: ask the ledger for a newer pack, or give --timestamp-roots if "
        "it has a token; if it contradicts what this machine has proven, keep it as evidence",
        "签署它的名册此后已被替换：请索取更新的证据包，含时间戳的可提供 --timestamp-roots；"
        "与本机已证明内容矛盾的，请作为证据保留",
    ),
    "timestamps": Words(
        "nothing is decided by the time-stamp: give the certificates of the authority that signed it, if you trust it; "
        "without --timestamp-roots all else is judged and the token's time does not count",
        "时间戳无法判定：如信任签发机构，请提供其证书；不带 --timestamp-roots 则照常核验其余各项，令牌时间不予采信",
    ),
    "question": Words(
        "nothing is decided: ask what the pack answers, with --ask SUBJECT, or ask for a pack that answers this",
        "无法判定：用 --ask SUBJECT 提出证据包所能回答的问题，或另行索取",
    ),
    "time": Words(
        "nothing is decided: that time lies after what the pack covers; ask about an earlier one, or for a newer pack",
        "无法判定：所问时点晚于证据包所及，请改问更早的时点或取得更新的证据包",
    ),
    "rules": Words(
        "a rule was broken although the institutions signed: keep the pack, and take it to the supervising institution",
        "登记规则被违反而节点机构仍予签署：请保留证据包并提交监督机构",
    ),
    "file": Words(
        "the file in hand is not the one on the ledger: find out which of its versions was deposited",
        "所提交文件与存证文件不同：请查明存证的是哪一版本",
    ),
}
NOT_TO_BE_RELIED_ON: Final = Words(
    "do not rely on this pack: keep it as it is, and ask another institution for the same evidence",
    "请勿采信此证据包：原样保存，并向另一机构索取同一证据",
)

SUBMIT_WHAT_IS_KEPT: Final = Words(
    "run `datadeed submit {path}` in a moment: it is the same entry, and nothing is recorded twice",
    "稍后运行 `datadeed submit {path}`：仍为同一条目，不会重复上链",
)

KINDS: Final[tuple[tuple[type[DatadeedError | OSError], str, int, Words], ...]] = (
    (
        Fork,
        "unproven",
        1,
        Words(
            "trust no node of this ledger; take both checkpoint files to the supervising institution",
            "请勿再信任该账本的任何节点；将两份检查点文件交监督机构",
        ),
    ),
    (
        Present,
        "present",
        1,
        Words(
            "nothing can be proven absent that is recorded; ask for the proof of what is there, with `datadeed prove`",
            "已有记录，无法证明不存在；请用 `datadeed prove` 取得其证据包",
        ),
    ),
    (
        NotOnLedger,
        "not-found",
        1,
        Words("check the id, and that it is of this ledger", "核对编号及其是否属于本账本"),
    ),
    (
        Unproven,
        "unproven",
        1,
        Words(
            "do not rely on it; fetch it again from another institution, and keep the file that failed",
            "请勿采信；从另一机构重新取得，并保留未通过的文件",
        ),
    ),
    (
        Refused,
        "refused",
        3,
        Words("change what the rule names and submit again", "按规则所述修改后重新提交"),
    ),
    (
        Unreachable,
        "busy",
        4,
        Words(
            "check the network, then run the same command again",
            "检查网络后重新运行同一命令",
        ),
    ),
    (
        Behind,
        "busy",
        4,
        Words("wait until the nodes have caught up, and run the same command again", "待节点追上后重新运行同一命令"),
    ),
    (
        Busy,
        "busy",
        4,
        Words(
            "run the same command again in a moment: nothing is recorded twice", "稍后重新运行同一命令：不会重复上链"
        ),
    ),
    (
        WrongPassphrase,
        "passphrase",
        2,
        Words("run the command again with the right passphrase", "用正确口令重新运行"),
    ),
    (
        NotConnected,
        "not-connected",
        2,
        Words("do what the message says, and run the command again", "按提示操作后重试"),
    ),
    (
        Malformed,
        "malformed",
        2,
        Words("correct the input as the message says, and run the command again", "按提示更正输入后重试"),
    ),
    (
        PermissionError,
        "file",
        2,
        Words("check who owns the file, and run the command as that user", "检查文件所有者，并以该用户运行"),
    ),
    (OSError, "file", 2, Words("check the path, and that the disk has room", "检查路径及磁盘空间")),
)


def after_failed_step(step: str) -> Words:
    """What a judge does next when a pack stopped at this step."""
    return FAILED_STEPS.get(step, NOT_TO_BE_RELIED_ON)


class Explanation(NamedTuple):
    """An error for a person and for a program. exit_code: what the command ends with."""

    kind: str
    exit_code: int
    message: str
    message_zh: str | None
    next_step: Words


def explain(error: DatadeedError | OSError) -> Explanation:
    """What went wrong, and the next thing to do."""
    if isinstance(error, Unfinished):
        words = (each.format(path=shlex.quote(str(error.draft_path))) for each in SUBMIT_WHAT_IS_KEPT)
        return Explanation("busy", 4, str(error), None, Words(*words))
    if isinstance(error, (NotProven, Unreadable)):
        proven = isinstance(error, NotProven)
        return Explanation(
            "unproven" if proven else "malformed", 1 if proven else 2, str(error), None, after_failed_step(error.step)
        )
    for kind, name, exit_code, next_step in KINDS:
        if isinstance(error, kind):
            message_zh = error.zh if isinstance(error, Refused) else None
            return Explanation(name, exit_code, str(error), message_zh, next_step)
    return Explanation("error", 1, str(error), None, Words("run the command again", "请重试"))
