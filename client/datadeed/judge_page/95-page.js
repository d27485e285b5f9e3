// The page itself: what is handed in, a report. Text from a pack is shown as text only, without marks that turn or hide it.

let language = (navigator.language || "zh").toLowerCase().startsWith("zh") ? 0 : 1;
const shown = { pack: null, packName: "", file: null, report: null };

const pick = (pair) => pair[language];
const word = (name, values = {}) => pick(WORDS[name]).replace(/\{(\w+)\}/g, (_, key) => safe(String(values[key] ?? "")));
const byId = (id) => document.getElementById(id);
const MOMENT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})$/;
const FILE_SLICE_BYTES = 4 * 1024 * 1024;

/** Text of others without controls, and without marks that change the direction of reading. */
function safe(text) {
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = safe(text);
  if (className) made.className = className;
  return made;
}

/** A pack stands alone, or inside a PDF as an attachment that is stored as it is. */
function packOf(bytes) {
  const isPdf = startsWith(bytes, utf8("%PDF-"));
  if (!isPdf) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = bytes.length - 22; at >= 0; at--) {
    if (bytes[at] !== 0x50 || view.getUint32(at) !== 0x504b0506) continue;
    const begin = at - view.getUint32(at + 12, true) - view.getUint32(at + 16, true);
    if (begin >= 0 && view.getUint32(begin) === 0x504b0304) return bytes.subarray(begin, at + 22);
  }
  return bytes;
}

/** The file's SHA-256, slice by slice, so that a large one does not fill the memory. */
async function digestOf(file) {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += FILE_SLICE_BYTES) {
    hash.update(new Uint8Array(await file.slice(at, at + FILE_SLICE_BYTES).arrayBuffer()));
  }
  return hash.digest();
}

/** Hex as people write or scan it: spaces, line breaks, capitals and a name before it do not matter. */
function fingerprintTyped() {
  const text = byId("fingerprint").value.toLowerCase().replace(/^\s*(?:datadeed:|sha256:)+/, "").replace(/[\s:-]/g, "");
  return /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : null;
}

/** A date means its end, +08:00; a time has an offset. undefined: neither. */
function momentTyped() {
  const text = byId("at").value.trim();
  if (!text) return null;
  if (isDate(text)) return Math.max(0, (dayNumber(text) + 1) * DAY_MS - OFFSET_MS - 1);
  const time = MOMENT.test(text) && isDate(text.slice(0, 10)) ? Date.parse(text.replace(" ", "T")) : NaN;
  return time >= 0 && time <= TIME_MAX ? time : undefined;
}

function complain(name) {
  byId("complaint").textContent = name ? word(name) : "";
  byId("complaint").dataset.word = name ?? "";
}

/** So that the same file can be put in again as it is now. */
function forgetFiles() {
  for (const name of ["pack", "file"]) {
    shown[name] = null;
    byId(name).value = byId(`${name}-name`).textContent = "";
  }
  byId("result").hidden = true;
  complain("unread");
}

async function check(event) {
  event?.preventDefault();
  const result = byId("result");
  const fingerprint = fingerprintTyped();
  const at = momentTyped();
  const complaint = !shown.pack ? "need_pack" : !fingerprint ? "need_fingerprint" : at === undefined ? "need_time" : null;
  complain(complaint);
  if (complaint) return;
  result.hidden = false;
  result.setAttribute("aria-busy", "true");
  result.replaceChildren(element("p", word("waiting")));
  let [fileDigest, bytes] = [null, null];
  try {
    if (shown.file) fileDigest = await digestOf(shown.file);
    bytes = packOf(new Uint8Array(await shown.pack.arrayBuffer()));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return forgetFiles();
  }
  const ask = byId("ask").value.trim() || null;
  shown.report = await verifyPack(bytes, fingerprint, { fileDigest, ask, at });
  Object.assign(shown.report, { fileDigest, ask, at, fingerprintGiven: toHex(fingerprint), packDigest: toHex(sha256(bytes)) });
  result.setAttribute("aria-busy", "false");
  showReport();
  byId("outcome").focus();
}

// --- the report ------------------------------------------------------------------------------------------------------

