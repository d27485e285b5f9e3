// The judge: walks the steps of evidence.md section 4 in order over one pack and stops at the first that fails.

const PASSED = "passed";
const NOT_ON_LEDGER = "not on the ledger";
const INCONSISTENT = "inconsistent";
const CANNOT_DECIDE = "cannot decide";

const STEPS = [
  "container", "fingerprint", "checkpoint", "header", "policy", "inclusion", "blocks", "signatures", "question",
  "records", "history", "deposits", "items", "disclosures", "file", "rules", "time",
  "timestamps",
];
const UNDECIDED_STEPS = ["container", "fingerprint", "checkpoint", "question"];
const GROUND = ["genesis.json", "checkpoint", "policy.txt", "header.txt", "header.tlog-proof"];
const NOT_PROOF = ["README.txt", "verify.html"];
const KEY_GIVING = ["enrol", "update_party"];
const QUESTION = /^(?:(?:right|asset|key)\/[0-9a-f]{64}|party\/[0-9a-f]{32}|number\/(?:[0-9A-Z]{16}|[0-9]{17})|entry\/[0-9a-f]{64}|right\/[0-9a-f]{64}\/(?:licence|objection)|rules|register)$/;
const EXPORT_PROOFS = 256; // one for each first byte of a map key

/** A step failed; the trail holds it as its last. */
class Stopped extends Error {
  constructor(outcome, reason) {
    super(reason);
    this.outcome = outcome;
  }
}

class Trail {
  constructor() {
    this.steps = [];
  }

  /** Runs one step's checks; `found` is what they found, for the report. */
  async step(name, checks) {
    try {
      const found = await checks();
      this.steps.push({ number: STEPS.indexOf(name) + 1, name, ok: true, found: found?.found ?? {} });
      return found?.value;
    } catch (error) {
      if (!(error instanceof Malformed || error instanceof Unproven)) throw error;
      this.steps.push({ number: STEPS.indexOf(name) + 1, name, ok: false, reason: error.message });
      throw new Stopped(outcomeOf(name, error), error.message);
    }
  }

  missing(name, why) {
    this.steps.push({ number: STEPS.indexOf(name) + 1, name, ok: null, why });
  }
}

function outcomeOf(name, error) {
  if (error instanceof Malformed || error instanceof Undecided) return CANNOT_DECIDE;
  if (error instanceof NotThere) return NOT_ON_LEDGER;
  return UNDECIDED_STEPS.includes(name) ? CANNOT_DECIDE : INCONSISTENT;
}

/** The report on a pack. options: fileDigest (32 bytes) of the file in hand; ask, the subject in question; at, a moment in ms. */
async function verifyPack(bytes, fingerprint, { fileDigest = null, ask = null, at = null } = {}) {
  const trail = new Trail();
  const report = { outcome: CANNOT_DECIDE, reason: "", kind: null, steps: trail.steps };
  try {
    await walk(bytes, fingerprint, { fileDigest, ask, at }, trail, report);
    report.outcome = PASSED;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    report.outcome = error.outcome;
    report.reason = error.message;
  }
  return report;
}

async function walk(bytes, fingerprint, question, trail, report) {
  const contents = await trail.step("container", () => {
    const sorted = sortParts(readContainer(bytes));
    return { value: sorted, found: { kind: sorted.kind } };
  });
  report.kind = contents.kind;
  const ground = await layGround(contents, fingerprint, trail, report);
  const { entries, keys } = await proveEntries(contents, ground, trail);
  report.entries = entries;
  const answer = await proveAnswer(contents, entries, keys, ground, question, trail);
  Object.assign(report, answer);
  report.disclosures = [];
  if (contents.disclosures === null) trail.missing("disclosures", "no_disclosures");
  else {
    report.disclosures = await trail.step("disclosures", () => {
      const value = proveDisclosures(contents.disclosures, entries);
      return { value, found: { count: value.length } };
    });
  }
  report.matches = null;
  if (question.fileDigest === null) trail.missing("file", "no_file");
  else {
    report.matches = await trail.step("file", () => {
      const value = matchFile(question.fileDigest, entries, answer.items);
      return { value, found: { places: value.join(", ") } };
    });
  }
  await proveRules(report, ground, question, trail);
  await proveTimestamps(contents, ground, trail, report);
}

