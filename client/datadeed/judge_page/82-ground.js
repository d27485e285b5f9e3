// Steps fingerprint to policy: founding document, checkpoint, newest header.

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
