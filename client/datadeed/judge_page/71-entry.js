// An entry: a signed statement, the leaf of the log (ledger.md section 2).

const ENTRY_BYTES_MAX = { amend_rules: 60 * 1024, amend_roster: 60 * 1024 };
const ENTRY_BYTES_USUAL = 16 * 1024;
const ENTRY_BYTES_LIMIT = 60 * 1024;
const BODY_KEYS = "by,data,expires,kind,ledger,nonce,v";

function parseEntry(bytes) {
  const value = decodeMessagePack(bytes, ENTRY_BYTES_LIMIT);
  must(Array.isArray(value) && value.length === 2, "an entry is [body, signatures]");
  const [bodyBytes, signatures] = value;
  must(bodyBytes instanceof Uint8Array && Array.isArray(signatures), "an entry is [body, signatures]");
  const body = decodeMessagePack(bodyBytes, ENTRY_BYTES_LIMIT);
  must(body instanceof Map && [...body.keys()].join() === BODY_KEYS, `a body is a map with exactly ${BODY_KEYS}`);
  const [by, kind] = [body.get("by"), body.get("kind")];
  must(body.get("v") === 1, "v: not 1");
  must(TYPES.u64(body.get("expires")), "expires: not ms since 1970");
  must(typeof kind === "string" && READERS.has(kind), `kind: ${String(kind).slice(0, 40)} is not known`);
  must(bytes.length <= (ENTRY_BYTES_MAX[kind] ?? ENTRY_BYTES_USUAL), "the entry is longer than its kind allows");
  must(TYPES.id(body.get("ledger")) && TYPES.pid(body.get("nonce")), "ledger or nonce: not 32, 16 bytes");
  must(Array.isArray(by) && by.length >= 1 && by.length <= 64, "by: 1 to 64 signers are expected");
  must(by.every((signer) => TYPES.pid(signer) || TYPES.mid(signer)), "by: a signer is 16 or 32 bytes");
  must(by.every((signer, at) => !at || compareBytes(by[at - 1], signer) < 0), "by: signers are not in order, each once");
  must(signatures.length === by.length && signatures.every(TYPES.sig), "one signature for each signer is expected");
  const data = body.get("data");
  must(READERS.get(kind)(data), `data: not the fields of ${kind}`);
  return { bytes, body, bodyBytes, signatures, by, kind, data, ledger: toHex(body.get("ledger")), id: toHex(sha256(bodyBytes)) };
}

/** The readable twin of a binary value: bin as hex, integers as decimal strings. */
function readable(value) {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, readable(item)]));
  if (Array.isArray(value)) return value.map(readable);
  return typeof value === "number" || typeof value === "bigint" ? String(value) : value;
}

function entryTwin(entry, index) {
  return jcs({ body: readable(entry.body), id: entry.id, index: String(index), signatures: entry.signatures.map(toHex) });
}

/** The sealed fields by their dotted names; a map that is nil has none. */
function sealedFields(entry) {
  const found = new Map();
  for (const path of sealedPaths(READERS.get(entry.kind))) {
    const value = path.split(".").reduce((map, name) => (map === null ? null : map.get(name)), entry.data);
    if (value !== null) found.set(path, value);
  }
  return found;
}

function sealOf(salt, nonce, path, value) {
  return sha256(utf8("datadeed/seal/v1\n"), salt, nonce, encodeSealed(path, value));
}

/** The subjects whose histories the entry belongs to, by its fields alone. */
function subjectsOf(entry) {
  const subjects = new Set();
  const opens = OPENS[entry.kind];
  if (opens === "rules") subjects.add("rules");
  else if (opens) subjects.add(`${opens}/${entry.id}`);
  for (const name of ["right", "asset", "party"]) {
    const named = entry.data.get(name);
    if (named instanceof Uint8Array) subjects.add(`${name}/${toHex(named)}`);
  }
  return subjects;
}

/** The ids of the deposits that the entry refers to. */
function depositsOf(entry) {
  return [entry.data, entry.data.get("description")]
    .filter((source) => source instanceof Map && Array.isArray(source.get("deposits")))
    .flatMap((source) => source.get("deposits").map((reference) => toHex(reference.get("deposit"))));
}
