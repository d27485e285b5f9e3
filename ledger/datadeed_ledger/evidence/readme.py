"""README.txt of a pack: for whoever opens it in ten years with nothing but a text editor. Not part of the proof.

Spec: docs/spec/ledger.md section 7; docs/spec/evidence.md section 7.
"""

from __future__ import annotations

from typing import Final

from datadeed_ledger.evidence.names import PackKind

_PROVES_ZH: Final = {
    PackKind.ENTRY: "{what} 已记入下述账本，内容自记入后未被改动，签名有效。",
    PackKind.ITEM: "{what} 所含的文件项已随批量存证记入下述账本，自记入后未被改动。",
    PackKind.TITLE: "{what} 截至检查点时点的全部历史：无一条目缺失、增加或换序；并含其状态记录与许可。",
    PackKind.ASSET: "{what} 截至检查点时点的全部历史：无一条目缺失、增加或换序；并含其状态记录。",
    PackKind.ABSENCE: "截至检查点时点，{what} 在下述账本上没有任何存续记录。",
    PackKind.PRESENCE: "截至检查点时点，{what} 在下述账本上的全部记录，别无其他。",
    PackKind.EXPORT: "截至检查点时点，下述账本登记簿的全部记录，无一遗漏。",
}
_PROVES_EN: Final = {
    PackKind.ENTRY: "{what} was recorded on the ledger below, is unchanged since, and its signatures hold.",
    PackKind.ITEM: "The items here were recorded on the ledger below with {what} and are unchanged since.",
    PackKind.TITLE: "The whole history of {what} up to the checkpoint, and its records: none missing, added, moved.",
    PackKind.ASSET: "The whole history of {what} up to the checkpoint, and its record: none missing, added, moved.",
    PackKind.ABSENCE: "As of the checkpoint nothing stood on the ledger below under {what}.",
    PackKind.PRESENCE: "All records that the ledger below held under {what} as of the checkpoint, and no other.",
    PackKind.EXPORT: "All records of the register of the ledger below as of the checkpoint, none missing.",
}

_TEXT: Final = """数据知识产权账本 证据包 / datadeed evidence pack
账本 / ledger: {origin}
账本指纹 / ledger fingerprint (SHA-256 of genesis.json): {fingerprint}
请从可信来源（公报、公证处、法院网站）另行取得账本指纹，不要采信本文件所载。
Get the fingerprint from a place that you trust (a gazette, a notary, the court's page), not from this file.

一、证明什么
{proves_zh}

二、如何核验（三种互不依赖的工具，均可离线）
1. datadeed：    datadeed verify PACK.zip --fingerprint <账本指纹>{ask}
2. 任何支持 C2SP 格式的工具：以 policy.txt 为策略，核验各 *.tlog-proof 与对应的 *.msgpack 或 *.txt（叶子数据）。
3. 仅用 sha256sum：
   sha256sum genesis.json                             应等于账本指纹
   (printf '\\0'; cat header.txt) | sha256sum          叶子哈希；按 RFC 6962 与 header.tlog-proof 中各行逐级合并：
   (printf '\\1'; 左 32 字节; 右 32 字节) | sha256sum   末级结果应等于 checkpoint 第三行（base64）
   checkpoint 各签名行为 Ed25519，公钥见 genesis.json，可用 openssl pkeyutl -verify -rawin 核验。

三、不证明什么
- 不证明上链之前的内容真实，也不证明权属；登记仅为初步证据。
- 一切结论截至检查点时点，不代表现状。
- 条目证据包不证明此后未发生其他事项；权利证据包才证明无遗漏。
- 本 README.txt 与 verify.html 不属于证明的组成部分。

1. What it proves
{proves_en}

2. How to check it (three tools that do not depend on each other, all offline)
   a. datadeed:   datadeed verify PACK.zip --fingerprint <ledger fingerprint>{ask}
   b. Any tool for the C2SP formats: with policy.txt as its policy, check each *.tlog-proof against the *.msgpack
      or *.txt of the same name (the leaf's data).
   c. sha256sum alone:
      sha256sum genesis.json                                    is the ledger fingerprint
      (printf '\\0'; cat header.txt) | sha256sum                is the leaf hash
      (printf '\\1'; left 32 bytes; right 32 bytes) | sha256sum joins it, as RFC 6962 says, with each line of
                            header.tlog-proof; the last result is line 3 of checkpoint (base64)
      Each signature line of checkpoint is Ed25519 by a key in genesis.json; openssl pkeyutl -verify -rawin checks it.

3. What it does not prove
- Nothing of what was true before it was recorded, and not ownership: a registration is preliminary evidence.
- Everything is as of the checkpoint's time, never 'is'.
- An entry's pack does not say that nothing happened later; only a title pack leaves nothing out.
- This README.txt and verify.html are not part of the proof.

Parts: entry-<index>.* an entry, its proof, the same as readable text; block-<height>.* the header of its block;
map-proof-<n>.txt and records/ (records-<n>.msgpack) the state; items/ files of a batch; disclosures.json opened fields.
Format: docs/spec/ledger.md section 7.
"""


_PAGE: Final = """
verify.html: 浏览器离线核验页，其 SHA-256 为 / checks this pack in a browser, offline; its SHA-256 is
{digest}
使用前请与法院或节点机构公布的值（各节点 /verify.sha256）比对，或直接使用自行取得的核验页。
Compare it with what the court or the institutions publish (/verify.sha256 of every node), or use a page of your own.
"""


_ROSTERS: Final = """
rosters/: 账本成员已变更，最新名册为第 {version} 版。
每个目录证明一次变更：变更前名册的法定数量成员签署了该目录的 checkpoint。
本证据包检查点的公钥见 rosters/{version}/document.json，不见于 genesis.json。
名册此后是否再变更，任何文件不能说明；宜向节点索取新的证据包。
The members changed; the newest roster is version {version}. Each folder proves one change: a quorum of the members
before signed the checkpoint in it. The keys of this pack's own checkpoint are in rosters/{version}/document.json, not
in genesis.json. Whether the members changed again since, no file can tell: ask a node for a newer pack.
"""


def readme_of_rosters(version: int) -> bytes:
    """What follows in the README.txt of a pack under a later roster than the founding one."""
    return _ROSTERS.format(version=version).encode()


def readme_of_page(digest: bytes) -> bytes:
    """What follows in a README.txt beside a verify.html. digest: SHA-256 of that page."""
    return _PAGE.format(digest=digest.hex()).encode()


def readme(kind: PackKind, *, origin: str, fingerprint: bytes, what: str, ask: str = "") -> bytes:
    """what: the entry, right or subject, without words to translate; ask: the question, if the check needs it."""
    text = _TEXT.format(
        origin=origin,
        fingerprint=fingerprint.hex(),
        proves_zh=_PROVES_ZH[kind].format(what=what),
        proves_en=_PROVES_EN[kind].format(what=what),
        ask=f" --ask {ask}" if ask else "",
    )
    return text.encode()
