"""Every text of the proof report and the certificate, once, in English and Chinese.

What the steps of a verification say stands in the ledger room's catalogue. The words on what is proven follow the
Online Litigation Rules of the people's courts 人民法院在线诉讼规则, articles 16 to 18: unchanged since chaining is one
thing, true before chaining another, and ownership is neither.
"""

from __future__ import annotations

from typing import Final

from datadeed.words import Words
from datadeed_ledger.evidence.catalogue import DETAIL

REPORT_TITLE: Final = Words("Proof report", "证明报告")

POINT_TITLES: Final = (
    Words("Conclusion", "结论"),
    Words("The file handed in", "所提交文件"),
    Words("Digest on the ledger", "链上哈希值"),
    Words("Deposit number and place", "存证编号与位置"),
    Words("Depositor and signers", "存证人与签署人"),
    Words("The times, each on its own line, and their order", "时间（分列）及其先后"),
    Words("Before chaining: device, method, environment, notary", "上链之前：设备、方法、环境检查、公证"),
    Words("Inclusion", "包含证明"),
    Words("Consistency with the newest checkpoint known", "与已知最新检查点的一致性"),
    Words("Completeness, or absence", "无遗漏证明或不存在证明"),
    Words("Who signed the checkpoint, and all members", "签署机构与全部成员"),
    Words("Interest", "利害关系说明"),
    Words("Qualifications of the platform", "平台资质"),
    Words("Who made this report, with what, and how to repeat it", "报告制作与复核命令"),
    Words("How to check alone", "自行核验"),
    Words("The right as of the times named", "所列时点的权利状况"),
    Words("What was superseded or corrected", "已被取代或更正的内容"),
    Words("Open anomalies", "未决异常"),
    Words("Sealed fields", "密封字段"),
    Words("Fingerprint, and this report", "账本指纹与本报告"),
)

MARK_WORDS: Final = {
    "held": Words("checked, and so", "已核验，成立"),
    "failed": Words("checked, and not so", "已核验，不成立"),
    "not provided": Words("not provided", "未提供"),
    "stated": Words("stated; nothing is checked", "陈述事项，未作核验"),
}

NOT_PROVIDED: Final = Words("Not provided.", "未提供。")
NOT_REACHED: Final = Words(
    "Not provided: the verification ended before it came to this.", "未提供：核验在此之前已终止。"
)
AND_MORE: Final = Words("{count} more lines are left out; they stand in the pack.", "另有 {count} 行从略，载于证据包。")