function showReport() {
  const { report } = shown;
  const result = byId("result");
  result.replaceChildren();
  const heading = element("h2", `${report.outcome === PASSED ? "✔" : report.outcome === CANNOT_DECIDE ? "?" : "✘"} ${word(report.outcome)}`, `outcome ${report.outcome.replace(/ /g, "-")}`);
  heading.id = "outcome";
  heading.tabIndex = -1;
  result.append(heading);
  const print = element("button", word("print"), "print");
  print.type = "button";
  print.addEventListener("click", () => window.print());
  result.append(print);
  for (const [name, lines] of reportPoints(report)) {
    const section = element("section");
    section.append(element("h3", pick(POINTS[name])));
    for (const line of lines.length ? lines : [word("not_provided")]) section.append(element("p", line));
    result.append(section);
  }
  result.append(stepsList(report));
}

function stepsList(report) {
  const section = element("section");
  section.append(element("h3", word("steps")));
  const list = element("ol", undefined, "steps");
  for (const step of report.steps) {
    const what = pick(STEP_WORDS[step.name]);
    const row = step.ok === null
      ? element("li", `– ${word(step.why)}`, "missing")
      : step.ok
        ? element("li", `✔ ${what} ${step.found.join(" · ")}`, "held")
        : element("li", `✘ ${both("不成立：", "Not so: ")}${what} ${technical(step)}`, "failed");
    row.value = step.number;
    row.dataset.step = step.name;
    row.dataset.ok = String(step.ok);
    list.append(row);
  }
  section.append(list);
  return section;
}

const technical = ({ reason }) => `${word("detail")}${both("：", ": ")}${reason}`;

/** Where the verification ended and what that means; the reason stands beside it, in the words of the judge. */
function stoppedLines({ outcome, steps }) {
  const { number, name, reason, rule } = steps.at(-1);
  const meaning = pick(MEANINGS[outcome]);
  const broken = rule === undefined || language ? "" : `日志序号 ${rule.index} 的条目（${rule.kind}）违反第 ${rule.number} 号规则。`;
  return [
    both(`核验终止于第 ${number} 步「${STEP_WORDS[name][2]}」（${name}）。${broken}${meaning}`, `The verification ended at step ${number} (${name}). ${meaning}`),
    technical({ reason }),
  ];
}

function conclusionOf(report) {
  const about = report.about[report.about.length - 1];
  const whole = report.kind !== "entry" && report.kind !== "item";
  const time = timeText(whole ? report.ground.header.time : about.header.time);
  const what = report.items.length ? report.items.map((item) => item.item).join("、") : report.subjects[0];
  return word(["title", "asset"].includes(report.kind) ? "history" : report.kind, { index: about?.index, time, what, count: report.about.length });
}

const both = (zh, en) => (language === 0 ? zh : en);