/** Steps rules and time: a history is judged again, entry by entry. */
async function proveRules(report, ground, question, trail) {
  const whole = report.kind === "title" || report.kind === "asset";
  const founding = whole ? foundingRules(ground.genesis) : null;
  if (founding === null) {
    trail.missing("rules", whole ? "unreadable_rules" : "no_history");
    if (question.at !== null) await trail.step("time", () => { throw new Undecided("only a history that was replayed tells the state at a time"); });
    return;
  }
  const replayed = await trail.step("rules", () => {
    const value = replayRules(report.subjects, report.entries, report.proven, founding, ground);
    return { value, found: { count: report.entries.length } };
  });
  Object.assign(report, { left: replayed.left, state: stateAsOf(replayed, ground.header.time) });
  if (question.at === null) return trail.missing("time", "no_time");
  report.stateAt = await trail.step("time", () => {
    checkDecidable(question.at, ground.header.time);
    const value = stateAsOf(replayed, question.at);
    return { value, found: { time: timeText(question.at), status: value.status ?? "–" } };
  });
}

// --- parts -----------------------------------------------------------------------------------------------------------

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

// --- the ground ------------------------------------------------------------------------------------------------------

async function layGround(contents, fingerprint, trail, report) {
  const part = (name) => contents.fixed.get(name);
  const genesis = await trail.step("fingerprint", () => {
    const found = toHex(sha256(part("genesis.json")));
    require(found === toHex(fingerprint), `the founding document's SHA-256 is ${found}, not ${toHex(fingerprint)}`);
    const value = inPart("genesis.json", () => parseGenesis(part("genesis.json")));
    return { value, found: { origin: value.origin, fingerprint: found } };
  });
  report.genesis = genesis;
  const roster = genesis.roster;
  const signed = await trail.step("checkpoint", async () => {
    const header = inPart("header.txt", () => {
      const read = parseHeader(part("header.txt"));
      checkRoster(read, roster);
      return read;
    });
    let value;
    try {
      value = await verifyCheckpoint(part("checkpoint"), roster, header);
    } catch (error) {
      throw inPart("checkpoint", () => { throw error; });
    }
    value.header = header;
    const signers = [...value.cosigners.keys()].join(", ");
    return { value, found: { count: value.cosigners.size, size: roster.members.length, quorum: roster.quorum, signers } };
  });
  const ground = { genesis, roster, signed, header: signed.header, checkpoint: signed.checkpoint };
  report.ground = ground;
  await trail.step("header", () => {
    inPart("header.txt", () => ownHeader(part("header.txt"), ground));
    inPart("header.tlog-proof", () => {
      const proof = ownProof(part("header.tlog-proof"), ground);
      require(proof.index === ground.checkpoint.size - 1, "the index is not the checkpoint's last");
      verifyInclusion(proof.index, ground.checkpoint.size, leafHash(part("header.txt")), proof.path, ground.checkpoint.root);
    });
    return { found: { height: ground.header.height } };
  });
  await trail.step("policy", () => {
    const allowed = signed.logSigners.map((name) => policyText(roster, roster.byName.get(name).log));
    const matches = allowed.some((text) => sameBytes(utf8(text), part("policy.txt")));
    require(matches, "policy.txt is not the one that the founding document and the checkpoint give");
  });
  return ground;
}

function checkRoster(header, roster) {
  if (header.rosterVersion !== roster.version || header.rosterDigest !== toHex(roster.digest)) {
    throw new Undecided(`the header at height ${header.height} names roster ${header.rosterVersion}; this version knows roster 1 of the founding document alone`);
  }
}

