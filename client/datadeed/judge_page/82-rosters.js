// Step rosters: every change of the members, proven from the founding document's on (evidence.md section 11).

/** The rosters that governed, oldest first, each with the log size from which it did and what proved it. */
class Rosters {
  constructor(founding) {
    this.all = [{ roster: founding, since: 0, header: null, signed: null }];
  }

  get newest() {
    return this.all.at(-1);
  }

  /** The headers that end the epochs. */
  get headers() {
    return this.all.slice(1).map(({ header }) => header);
  }

  /** Under which a checkpoint of this size is proven. */
  ofSize(size) {
    return this.all.findLast(({ since }) => since < size)?.roster ?? this.all[0].roster;
  }

  /** Under which this header's block stands. It names it, and what follows it; the log's last header may name a later one. */
  of(header, logSize) {
    const roster = this.ofSize(header.logSize);
    checkRoster(header, roster);
    const [{ since }, following] = this.all.slice(roster.version - 1);
    const named = following?.since === header.logSize ? following.roster : roster;
    const free = header.logSize === logSize && following === undefined;
    if (header.first < since || !(free || namesNext(header, named))) throw new Undecided(`the header at height ${header.height} names another next roster than follows its place`);
    return roster;
  }

  /** The member with this id, as the newest roster that has it names it. */
  member(id) {
    return this.all.findLast(({ roster }) => roster.byId.has(id))?.roster.byId.get(id);
  }
}

const namesNext = (header, roster) => header.nextVersion === roster.version && header.nextDigest === toHex(roster.digest);

function checkRoster(header, roster) {
  if (header.rosterVersion !== roster.version || header.rosterDigest !== toHex(roster.digest)) {
    throw new Undecided(`the header at height ${header.height} names roster ${header.rosterVersion}; proven for its place is roster ${roster.version}`);
  }
}

async function proveRosters(contents, genesis, trail) {
  const rosters = new Rosters(genesis.roster);
  if (!contents.rosters.length) return rosters;
  await trail.step("rosters", async () => {
    const end = inPart("checkpoint", () => parseCheckpoint(parseNote(contents.fixed.get("checkpoint")).body));
    for (const { number, row } of contents.rosters) rosters.all.push(await followRoster(number, row, rosters.newest.roster, end, genesis));
    const newest = inPart("header.txt", () => {
      const header = parseHeader(contents.fixed.get("header.txt"));
      checkRoster(header, rosters.newest.roster);
      return header;
    });
    checkAscending([...rosters.headers, newest]);
  }, () => rosters.all.map(({ roster, since }) => `${roster.version} (${since})`));
  return rosters;
}

/** One change: roster `version`, recorded and vouched for under the roster before it. */
async function followRoster(version, row, before, end, genesis) {
  const at = (suffix, check) => inPart(`rosters/${version}/${suffix}`, () => check(row.get(suffix)));
  const roster = at("document.json", (bytes) => parseRosterDocument(bytes, genesis.origin));
  const header = at("header.txt", (bytes) => {
    const read = ownHeader(bytes, genesis);
    checkRoster(read, before);
    require(roster.version === version && namesNext(read, roster), "the header's next roster is not the document here");
    require(read.entries === 1, "the block records more than the change of the roster");
    read.roster = before;
    return read;
  });
  const signed = await at("checkpoint", (bytes) => verifyCheckpoint(bytes, before, header));
  const { checkpoint } = signed;
  const prove = (suffix, index, bytes) => at(suffix, (proofBytes) => {
    const proof = ownProof(proofBytes, signed);
    require(proof.index === index, `the proof is for index ${proof.index}, not ${index}`);
    climb(proof, leafHash(bytes), signed);
  });
  prove("header.tlog-proof", checkpoint.size - 1, header.bytes);
  const index = checkpoint.size - 2;
  const entry = at("entry.msgpack", (bytes) => {
    const read = parseEntry(bytes);
    require(read.ledger === toHex(genesis.fingerprint), "the entry was signed for another ledger");
    require(read.kind === "amend_roster" && sameBytes(read.data.get("roster"), row.get("document.json")), "the entry carries another document");
    return read;
  });
  prove("entry.tlog-proof", index, entry.bytes);
  at("entry.json", (bytes) => require(sameBytes(utf8(entryTwin(entry, index)), bytes), "the readable text is not the one that the entry gives"));
  await at("entry.msgpack", () => checkSignatures(entry, (signer) => officeKey(toHex(signer), entry, before)));
  at("entry.msgpack", () => judgeAlone(entry, index, header));
  at("consistency.txt", (bytes) => leads(bytes, checkpoint, end));
  return { roster, since: checkpoint.size, header, signed };
}

/** By its row, before an empty register: whether it is new, and whether a key is a party's, is left to the quorum. */
function judgeAlone(entry, index, header) {
  const block = { height: header.height, time: header.time, roster: header.roster };
  judgeCase(new Case(entry, block, new Register([], []), []), index);
}
