// Steps fingerprint to policy: founding document, checkpoint, newest header.

async function layGround(contents, fingerprint, trail, report) {
  const part = (name) => contents.fixed.get(name);
  const genesis = await trail.step("fingerprint", () => {
    const found = toHex(sha256(part("genesis.json")));
    require(found === toHex(fingerprint), `the founding document's SHA-256 is ${found}, not ${toHex(fingerprint)}`);
    return inPart("genesis.json", () => parseGenesis(part("genesis.json")));
  }, ({ origin }) => [origin, toHex(fingerprint)]);
  report.genesis = genesis;
  const rosters = await proveRosters(contents, genesis, trail);
  const { roster } = rosters.newest;
  const signed = await trail.step("checkpoint", async () => {
    const header = inPart("header.txt", () => {
      const read = parseHeader(part("header.txt"));
      checkRoster(read, roster);
      return read;
    });
    const value = await inPart("checkpoint", () => verifyCheckpoint(part("checkpoint"), roster, header));
    return Object.assign(value, { header });
  }, ({ cosigners }) => [`${cosigners.size}/${roster.members.length} ≥ ${roster.quorum}`, ...cosigners.keys()]);
  const ground = { genesis, rosters, roster, signed, header: signed.header, checkpoint: signed.checkpoint };
  report.ground = ground;
  await trail.step("header", () => {
    inPart("header.txt", () => ownHeader(part("header.txt"), genesis));
    inPart("header.tlog-proof", () => {
      const proof = ownProof(part("header.tlog-proof"), signed);
      require(proof.index === ground.checkpoint.size - 1, "the index is not the checkpoint's last");
      climb(proof, leafHash(part("header.txt")), signed);
    });
  }, () => [ground.header.height]);
  await trail.step("policy", () => {
    const allowed = signed.logSigners.map((name) => policyText(roster, roster.byName.get(name).log));
    const matches = allowed.some((text) => sameBytes(utf8(text), part("policy.txt")));
    require(matches, "policy.txt is not the one that roster and checkpoint give");
  });
  return ground;
}

/** A header of this ledger. */
function ownHeader(bytes, genesis) {
  const header = parseHeader(bytes);
  require(header.ledger === toHex(genesis.fingerprint), "the header is of another ledger");
  require(header.origin === genesis.origin, "the header is of another origin");
  return header;
}

/** A proof that leads to this checkpoint and no other. */
function ownProof(bytes, signed) {
  const proof = parseTlogProof(bytes);
  require(sameBytes(proof.note, signed.note), "the checkpoint inside is another one");
  return proof;
}

function climb(proof, leaf, { checkpoint }) {
  verifyInclusion(proof.index, checkpoint.size, leaf, proof.path, checkpoint.root);
}