/** The twenty points of events.md section 7, each with its lines; none is "not provided". */
function reportPoints(report) {
  const { ground, genesis } = report;
  const passed = report.outcome === PASSED;
  const about = passed ? report.about : [];
  const deposits = about.filter(({ entry }) => entry.kind.startsWith("deposit"));
  const member = (item) => `${item.name} · ${item.title.zh} · ${item.title.en} · ${item.roles.map((role) => pick(ROLE_WORDS[role])).join("、")}`;
  const points = new Map(Object.keys(POINTS).map((name) => [name, []]));
  const add = (name, ...lines) => points.get(name).push(...lines);

  add("conclusion", ...(passed ? [conclusionOf(report)] : stoppedLines(report)), word("limits"));
  if (shown.file) add("file", `${shown.file.name} · ${shown.file.size} bytes · SHA-256 ${toHex(report.fileDigest)}`);
  if (report.matches) add("file", both(`与 ${report.matches.join("、")} 一致`, `the same as ${report.matches.join(", ")}`));
  for (const { index, entry } of deposits) {
    const data = entry.data;
    const digest = data.get("digest") ?? data.get("root");
    add("digest", `entry ${index}: ${data.get("algorithm")} ${toHex(digest)} · ${data.get("scope") ?? `${data.get("count")} items`}`);
  }
  for (const item of passed ? report.items : []) add("digest", `item ${item.item}/${item.count}: sha-256 ${toHex(item.digest)}`);
  for (const { index, entry, header } of about) add("place", `${entry.kind} · ${entry.id} · ${both("日志序号", "log index")} ${index} · ${both("区块", "block")} ${header.height} · ${header.id}`);
  for (const item of about.slice(0, 1).concat(deposits.filter((each) => each !== about[0]))) {
    add("depositor", `entry ${item.index}: ${item.entry.by.map((signer) => signerWords(signer, item, report)).join("；")}`);
  }
  for (const { index, entry, header } of about) {
    const claimed = entry.data.get("formed_at");
    if (claimed) add("times", `entry ${index} · ${both("自述形成时间（未核验）", "claimed formation (unchecked)")} ${timeText(claimed)}`);
    add("times", `entry ${index} · ${both("区块时间", "block time")} ${timeText(header.time)} (± ${header.slack} ms)`);
  }
  if (passed) {
    add("times", `${both("共同签署时间，下中位数，家数", "cosignature time, lower median of")} ${ground.signed.cosigners.size}: ${timeText(ground.signed.time * 1000)}`);
    add("times", ...(report.timestamps.length ? report.timestamps.map(timestampLine) : [both("可信时间戳：未提供", "time-stamp tokens: not provided")]));
    add("inclusion", ...about.map(({ index }) => both(`条目 ${index} 的路径已重算至检查点根`, `the path of entry ${index} was climbed to the checkpoint's root`)));
    add("consistency", both(`检查点 ${ground.checkpoint.size}；未提供更新的检查点作比较`, `checkpoint ${ground.checkpoint.size}; no newer one was provided to compare`));
    if (report.kind !== "entry" && report.kind !== "item") add("completeness", conclusionOf(report));
    const signed = ground.signed.cosigners;
    add("institutions", both(`至少需 ${ground.roster.quorum} 家，已签署 ${signed.size} 家`, `${ground.roster.quorum} needed, ${signed.size} signed`));
    for (const item of ground.roster.members) add("institutions", `${signed.has(item.name) ? "✔" : "–"} ${member(item)}`);
    add("institutions", ...rosterLines(ground.rosters));
    const own = new Set(about.flatMap(({ entry }) => entry.by.map(toHex)));
    const parties = [...own].map((id) => ground.rosters.member(id)?.name).filter(Boolean).sort();
    add("interest", parties.length
      ? both(`下列成员亦签署了所涉条目：${parties.join("、")}`, `these members also signed entries in question: ${parties.join(", ")}`)
      : both("没有成员签署所涉条目；主体为假名，其身份须另行核对", "no member signed an entry in question; parties are pseudonyms, whose identity is checked elsewhere"));
    add("state", ...stateLines(report));
    add("superseded", ...supersededLines(report));
    for (const { index, entry } of report.entries.filter(({ entry }) => entry.kind === "update_party")) {
      add("anomalies", `entry ${index} · ${both("主体更换密钥", "key change of a party")}: ${toHex(entry.data.get("party"))} (${entry.data.get("reason")})`);
    }
    add("sealed", ...sealedLines(report));
  }
  const pack = shown.packName || "PACK.zip";
  add("exported", both("导出人：未提供", "exported by: not provided"), `datadeed verify ${pack} --fingerprint ${report.fingerprintGiven}${report.ask ? ` --ask ${report.ask}` : ""}${report.at === null ? "" : ` --at ${timeText(report.at)}`}`);
  add("alone", both("一、从公报等可信处取得账本指纹。二、在断网电脑上以本页或 datadeed verify 打开证据包。三、以 sha256sum 计算争议文件并与第 3 项比对。", "One: take the fingerprint from a gazette or another trusted place. Two: open the pack on a computer without a network, with this page or `datadeed verify`. Three: compute the file's SHA-256 and compare it with point 3."));
  add("page", `${both("账本指纹", "fingerprint")} ${report.fingerprintGiven}`, `${both("证据包 SHA-256", "SHA-256 of the pack")} ${report.packDigest}`);
  if (genesis) add("page", genesis.origin);
  return points;
}

