// Steps records and history: what the state holds, and who made it so.

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
    must(reader !== undefined, `this version does not know records of kind ${key[32]} under ${subject}`);
    const record = decodeMessagePack(bytes, 1024 * 1024);
    must(reader(record), "the record does not have the fields of its kind");
    const place = key[32] === OWN ? subjectKey(subject) : subjectKey(subject, key[32], sha256(record.get("id")));
    require(record.get("subject") === subject && sameBytes(place, key), "the record is another subject's or key's");
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
    require(placed, `entry ${recorded.index} belongs to no history here`);
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
