"""Every text of the certificate, once, in English and Chinese; what it shares with the report stands in words.py."""

from __future__ import annotations

from typing import Final

from datadeed.words import Words

CERTIFICATE_TITLE: Final = Words("Certificate of registration of data intellectual property", "数据知识产权登记证书")
DIGEST_OF_PACK: Final = Words("SHA-256 of the attached pack", "所附证据包哈希值")

CERTIFICATE: Final = {
    "as_of": Words("As of {time}, checkpoint of {size} leaves", "截至 {time}，检查点日志长度 {size}"),
    "preliminary": Words(
        "This certificate is preliminary evidence (prima facie) of what is registered. It decides nothing on "
        "ownership, and nothing on what was true before chaining (Online Litigation Rules, articles 16 to 18).",
        "本证书为登记事项的初步证据，不确定数据权属，亦不证明上链之前的真实性（《人民法院在线诉讼规则》第十六条至"
        "第十八条）。",
    ),
    "made": Words(
        "Made from the attached evidence pack by the tool named below. Its force is that of the pack, which "
        "anybody can "
        "check: no seal, signature or paper replaces that check.",
        "本证书由下述工具依所附证据包制作，其证明力即该证据包的证明力，任何人均可核验；任何印章、签字或纸质文本均"
        "不能替代核验。",
    ),
    "not_valid": Words(
        "The right was not registered and valid as of this time. See its status.",
        "截至该时点，该权利并非有效登记状态，见“状态”。",
    ),
    "check": Words(
        "To check: drop this PDF on verify.html, or run `datadeed verify THIS.pdf --fingerprint FINGERPRINT`, "
        "with the "
        "fingerprint from a place that you trust.",
        "核验方法：将本 PDF 拖入 verify.html，或运行 `datadeed verify THIS.pdf --fingerprint FINGERPRINT`；账本指"
        "纹须取自可信处。",
    ),
    "right": Words("Right", "权利编号"),
    "registrar": Words("Registrar", "登记机构"),
    "status": Words("Status as of then", "其时状态"),
    "opened_by": Words("Application or import: entry {index}", "申请或导入：条目 {index}"),
    "registered_by": Words("Registration and announcement: entry {index}", "登记公告：条目 {index}"),
    "encumbrances": Words("Of record as of then", "其时其他记录"),
    "encumbered": Words(
        "pledge {pledge} · freezes {freezes} · disputes noted {disputes} · pending requests {pending} · licences "
        "{licences}",
        "质押 {pledge} · 保全 {freezes} · 争议标注 {disputes} · 待决申请 {pending} · 许可备案 {licences}",
    ),
    "name": Words("name, opened", "名称（已披露）"),
    "history": Words("Entries of its history, none is missing", "历史条目数（无遗漏）"),
}

CERTIFICATE_MADE: Final = Words("Certificate, made from a verified pack", "登记证书，依已核验的证据包制作")
AFTER_CERTIFICATE: Final = Words(
    "it holds its own proof: `datadeed verify {path} --fingerprint {fingerprint}`",
    "证书自带证据包，核验命令：`datadeed verify {path} --fingerprint {fingerprint}`",
)