function ownHeader(bytes, ground) {
  const header = parseHeader(bytes);
  require(header.ledger === toHex(ground.genesis.fingerprint), "the header is of another ledger");
  require(header.origin === ground.genesis.origin, "the header is of another origin");
  checkRoster(header, ground.roster);
  return header;
}

function ownProof(bytes, ground) {
  const proof = parseTlogProof(bytes);
  require(sameBytes(proof.note, ground.signed.note), "the checkpoint inside is not the pack's checkpoint, byte for byte");
  return proof;
}

// --- entries ---------------------------------------------------------------------------------------------------------

async function proveEntries(contents, ground, trail) {
  if (!contents.entries.length) return { entries: [], keys: new Map() };
  const logged = await trail.step("inclusion", () => {
    const value = contents.entries.map((part) => proveEntry(part, ground));
    return { value, found: { count: value.length } };
  });
  const entries = await trail.step("blocks", () => {
    const value = proveBlocks(logged, contents.blocks, ground);
    return { value, found: { count: contents.blocks.length } };
  });
  const keys = keyHistory(entries);
  await trail.step("signatures", async () => {
    const failures = await Promise.all(entries.map((recorded) => checkEntry(recorded, keys, ground).then(() => null, (error) => error)));
    const first = failures.find((error) => error !== null);
    if (first) throw first;
    return { found: { count: entries.reduce((total, { entry }) => total + entry.signatures.length, 0) } };
  });
  return { entries, keys };
}

function proveEntry({ number, row }, ground) {
  const entry = inPart(`entry-${number}.msgpack`, () => {
    const read = parseEntry(row.get("msgpack"));
    require(read.ledger === toHex(ground.genesis.fingerprint), "the entry was signed for another ledger");
    return read;
  });
  const leaf = leafHash(entry.bytes);
  inPart(`entry-${number}.tlog-proof`, () => {
    const proof = ownProof(row.get("tlog-proof"), ground);
    require(proof.index === number, `the proof is for index ${proof.index}`);
    try {
      verifyInclusion(proof.index, ground.checkpoint.size, leaf, proof.path, ground.checkpoint.root);
    } catch (error) {
      throw new NotThere(error.message);
    }
  });
  inPart(`entry-${number}.json`, () => {
    const same = sameBytes(utf8(entryTwin(entry, number)), row.get("json"));
    require(same, "the readable text is not the one that the entry gives");
  });
  return { index: number, entry, leaf };
}

function proveBlocks(logged, blocks, ground) {
  const headers = blocks.map(({ number, row }) => {
    const header = inPart(`block-${number}.txt`, () => {
      const read = ownHeader(row.get("txt"), ground);
      require(read.height === number, `the header is that of height ${read.height}`);
      return read;
    });
    inPart(`block-${number}.tlog-proof`, () => {
      const proof = ownProof(row.get("tlog-proof"), ground);
      require(proof.index === header.index, `the header's place is ${header.index}, the proof is for ${proof.index}`);
      verifyInclusion(proof.index, ground.checkpoint.size, leafHash(header.bytes), proof.path, ground.checkpoint.root);
    });
    return header;
  });
  checkChain(headers, ground.header);
  const used = new Set();
  const recorded = logged.map((item) => {
    const header = headers.findLast((candidate) => candidate.first <= item.index);
    require(header && item.index < header.index, `the block of entry ${item.index} is missing`);
    used.add(header);
    return { ...item, header };
  });
  for (const header of headers) require(used.has(header), `block-${header.height}.txt is the block of no entry here`);
  return recorded;
}

function checkChain(headers, newest) {
  let chain = [...headers, newest];
  const last = headers[headers.length - 1];
  if (last && last.height === newest.height) {
    require(last.id === newest.id, "two headers for one height");
    chain = headers;
  }
  for (let at = 1; at < chain.length; at++) {
    const [before, after] = [chain[at - 1], chain[at]];
    const where = `the headers at heights ${before.height} and ${after.height}`;
    const gap = after.height - before.height;
    require(gap > 0 && before.time < after.time, `${where} do not ascend`);
    require(before.logSize + gap - 1 <= after.first, `${where} leave no room for the blocks between`);
    require(gap !== 1 || (after.first === before.logSize && after.previous === before.id), `${where} are not linked`);
  }
}

