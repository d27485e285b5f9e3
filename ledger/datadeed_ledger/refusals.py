"""The catalogue of refusals: every number with what would make the entry pass, in English and Chinese.

Numbers never change their meaning: 1xx any entry, 2xx parties, 3xx deposits, 4xx applications, 5xx publicity and
registration, 6xx acts on a right and its freezes, 7xx licences, 8xx requests, their decision, enforcement and
revocation, 9xx corrections of the record, assets and contracts, the ledger's own terms and its members.
Spec: docs/spec/events.md, "Refusals".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from datadeed_ledger.errors import Refused


def refused(number: int, /, **details: str | int) -> Refused:
    """The refusal of this number, its text filled in with `details`."""
    en, zh = CATALOGUE[number]
    return Refused(number, en.format(**details), zh.format(**details))


CATALOGUE: Final[Mapping[int, tuple[str, str]]] = {
    # 1xx: any entry
    101: (
        "The entry is for another ledger; sign a body with this ledger's fingerprint {ledger}.",
        "该条目属于另一账本；请以本账本指纹 {ledger} 重新制作并签名。",
    ),
    102: (
        "The entry expired at {expires} ms, before this block's time; sign it again with a later expiry.",
        "该条目已于 {expires}（毫秒）失效，早于本区块时间；请以更晚的失效时间重新签名。",
    ),
    103: (
        "The entry expires more than 30 days after this block's time; sign it again with an expiry of at most 30 days.",
        "该条目的失效时间超过本区块时间三十日；请以不超过三十日的失效时间重新签名。",
    ),
    104: (
        "The same entry is already recorded; nothing remains to be done.",
        "同一条目已记录在链，无需再次提交。",
    ),
    105: (
        "The party {signer} is not enrolled; have an institution enrol it first.",
        "主体 {signer} 尚未入册；请先由节点机构办理入册。",
    ),
    106: (
        "The institution {signer} is not a member of the roster; only members sign as institutions.",
        "机构 {signer} 不在成员名册中；只有成员可以机构身份签名。",
    ),
    107: (
        "The party {signer} is suspended; whoever suspended it must reinstate it first.",
        "主体 {signer} 已被停用；须先由停用机构予以恢复。",
    ),
    108: (
        "The signature of {signer} is not valid under its key of record; sign with the key in force.",
        "{signer} 的签名与其登记公钥不符；请使用现行密钥签名。",
    ),
    109: (
        "The signers are not those that this kind asks for, no more and no fewer: {signers}.",
        "签名人与该类条目的要求不符（不得多也不得少）：{signers_zh}。",
    ),
    110: (
        "{field} looks like an identity number, a mobile number or an e-mail address; personal data is never recorded "
        "in clear: put it into a sealed field.",
        "{field} 疑似身份证号、手机号或电子邮箱；个人信息不得明文上链，请放入密封字段。",
    ),
    111: (
        "{field}: the code {code} is not in this rule set's list; use a code of the list.",
        "{field}：代码 {code} 不在规则集的清单内；请使用清单内的代码。",
    ),
    # 2xx: parties
    201: (
        "The party id is already in use; enrol under a new random id.",
        "该主体标识已被使用；请以新的随机标识入册。",
    ),
    202: (
        "The public key has been used on this ledger before; make a new key.",
        "该公钥曾在本账本使用；请生成新的密钥。",
    ),
    203: (
        "The public key is an institution's; a party needs a key of its own.",
        "该公钥属于节点机构；主体须使用自己的密钥。",
    ),
    204: (
        "The proof of possession does not match; sign it with the new key over ledger, party and key.",
        "密钥持有证明不符；请用新密钥对账本、主体和公钥签名。",
    ),
    205: (
        "The party {party} is not enrolled; have an institution enrol it first.",
        "主体 {party} 尚未入册；请先由节点机构办理入册。",
    ),
    206: (
        "The signing institution has suspended this party already; nothing remains to be done.",
        "签名机构已停用该主体，无需再次停用。",
    ),
    207: (
        "The signing institution has not suspended this party; each institution lifts only its own suspension.",
        "签名机构未曾停用该主体；各机构只能解除自己作出的停用。",
    ),
    # 3xx: deposits
    301: (
        "No entry {deposit} is recorded; record the deposit first.",
        "未记录条目 {deposit}；请先办理存证。",
    ),
    302: (
        "The entry {deposit} is not a deposit; name a deposit or a batch deposit.",
        "条目 {deposit} 不是存证；请指明存证或批量存证。",
    ),
    303: (
        "The deposit {deposit} is of one file and has no items; leave the item out.",
        "存证 {deposit} 为单个文件，没有子项；请勿填写子项。",
    ),
    304: (
        "The batch {deposit} has {count} items, counted from 0; name an item below that.",
        "批量存证 {deposit} 共 {count} 项，自 0 起计；请填写小于该数的子项。",
    ),
    # 4xx: applications
    401: (
        "The regime {regime} is not that of the rule set in force, {expected}; apply under it.",
        "登记制度 {regime} 不是现行规则集的制度 {expected}；请按现行制度申请。",
    ),
    402: (
        "The institution named is not a registrar of the roster; name a member with that role.",
        "所列机构不是名册内的登记机构；请指明具有登记机构角色的成员。",
    ),
    403: (
        "No listed deposit is by an applicant or by a notary; list at least one.",
        "所列存证均非申请人或公证机构所为；请至少列入一项。",
    ),
    404: (
        "The data is not only self-collected; state the day on which the source agreement ends.",
        "数据并非全部自行采集；请填写来源协议的终止日期。",
    ),
    405: (
        "The source agreement ends on {agreement_end}, which is not after today, {today}; it must run longer.",
        "来源协议于 {agreement_end} 终止，不晚于今日 {today}；协议须持续至今日之后。",
    ),
    406: (
        "The application is {status}; corrections can be requested while it is examined, corrected or in publicity.",
        "该申请当前状态为 {status}；仅在审查、补正或公示中可以通知补正。",
    ),
    407: (
        "The correction period would end beyond {covered_until}, the last day that the rule set's calendar covers; the "
        "rule set must be amended first.",
        "补正期限将超出规则集日历覆盖的最后一日 {covered_until}；须先更新规则集。",
    ),
    408: (
        "The application is {status}; it can be corrected after the registrar requested it, until the due day.",
        "该申请当前状态为 {status}；仅在登记机构通知补正之后、期限届满之前可以补正。",
    ),
    409: (
        "The right would be announced on {announced_on}, after today, {today}; apply for what is not announced yet, "
        "instead of importing it.",
        "公告日 {announced_on} 晚于今日 {today}；尚未公告的应提出登记申请，而非导入。",
    ),
    410: (
        "The right's last day, {until}, lies before its announcement, {announced_on}; correct the dates.",
        "权利有效期届满日 {until} 早于公告日 {announced_on}；请更正日期。",
    ),
    411: (
        "The right's last day, {until}, lies after {latest}: the announcement plus the term, or the agreement's end.",
        "权利有效期届满日 {until} 晚于 {latest}（公告日加有效期，或来源协议终止日）；请更正日期。",
    ),
    # 5xx: publicity and registration
    501: (
        "No right {right} is recorded; name the id of its application entry.",
        "未记录权利 {right}；请使用其登记申请条目的标识。",
    ),
    502: (
        "The application is {status}; it can be published while it is examined, and again until the window ends.",
        "该申请当前状态为 {status}；仅在审查中可以公示，公示期届满前可以重新公示。",
    ),
    503: (
        "The publicity period would end beyond {covered_until}, the last day that the calendar of the rule set covers; "
        "the rule set must be amended first.",
        "公示期将超出规则集日历覆盖的最后一日 {covered_until}；须先更新规则集。",
    ),
    504: (
        "The application is {status}; it can be registered only after it was published.",
        "该申请当前状态为 {status}；须先公示方可登记。",
    ),
    505: (
        "The publicity window runs until the end of {due} and its time of grace; register after that.",
        "公示期至 {due} 日终及其宽限时间为止；请于其后登记。",
    ),
    506: (
        "{count} objections are open; decide them first.",
        "尚有 {count} 项异议未决；请先作出处理。",
    ),
    507: (
        "The number {number} has been used on this ledger before; use a new one.",
        "编号 {number} 曾在本账本使用；请使用新的编号。",
    ),
    508: (
        "The application is {status} and its window runs until {due}; objections are filed while a window is open.",
        "该申请当前状态为 {status}，公示期至 {due}；仅在公示期内可以提出异议。",
    ),
    509: (
        "An applicant cannot object to the own application; withdraw it instead.",
        "申请人不得对自己的申请提出异议；可撤回申请。",
    ),
    510: (
        "The objection {objection} of this party is open; it must first be decided or withdrawn.",
        "该主体的异议 {objection} 尚未处理；须先处理或撤回。",
    ),
    511: (
        "{count} objections are open, the most that the rule set allows; some must be decided first.",
        "未决异议已有 {count} 项，达到规则集允许的上限；须先处理其中若干项。",
    ),
    512: (
        "No objection {objection} to this application is open; name one that is.",
        "该申请没有未决的异议 {objection}；请指明未决的异议。",
    ),
    # 6xx: acts on a registered right
    601: (
        "The right is {status}; this act needs a registered right that is valid.",
        "该权利当前状态为 {status}；此项行为须以有效的已登记权利为前提。",
    ),
    602: (
        "The right is frozen by a court; wait until no freeze stands.",
        "该权利已被法院保全；须待保全全部解除或届满。",
    ),
    603: (
        "The request {request} is pending; it must first be decided, withdrawn or lapse.",
        "请求 {request} 尚未处理；须待其核准、驳回、撤回或失效。",
    ),
    604: (
        "The holders after are those of record now; a transfer changes them.",
        "转让后的登记主体与现登记主体相同；转让须使其发生变化。",
    ),
    650: (
        "The freeze would run {months} months, but the rule set allows at most {most}; ask for a shorter term.",
        "保全期限为 {months} 个月，超过规则集允许的 {most} 个月；请缩短期限。",
    ),
    651: (
        "No freeze {freeze} of this right stands, neither in effect nor queued; name one that does.",
        "该权利没有存续的保全 {freeze}（无论生效或轮候）；请指明存续的保全。",
    ),
    652: (
        "The freeze {freeze} is queued behind {first}, the one in effect; only that one can be renewed.",
        "保全 {freeze} 尚在轮候，生效的是 {first}；只有生效的保全可以续行。",
    ),
    653: (
        "On this right {count} freezes stand, the most that the rule set allows; one of them must end first.",
        "该权利存续的保全已达规则集允许的上限 {count} 项；须先有一项终止。",
    ),
    654: (
        "The right is {status}, and with a right end its freezes; a freeze needs a right that has not ended.",
        "该权利当前状态为 {status}，其上保全随之终止；保全须以尚未终止的权利为对象。",
    ),
    655: (
        "On this right {count} notes of disputes stand, the most that the rule set allows; end one of them first.",
        "该权利存续的争议标注已达规则集允许的上限 {count} 项；请先解除其中一项。",
    ),
    656: (
        "No note {dispute} of a dispute stands on this right; name one that does.",
        "该权利没有存续的争议标注 {dispute}；请指明存续的标注。",
    ),
    605: (
        "A change keeps the end of the source agreement, {agreement_end}; a renewal states another.",
        "变更须保留来源协议的终止日期 {agreement_end}；更改该日期须办理续展。",
    ),
    606: (
        "A change keeps the deposits of the description in force; list the same, in their order.",
        "变更须保留现行说明所列的存证；请按原次序列出。",
    ),
    607: (
        "The right is {status}, with last day {until}; only a right that is registered is renewed, in time.",
        "该权利当前状态为 {status}，有效期届满日为 {until}；仅可在规定期间内续展已登记的权利。",
    ),
    608: (
        "A renewal can be requested from {first} on; wait until that day.",
        "自 {first} 起方可申请续展；请于该日以后提出。",
    ),
    609: (
        "The renewal {request} is pending; it must first be decided, withdrawn or lapse.",
        "续展请求 {request} 尚未处理；须待其核准、驳回、撤回或失效。",
    ),
    610: (
        "The renewed right would end on {until}, no later than now; state an agreement that ends later.",
        "续展后的届满日 {until} 不晚于现届满日；请填写终止日期更晚的来源协议。",
    ),
    611: (
        "The right is pledged to {pledgee}; that pledge must be released first.",
        "该权利已出质给 {pledgee}；须先注销该质押。",
    ),
    612: (
        "{count} disputes over the right are noted; it cannot be pledged until none stands.",
        "该权利尚有 {count} 项争议标注；须待争议标注全部终止方可出质。",
    ),
    613: (
        "The right has no pledge that stands; nothing remains to be released.",
        "该权利没有存续的质押，无需注销。",
    ),
    # 7xx: licences
    701: (
        "No licence {licence} of this right stands; name one that does.",
        "该权利没有存续的许可 {licence}；请指明存续的许可。",
    ),
    702: (
        "The licence would end on {end}, before today, {today}; it must end today or later.",
        "许可将于 {end} 终止，早于今日 {today}；终止日须为今日或以后。",
    ),
    703: (
        "The licence would end on {end}, before it starts on {start}.",
        "许可终止日 {end} 早于起始日 {start}；请更正日期。",
    ),
    704: (
        "The licence would end on {end}, after the right's last day, {until}; it must end by then.",
        "许可终止日 {end} 晚于权利有效期届满日 {until}；须不晚于该日。",
    ),
    705: (
        "The licence meets the standing licence {licence} in time, territory, industry and use, and not both are "
        "ordinary; change one of these or end that licence.",
        "与存续许可 {licence} 在时间、地域、行业、用途上均有重合，且并非均为普通许可；请调整范围或先终止该许可。",
    ),
    706: (
        "A sublicence is ordinary; exclusive and sole licences come from the holders.",
        "分许可只能为普通许可；独占与排他许可须由登记主体授予。",
    ),
    707: (
        "The licence {licence} does not allow sublicences.",
        "许可 {licence} 不允许分许可。",
    ),
    708: (
        "The licence {licence} is itself a sublicence; nothing can be licensed under it.",
        "许可 {licence} 本身为分许可；不得再次分许可。",
    ),
    709: (
        "The sublicence reaches beyond the {axis} of the licence {licence}; stay inside it.",
        "分许可超出许可 {licence} 的范围（{axis}）；须在其范围之内。",
    ),
    710: (
        "The sublicence runs outside {start} to {end}, the time of the licence {licence}; stay inside it.",
        "分许可超出许可 {licence} 的期间（{start} 至 {end}）；须在该期间之内。",
    ),
    711: (
        "On this right {count} licences have been recorded, the most that the rule set allows.",
        "该权利已备案许可 {count} 项，达到规则集允许的上限。",
    ),
    # 8xx: requests and their decision
    801: (
        "No request {request} of this right is pending; it was decided, withdrawn or has lapsed, or never was.",
        "该权利没有待处理的请求 {request}；可能已核准、驳回、撤回、失效，或从未提出。",
    ),
    802: (
        "The request was signed by {signers_had}, but would now need: {signers}; make a new request.",
        "该请求由 {signers_had} 签名，按现状应由以下各方签名：{signers_zh}；请重新提出请求。",
    ),
    803: (
        "The application is frozen by a court and cannot be withdrawn; wait until no freeze stands.",
        "该申请已被法院保全，不得撤回；须待保全全部解除或届满。",
    ),
    850: (
        "No pledge of this right is recorded; leave `ends_pledge` false.",
        "该权利没有在册质押；`ends_pledge` 请填否。",
    ),
    851: (
        "The right is {status} and was never registered; this act is for rights that were.",
        "该权利当前状态为 {status}，从未登记；此项行为仅适用于曾经登记的权利。",
    ),
    852: (
        "The right is already revoked; nothing remains to be done.",
        "该权利已被撤销，无需再次撤销。",
    ),
    # 9xx: corrections of the record, assets and contracts
    901: (
        "The entry {target} is not of this right's history; name the entry whose effect is put right.",
        "条目 {target} 不属于该权利的历史；请指明须更正其效果的条目。",
    ),
    902: (
        "Nothing is corrected; state at least one of description, certificate_no, holders, until and status.",
        "未填写任何更正内容；请至少填写说明、证书编号、登记主体、届满日、状态之一。",
    ),
    903: (
        "The field {field} says what the record says already; leave it out.",
        "字段 {field} 与现有记录相同；请勿填写。",
    ),
    904: (
        "The right is {status}; only a cancelled or revoked right is set back to registered.",
        "该权利当前状态为 {status}；只有已注销或已撤销的权利可以恢复为已登记。",
    ),
    905: (
        "The last day {until} lies outside {earliest} to {latest} (from the announcement to one term after the last "
        "day of record); stay inside.",
        "届满日 {until} 超出 {earliest} 至 {latest} 的范围（自公告之日起，至现届满日后一个有效期）；请在该范围内填写。",
    ),
    906: (
        "The last day {until} would lie after {agreement_end}, the end of the source agreement; correct both together.",
        "届满日 {until} 晚于来源协议终止日 {agreement_end}；请一并更正。",
    ),
    911: (
        "No asset {asset} is recorded; name the id of its registration.",
        "未记录数据资产 {asset}；请使用其登记条目的标识。",
    ),
    912: (
        "The asset is delisted; this act needs one that is listed.",
        "该数据资产已下架；此项行为须以在架资产为前提。",
    ),
    913: (
        "The party {party} is not a holder of record of the right named; leave the right out, or register as a holder.",
        "主体 {party} 不是所指权利的登记主体；请勿指明该权利，或以登记主体身份办理。",
    ),
    914: (
        "The deposit {deposit} is not by the party; list only its own.",
        "存证 {deposit} 并非该主体所为；请仅列入其自己的存证。",
    ),
    915: (
        "Neither an asset nor a right is named; name at least one.",
        "既未指明数据资产，也未指明权利；请至少指明一项。",
    ),
    916: (
        "Seller and buyer are the same party; a trade has two.",
        "出让方与受让方为同一主体；交易须有双方。",
    ),
    917: (
        "The contract would end on {end}, before it starts on {start}.",
        "合同终止日 {end} 早于起始日 {start}；请更正日期。",
    ),
    918: (
        "The asset is listed for another party; its own party sells.",
        "该数据资产登记于另一主体名下；须由该主体出让。",
    ),
    919: (
        "The party {party} is neither a holder of record nor a licensee who may sublicense; such a one sells.",
        "主体 {party} 既非登记主体，也非可分许可的被许可人；须由其中之一出让。",
    ),
    # 951 on: the ledger's own terms
    951: (
        "The rules cannot be read as a rule set ({reason}); correct the text.",
        "规则文本无法解读为规则集（{reason}）；请更正。",
    ),
    952: (
        "The rules would take effect at {effective} ms, before this block's time, {time} ms; sign a later moment.",
        "规则生效时间 {effective}（毫秒）早于本区块时间 {time}（毫秒）；请以更晚的生效时间签名。",
    ),
    953: (
        "Version {version} of the rules takes effect at {effective} ms; the next one must not come before it.",
        "规则第 {version} 版于 {effective}（毫秒）生效；后一版不得早于该时间。",
    ),
    954: (
        "The rules would take effect more than {days} days after this block's time; sign an earlier moment.",
        "规则生效时间超过本区块时间 {days} 日；请以较早的生效时间签名。",
    ),
    955: (
        "The rules are of the regime {regime}, this ledger's is {expected}; an amendment keeps it.",
        "规则所属登记制度为 {regime}，本账本为 {expected}；变更不得改变登记制度。",
    ),
    956: (
        "The list {field} lacks the code {code}, which the last version has; lists only grow, so keep it.",
        "清单 {field} 缺少上一版已有的代码 {code}；清单只增不减，请予保留。",
    ),
    957: (
        "The rules have been amended to version {count}, the last that this ledger can hold.",
        "规则已变更至第 {count} 版，为本账本可容纳的最后一版。",
    ),
    958: (
        "The time of grace is {grace} seconds for as long as this ledger stands, because periods that ended stay "
        "ended; keep it.",
        "宽限时间在本账本存续期间固定为 {grace} 秒，已届满的期间不得因规则变更而改变；请予保留。",
    ),
    # 981 on: the members themselves; 980 was what nodes said of the kind before they could carry it, and stays unused
    981: (
        "The document cannot be read as a roster of this ledger ({reason}); correct it.",
        "文件无法解读为本账本的成员名册（{reason}）；请更正。",
    ),
    982: (
        "The document is version {version} of the roster; the next one is {expected}.",
        "该文件为名册第 {version} 版；下一版应为第 {expected} 版。",
    ),
    983: (
        "The next roster has {count} members; at least {least} are needed.",
        "下一版名册有 {count} 名成员；至少须有 {least} 名。",
    ),
    984: (
        "{count} of the present members would leave or change their TLS key, at most {most} may at once, so that a "
        "member that was away finds the others; do it in several steps.",
        "现有成员中将有 {count} 名退出或更换 TLS 密钥，一次至多 {most} 名，以便离线成员仍能连接其余成员；请分次办理。",
    ),
    985: (
        "The {purpose} key of {member} has another meaning, now or in the document; make a new one.",
        "{member} 的 {purpose} 密钥在现行名册或该文件中另有用途；请生成新密钥。",
    ),
    986: (
        "The {purpose} key of {member} is or was a party's key; make a new one.",
        "{member} 的 {purpose} 密钥为或曾为主体的密钥；请生成新密钥。",
    ),
}
