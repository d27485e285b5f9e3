// The state map mpt1: keys of subjects, and proofs that show everything under a prefix (ledger.md section 5).

const KEY_BYTES = 65;
const KEY_BITS = 8 * KEY_BYTES;
const [OWN, LICENCE, OBJECTION] = [0, 1, 2];
const MAP_PROOF_BYTES_MAX = 4 * 1024 * 1024;
const NO_SUB = new Uint8Array(32);

const subjectPrefix = (subject, ...kind) => concat(sha256(utf8("datadeed/subject/v1\n"), utf8(subject)), Uint8Array.from(kind));
const subjectKey = (subject, kind = OWN, sub = NO_SUB) => concat(subjectPrefix(subject, kind), sub);

function uvarint(value) {
  return value < 0x80 ? Uint8Array.of(value) : Uint8Array.of((value & 0x7f) | 0x80, value >> 7);
}

const bitOf = (key, bit) => (key[bit >> 3] >> (7 - (bit & 7))) & 1;
const mapLeaf = (key, value) => sha256(Uint8Array.of(0), uvarint(key.length), key, uvarint(value.length), value);
const mapInner = (bit, left, right) => sha256(Uint8Array.of(1), uvarint(bit), left, right);

/** The first bit in which two keys differ. */
function differingBit(a, b) {
  let at = 0;
  while (a[at] === b[at]) at++;
  return 8 * at + Math.clz32(a[at] ^ b[at]) - 24;
}

/** The hash over pairs in strictly ascending key order. */
function subtreeHash(pairs) {
  const hashes = [mapLeaf(...pairs[0])];
  const bits = [-1];
  const join = () => {
    const right = hashes.pop();
    hashes.push(mapInner(bits.pop(), hashes.pop(), right));
  };
  for (let at = 1; at < pairs.length; at++) {
    const bit = differingBit(pairs[at - 1][0], pairs[at][0]);
    while (bits[bits.length - 1] > bit) join();
    bits.push(bit);
    hashes.push(mapLeaf(...pairs[at]));
  }
  while (hashes.length > 1) join();
  return hashes[0];
}

function parseMapProof(bytes) {
  must(bytes.length <= MAP_PROOF_BYTES_MAX, `a map proof has at most ${MAP_PROOF_BYTES_MAX} bytes`);
  const lines = asciiText(bytes, "a map proof").split("\n");
  must(lines.shift() === "datadeed-map-proof/v1" && lines.pop() === "", "a map proof is lines");
  const next = (word, count) => {
    const words = lines.length ? lines[0].split(" ") : [];
    if (words[0] !== word) return null;
    must(words.length === count, `a line '${word}' has ${count - 1} values`);
    lines.shift();
    return words.slice(1);
  };
  const root = next("root", 2);
  const prefix = next("prefix", 2);
  must(root && prefix, "a map proof is format, root, prefix, …");
  const pair = ([key, value]) => [fromHex(key, KEY_BYTES), fromHex(value, 32)];
  const proof = { root: fromB64(root[0], 32), prefix: fromHex(prefix[0]), pairs: [], other: null, steps: [] };
  must(proof.prefix.length <= KEY_BYTES, "a map proof has a prefix of at most 65 bytes");
  for (let words = next("pair", 3); words; words = next("pair", 3)) proof.pairs.push(pair(words));
  const other = next("other", 3);
  if (other) proof.other = pair(other);
  for (let words = next("step", 3); words; words = next("step", 3)) {
    proof.steps.push([decimal(words[0], KEY_BITS - 1), fromB64(words[1], 32)]);
  }
  must(!lines.length, "a map proof with a line too many or in another order");
  return proof;
}

/** Throws unless the map with this root holds under `prefix` exactly the proof's pairs. */
function verifyMapProof(proof, root, prefix) {
  require(sameBytes(proof.root, root), "the proof is for another root");
  require(sameBytes(proof.prefix, prefix), "the proof answers another question");
  const bits = 8 * prefix.length;
  let walk = prefix;
  let result = EMPTY_ROOT;
  if (proof.pairs.length) {
    require(!proof.other, "pairs and another leaf at once");
    require(proof.pairs.every(([key]) => startsWith(key, prefix)), "a pair is not under the prefix");
    require(proof.pairs.every(([key], at) => !at || compareBytes(proof.pairs[at - 1][0], key) < 0), "pairs are not in key order");
    require(proof.steps.every(([bit]) => bit < bits), "a step goes below the prefix");
    result = subtreeHash(proof.pairs);
  } else if (proof.other) {
    walk = proof.other[0];
    require(!startsWith(walk, prefix), "the other leaf is under the prefix");
    const agree = proof.steps.every(([bit]) => bit >= bits || bitOf(walk, bit) === bitOf(prefix, bit));
    require(agree, "the other leaf does not stand where the prefix would");
    result = mapLeaf(...proof.other);
  } else {
    require(!proof.steps.length, "steps without a leaf");
  }
  let below = KEY_BITS;
  for (const [bit, sibling] of proof.steps) {
    require(bit < below, "the steps' bits do not fall");
    below = bit;
    result = bitOf(walk, bit) ? mapInner(bit, sibling, result) : mapInner(bit, result, sibling);
  }
  require(sameBytes(result, root), "the steps lead to another root");
}