/** party → its key-giving entries here, in log order */
function keyHistory(entries) {
  const given = new Map();
  for (const recorded of entries) {
    if (!KEY_GIVING.includes(recorded.entry.kind)) continue;
    const party = toHex(recorded.entry.data.get("party"));
    given.set(party, [...(given.get(party) ?? []), recorded]);
  }
  return given;
}

async function checkEntry({ index, entry }, keys, ground) {
  const part = `entry-${index}.msgpack`;
  const message = concat(utf8("datadeed/entry/v1\n"), entry.bodyBytes);
  for (const [at, signer] of entry.by.entries()) {
    const key = inPart(part, () => signingKey(signer, index, keys, ground.roster));
    const good = await isSigned(key, message, entry.signatures[at]);
    inPart(part, () => require(good, `the signature of ${toHex(signer)} does not hold`));
  }
  if (KEY_GIVING.includes(entry.kind)) {
    const [party, key, proof] = ["party", "public_key", "key_proof"].map((name) => entry.data.get(name));
    const good = await isSigned(key, concat(utf8("datadeed/key/v1\n"), entry.body.get("ledger"), party, key), proof);
    inPart(part, () => require(good, "the proof of possession of the key does not hold"));
  }
}

function signingKey(signer, index, keys, roster) {
  const name = toHex(signer);
  if (signer.length === 32) {
    require(roster.byId.has(name), `the signer ${name} is no member of the roster`);
    return roster.byId.get(name).office;
  }
  const before = (keys.get(name) ?? []).filter((recorded) => recorded.index < index);
  require(before.length > 0, `no entry here gives the key that party ${name} had at log index ${index}`);
  return before[before.length - 1].entry.data.get("public_key");
}

// --- answers ---------------------------------------------------------------------------------------------------------

async function proveAnswer(contents, entries, keys, ground, question, trail) {
  if (contents.kind === "absence" || contents.kind === "presence") return provePlace(contents, ground, question, trail);
  if (contents.kind === "export") return proveRegister(contents, ground, question, trail);
  if (contents.kind === "title") return proveTitle(contents, entries, keys, ground, question, trail);
  return proveEntryPack(contents, entries, question, trail);
}

function checkQuestion(text) {
  malformed(QUESTION.test(text) && !text.endsWith("\n"), `${text.slice(0, 80)} is not a question that a pack answers`);
  return text;
}

/** The subject comes from the question alone: taken from the proof, a pack could answer what nobody asked. */
async function provePlace(contents, ground, question, trail) {
  const place = await trail.step("question", () => {
    if (question.ask === null) throw new Undecided(`a pack of the kind ${contents.kind} answers only the subject that is asked about; name it`);
    const asked = checkQuestion(question.ask);
    if (asked.startsWith("entry/") || asked === "register") throw new Undecided("the state says nothing of single entries; ask for a right, party, key …");
    const [sort, name, word] = asked.split("/");
    const kind = word === undefined ? null : word === "licence" ? LICENCE : OBJECTION;
    const subject = name === undefined ? sort : `${sort}/${name}`;
    return { value: { asked, subject, kind }, found: { subject: asked } };
  });
  const empty = contents.kind === "absence" || place.kind !== null;
  const proven = await trail.step("records", () => {
    const prefix = place.kind === null ? subjectPrefix(place.subject) : subjectPrefix(place.subject, place.kind);
    const proof = inPart("map-proof-1.txt", () => {
      const read = parseMapProof(contents.mapProofs[0]);
      verifyMapProof(read, ground.header.state, prefix);
      require(read.pairs.length === contents.records.size, `${place.subject} has ${read.pairs.length} records, ${contents.records.size} are here`);
      return read;
    });
    for (const [key] of proof.pairs) require(contents.records.has(toHex(key)), `the record of ${toHex(key)} is missing`);
    const value = {
      subject: place.subject,
      records: proof.pairs.map(([key, held]) => provenRecord(place.subject, key, held, contents.records.get(toHex(key)))),
    };
    if (empty) checkEmpty(place, value, ground);
    return { value, found: { subject: place.asked, count: proof.pairs.length } };
  });
  return { kind: empty ? "absence" : "presence", subjects: [place.asked], about: [], proven: [proven], items: [] };
}