TEXTS: Final = {
    # 1 conclusion
    "not_proven": Words("Nothing is proven. {stopped_en}", "未获证明。{stopped}"),
    "detail": Words(*DETAIL),
    "since": Words(
        "Since chaining (article 16): data kept by blockchain whose technical check is consistent may be found "
        "unchanged "
        "since they were chained, unless evidence to the contrary overturns it. This report is that technical "
        "check, as "
        "of the checkpoint.",
        "上链之后（《人民法院在线诉讼规则》第十六条）：系通过区块链技术存储，并经技术核验一致的，人民法院可以认定"
        "该电子数据上链后未经篡改，但有相反证据足以推翻的除外。本报告即为截至检查点时点的技术核验。",
    ),
    "since_failed": Words(
        "Since chaining (article 16): the technical check is not consistent, so nothing follows from it.",
        "上链之后（《人民法院在线诉讼规则》第十六条）：技术核验未获一致，不得据此认定上链后未经篡改。",
    ),
    "doubts": Words(
        "Reasoned doubts about the time after chaining (article 17) are weighed by qualification and interest of the "
        "platform and by its systems and methods: points 11 to 13 and 18.",
        "对上链后真实性有合理异议的（第十七条），结合平台资质、利害关系、信息系统、存证技术和过程判断，见第 11 至"
        " 13 项及第 18 项。",
    ),
    "before": Words(
        "Before chaining (article 18): whether the data were true when they were chained is not proven here and "
        "is to be "
        "shown by other means: point 7.",
        "上链之前（第十八条）：数据上链存储前是否真实，本报告不予证明，须另行举证，见第 7 项。",
    ),
    "no_title": Words(
        "A registration or certificate is preliminary evidence. This report proves no ownership and says nothing "
        "of what "
        "is, only of what stood as of the times named.",
        "登记与证书仅为初步证据。本报告不证明权属，亦不反映现状，仅就所列时点而言。",
    ),
    # 2 files
    "handed": Words("File handed in", "所提交文件"),
    "attached": Words("Evidence pack attached inside it", "其中所附证据包"),
    "digest_now": Words("SHA-256, computed now", "SHA-256（本次计算）"),
    "disputed": Words("Disputed file", "争议文件"),
    "no_disputed": Words(
        "Not provided: no disputed file was handed in to compare.", "未提供：未提交待比对的争议文件。"
    ),
    "asked": Words("Question asked", "所问对象"),
    "asked_at": Words("Time asked about", "所问时点"),
    # 3 digest, 4 place, 5 signers
    "deposited": Words("Entry {index}: {algorithm}, scope {scope}", "条目 {index}：{algorithm}，范围 {scope}"),
    "batch": Words(
        "Entry {index}: root of a batch of {count} items, {algorithm}", "条目 {index}：{count} 项批次的根，{algorithm}"
    ),
    "item": Words(
        "Item {item} of {count} of the batch at entry {index}", "条目 {index} 批次第 {item} 项（共 {count} 项）"
    ),
    "no_digest": Words("Not provided: no entry here deposits a file.", "未提供：其中没有存证条目。"),
    "place": Words("Entry {index}: {kind_en}; id", "条目 {index}：{kind}；编号"),
    "block": Words("Entry {index}: in block {height}", "条目 {index}：所在区块 {height}"),
    "no_place": Words("Not provided: this pack is about no single entry.", "未提供：此证据包不针对单个条目。"),
    "depositor": Words("Depositor of entry {index}", "条目 {index} 的存证人"),
    "signer": Words("Entries signed: {count}", "签署条目数：{count}"),
    "identity": Words("Identity commitment of {party}", "主体 {party} 的身份承诺值"),
    "identity_opened": Words("Identity of {party}, opened: {field}", "主体 {party} 的身份（已披露）：{field}"),
    "identity_closed": Words(
        "Identity of {party}: not opened here; it is a pseudonym.", "主体 {party} 的身份：未披露，仅为假名。"
    ),
    "identity_absent": Words(
        "Identity of {party}: its enrolment is not in this pack.", "主体 {party} 的身份：其入册条目不在证据包中。"
    ),
    "enrolled_by": Words("enrolled by", "入册机构"),
    "party": Words("party (pseudonym)", "主体（假名）"),
    # 6 times
    "formed": Words("Entry {index}: formation as claimed by the depositor", "条目 {index}：存证人自述的形成时间"),
    "no_formed": Words("Formation as claimed: not provided.", "自述形成时间：未提供。"),
    "block_time": Words("Entry {index}: block time", "条目 {index}：区块时间"),
    "newest_block": Words("Newest block under the checkpoint: block time", "检查点所覆盖最新区块：区块时间"),
    "cosigned": Words(
        "Cosignature time of the checkpoint: lower median of {count} institutions",
        "检查点共同签署时间：{count} 家机构的下中位数",
    ),
    "token": Words("Time-stamp by {authority}", "可信时间戳，签发机构 {authority}"),
    "token_unchecked": Words("Time-stamp; who signed it was not checked", "可信时间戳；签发机构未核验"),
    "token_value": Words(
        "serial {serial}; over a checkpoint of {size} leaves; covers the entries {covers}",
        "序列号 {serial}；所覆盖检查点长度 {size}；覆盖条目 {covers}",
    ),
    "order_tokens": Words(
        "Order: no time-stamp lies before the checkpoint that it is over.", "先后：可信时间戳均不早于其所覆盖的检查点。"
    ),
    "order_tokens_early": Words(
        "Order: the time-stamp {serial} lies before the checkpoint that it is over.",
        "先后：可信时间戳 {serial} 早于其所覆盖的检查点。",
    ),
    "order_claimed": Words(
        "Order: no claimed formation lies after the block that recorded it.", "先后：自述形成时间均不晚于所在区块时间。"
    ),
    "order_claimed_late": Words(
        "Order: entry {index} claims a formation after the block that recorded it.",
        "先后：条目 {index} 自述的形成时间晚于所在区块时间。",
    ),
    "order_blocks": Words("Order: block times ascend with the log.", "先后：区块时间随日志序号递增。"),
    "order_blocks_not": Words("Order: block times do not ascend with the log.", "先后：区块时间未随日志序号递增。"),
    "order_cosigned": Words(
        "Order: the cosignature time does not lie before the newest block, its slack considered.",
        "先后：共同签署时间不早于最新区块时间（计入误差）。",
    ),
    "order_cosigned_early": Words(
        "Order: the cosignature time lies before the newest block, its slack considered.",
        "先后：共同签署时间早于最新区块时间（计入误差）。",
    ),
    # 7 before chaining
    "device": Words("Device of collection: not provided.", "取证设备：未提供。"),
    "method": Words("Method of collection: not provided.", "取证方法：未提供。"),
    "environment": Words("Check of the environment: not provided.", "环境清洁性检查：未提供。"),
    "no_notary": Words("Notarial record: not provided.", "公证保全：未提供。"),
    "notary": Words("Entry {index}: notarial record of a deposit", "条目 {index}：公证保全"),
    "notary_deposit": Words("Entry {index}: deposited by a notary", "条目 {index}：由公证机构存证"),
    "imported": Words(
        "Entry {index}: imported; what was before is as stated by the registrar, and not checked by this ledger.",
        "条目 {index}：存量导入；此前情况为登记机构陈述，本账本未作核验。",
    ),
    "described": Words("Entry {index}: the depositor's description, opened", "条目 {index}：存证人说明（已披露）"),
    # 8 inclusion, 9 consistency
    "paths": Words(
        "The paths of {count} entries were computed anew, from entry to the root of the checkpoint",
        "{count} 个条目的路径已自条目重算至检查点的根",
    ),
    "known_same": Words("The checkpoint is the newest that this machine remembers", "该检查点即本机所记最新检查点"),
    "known_fork": Words(
        "This machine remembers another root for the same size: two histories were signed.",
        "本机所记同一长度检查点的根不同：存在两份被签署的历史。",
    ),
    "known_other": Words(
        "Not provided: this machine remembers a checkpoint of {known} leaves, the pack has one of {size}; no "
        "path between "
        "them was handed in.",
        "未提供：本机所记检查点长度为 {known}，证据包为 {size}；未提交两者之间的一致性路径。",
    ),
    "known_none": Words(
        "Not provided: no other checkpoint of this ledger is known to this machine.",
        "未提供：本机未记有该账本的其他检查点。",
    ),
    "checkpoint": Words("Checkpoint of the pack, log of {size} leaves: root", "证据包检查点，日志长度 {size}：根"),
    # 10 completeness
    "complete": Words("{count} entries touched it, all of them here", "涉及条目共 {count} 条，均在其中"),
    "only_entry": Words(
        "Not provided: this pack is for single entries; only a title or asset pack holds a whole history.",
        "未提供：此证据包仅针对单个条目；完整历史仅载于权利或资产证据包。",
    ),
    # 11 members
    "threshold": Words(
        "{signed} of {members} institutions signed the checkpoint; {quorum} are needed.",
        "全部 {members} 家机构中 {signed} 家签署了检查点，法定门槛 {quorum} 家。",
    ),
    "member_signed": Words("signed", "已签署"),
    "member_silent": Words("did not sign this checkpoint", "未签署该检查点"),
    "roster": Words(
        "Roster {version} governed from block {height} on, with {members} institutions of which {quorum} are needed:",
        "名册第 {version} 版自区块 {height} 起生效，共 {members} 家机构，法定门槛 {quorum} 家：",
    ),
    "roster_change": Words(
        "The change to roster {version} was signed into the log by {count} institutions of roster {before}:",
        "变更为第 {version} 版时，第 {before} 版名册的 {count} 家机构签署了该变更的检查点：",
    ),
    "roster_joined": Words("joined with roster {version}", "随第 {version} 版加入"),
    "roster_left": Words("left with roster {version}", "随第 {version} 版退出"),
    "roster_later": Words(
        "Not provided: whether roster {version} was replaced since. Only the ledger tells; ask it for a newer pack.",
        "未提供：名册第 {version} 版此后是否已被替换。仅账本可知，请向账本索取更新的证据包。",
    ),
    # 12 interest
    "no_interest": Words(
        "By the entries of this pack no institution deposited in its own cause, and no party is a member. Parties are "
        "pseudonyms: their identity is to be checked elsewhere.",
        "就证据包所载条目，无机构为自身存证，无主体为成员机构。主体为假名，其身份须另行核对。",
    ),
    "interest_deposit": Words(
        "A member deposited in its own name: entry {index}", "成员机构以自身名义存证：条目 {index}"
    ),
    "interest_party": Words(
        "A party to this is itself a member institution; enrolled by", "相关主体本身为成员机构；入册机构"
    ),
    "interest_court": Words(
        "A court that deposited here also decided here: it may be in its own cause.",
        "有法院既为存证人又在此作出司法行为，可能涉及自身案件",
    ),
    "interest_quorum": Words(
        "Without the interested members {count} of the {quorum} needed signed the checkpoint.",
        "除利害关系成员外，{count} 家签署检查点（法定门槛 {quorum} 家）。",
    ),
    "acted": Words("Entries signed in office: {count}", "依职权签署条目数：{count}"),
    "interest_unknown": Words(
        "Not provided: without entries nothing tells who is concerned.", "未提供：无条目，无从得知相关主体。"
    ),
    # 13 qualifications
    "filing": Words("Filing number of the blockchain service: not provided.", "区块链信息服务备案号：未提供。"),
    "security": Words("Level of protection of the system: not provided.", "网络安全等级保护测评：未提供。"),
    "crypto": Words("Assessment of the cryptography: not provided.", "商用密码应用安全性评估：未提供。"),
    # 14 who, 15 alone
    "made_by": Words("Made by, as stated", "制作人（自述）"),
    "no_made_by": Words("Made by: not provided.", "制作人：未提供。"),
    "made_at": Words("Made at, by this machine's clock", "制作时间（本机时钟）"),
    "tool": Words("Tool and version", "工具与版本"),
    "command": Words("The command that repeats it", "复核命令"),
    "alone_1": Words(
        "One: take the ledger's fingerprint from a gazette, a notary or a court, never from the pack.",
        "一、自公报、公证机构或法院取得账本指纹，切勿取自证据包。",
    ),
    "alone_2": Words(
        "Two: open the pack on a computer without a network, with verify.html (its SHA-256 below) or the command "
        "above.",
        "二、在断网电脑上以 verify.html（哈希值见下）或上述命令打开证据包。",
    ),
    "alone_3": Words(
        "Three: compute the disputed file's SHA-256 (sha256sum FILE) and compare it with point 3.",
        "三、计算争议文件的 SHA-256（sha256sum FILE），与第 3 项比对。",
    ),
    "verifier": Words("SHA-256 of verify.html", "verify.html 的 SHA-256"),
    # 16 state
    "state_header": Words("{subject}, as of {time}", "{subject}，截至 {time}"),
    "status": Words("Status as of then: {status}", "其时状态：{status}"),
    "nothing_yet": Words("Nothing had opened it by then.", "其时尚未产生。"),
    "by_then": Words("Entries of its history by then; rules version {rules}", "其时历史条目数；规则集版本 {rules}"),
    "holder": Words("Holder of record", "登记主体"),
    "until": Words("Last day of the term", "有效期届满日"),
    "registration_no": Words("Registration number", "登记号"),
    "certificate_no": Words("Certificate number", "证书编号"),
    "announced_on": Words("Announced on", "公告日"),
    "pledge": Words("Pledge of record", "质押"),
    "freeze": Words("Freeze", "保全"),
    "dispute": Words("Dispute noted", "争议标注"),
    "pending": Words("Pending request", "待决申请事项"),
    "licence": Words("Licence of record", "许可备案"),
    "none_of": Words("None of record as of then", "其时无以下记录"),
    "joint": Words("joint ownership", "共同共有"),
    "left": Words(
        "Preconditions judged by the institutions alone, because they need more than the pack holds",
        "所需信息超出证据包、仅由节点机构判断的前置条件",
    ),
    "record": Words("Record as of the checkpoint: {subject}", "检查点时点的记录：{subject}"),
    "no_state": Words(
        "Not provided: only a title or asset pack, whose rules were replayed, tells how a right stood.",
        "未提供：仅经重演规则的权利或资产证据包能说明权利状况。",
    ),
    # 17, 18
    "replaced": Words(
        "{what_en}: replaced or ended by entry {by} ({kind_en})", "{what}：由条目 {by}（{kind}）取代或终止"
    ),
    "corrected": Words(
        "{what_en}: corrected by entry {by} ({kind_en}), from then on only",
        "{what}：由条目 {by}（{kind}）更正，仅向后生效",
    ),
    "none_superseded": Words(
        "In this complete history nothing was superseded or corrected.", "在此完整历史中无被取代或更正的内容。"
    ),
    "superseded_unknown": Words(
        "Not provided: without the whole history of a right nothing tells what was superseded.",
        "未提供：无权利的完整历史，无从得知是否被取代。",
    ),
    "key_change": Words("Entry {index}: key change of a party ({reason})", "条目 {index}：主体更换密钥（{reason}）"),
    "suspension": Words("Entry {index}: a party was suspended ({reason})", "条目 {index}：主体被停用（{reason}）"),
    "no_anomaly": Words(
        "The entries here show no key change, no suspension and no clock out of order.",
        "所载条目未见密钥更换、主体停用或时间先后异常。",
    ),
    "keys_partly": Words(
        "Only a title or asset pack proves that no later key change is missing.",
        "仅权利或资产证据包能证明无其他密钥更换。",
    ),
    # 19, 20
    "opened": Words("Entry {index}: {path}, opened", "条目 {index}：{path}，已披露"),
    "opened_nothing": Words("(no content)", "（无内容）"),
    "unopened": Words("Entry {index}: not opened", "条目 {index}：未披露"),
    "no_sealed": Words("The entries here have no sealed field.", "所载条目没有密封字段。"),
    "fingerprint": Words(
        "Ledger fingerprint, as given to the verifier; the QR code holds it", "账本指纹（核验时所给；二维码所载）"
    ),
    "origin": Words("Name of the ledger", "账本名称"),
    "digest_how": Words(
        "The digest at the foot of every page is the SHA-256 of this report's canonical JSON (RFC 8785), "
        "attached to the "
        "PDF as report.json and standing in the HTML: `sha256sum report.json`.",
        "每页页脚的报告哈希值为本报告规范化 JSON（RFC 8785）的 SHA-256；该 JSON 附于 PDF 内（report.json），亦载"
        "于 HTML：`sha256sum report.json`。",
    ),
}

