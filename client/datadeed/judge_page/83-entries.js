// Steps inclusion to signatures: the entries and their blocks.

async function proveEntries(contents, ground, trail) {
  if (!contents.entries.length) return { entries: [], keys: new Map() };
  const logged = await trail.step("inclusion", () => contents.entries.map((part) => proveEntry(part, ground)), counted);
  const entries = await trail.step("blocks", () => proveBlocks(logged, contents.blocks, ground), () => counted(contents.blocks));
  const keys = keyHistory(entries);
  await trail.step("signatures", async () => {
    const failures = await Promise.all(entries.map((recorded) => checkEntry(recorded, keys).then(() => null, (error) => error)));
    const first = failures.find((error) => error !== null);
    if (first) throw first;
  }, () => counted(entries.flatMap(({ entry }) => entry.signatures)));
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
    const proof = ownProof(row.get("tlog-proof"), ground.signed);
    require(proof.index === number, `the proof is for index ${proof.index}`);
    try {
      climb(proof, leaf, ground.signed);
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
      const read = ownHeader(row.get("txt"), ground.genesis);
      read.roster = ground.rosters.of(read, ground.checkpoint.size);
      require(read.height === number, `the header is that of height ${read.height}`);
      return read;
    });
    inPart(`block-${number}.tlog-proof`, () => {
      const proof = ownProof(row.get("tlog-proof"), ground.signed);
      require(proof.index === header.index, `the header's place is ${header.index}, the proof is for ${proof.index}`);
      climb(proof, leafHash(header.bytes), ground.signed);
    });
    return header;
  });
  checkChain([...headers, ...ground.rosters.headers, ground.header]);
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

/** Headers, some of them perhaps twice, could stand in one chain. */
function checkChain(headers) {
  const chain = [];
  for (const header of headers.sort((a, b) => a.height - b.height)) {
    const last = chain.at(-1);
    require(last?.height !== header.height || last.id === header.id, "two headers for one height");
    if (last?.id !== header.id) chain.push(header);
  }
  checkAscending(chain);
}

/** Headers, in this order, could stand in one chain. */
function checkAscending(chain) {
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

async function checkEntry({ index, entry, header }, keys) {
  const part = `entry-${index}.msgpack`;
  await inPart(part, () => checkSignatures(entry, (signer) => signingKey(signer, index, entry, keys, header.roster)));
  if (KEY_GIVING.includes(entry.kind)) {
    const [party, key, proof] = ["party", "public_key", "key_proof"].map((name) => entry.data.get(name));
    const good = await isSigned(key, concat(utf8("datadeed/key/v1\n"), entry.body.get("ledger"), party, key), proof);
    inPart(part, () => require(good, "the proof of possession of the key does not hold"));
  }
}

async function checkSignatures(entry, keyOf) {
  const message = concat(utf8("datadeed/entry/v1\n"), entry.bodyBytes);
  for (const [at, signer] of entry.by.entries()) {
    const good = await isSigned(keyOf(signer), message, entry.signatures[at]);
    require(good, `the signature of ${toHex(signer)} does not hold`);
  }
}

function signingKey(signer, index, entry, keys, roster) {
  const name = toHex(signer);
  if (signer.length === 32) return officeKey(name, entry, roster);
  const before = (keys.get(name) ?? []).filter((recorded) => recorded.index < index);
  require(before.length > 0, `no entry here gives the key that party ${name} had at log index ${index}`);
  return before[before.length - 1].entry.data.get("public_key");
}