/** Nothing stands there; a licence past its last day has a record and stands no more. */
function checkEmpty(place, proven, ground) {
  const today = new Date(ground.header.time + 28800000).toISOString().slice(0, 10);
  for (const { kind, record } of proven.records) {
    const past = place.kind === LICENCE && kind === LICENCE && record.get("end") < today;
    require(past, `of record is ${kind === LICENCE ? `the licence ${toHex(record.get("id"))}, until ${record.get("end")}` : proven.subject}`);
  }
}

/** Every record that the state holds: the 256 first bytes that a key can have, in order, leave no gap. */
async function proveRegister(contents, ground, question, trail) {
  await trail.step("question", () => ({ found: checkAsked(question, ["register"]) }));
  answered(question, trail);
  const proven = await trail.step("records", () => {
    const grouped = new Map();
    contents.mapProofs.forEach((data, at) => {
      const proof = inPart(`map-proof-${at + 1}.txt`, () => {
        const read = parseMapProof(data);
        verifyMapProof(read, ground.header.state, Uint8Array.of(at));
        return read;
      });
      inPart(`records-${at + 1}.msgpack`, () => {
        const given = decodeMessagePack(contents.lists[at], PART_BYTES_MAX);
        malformed(Array.isArray(given) && given.every(TYPES.bytes), "a list of records is an array of their bytes");
        require(given.length === proof.pairs.length, `${given.length} records for ${proof.pairs.length} pairs of the proof`);
        proof.pairs.forEach(([key, held], place) => {
          require(sameBytes(sha256(given[place]), held), `the record of ${toHex(key)} is not the one that the state holds`);
          const group = toHex(key.subarray(0, 32));
          grouped.set(group, [...(grouped.get(group) ?? []), [key, held, given[place]]]);
        });
      });
    });
    const value = [...grouped.values()].map((rows) => {
      const stated = decodeMessagePack(rows[0][2], 1024 * 1024);
      const subject = stated instanceof Map ? stated.get("subject") : undefined;
      malformed(typeof subject === "string" && /^[\x00-\x7f]*$/.test(subject), "a record names its subject");
      return { subject, records: rows.map(([key, held, bytes]) => provenRecord(subject, key, held, bytes)) };
    });
    return { value, found: { count: value.length } };
  });
  return { kind: "export", subjects: ["register"], about: [], proven, items: [] };
}

const partiesOf = (entries) =>
  [...new Set(entries.flatMap(({ entry }) => entry.by.filter((signer) => signer.length === 16).map(toHex)))].sort();

async function proveTitle(contents, entries, keys, ground, question, trail) {
  const subjects = await trail.step("question", () => {
    const subject = findSubject(entries, contents.mapProofs[0]);
    const value = [subject, ...partiesOf(entries).map((party) => `party/${party}`), "rules"];
    return { value, found: checkAsked(question, value) };
  });
  answered(question, trail);
  const proven = await trail.step("records", () => {
    const value = proveRecords(contents, subjects, ground);
    return { value, found: { count: contents.records.size } };
  });
  const history = await trail.step("history", () => {
    const value = proveHistory(subjects, entries, proven, keys, ground);
    return { value, found: { subject: subjects[0], count: value.length } };
  });
  await trail.step("deposits", () => {
    const kinds = new Map(entries.map(({ entry }) => [entry.id, entry.kind]));
    const referred = new Set();
    for (const { index, entry } of history) {
      for (const deposit of depositsOf(entry)) {
        require(kinds.has(deposit), `entry ${index} refers to the deposit ${deposit}, which is missing`);
        require(["deposit", "deposit_batch"].includes(kinds.get(deposit)), `entry ${index} refers to the deposit ${deposit}, which is no deposit`);
        referred.add(deposit);
      }
    }
    return { found: { count: referred.size } };
  });
  return { kind: subjects[0].startsWith("asset/") ? "asset" : "title", subjects, about: history, proven, items: [] };
}

