// Time-stamps (evidence.md section 8): all about an RFC 3161 token but who signed it, which needs X.509 and is not judged here.

const RESPONSE_BYTES_MAX = 64 * 1024;
const CLOCKS_APART_MS = 60000;
const TIMESTAMPS_MAX = 16;
const [INTEGER, OCTETS, NULL_TAG, OID, GENERAL_TIME, SEQUENCE, SET] = [2, 4, 5, 6, 0x18, 0x30, 0x31];
const SIGNED_DATA = "2a864886f70d010702";
const TST_INFO = "2a864886f70d0109100104";
const SHA256_OID = "608648016503040201";

/** The elements of one level of DER: tags of one byte, definite lengths in their shortest form. */
class Der {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get tag() {
    return this.at < this.bytes.length ? this.bytes[this.at] : null;
  }

  take(tag) {
    const { bytes, at } = this;
    must(this.tag === tag, `a time-stamp response has ${this.tag} where ${tag} belongs`);
    must(at + 1 < bytes.length, "a time-stamp response is cut off");
    let start = at + 2;
    let length = bytes[at + 1];
    if (length >= 0x80) {
      const count = length - 0x80;
      start += count;
      must(count >= 1 && count <= 4 && start <= bytes.length && bytes[at + 2] !== 0, "a length is not in its shortest form");
      length = bytes.subarray(at + 2, start).reduce((total, byte) => total * 256 + byte, 0);
      must(length >= 0x80, "a length is not in its shortest form");
    }
    must(start + length <= bytes.length, "a time-stamp response is cut off");
    this.at = start + length;
    return bytes.subarray(start, this.at);
  }

  enter(tag) {
    return new Der(this.take(tag));
  }

  skip(...tags) {
    for (const tag of tags) if (this.tag === tag) this.take(tag);
  }

  end() {
    must(this.tag === null, `a time-stamp response does not end`);
  }
}

/** The one element inside. */
function only(der, tag) {
  const inner = der.enter(tag);
  der.end();
  return inner;
}

function derInteger(bytes) {
  const padded = bytes.length > 1 && bytes[0] === 0 && bytes[1] < 0x80;
  must(bytes.length >= 1 && bytes.length <= 21 && bytes[0] < 0x80 && !padded, "an integer in another spelling");
  return bigEndian(bytes);
}

/** What a granted response says: imprint, time in ms, accuracy in ms or null, serial in hex. */
function parseTimestamp(bytes) {
  must(bytes.length <= RESPONSE_BYTES_MAX, `a time-stamp response has at most ${RESPONSE_BYTES_MAX} bytes`);
  const response = only(new Der(bytes), SEQUENCE);
  const status = response.enter(SEQUENCE).take(INTEGER);
  must(status.length === 1 && status[0] === 0, "the authority granted no time-stamp");
  const content = only(response, SEQUENCE);
  must(toHex(content.take(OID)) === SIGNED_DATA, "a time-stamp token is signed data");
  const signed = only(only(content, 0xa0), SEQUENCE);
  signed.take(INTEGER);
  signed.take(SET);
  const encapsulated = signed.enter(SEQUENCE);
  signed.skip(0xa0, 0xa1);
  signed.take(SET);
  signed.end();
  must(toHex(encapsulated.take(OID)) === TST_INFO, "the signed data is no time-stamp");
  const wrapped = only(encapsulated, 0xa0);
  const octets = wrapped.take(OCTETS);
  wrapped.end();
  return parseTimestampInfo(only(new Der(octets), SEQUENCE));
}

