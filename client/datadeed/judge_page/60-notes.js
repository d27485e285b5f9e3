// C2SP: verifier keys, signed notes, checkpoints with cosignatures, tlog-proofs (ledger.md section 4).

const NOTE_BYTES_MAX = 64 * 1024;
const TLOG_PROOF_BYTES_MAX = NOTE_BYTES_MAX + 4096;
const [LOG_TYPE, COSIGNATURE_TYPE] = [1, 4];
const KEY_NAME = /^[!-*,-~]{1,255}$/;
const DASH = utf8("— ");
const WHOLE = (pattern, text) => pattern.test(text) && !text.endsWith("\n");

const keyId = (name, type, publicKey) => sha256(utf8(`${name}\n`), Uint8Array.of(type), publicKey).subarray(0, 4);
const vkeyText = (key) => `${key.name}+${toHex(key.id)}+${toB64(concat(Uint8Array.of(key.type), key.publicKey))}`;

function parseVkey(text) {
  const first = text.indexOf("+");
  const second = text.indexOf("+", first + 1);
  must(first >= 0 && second >= 0, "a verifier key is <name>+<key id>+<base64>");
  const id = fromHex(text.slice(first + 1, second), 4);
  const raw = fromB64(text.slice(second + 1), 33);
  const key = { name: text.slice(0, first), type: raw[0], publicKey: raw.subarray(1), id };
  must(WHOLE(KEY_NAME, key.name), "a key name is printable ASCII without space or '+'");
  must([LOG_TYPE, COSIGNATURE_TYPE].includes(key.type), "a verifier key is of type 0x01 or 0x04");
  must(sameBytes(keyId(key.name, key.type, key.publicKey), id), `the key id of ${key.name} does not belong to its key`);
  return key;
}

/** Where the last empty line begins; -1 if there is none. */
function lastEmptyLine(bytes) {
  for (let at = bytes.length - 2; at >= 0; at--) if (bytes[at] === 10 && bytes[at + 1] === 10) return at;
  return -1;
}

function parseNote(bytes) {
  must(bytes.length <= NOTE_BYTES_MAX, `a note is at most ${NOTE_BYTES_MAX} bytes`);
  const split = lastEmptyLine(bytes);
  must(split >= 0 && bytes[bytes.length - 1] === 10, "a note is text, an empty line, signature lines");
  const body = bytes.subarray(0, split + 1);
  const rest = bytes.subarray(split + 2);
  const lines = [];
  for (let start = 0; start < rest.length; ) {
    const end = rest.indexOf(10, start);
    lines.push(parseSignatureLine(rest.subarray(start, end)));
    start = end + 1;
  }
  must(lines.length >= 1 && lines.length <= 100, "a note has 1 to 100 signature lines");
  utf8Text(body, "a note's text");
  return { body, lines };
}

function parseSignatureLine(line) {
  must(startsWith(line, DASH), "a signature line is '— <name> <base64>'");
  const text = asciiText(line.subarray(DASH.length), "a signature line after its dash");
  const space = text.indexOf(" ");
  must(space > 0 && WHOLE(KEY_NAME, text.slice(0, space)), "a signature line is '— <name> <base64>'");
  const raw = fromB64(text.slice(space + 1));
  must(raw.length > 4, "a signature line is too short");
  return { name: text.slice(0, space), id: raw.subarray(0, 4), signature: raw.subarray(4) };
}

/** Origin, size and root: three lines, never an extension line. */
function parseCheckpoint(body) {
  const text = utf8Text(body, "a checkpoint");
  const lines = text.split("\n");
  const three = lines.length === 4 && lines[3] === "" && WHOLE(KEY_NAME, lines[0]) && /^[A-Za-z0-9+/]{43}=$/.test(lines[2]);
  must(three, "a checkpoint is origin, size, root");
  return { origin: lines[0], size: decimal(lines[1]), root: fromB64(lines[2], 32), body };
}

/** One leaf's way to a checkpoint. */
function parseTlogProof(bytes) {
  must(bytes.length <= TLOG_PROOF_BYTES_MAX, `a tlog-proof has at most ${TLOG_PROOF_BYTES_MAX} bytes`);
  let split = 0;
  while (split + 1 < bytes.length && !(bytes[split] === 10 && bytes[split + 1] === 10)) split++;
  must(split + 1 < bytes.length, "a tlog-proof is format, index, hashes, empty line, checkpoint");
  const [first, index, ...hashes] = asciiText(bytes.subarray(0, split), "a tlog-proof before its checkpoint").split("\n");
  must(first === "c2sp.org/tlog-proof@v1" && index?.startsWith("index "), "a tlog-proof is format, index, hashes, empty line, checkpoint");
  must(hashes.length <= 53, "a tlog-proof has at most 53 hashes");
  const note = bytes.subarray(split + 2);
  parseCheckpoint(parseNote(note).body);
  return { index: decimal(index.slice(6)), path: hashes.map((line) => fromB64(line, 32)), note };
}

const lowerMedian = (times) => [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)];

/** The checkpoint, proven by a quorum of the roster and one of its log keys; the last header, if given, must be its last leaf. */
async function verifyCheckpoint(noteBytes, roster, lastHeader) {
  const note = parseNote(noteBytes);
  const checkpoint = parseCheckpoint(note.body);
  require(checkpoint.origin === roster.members[0].log.name, "the checkpoint is of another log");
  const keys = new Map();
  for (const member of roster.members) {
    for (const key of [member.cosign, member.log]) keys.set(`${key.name} ${toHex(key.id)}`, { member: member.name, key });
  }
  const seen = new Set();
  const logSigners = [];
  const cosigners = new Map();
  for (const line of note.lines) {
    const named = `${line.name} ${toHex(line.id)}`;
    if (!keys.has(named) || seen.has(named)) continue;
    seen.add(named);
    const { member, key } = keys.get(named);
    if (key.type === COSIGNATURE_TYPE) {
      const time = bigEndian(line.signature.subarray(0, 8));
      const covered = concat(utf8(`cosignature/v1\ntime ${time}\n`), note.body);
      require(await isSigned(key.publicKey, covered, line.signature.subarray(8)), `${key.name}'s cosignature is bad`);
      cosigners.set(member, Number(time));
    } else {
      require(await isSigned(key.publicKey, note.body, line.signature), `${key.name}'s log signature is bad`);
      logSigners.push(member);
    }
  }
  require(cosigners.size >= roster.quorum, `${cosigners.size} members cosigned, ${roster.quorum} are needed`);
  require(logSigners.length > 0, "no member's log key signed");
  const time = lowerMedian([...cosigners.values()]);
  if (lastHeader === null) return { note: noteBytes, checkpoint, logSigners, cosigners, time };
  require(lastHeader.origin === checkpoint.origin, "the last header is of another log");
  require(lastHeader.logSize === checkpoint.size, "the header is not the checkpoint's last leaf");
  const sameRoster = lastHeader.rosterVersion === roster.version && lastHeader.rosterDigest === toHex(roster.digest);
  require(sameRoster, "the last header names another roster");
  require(time * 1000 + 999 >= lastHeader.time - lastHeader.slack, "the cosigners signed before the block's time");
  return { note: noteBytes, checkpoint, logSigners, cosigners, time };
}

function bigEndian(bytes) {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}