/** The right or asset that the first map proof is about, if an entry here opened it. */
function findSubject(entries, firstProof) {
  const opened = entries
    .filter(({ entry }) => ["right", "asset"].includes(OPENS[entry.kind]))
    .map(({ entry }) => `${OPENS[entry.kind]}/${entry.id}`);
  const rights = opened.filter((subject) => subject.startsWith("right/"));
  if (rights.length > 1) throw new Undecided(`${rights.length} rights are opened by entries here; a title pack is for one`);
  const prefix = inPart("map-proof-1.txt", () => parseMapProof(firstProof).prefix);
  const found = opened.find((subject) => sameBytes(subjectPrefix(subject), prefix)) ?? rights[0];
  if (found === undefined) throw new Undecided("no entry here opens the right or asset that the first map proof is about");
  return found;
}

async function proveEntryPack(contents, entries, question, trail) {
  const about = await trail.step("question", () => {
    const value = findEntry(entries);
    return { value, found: checkAsked(question, [`entry/${value.entry.id}`]) };
  });
  answered(question, trail);
  const subjects = [`entry/${about.entry.id}`];
  if (!contents.items.length) {
    trail.missing("items", "no_items");
    return { subjects, about: [about], proven: [], items: [] };
  }
  const items = await trail.step("items", () => {
    const value = proveItems(contents.items, about);
    return { value, found: { count: value.length } };
  });
  return { subjects, about: [about], proven: [], items };
}

function checkAsked(question, subjects) {
  if (question.ask === null) return {};
  const asked = checkQuestion(question.ask);
  if (!subjects.includes(asked)) throw new Undecided(`the pack answers ${subjects.join(", ")}, not ${asked}`);
  return { subject: asked };
}

/** Without a question the step says so instead of ✔. */
function answered(question, trail) {
  if (question.ask !== null) return;
  trail.steps.pop();
  trail.missing("question", "nothing_asked");
}

/** The one entry that an entry pack is for: the last; the others may only give its signers' keys. */
function findEntry(entries) {
  const about = entries[entries.length - 1];
  const needed = new Set(partiesOf(entries));
  const begun = new Set();
  for (const { index, entry } of entries.slice(0, -1)) {
    const party = entry.data.get("party");
    const name = party instanceof Uint8Array ? toHex(party) : "";
    require(KEY_GIVING.includes(entry.kind) && needed.has(name), `entry ${index} gives no signer's key; an entry pack is for one entry`);
    require(!begun.has(name) === (entry.kind === "enrol"), `the keys of party/${name} do not begin with its enrolment`);
    begun.add(name);
  }
  return about;
}

// --- state -----------------------------------------------------------------------------------------------------------

