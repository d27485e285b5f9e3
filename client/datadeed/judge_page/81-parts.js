// The parts of a pack, sorted: a closed list of names (evidence.md section 2).

// What stands before a number, and after it: of each number all of these, or none.
const NUMBERED = {
  entries: ["entry-", ".msgpack", ".tlog-proof", ".json"],
  blocks: ["block-", ".txt", ".tlog-proof"],
  mapProofs: ["map-proof-", ".txt"],
  items: ["items/", ".txt"],
  lists: ["records-", ".msgpack"],
  timestamps: ["timestamps/", ".checkpoint", ".tsr", ".consistency.txt"],
  rosters: [
    "rosters/", "/document.json", "/entry.msgpack", "/entry.tlog-proof", "/entry.json", "/header.txt", "/header.tlog-proof",
    "/checkpoint", "/consistency.txt",
  ],
};
const ROSTER_VERSION_MAX = 256;

function sortParts(parts) {
  const fixed = new Map();
  const records = new Map();
  const numbered = Object.fromEntries(Object.keys(NUMBERED).map((sort) => [sort, new Map()]));
  for (const [name, data] of parts) {
    const key = /^records\/([0-9a-f]{130})\.msgpack$/.exec(name);
    if (GROUND.includes(name) || NOT_PROOF.includes(name) || name === "disclosures.json") fixed.set(name, data);
    else if (key) records.set(key[1], data);
    else must(placeNumbered(name, data, numbered), `${name} is no part of an evidence pack`);
  }
  for (const name of GROUND) must(fixed.has(name), `the part ${name} is missing`);
  const [entries, blocks, timestamps, rosters] = ["entries", "blocks", "timestamps", "rosters"].map((sort) => completeRows(numbered[sort], NUMBERED[sort]));
  must(timestamps.length <= TIMESTAMPS_MAX, `a pack has at most ${TIMESTAMPS_MAX} time-stamp tokens`);
  const versions = rosters.every(({ number }, at) => number === at + 2 && number <= ROSTER_VERSION_MAX);
  must(versions, `the rosters of a pack are 2, 3, … without a gap, at most to ${ROSTER_VERSION_MAX}`);
  const [mapProofs, lists] = ["mapProofs", "lists"].map((sort) => inRow(numbered[sort], NUMBERED[sort]));
  const items = [...numbered.items].sort(([a], [b]) => a - b).map(([number, row]) => [number, row.get("txt")]);
  const disclosures = fixed.get("disclosures.json") ?? null;
  const kind = kindOf(entries, mapProofs, lists, records, items);
  const noEntries = ["absence", "presence", "export"].includes(kind);
  const tooMuch = {
    blocks: blocks.length && noEntries,
    disclosures: disclosures !== null && noEntries,
    items: items.length && kind !== "entry" && kind !== "item",
    records: records.size && kind !== "title" && kind !== "presence",
    "lists of records": lists.length && kind !== "export",
  };
  for (const [what, there] of Object.entries(tooMuch)) must(!there, `the pack has ${what}, which have no place in a pack of the kind ${kind}`);
  const proofs = mapProofs.length;
  must((kind !== "absence" && kind !== "presence") || proofs === 1, `a pack of the kind ${kind} has one map proof, this one has ${proofs} and no entry`);
  must(kind !== "export" || (proofs === EXPORT_PROOFS && lists.length === EXPORT_PROOFS), `a pack of the kind export has ${EXPORT_PROOFS} map proofs and lists of records, not ${proofs} and ${lists.length}`);
  return { kind, fixed, entries, blocks, mapProofs, lists, records, items, disclosures, timestamps, rosters };
}

/** Whether the name is one of a numbered part; then it stands under its number, without what stands before. */
function placeNumbered(name, data, numbered) {
  for (const [sort, [before, ...suffixes]] of Object.entries(NUMBERED)) {
    const digits = name.startsWith(before) ? /^[0-9]{1,20}/.exec(name.slice(before.length))?.[0] : undefined;
    if (digits === undefined) continue;
    const suffix = name.slice(before.length + digits.length);
    if (!suffixes.includes(suffix)) return false;
    const [rows, number] = [numbered[sort], decimal(digits)];
    if (!rows.has(number)) rows.set(number, new Map());
    rows.get(number).set(suffix.slice(1), data);
    return true;
  }
  return false;
}

function kindOf(entries, mapProofs, lists, records, items) {
  if (!entries.length) {
    if (mapProofs.length > 1 || lists.length) return "export";
    return records.size ? "presence" : "absence";
  }
  if (mapProofs.length) return "title";
  return items.length ? "item" : "entry";
}

/** The only part of each number, which count 1, 2, … */
function inRow(rows, [before, suffix]) {
  const found = [];
  for (let number = 1; number <= rows.size; number++) {
    must(rows.has(number), `the part ${before}${number}${suffix} is missing: they count 1, 2, …`);
    found.push([...rows.get(number).values()][0]);
  }
  return found;
}

function completeRows(rows, [before, ...suffixes]) {
  for (const [number, row] of rows) {
    for (const suffix of suffixes) must(row.has(suffix.slice(1)), `the part ${before}${number}${suffix} is missing`);
  }
  return [...rows].sort(([a], [b]) => a - b).map(([number, row]) => ({ number, row }));
}