function parseTimestampInfo(info) {
  must(toHex(info.take(INTEGER)) === "01", "a time-stamp is of version 1");
  info.take(OID);
  const stamped = info.enter(SEQUENCE);
  const algorithm = stamped.enter(SEQUENCE);
  must(toHex(algorithm.take(OID)) === SHA256_OID, "the imprint is not a SHA-256");
  algorithm.skip(NULL_TAG);
  algorithm.end();
  const imprint = stamped.take(OCTETS);
  stamped.end();
  must(imprint.length === 32, "the imprint is not 32 bytes");
  const serial = derInteger(info.take(INTEGER)).toString(16);
  const text = String.fromCharCode(...info.take(GENERAL_TIME));
  const found = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:\.([0-9]{0,8}[1-9]))?Z$/.exec(text);
  must(found !== null, "the time is not YYYYMMDDhhmmss[.s]Z");
  const [, year, month, day, hour, minute, second, fraction = ""] = found;
  const time = parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}Z`);
  let accuracy = null;
  if (info.tag === SEQUENCE) {
    const parts = info.enter(SEQUENCE);
    let micros = 0n;
    for (const [tag, unit] of [[INTEGER, 1000000n], [0x80, 1000n], [0x81, 1n]]) {
      if (parts.tag === tag) micros += derInteger(parts.take(tag)) * unit;
    }
    parts.end();
    accuracy = Number((micros + 999n) / 1000n);
  }
  info.skip(1);
  if (info.tag === INTEGER) derInteger(info.take(INTEGER));
  info.skip(0xa0, 0xa1);
  info.end();
  return { imprint, time, accuracy, serial };
}

/** `datadeed-consistency/v1`: the way from a log of one size to the same log of a larger one. */
function parseConsistency(bytes) {
  const lines = asciiText(bytes, "a consistency proof").split("\n");
  const [first, from, to, ...rest] = lines;
  const shaped = first === "datadeed-consistency/v1" && from?.startsWith("from ") && to?.startsWith("to ") && rest.pop() === "" && rest.length <= 54;
  must(shaped, "a consistency proof is format, from, to, hashes");
  return { older: decimal(from.slice(5)), newer: decimal(to.slice(3)), path: rest.map((line) => fromB64(line, 32)) };
}

/** Throws unless the tree (older, olderRoot) is the beginning of the tree (newer, newerRoot); ledger.md section 8. */
function verifyConsistency(older, newer, path, olderRoot, newerRoot) {
  require(older > 0 && older <= newer, `sizes ${older} and ${newer} have no proof`);
  if (older === newer) {
    require(path.length === 0 && sameBytes(olderRoot, newerRoot), "equal sizes have one root and need no path");
    return;
  }
  require(path.length > 0, "the path is empty");
  let [position, last] = [older - 1, newer - 1];
  while (isOdd(position)) [position, last] = [half(position), half(last)];
  const hashes = position === 0 ? [olderRoot, ...path] : path;
  let [before, after] = [hashes[0], hashes[0]];
  for (const sibling of hashes.slice(1)) {
    require(last !== 0, "the path is too long");
    if (isOdd(position) || position === last) {
      [before, after] = [nodeHash(sibling, before), nodeHash(sibling, after)];
      while (!isOdd(position) && position) [position, last] = [half(position), half(last)];
    } else {
      after = nodeHash(after, sibling);
    }
    [position, last] = [half(position), half(last)];
  }
  require(last === 0, "the path is too short");
  require(sameBytes(before, olderRoot) && sameBytes(after, newerRoot), "the path leads to other roots");
}

/** These bytes lead from one checkpoint to the other. */
function leads(bytes, older, newer) {
  const proof = parseConsistency(bytes);
  require(proof.older === older.size && proof.newer === newer.size, "the proof is between other sizes");
  verifyConsistency(proof.older, proof.newer, proof.path, older.root, newer.root);
}

/** One token of the pack: its checkpoint, held against the pack's, and what the token says of it. */
async function proveTimestamp({ number, row }, ground) {
  const name = `timestamps/${number}`;
  const signed = await inPart(name, () => verifyCheckpoint(row.get("checkpoint"), ground.rosters.ofSize(number), null));
  const token = inPart(name, () => {
    require(signed.checkpoint.size === number, `the checkpoint has ${signed.checkpoint.size} leaves, not ${number}`);
    const read = parseTimestamp(row.get("tsr"));
    require(sameBytes(read.imprint, sha256(signed.checkpoint.body)), "the time-stamp is over something else");
    const latest = read.time + 999 + (read.accuracy ?? 0) + CLOCKS_APART_MS;
    require(latest >= signed.time * 1000, `the time-stamp says ${timeText(read.time)}, before the checkpoint was signed`);
    return read;
  });
  inPart(`${name}.consistency.txt`, () => leads(row.get("consistency.txt"), signed.checkpoint, ground.checkpoint));
  return { size: number, checkpointTime: signed.time * 1000, ...token };
}

/** Step timestamps. It never passes here: who signed a token is not checked, and the step says so. */
async function proveTimestamps(contents, ground, trail, report) {
  report.timestamps = [];
  if (!contents.timestamps.length) return trail.missing("timestamps", "no_timestamps");
  try {
    for (const part of contents.timestamps) report.timestamps.push(await proveTimestamp(part, ground));
  } catch (error) {
    await trail.step("timestamps", () => { throw error; });
  }
  trail.missing("timestamps", "unchecked_timestamps");
}
