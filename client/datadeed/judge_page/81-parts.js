// The parts of a pack, sorted: a closed list of names (evidence.md section 2).

function sortParts(parts) {
  const fixed = new Map();
  const numbered = { entry: new Map(), block: new Map(), map: new Map(), item: new Map(), list: new Map(), stamp: new Map() };
  const records = new Map();
  const place = (rows, number, suffix, data) => {
    const key = decimal(number);
    if (!rows.has(key)) rows.set(key, new Map());
    rows.get(key).set(suffix, data);
  };
  for (const [name, data] of parts) {
    let match;
    if (GROUND.includes(name) || NOT_PROOF.includes(name) || name === "disclosures.json") fixed.set(name, data);
    else if ((match = /^entry-([0-9]{1,20})\.(msgpack|tlog-proof|json)$/.exec(name))) place(numbered.entry, match[1], match[2], data);
    else if ((match = /^block-([0-9]{1,20})\.(txt|tlog-proof)$/.exec(name))) place(numbered.block, match[1], match[2], data);
    else if ((match = /^map-proof-([0-9]{1,20})\.txt$/.exec(name))) place(numbered.map, match[1], "txt", data);
    else if ((match = /^items\/([0-9]{1,20})\.txt$/.exec(name))) place(numbered.item, match[1], "txt", data);
    else if ((match = /^records-([0-9]{1,20})\.msgpack$/.exec(name))) place(numbered.list, match[1], "msgpack", data);
    else if ((match = /^timestamps\/([0-9]{1,20})\.(checkpoint|tsr|consistency\.txt)$/.exec(name))) place(numbered.stamp, match[1], match[2], data);
    else if ((match = /^records\/([0-9a-f]{130})\.msgpack$/.exec(name))) records.set(match[1], data);
    else throw new Malformed(`${name} is not a part of any evidence pack that this page knows`);
  }
  for (const name of GROUND) malformed(fixed.has(name), `the part ${name} is missing`);
  const entries = completeRows(numbered.entry, "entry", ["msgpack", "tlog-proof", "json"]);
  const blocks = completeRows(numbered.block, "block", ["txt", "tlog-proof"]);
  const timestamps = completeRows(numbered.stamp, "timestamps", ["checkpoint", "tsr", "consistency.txt"]);
  malformed(timestamps.length <= TIMESTAMPS_MAX, `a pack has at most ${TIMESTAMPS_MAX} time-stamp tokens`);
  const mapProofs = inRow(numbered.map, (number) => `map-proof-${number}.txt`);
  const lists = inRow(numbered.list, (number) => `records-${number}.msgpack`);
  const items = [...numbered.item].sort(([a], [b]) => a - b).map(([number, row]) => [number, row.get("txt")]);
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
  for (const [what, there] of Object.entries(tooMuch)) malformed(!there, `the pack has ${what}, which have no place in a pack of the kind ${kind}`);
  const proofs = mapProofs.length;
  malformed((kind !== "absence" && kind !== "presence") || proofs === 1, `a pack of the kind ${kind} has one map proof, this one has ${proofs} and no entry`);
  malformed(kind !== "export" || (proofs === EXPORT_PROOFS && lists.length === EXPORT_PROOFS), `to export the register a pack has ${EXPORT_PROOFS} map proofs with as many lists of records; this one has ${proofs} and ${lists.length}`);
  return { kind, fixed, entries, blocks, mapProofs, lists, records, items, disclosures, timestamps };
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
function inRow(rows, name) {
  const found = [];
  for (let number = 1; number <= rows.size; number++) {
    malformed(rows.has(number), `the part ${name(number)} is missing: they count 1, 2, …`);
    found.push([...rows.get(number).values()][0]);
  }
  return found;
}

function completeRows(rows, name, suffixes) {
  for (const [number, row] of rows) {
    for (const suffix of suffixes) malformed(row.has(suffix), `the part ${name}-${number}.${suffix} is missing`);
  }
  return [...rows].sort(([a], [b]) => a - b).map(([number, row]) => ({ number, row }));
}
