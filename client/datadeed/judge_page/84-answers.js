// Step question, and what each kind of pack answers.

async function proveAnswer(contents, entries, keys, ground, question, trail) {
  if (contents.kind === "absence" || contents.kind === "presence") return provePlace(contents, ground, question, trail);
  if (contents.kind === "export") return proveRegister(contents, ground, question, trail);
  if (contents.kind === "title") return proveTitle(contents, entries, keys, ground, question, trail);
  return proveEntryPack(contents, entries, question, trail);
}

function checkQuestion(text) {
  must(QUESTION.test(text) && !text.endsWith("\n"), `${text.slice(0, 80)} is not a question that a pack answers`);
  return text;
}

/** The subject comes from the question alone: taken from the proof, a pack could answer what nobody asked. */
async function provePlace(contents, ground, question, trail) {
  const place = await trail.step("question", () => {
    if (question.ask === null) throw new Undecided(`a pack of the kind ${contents.kind} answers only the subject that is asked about; name it`);
    const asked = checkQuestion(question.ask);
    if (asked.startsWith("entry/") || asked === "register") throw new Undecided("the state says nothing of single entries");
    const [sort, name, word] = asked.split("/");
    const kind = word === undefined ? null : word === "licence" ? LICENCE : OBJECTION;
    const subject = name === undefined ? sort : `${sort}/${name}`;
    return { asked, subject, kind };
  }, ({ asked }) => [asked]);
  const empty = contents.kind === "absence" || place.kind !== null;
  const proven = await trail.step("records", () => {
    const prefix = place.kind === null ? subjectPrefix(place.subject) : subjectPrefix(place.subject, place.kind);
    const proof = inPart("map-proof-1.txt", () => {
      const read = parseMapProof(contents.mapProofs[0]);
      verifyMapProof(read, ground.header.state, prefix);
      require(read.pairs.length === contents.records.size, `${read.pairs.length} records, ${contents.records.size} are here`);
      return read;
    });
    for (const [key] of proof.pairs) require(contents.records.has(toHex(key)), `the record of ${toHex(key)} is missing`);
    const value = {
      subject: place.subject,
      records: proof.pairs.map(([key, held]) => provenRecord(place.subject, key, held, contents.records.get(toHex(key)))),
    };
    if (empty) checkEmpty(place, value, ground);
    return value;
  }, ({ records }) => [place.asked, records.length]);
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
  await askedOf(question, () => ["register"], trail);
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
        must(Array.isArray(given) && given.every(TYPES.bytes), "a list of records is an array of their bytes");
        require(given.length === proof.pairs.length, `${given.length} records for ${proof.pairs.length} pairs of the proof`);
        proof.pairs.forEach(([key, held], place) => {
          require(sameBytes(sha256(given[place]), held), `the record of ${toHex(key)} is not the one that the state holds`);
          const group = toHex(key.subarray(0, 32));
          grouped.set(group, [...(grouped.get(group) ?? []), [key, held, given[place]]]);
        });
      });
    });
    return [...grouped.values()].map((rows) => {
      const stated = decodeMessagePack(rows[0][2], 1024 * 1024);
      const subject = stated instanceof Map ? stated.get("subject") : undefined;
      must(typeof subject === "string" && /^[\x00-\x7f]*$/.test(subject), "a record names its subject");
      return { subject, records: rows.map(([key, held, bytes]) => provenRecord(subject, key, held, bytes)) };
    });
  }, counted);
  return { kind: "export", subjects: ["register"], about: [], proven, items: [] };
}

const partiesOf = (entries) =>
  [...new Set(entries.flatMap(({ entry }) => entry.by.filter((signer) => signer.length === 16).map(toHex)))].sort();

async function proveTitle(contents, entries, keys, ground, question, trail) {
  const answers = () => [findSubject(entries, contents.mapProofs[0]), ...partiesOf(entries).map((party) => `party/${party}`), "rules"];
  const subjects = await askedOf(question, answers, trail);
  const proven = await trail.step("records", () => proveRecords(contents, subjects, ground), () => [contents.records.size]);
  const history = await trail.step("history", () => proveHistory(subjects, entries, proven, keys, ground), ({ length }) => [subjects[0], length]);
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
    return referred;
  }, ({ size }) => [size]);
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
  if (found === undefined) throw new Undecided("no entry here opens what the first map proof is about");
  return found;
}

async function proveEntryPack(contents, entries, question, trail) {
  const about = entries.at(-1);
  const subjects = await askedOf(question, () => (checkKeys(entries), [`entry/${about.entry.id}`]), trail);
  if (!contents.items.length) {
    trail.missing("items", "no_items");
    return { subjects, about: [about], proven: [], items: [] };
  }
  const items = await trail.step("items", () => proveItems(contents.items, about), counted);
  return { subjects, about: [about], proven: [], items };
}

/** Step question: the subjects that the pack answers. Without a question the step says so instead of ✔. */
async function askedOf({ ask }, answers, trail) {
  const subjects = await trail.step("question", () => {
    const found = answers();
    if (ask !== null && !found.includes(checkQuestion(ask))) throw new Undecided(`the pack answers ${found.join(", ")}, not ${ask}`);
    return found;
  }, () => [ask]);
  if (ask === null) {
    trail.steps.pop();
    trail.missing("question", "nothing_asked");
  }
  return subjects;
}

/** An entry pack is for one entry, the last; the others may only give its signers' keys. */
function checkKeys(entries) {
  const needed = new Set(partiesOf(entries));
  const begun = new Set();
  for (const { index, entry } of entries.slice(0, -1)) {
    const party = entry.data.get("party");
    const name = party instanceof Uint8Array ? toHex(party) : "";
    require(KEY_GIVING.includes(entry.kind) && needed.has(name), `entry ${index} gives no signer's key; an entry pack is for one entry`);
    require(!begun.has(name) === (entry.kind === "enrol"), `the keys of party/${name} do not begin with its enrolment`);
    begun.add(name);
  }
}