/** What the state holds under each subject: the right's proof first, that of the rules last, parties between. */
function proveRecords(contents, subjects, ground) {
  const { mapProofs, records } = contents;
  require(mapProofs.length === subjects.length, `${mapProofs.length} map proofs for the ${subjects.length} subjects`);
  const left = new Map(subjects.map((subject) => [toHex(subjectPrefix(subject)), subject]));
  const proven = new Map();
  mapProofs.forEach((data, at) => {
    inPart(`map-proof-${at + 1}.txt`, () => {
      const proof = parseMapProof(data);
      const subject = left.get(toHex(proof.prefix));
      left.delete(toHex(proof.prefix));
      const ends = [subjects[0], subjects[subjects.length - 1]];
      const misplaced = ends.includes(subject) && at !== subjects.indexOf(subject);
      require(subject !== undefined && !misplaced, `it is not the proof of a subject that stands at place ${at + 1}`);
      verifyMapProof(proof, ground.header.state, subjectPrefix(subject));
      for (const [key] of proof.pairs) require(records.has(toHex(key)), `the record of ${toHex(key)} is missing`);
      proven.set(subject, { subject, pairs: proof.pairs });
    });
    const answer = [...proven.values()].pop();
    answer.records = answer.pairs.map(([key, value]) => provenRecord(answer.subject, key, value, records.get(toHex(key))));
  });
  const listed = new Set([...proven.values()].flatMap((answer) => answer.pairs.map(([key]) => toHex(key))));
  for (const key of records.keys()) require(listed.has(key), `records/${key}.msgpack is a record that no map proof lists`);
  return subjects.map((subject) => proven.get(subject));
}

function provenRecord(subject, key, value, bytes) {
  return inPart(`records/${toHex(key)}.msgpack`, () => {
    require(sameBytes(sha256(bytes), value), "the record is not the one that the state holds");
    const sort = subject.split("/")[0];
    const reader = RECORD_READERS.get(`${sort} ${key[32]}`);
    malformed(reader !== undefined, `this version does not know records of kind ${key[32]} under ${subject}`);
    const record = decodeMessagePack(bytes, 1024 * 1024);
    malformed(reader(record), "the record does not have the fields of its kind");
    const place = key[32] === OWN ? subjectKey(subject) : subjectKey(subject, key[32], sha256(record.get("id")));
    require(record.get("subject") === subject && sameBytes(place, key), "the record names another subject or stands under another key");
    return { kind: key[32], record };
  });
}

function ownRecord(answer) {
  const first = answer.records[0];
  require(first && first.kind === OWN, `${answer.subject} has no record of its own`);
  return first.record;
}

function proveHistory(subjects, entries, proven, keys, ground) {
  const of = new Map(entries.map((recorded) => [recorded, subjectsOf(recorded.entry)]));
  const historyOf = (subject) => entries.filter((recorded) => of.get(recorded).has(subject));
  for (const answer of proven) {
    const own = ownRecord(answer);
    checkEvents(answer.subject, own.get("events"), historyOf(answer.subject));
    if (answer.subject.startsWith("party/")) checkParty(answer.subject, own, keys);
    if (answer.subject === "rules") checkRules(own, ground);
  }
  const history = historyOf(subjects[0]);
  const referred = new Set(history.flatMap(({ entry }) => depositsOf(entry)));
  for (const recorded of entries) {
    const placed = referred.has(recorded.entry.id) || subjects.some((subject) => of.get(recorded).has(subject));
    require(placed, `entry ${recorded.index} belongs to no history and no deposit that the pack is for`);
  }
  return history;
}

function checkEvents(subject, committed, history) {
  const root = treeRoot(history.map(({ index, leaf }) => leafHash(concat(u64(index), leaf))));
  const count = committed.get("count");
  require(count === history.length, `${subject} was touched by ${count} entries, ${history.length} of them are here`);
  require(sameBytes(committed.get("root"), root), `the entries here are not those that touched ${subject}, in their order`);
}

function checkParty(subject, record, keys) {
  const given = keys.get(subject.slice(6)) ?? [];
  const data = given[given.length - 1].entry.data;
  const same = ["public_key", "name", "credit_code"].every((name) => sameBytes(record.get(name), data.get(name)));
  require(same, `the record of ${subject} is not what its last key-giving entry says`);
}

function checkRules(record, ground) {
  const [first, ...amended] = record.get("versions");
  const founding = first !== undefined && first.get("version") === 1 && first.get("effective") === ground.genesis.time;
  require(founding && sameBytes(first.get("hash"), sha256(utf8(jcs(ground.genesis.rules)))), "the first rule set of record is not that of the founding document");
  const count = record.get("events").get("count");
  require(amended.length === count, `${amended.length} amendments of record, ${count} entries`);
}

