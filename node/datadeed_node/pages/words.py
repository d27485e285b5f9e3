"""Every word that the node's pages show, once, in English and Chinese.

What each kind of entry and each of its fields is called stands in the client's catalogue (`datadeed.kind_words`), which
this one uses. Text of the ledger itself is never translated: codes of a rule set are shown as they are recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from datadeed.kind_words import KIND_WORDS, field_words
from datadeed.words import Words
from datadeed_ledger.roster import Member

Language = Literal["zh", "en"]

PAGE_WORDS: Final = {
    # --- on every page
    "site": Words("Ledger of deeds to data", "数据知识产权账本"),
    "skip": Words("Skip to the content", "跳到正文"),
    "menu": Words("Pages", "页面导航"),
    "overview": Words("Overview", "概览"),
    "checkpoint": Words("Checkpoint", "检查点"),
    "search": Words("Search", "查询"),
    "verify": Words("Verify offline", "离线核验"),
    "interface": Words("Interface (API)", "接口（API）"),
    "served_by": Words("Served by {title} ({member})", "由 {title}（{member}）的节点提供"),
    "as_of": Words(
        "As of the checkpoint of block {height}, log size {size}:", "截至区块 {height}、日志长度 {size} 的检查点："
    ),
    "not_proof": Words(
        "This page is what this node says. Proof is the evidence pack, which anybody can verify offline. "
        "A registration is preliminary evidence, not ownership.",
        "本页为本节点的展示。证明以证据包为准，任何人均可离线核验。登记仅为初步证据，不等于权属。",
    ),
    "fingerprint": Words("Ledger fingerprint", "账本指纹"),
    "fingerprint_hint": Words(
        "Compare it with a gazette, a notary or the court's own page before you rely on it.",
        "采信之前，请与公报、公证处或法院网站所公布的指纹核对。",
    ),
    "page_digest": Words("SHA-256 of the offline page verify.html", "离线核验页 verify.html 的 SHA-256"),
    "none": Words("none", "无"),
    "yes": Words("yes", "是"),
    "no": Words("no", "否"),
    "sealed": Words("sealed", "密封"),
    "download": Words("Take the evidence", "取证"),
    "pack": Words("Evidence pack (zip)", "证据包（zip）"),
    "receipt": Words("Receipt (JSON)", "回执（JSON）"),
    "tlog_proof": Words("Inclusion proof (C2SP text)", "包含证明（C2SP 文本）"),
    "as_json": Words("The same as JSON", "同一内容（JSON）"),
    # --- problems
    "not_found": Words("Nothing here has this name", "此处没有该名称的内容"),
    "not_found_hint": Words(
        "Check the number, and that it is of this ledger. What was just submitted may take a moment.",
        "请核对编号，并确认属于本账本。刚提交的内容可能需要片刻。",
    ),
    "not_yet": Words("No answer yet", "暂时无法回答"),
    "not_yet_hint": Words(
        "Ask again in a moment, or ask another institution's node.", "请稍后重试，或向其他机构的节点查询。"
    ),
    "wrong": Words("The question cannot be read", "无法识别所提问题"),
    "wrong_hint": Words("Correct it and ask again.", "请更正后重试。"),
    "undecided": Words("Nobody can know yet", "尚无法判定"),
    "undecided_hint": Words(
        "The time lies after the newest checkpoint; ask again later.", "该时点晚于最新检查点，请稍后再查。"
    ),
    "unproven": Words("This node cannot prove it", "本节点无法证明"),
    "unproven_hint": Words("Ask another institution's node.", "请向其他机构的节点查询。"),
    "to_overview": Words("To the overview", "返回概览"),
    # --- overview
    "no_checkpoint": Words(
        "No checkpoint is published yet: a quorum of the institutions has to be running. Nothing can be proven before.",
        "尚未发布检查点：须有法定数量的机构节点在运行。此前无法证明任何内容。",
    ),
    "ledger": Words("Ledger", "账本"),
    "height": Words("Block height", "区块高度"),
    "log_size": Words("Log size", "日志长度"),
    "block_time": Words("Block time", "区块时间"),
    "signed_by": Words("Checkpoint signed by", "检查点签署"),
    "of_members": Words(
        "{count} of {size} institutions; {quorum} are needed", "{size} 家中 {count} 家；门槛 {quorum} 家"
    ),
    "institutions": Words("Institutions", "节点机构"),
    "institution": Words("Institution", "机构"),
    "roles": Words("Roles", "角色"),
    "cosigned": Words("Signed this checkpoint", "签署本检查点"),
    "not_signed": Words("not this one", "本检查点未签"),
    "connection": Words("Connection to this node", "与本节点的连接"),
    "this_node": Words("this node", "本节点"),
    "connected": Words("connected", "已连接"),
    "not_connected": Words("not connected", "未连接"),
    "newest_entries": Words("Newest entries", "最新条目"),
    "no_entries": Words("Nothing is recorded yet.", "尚无条目。"),
    "live_on": Words("Live: new entries appear by themselves.", "实时更新中：新条目自动显示。"),
    "live_lost": Words(
        "Live updates are lost; what is shown may be older. Trying again…",
        "实时更新已中断，所示内容可能不是最新。正在重试…",
    ),
    "index": Words("Log index", "日志序号"),
    "time": Words("Block time", "区块时间"),
    "kind": Words("Kind", "种类"),
    "entry": Words("Entry", "条目"),
    "about": Words("About", "涉及对象"),
    # --- entry
    "entry_id": Words("Entry id", "条目编号"),
    "deposit_number": Words("Entry id (deposit number)", "条目编号（存证编号）"),
    "block": Words("Block", "区块"),
    "slack": Words("Tolerance of the block time", "区块时间容差"),
    "seconds": Words("{seconds} s", "{seconds} 秒"),
    "signers": Words("Signed by", "签署人"),
    "expires": Words("Could be recorded until", "可上链期限"),
    "data": Words("Content", "内容"),
    "sealed_hint": Words(
        "A sealed field holds a commitment alone; whoever has the salt can open it in an evidence pack.",
        "密封字段仅载承诺值；持有盐值者可在证据包中披露。",
    ),
    "no_data": Words("This kind says nothing further.", "此类条目无其他内容。"),
    "bytes": Words("{count} bytes, SHA-256 {digest}", "{count} 字节，SHA-256 {digest}"),
    # --- right
    "right": Words("Right", "权利"),
    "right_id": Words("Right (id of the entry that opened it)", "权利编号（申请条目编号）"),
    "status": Words("Status", "状态"),
    "holders": Words("Holders of record", "登记主体"),
    "applicants": Words("Applicants", "申请人"),
    "joint": Words("joint", "共同共有"),
    "registrar": Words("Registrar", "登记机构"),
    "registration_no": Words("Registration number", "登记号"),
    "certificate_no": Words("Certificate number", "证书编号"),
    "announced_on": Words("Announced on", "公告日"),
    "until": Words("Last day of the term", "有效期届满日"),
    "due": Words("Last day of the period", "期限届满日"),
    "agreement_end": Words("Source agreement ends", "来源协议届满日"),
    "industry": Words("Industry (GB/T 4754)", "行业（GB/T 4754）"),
    "regime": Words("Regime", "登记制度"),
    "description": Words("Description set by", "说明所在条目"),
    "events_count": Words("Entries that touched it", "涉及条目数"),
    "ended_at": Words("Ended", "终止时间"),
    "frozen": Words("frozen", "保全中"),
    "pledged": Words("pledged", "已质押"),
    "disputed": Words("dispute noted", "有争议标注"),
    "renewal_pending": Words("valid while its renewal is pending", "续展审批中，继续有效"),
    "renewal_due": Words("renewal is due", "应申请续展"),
    "licensed": Words("licences stand", "有存续许可"),
    "burdens": Words("Pledge, freezes, disputes, requests", "质押、保全、争议与待决事项"),
    "pledge": Words("Pledge", "质押"),
    "pledgee": Words("Pledgee", "质权人"),
    "debt_due": Words("debt due (information)", "债务届满（仅供参考）"),
    "freeze": Words("Freeze", "保全"),
    "in_effect": Words("in effect", "生效"),
    "queued": Words("queued", "轮候"),
    "dispute": Words("Dispute noted", "争议标注"),
    "request": Words("Pending request", "待决申请事项"),
    "lapses": Words("lapses after", "逾期失效"),
    "objection": Words("Open objection", "未决异议"),
    "no_burdens": Words("None as of the checkpoint.", "截至检查点，无。"),
    "licences": Words("Licences of record", "备案许可"),
    "licence": Words("Licence", "许可"),
    "no_licences": Words(
        "No licence stood as of the checkpoint; {count} were ever recorded.",
        "截至检查点无存续许可；历次备案 {count} 项。",
    ),
    "licensee": Words("Licensee", "被许可人"),
    "type": Words("Type", "类型"),
    "scope": Words("Territory · industry · use", "地域 · 行业 · 用途"),
    "everything": Words("all", "全部"),
    "term": Words("Term", "期限"),
    "standing": Words("As of then", "届时状态"),
    "in_force": Words("in force", "生效"),
    "stands": Words("stands, not begun", "存续（未起始）"),
    "chain": Words("Chain of title", "权属沿革"),
    "chain_hint": Words(
        "Every entry that touched this right, in the ledger's order; {count} as of this time. "
        "That none is missing is proven by the evidence pack.",
        "涉及本权利的全部条目，按账本顺序，截至该时点共 {count} 条。无遗漏由证据包证明。",
    ),
    "chart": Words("Over time", "时间图"),
    "chart_hint": Words(
        "From {start} to {end} (time of the checkpoint or the time asked).",
        "自 {start} 至 {end}（检查点时间或所问时点）。",
    ),
    "what": Words("What", "事项"),
    "bar": Words("Drawn", "图示"),
    "from_to": Words("From – to", "起止"),
    "till": Words("until", "至"),
    "still": Words("stands", "存续"),
    "refers_to": Words("Refers to", "所涉条目"),
    "gone": Words("ended", "终止"),
    "later_entries": Words("Later entries", "后续条目"),
    "earlier_entries": Words("Earlier entries", "先前条目"),
    "too_long": Words(
        "This history is longer than {count} entries: the page shows what is recorded, but draws no chain of title. "
        "The evidence pack and the JSON history hold all of it.",
        "本权利历史超过 {count} 条：本页显示现有记录，不绘制权属沿革。证据包与 JSON 历史含全部内容。",
    ),
    "ask_at": Words("Show as of", "查询时点"),
    "ask_day": Words("a day (its end, UTC+8)", "日期（当日终了，北京时间）"),
    "show": Words("Show", "显示"),
    "at_time": Words(
        "State as of {time}, at your request; the newest checkpoint is later.",
        "按所请求时点 {time} 显示；最新检查点晚于此。",
    ),
    "to_newest": Words("As of the newest checkpoint", "查看最新检查点状态"),
    "nothing_by_then": Words("Nothing had opened this right by then.", "截至该时点，本权利尚未产生。"),
    "title_changed": Words("Holder of record changed", "登记主体变化"),
    "examination": Words("examination", "审查"),
    "title": Words("title", "权属"),
    "use": Words("use", "利用"),
    "security": Words("security", "担保"),
    "court": Words("court", "司法"),
    # --- asset, party
    "asset": Words("Data asset", "数据资产"),
    "asset_id": Words("Asset (id of the entry that registered it)", "资产编号（登记条目编号）"),
    "party": Words("Party", "主体"),
    "party_id": Words("Party (pseudonym)", "主体编号（假名）"),
    "party_hint": Words(
        "A pseudonym. One person may have several, so this is never a list of all rights of somebody.",
        "此为假名。同一人可有多个假名，故本页不代表某人的全部权利。",
    ),
    "party_type": Words("Type of party", "主体类型"),
    "enrolled_by": Words("Enrolled by", "入册机构"),
    "public_key": Words("Public key in force", "现行公钥"),
    "name": Words("Name", "名称"),
    "credit_code": Words("Credit code", "统一社会信用代码"),
    "suspended_by": Words("Suspended by", "停用机构"),
    "exchange": Words("Exchange", "数据交易机构"),
    "category": Words("Category", "资产类别"),
    "contracts": Words("Contracts of record", "备案合同数"),
    "history": Words("History", "历史"),
    "history_cut": Words(
        "The first {shown} of {count}; the JSON history has all.", "显示前 {shown} 条，共 {count} 条；JSON 历史含全部。"
    ),
    "party_cut": Words("The newest {shown} of {count}.", "显示最新 {shown} 条，共 {count} 条。"),
    "rights_held": Words("Rights with this party as holder of record or applicant", "以该主体为登记主体或申请人的权利"),
    "rights_before": Words("Rights that it held before", "曾为登记主体的权利"),
    "no_rights": Words("None as of the checkpoint.", "截至检查点，无。"),
    "list_cut": Words(
        "The first {count}; /rights?holder=… lists all.", "仅列前 {count} 项；/rights?holder=… 可查全部。"
    ),
    # --- checkpoint
    "origin": Words("Ledger name (origin)", "账本名称（origin）"),
    "root": Words("Root of the log", "日志根哈希"),
    "state_root": Words("Root of the state", "状态根哈希"),
    "block_id": Words("Block id", "区块哈希"),
    "cosign_time": Words("Time of the signatures (lower median)", "签署时间（下中位数）"),
    "threshold": Words("Threshold", "签署门槛"),
    "log_line": Words("Published with the log key of", "发布所用日志密钥"),
    "note": Words("The signed text, exactly", "签名文本原文"),
    "note_hint": Words(
        "A C2SP signed note: any tool for that format checks it.", "C2SP 签名注记，任何支持该格式的工具均可核验。"
    ),
    "raw_checkpoint": Words("Checkpoint (text)", "检查点（文本）"),
    "raw_genesis": Words("Founding document", "创世文件"),
    "raw_roster": Words("Roster (JSON)", "成员名册（JSON）"),
    "roster_version": Words("Roster version", "名册版本"),
    # --- rosters
    "rosters": Words("Rosters: the institutions over time", "历版名册：各时期的节点机构"),
    "rosters_hint": Words(
        "Each change was signed by a quorum of the version before and by every institution with new keys; what was "
        "recorded is judged under the version of its own block. The proof of each change can be checked offline.",
        "每次变更均由前一版达到法定数量的机构及持有新密钥的全部机构签署；每条记录按其所在区块的名册版本判断。每次变更的证明均可离线核验。",
    ),
    "rosters_cut": Words("Only the newest {count} are shown. All of them:", "仅显示最新 {count} 版。全部见："),
    "roster_number": Words("Roster {version}", "名册第 {version} 版"),
    "roster_in_force": Words("Roster in force", "现行名册"),
    "roster_since": Words(
        "version {version}, from block {height} on, since", "第 {version} 版，自区块 {height} 起，始于"
    ),
    "roster_follows": Words("Roster that follows", "后续名册"),
    "roster_next": Words("version {version}, from the next block on", "第 {version} 版，自下一区块起"),
    "first_block": Words("First block, in force since", "首个区块及生效时间"),
    "quorum_of": Words("{quorum} of {size} institutions", "{size} 家中 {quorum} 家"),
    "change_entry": Words("Recorded by", "变更条目"),
    "change_signed": Words("Checkpoint of the change signed by", "变更检查点的签署"),
    "roster_digest": Words("SHA-256 of the roster", "名册的 SHA-256"),
    "roster_evidence": Words("Proof of the change (zip)", "变更证明（zip）"),
    "what_changed": Words("What changed", "变更内容"),
    "joined": Words("joined", "新加入"),
    "left": Words("Left with this version", "自本版起退出"),
    "new_keys": Words("new keys: {keys}", "新密钥：{keys}"),
    "renamed": Words("title before: {title}", "原名称：{title}"),
    "other_roles": Words("roles before: {roles}", "原角色：{roles}"),
    "other_address": Words("other addresses", "地址变更"),
    "former": Words("no member any more", "已不在名册"),
    # --- search
    "search_label": Words("What is sought", "查询内容"),
    "search_hint": Words(
        "Entry id, SHA-256 of a file, registration or certificate number, party, right, asset, public key, log index",
        "条目编号、文件哈希值（SHA-256）、登记号、证书编号、主体、权利、资产、公钥或日志序号",
    ),
    "search_button": Words("Search", "查询"),
    "by_file": Words("By file", "按文件查询"),
    "by_file_hint": Words(
        "The file's SHA-256 is computed in this browser; the file is not uploaded.",
        "文件的 SHA-256 在本浏览器内计算，文件不会上传。",
    ),
    "by_file_without": Words(
        "Without JavaScript: compute the SHA-256 yourself (sha256sum FILE; certutil -hashfile FILE SHA256), and enter "
        "it.",
        "未启用 JavaScript 时：请自行计算 SHA-256（sha256sum 文件；certutil -hashfile 文件 SHA256）后输入。",
    ),
    "hashing": Words("Computing…", "正在计算…"),
    "hash_failed": Words("This file cannot be read.", "无法读取该文件。"),
    "found": Words("{count} found for", "找到 {count} 项："),
    "nothing_found": Words("Nothing found", "未找到"),
    "nothing_found_hint": Words(
        "As of the checkpoint nothing on this ledger has this id, number or digest. A file inside a batch is found by "
        "its batch's manifest, not by its own digest; a sealed value cannot be searched.",
        "截至检查点，本账本上没有该编号或哈希值。批量存证中的单个文件须凭批次清单查找；密封内容不可查询。",
    ),
    "not_searchable": Words(
        "This is none of the forms below: 64 or 32 hex digits, 16 capitals and digits, 17 digits, or a log index.",
        "不属于可查询的形式：64 位或 32 位十六进制、16 位大写字母与数字、17 位数字，或日志序号。",
    ),
    "absence": Words("Proof of absence (zip)", "不存在证明（zip）"),
    "as_entry": Words("Entry", "条目"),
    "as_right": Words("Right opened by it", "由其产生的权利"),
    "as_asset": Words("Data asset registered by it", "由其登记的数据资产"),
    "as_digest": Words("Deposit of this digest", "该哈希值的存证"),
    "as_number": Words("Right with this number", "该编号的权利"),
    "as_party": Words("Party", "主体"),
    "as_key": Words("Party that has or had this key", "使用过该公钥的主体"),
    "more_found": Words("Only the first {count} are shown.", "仅显示前 {count} 项。"),
}

VALUE_WORDS: Final = {
    "registrar": Words("registrar", "登记机构"),
    "exchange": Words("data exchange", "数据交易机构"),
    "court": Words("court", "法院"),
    "notary": Words("notary", "公证机构"),
    "supervisor": Words("supervisor", "监督机关"),
    "examining": Words("being examined", "审查中"),
    "correcting": Words("correction asked for", "补正中"),
    "publicity": Words("in its publicity period", "公示中"),
    "registered": Words("registered", "已登记"),
    "rejected": Words("refused", "不予登记"),
    "withdrawn": Words("withdrawn", "已撤回"),
    "deemed_withdrawn": Words("deemed withdrawn", "视为撤回"),
    "cancelled": Words("cancelled", "已注销"),
    "revoked": Words("revoked", "已撤销"),
    "expired": Words("expired", "已届满"),
    "exclusive": Words("exclusive", "独占"),
    "sole": Words("sole", "排他"),
    "ordinary": Words("ordinary", "普通"),
    "change": Words("change", "变更"),
    "transfer": Words("transfer", "转让"),
    "pledge": Words("pledge", "质押"),
    "cancel": Words("cancellation", "注销"),
    "renew": Words("renewal", "续展"),
    "listed": Words("listed", "在册"),
    "delisted": Words("delisted", "已下架"),
    "enterprise": Words("enterprise", "企业"),
    "public_body": Words("public body", "公共机构"),
    "person": Words("person", "自然人"),
    "member": Words("institution", "节点机构"),
    "upheld": Words("upheld", "成立"),
    "dismissed": Words("dismissed", "不成立"),
    "self_collected": Words("self-collected", "自行采集"),
    "by_agreement": Words("by agreement", "协议取得"),
    "public_authorised": Words("public, authorised", "公共数据授权"),
    "none": Words("not updated", "不更新"),
    "realtime": Words("in real time", "实时"),
    "daily": Words("daily", "每日"),
    "weekly": Words("weekly", "每周"),
    "monthly": Words("monthly", "每月"),
    "quarterly": Words("quarterly", "每季"),
    "yearly": Words("yearly", "每年"),
    "irregular": Words("irregular", "不定期"),
    "sha-256": Words("SHA-256", "SHA-256"),
    "full": Words("the whole file", "全文件"),
    "sample": Words("a sample", "样例"),
    "manifest": Words("a manifest", "清单"),
    "rotation": Words("key rotation", "密钥轮换"),
    "recovery": Words("recovery of a lost key", "密钥恢复"),
    "renaming": Words("renaming", "更名"),
    "succession": Words("succession", "承继"),
    "data_set": Words("data set", "数据集"),
    "api_service": Words("API service", "接口服务"),
    "report": Words("report", "报告"),
    "model": Words("model", "模型"),
    "licence": Words("licence", "许可"),
}


@dataclass(frozen=True, slots=True)
class Speech:
    """The catalogue in one language; calling it gives a text of PAGE_WORDS, its braces filled."""

    language: Language

    def __call__(self, name: str, **values: object) -> str:
        text = self.pick(PAGE_WORDS[name])
        return text.format(**values) if values else text

    def pick(self, words: Words) -> str:
        return words.zh if self.language == "zh" else words.en

    def kind(self, kind: str) -> str:
        return self.pick(KIND_WORDS[kind])

    def field(self, kind: str, path: str) -> str:
        return self.pick(field_words(kind, path))

    def value(self, code: str) -> str:
        """A word of a closed list of the format; codes of a rule set stay as they are."""
        words = VALUE_WORDS.get(code)
        return code if words is None else self.pick(words)

    def member(self, member: Member) -> str:
        return member.title_zh if self.language == "zh" else member.title_en

    @property
    def tag(self) -> str:
        """As HTML names the language."""
        return "zh-CN" if self.language == "zh" else "en"