FOOTER: Final = Words("page {page}/{pages}", "第 {page}/{pages} 页")
DIGEST_OF_REPORT: Final = Words("SHA-256 of this report", "报告哈希值")

STATUS_WORDS: Final = {
    "examining": Words("under examination", "审查中"),
    "correcting": Words("correction due", "补正中"),
    "publicity": Words("in publicity", "公示中"),
    "registered": Words("registered", "已登记"),
    "rejected": Words("refused", "不予登记"),
    "withdrawn": Words("withdrawn", "已撤回"),
    "deemed_withdrawn": Words("deemed withdrawn", "视为撤回"),
    "cancelled": Words("cancelled", "已注销"),
    "revoked": Words("revoked", "已撤销"),
    "expired": Words("expired", "已届满"),
    "listed": Words("listed", "在架"),
    "delisted": Words("delisted", "已下架"),
}

# What an entry can replace in a right's record.
RECORD_WORDS: Final = {
    "agreement_end": Words("last day of the source agreement", "来源协议届满日"),
    "certificate_no": Words("certificate number", "证书编号"),
    "description": Words("description", "登记内容"),
    "dispute": Words("note of a dispute", "争议标注"),
    "freeze": Words("freeze", "保全"),
    "holders": Words("holders of record", "登记主体"),
    "licence": Words("licence of record", "许可备案"),
    "objection": Words("objection", "异议"),
    "pledge": Words("pledge", "质押"),
    "registration_no": Words("registration number", "登记号"),
    "request": Words("request", "申请事项"),
    "stage": Words("stage", "阶段"),
    "until": Words("last day of the term", "有效期届满日"),
}

ROLE_WORDS: Final = {
    "registrar": Words("registrar", "登记机构"),
    "exchange": Words("exchange", "数据交易所"),
    "court": Words("court", "法院"),
    "notary": Words("notary", "公证机构"),
    "supervisor": Words("supervisor", "监督机关"),
}
