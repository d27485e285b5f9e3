// Steps items, disclosures and file: what the holder adds.

function parseItem(bytes) {
  const text = asciiText(bytes, "an item");
  must(text.endsWith("\n"), "an item's last line ends in a newline");
  const [format, batch, item, digest, ...hashes] = text.slice(0, -1).split("\n");
  const lines = [/^batch (\S+)$/.exec(batch), /^item (\S+) of (\S+)$/.exec(item), /^digest (\S+)$/.exec(digest)];
  must(format === "datadeed-item/v1" && lines.every(Boolean) && hashes.length <= 32, "an item is format, batch, item, digest, at most 32 hashes");
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
    must(Array.isArray(value) && value.length > 0, "no disclosure");
    const disclosures = value.map((item) => {
      objectWith(item, "a disclosure", ["entry", "path", "salt", "value"]);
      const { entry, path, salt } = item;
      must(Number.isInteger(entry) && entry >= 0 && typeof path === "string" && typeof salt === "string", "a disclosure is entry, path, salt, value");
      const opened = fromHex(salt, 16);
      must(item.value === null || typeof item.value === "string", "a disclosed value is a string or null");
      return { entry, path, salt: opened, value: item.value };
    });
    disclosures.forEach((now, at) => {
      const before = disclosures[at - 1];
      const ascends = !before || before.entry < now.entry || (before.entry === now.entry && compareBytes(utf8(before.path), utf8(now.path)) < 0);
      must(ascends, "disclosures: not in order, each once");
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
  if (!known.length) throw new Undecided("nothing here has a digest to compare the file with");
  const matches = known.filter(([, held]) => sameBytes(held, digest)).map(([place]) => place);
  require(matches.length > 0, `its SHA-256 ${toHex(digest)} is not that of ${known.map(([place]) => place).join(", ")}`);
  return matches;
}