/** How each roster came into force: where, who came and went, and which of the members before vouched for it. */
function rosterLines({ all }) {
  const named = (members) => members.map(({ name, title }) => `${name} (${title.zh} ${title.en})`).join("、") || both("无", "none");
  const changes = all.slice(1).map(({ roster, header, signed }, at) => {
    const before = all[at].roster;
    const joined = named(roster.members.filter(({ id }) => !before.byId.has(id)));
    const left = named(before.members.filter(({ id }) => !roster.byId.has(id)));
    const vouched = `${[...signed.cosigners.keys()].join("、")} (${signed.cosigners.size}/${before.members.length} ≥ ${before.quorum})`;
    return [
      `${both("名册版本", "roster")} ${roster.version}`,
      `${both("载于区块", "recorded in block")} ${header.height}, ${timeText(header.time)}${both("，自其后区块起适用", ", in force from the next one on")}`,
      `${both("加入", "joined")}: ${joined}`,
      `${both("退出", "left")}: ${left}`,
      `${both("变更前成员签署", "signed by members before")}: ${vouched}`,
    ].join(" · ");
  });
  const { version } = all.at(-1).roster;
  return [...changes, both(`未提供：名册第 ${version} 版此后是否已被替换。仅账本可知，请向账本索取更新的证据包。`, `Not provided: whether roster ${version} was replaced since. Only the ledger tells; ask it for a newer pack.`)];
}

function timestampLine({ size, checkpointTime, time, accuracy, serial }) {
  const token = `${both("可信时间戳，签发机构的签名未核验", "time-stamp, its authority's signature not checked")}: ${timeText(time)}${accuracy === null ? "" : ` (± ${accuracy} ms)`}`;
  return `${token} · ${both("序列号", "serial")} ${serial} · ${both("所覆盖检查点", "over the checkpoint of size")} ${size}, ${timeText(checkpointTime)}`;
}

/** Institutions as the roster names them under which the entry was recorded. */
function signerWords(signer, { entry, header }, report) {
  const name = toHex(signer);
  const member = officeOf(name, entry, header.roster);
  if (member) return `${member.name} · ${member.title.zh} · ${member.title.en}`;
  const enrolled = report.entries.find(({ entry }) => entry.kind === "enrol" && toHex(entry.data.get("party")) === name);
  const by = enrolled?.header.roster.byId.get(toHex(enrolled.entry.by[0]));
  return `${both("主体", "party")} ${name}${by ? `${both("，入册机构 ", ", enrolled by ")}${by.name}` : ""}`;
}

function sealedLines(report) {
  const opened = new Map(report.disclosures.map((item) => [`${item.entry} ${item.path}`, item.value]));
  return report.entries.flatMap(({ index, entry }) =>
    [...sealedFields(entry).keys()].map((path) => {
      const key = `${index} ${path}`;
      if (!opened.has(key)) return `entry ${index} · ${path}: ${both("未披露", "not opened")}`;
      return `entry ${index} · ${path}: ${both("已披露", "opened")} = ${opened.get(key) ?? both("（无内容）", "(nothing)")}`;
    }),
  );
}

// --- inputs ----------------------------------------------------------------------------------------------------------

function take(name, file) {
  if (!file) return;
  shown[name] = file;
  if (name === "pack") shown.packName = file.name;
  byId(`${name}-name`).textContent = `${safe(file.name)} · ${file.size} bytes`;
}

function speak() {
  document.documentElement.lang = language === 0 ? "zh-CN" : "en";
  document.title = word("title");
  for (const node of document.querySelectorAll("[data-word]")) if (node.dataset.word) node.textContent = word(node.dataset.word);
  byId("ask").placeholder = word("ask_hint");
  byId("at").placeholder = word("at_hint");
  if (shown.report) showReport();
}

for (const name of ["pack", "file"]) {
  const [input, zone] = [byId(name), byId(`${name}-zone`)];
  input.addEventListener("change", () => take(name, input.files[0]));
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take(name, event.dataTransfer.files[0]);
  });
}
byId("language").addEventListener("click", () => {
  language = 1 - language;
  speak();
});
byId("form").addEventListener("submit", check);
speak();