// --- what the holder adds --------------------------------------------------------------------------------------------

function parseItem(bytes) {
  const text = asciiText(bytes, "an item");
  malformed(text.endsWith("\n"), "an item's last line ends in a newline");
  const [format, batch, item, digest, ...hashes] = text.slice(0, -1).split("\n");
  const lines = [/^batch (\S+)$/.exec(batch), /^item (\S+) of (\S+)$/.exec(item), /^digest (\S+)$/.exec(digest)];
  malformed(format === "datadeed-item/v1" && lines.every(Boolean) && hashes.length <= 32, "an item is its format, batch, item, digest, at most 32 hashes, a line each");
  return {
    batch: decimal(lines[0][1]), item: decimal(lines[1][1]), count: decimal(lines[1][2], U32_MAX),
    digest: fromHex(lines[2][1], 32), path: hashes.map((line) => fromB64(line, 32)),
  };
}

function proveItems(items, about) {
  const { entry, index } = about;
  require(entry.kind === "deposit_batch", `entry ${index} is no deposit of a batch`);
  const [root, count] = [entry.data.get("root"), entry.data.get("count")];
  return items.map(([number, data]) =>
    inPart(`items/${number}.txt`, () => {
      const proof = parseItem(data);
      const stated = proof.batch === index && proof.item === number && proof.count === count;
      require(stated, `entry ${index} is a batch of ${count} items`);
      verifyInclusion(proof.item, count, leafHash(proof.digest), proof.path, root);
      return proof;
    }),
  );
}

function proveDisclosures(bytes, entries) {
  return inPart("disclosures.json", () => {
    const value = parseJcs(bytes, PART_BYTES_MAX, true);
    malformed(Array.isArray(value) && value.length > 0, "disclosures.json is an array of at least one disclosure");
    const disclosures = value.map((item) => {
      objectWith(item, "a disclosure", ["entry", "path", "salt", "value"]);
      const { entry, path, salt } = item;
      malformed(Number.isInteger(entry) && entry >= 0 && typeof path === "string" && typeof salt === "string", "a disclosure's entry is a log index, its path and salt are strings");
      const opened = fromHex(salt, 16);
      malformed(item.value === null || typeof item.value === "string", "a disclosed value is a string or null");
      return { entry, path, salt: opened, value: item.value };
    });
    disclosures.forEach((now, at) => {
      const before = disclosures[at - 1];
      const ascends = !before || before.entry < now.entry || (before.entry === now.entry && compareBytes(utf8(before.path), utf8(now.path)) < 0);
      malformed(ascends, "disclosures are not in ascending order of entry and path, each field once");
    });
    const byIndex = new Map(entries.map((recorded) => [recorded.index, recorded.entry]));
    for (const { entry: index, path, salt, value: text } of disclosures) {
      const entry = byIndex.get(index);
      require(entry, `entry ${index} is not here`);
      const sealed = sealedFields(entry).get(path);
      require(sealed, `${entry.kind} has no sealed field ${path.slice(0, 80)}`);
      require(sameBytes(sealOf(salt, entry.body.get("nonce"), path, text), sealed), `salt and value do not open ${path}`);
    }
    return disclosures;
  });
}

function matchFile(digest, entries, items) {
  const known = [
    ...entries.filter(({ entry }) => entry.kind === "deposit").map(({ index, entry }) => [`entry ${index}`, entry.data.get("digest")]),
    ...items.map((item) => [`item ${item.item} of entry ${item.batch}`, item.digest]),
  ];
  if (!known.length) throw new Undecided("the pack holds no deposit of one file and no item of a batch to compare the file with");
  const matches = known.filter(([, held]) => sameBytes(held, digest)).map(([place]) => place);
  require(matches.length > 0, `its SHA-256 ${toHex(digest)} is not that of ${known.map(([place]) => place).join(", ")}`);
  return matches;
}
