// The fields of every kind of entry and of every record, written from events.md sections 3 and 5 in a short notation.

const CODE = /^[0-9A-Za-z][0-9A-Za-z_.-]{0,31}$/;
const ATOM = /^(?:\*|[0-9A-Za-z][0-9A-Za-z_.-]{0,31})$/;
const MEDIA_TYPE = /^(?=.{3,100}$)[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
const TIME_MAX = 253402300799999;
const U32_MAX = 2 ** 32 - 1;

const TYPES = {
  id: bin(32), mid: bin(32), seal: bin(32), key: bin(32), digest: bin(32), pid: bin(16), sig: bin(64),
  date: (value) => typeof value === "string" && isDate(value),
  ms: whole(0, TIME_MAX),
  u32: whole(0, U32_MAX),
  count: whole(1, U32_MAX),
  months: whole(1, 1200),
  big: whole(0, Number.MAX_SAFE_INTEGER),
  version: whole(1, U32_MAX),
  share: whole(0, 10000),
  u64: (value) => (typeof value === "bigint" && value >= 0n) || (Number.isInteger(value) && value >= 0),
  bool: (value) => typeof value === "boolean",
  code: matching(CODE),
  media: matching(MEDIA_TYPE),
  regno: matching(/^[0-9A-Z]{16}$/),
  certno: matching(/^[0-9]{17}$/),
  subject: matching(/^(?:(?:right|asset|party|key|number)\/[0-9A-Za-z]{1,64}|rules)$/),
  bytes: (value) => value instanceof Uint8Array,
  document: (value) => value instanceof Uint8Array && value.length >= 1 && value.length <= RULES_BYTES_MAX,
  atoms: (value) => list(matching(ATOM), 1, 300)(value) && isAtoms(value),
  codeset: list(matching(ATOM), 0, U32_MAX),
  mids: list(bin(32), 0, U32_MAX),
  ends: list(bin(32), 0, 64, true),
  codes: list(matching(CODE), 1, 16, true),
  sources: list(oneOf("self_collected", "by_agreement", "public_authorised"), 1, 3, true),
  deposits: list(fields("deposit id, item u32?"), 1, 16, true),
  somedeposits: list(fields("deposit id, item u32?"), 0, 16, true),
  holders: (value) => list(fields("party pid, share share"), 1, 32)(value) && areHolders(value),
  holderlist: list(fields("party pid, share share"), 1, 32),
  events: fields("count big, root digest"),
  versions: list(fields("version version, effective ms, hash digest"), 0, U32_MAX),
  pledge: fields("id id, pledgee pid, debt_due date"),
  freezes: list(fields("id id, court mid, since ms?, until date?, months u32"), 0, U32_MAX),
  disputes: list(fields("id id, by mid, until date"), 0, U32_MAX),
  pending: list(fields("id id, kind change|transfer|pledge|cancel|renew, lapses date"), 0, 2),
  description: fields(
    "object_name seal, scenario seal, structure seal, algorithm_rules seal, source_contract seal, sample seal, " +
      "intended_use seal, industry code, sources sources, personal_data bool, data_format code, size_bytes u64, " +
      "record_count u64?, update_frequency none|realtime|daily|weekly|monthly|quarterly|yearly|irregular, " +
      "agreement_end date?, deposits deposits",
  ),
};

const IDENTITY = "name seal, credit_code seal";
const APPLICATION = "regime code, registrar mid, applicants holders, description description";
const KINDS = {
  enrol: `party pid, public_key key, key_proof sig, party_type enterprise|public_body|person|member, ${IDENTITY}`,
  update_party: `party pid, public_key key, key_proof sig, reason rotation|recovery|renaming|succession, ${IDENTITY}`,
  suspend: "party pid, reason code",
  reinstate: "party pid, reason code",
  deposit: "digest digest, algorithm sha-256, scope full|sample|manifest, size_bytes u64, media_type media, formed_at ms?, file_name seal, description seal",
  deposit_batch: "root digest, algorithm sha-256, count count, formed_at ms?, description seal",
  notarize: "deposit id, item u32?, record_number seal",
  apply: APPLICATION,
  import_right: `${APPLICATION}, registration_no regno, certificate_no certno, announced_on date, until date`,
  request_correction: "right id, reasons codes",
  correct: "right id, description description",
  publish: "right id",
  object: "right id, ground code, evidence seal",
  decide_objection: "right id, objection id, outcome upheld|dismissed, reasons seal",
  register: "right id, registration_no regno, certificate_no certno",
  change: "right id, description description",
  renew: "right id, agreement_end date?, authorisation seal",
  cancel: "right id, reason code",
  transfer: "right id, holders_after holders, price seal, contract seal",
  pledge: "right id, pledgee pid, debt_due date, debt_amount seal, contract seal",
  release_pledge: "right id, reason code",
  license: "right id, parent id?, licensee pid, type exclusive|sole|ordinary, territory atoms, industry atoms, use atoms, start date, end date, sublicensing bool, fee seal, contract seal",
  end_license: "right id, license id, reason code",
  approve: "right id, request id, certificate_no certno?",
  reject: "right id, request id, ground code",
  withdraw: "right id, target id",
  note_dispute: "right id, case_no seal",
  end_dispute: "right id, dispute id",
  freeze: "right id, months months, ruling_no seal, notice_no seal",
  renew_freeze: "right id, freeze id, months months, ruling_no seal, notice_no seal",
  unfreeze: "right id, freeze id, ruling_no seal",
  enforce_transfer: "right id, holders_after holders, ends ends, ends_pledge bool, ruling_no seal",
  revoke: "right id, ground code, judgment_no seal",
  correct_record: "right id, target id, description description?, certificate_no certno?, holders holders?, until date?, status registered|?, reason code, ruling_no seal",
  register_asset: "right id?, party pid, industry code, category code, deposits somedeposits, product_name seal, valuation seal",
  delist_asset: "asset id, reason code",
  record_contract: "asset id?, right id?, seller pid, buyer pid, subject_matter data_set|api_service|report|model|licence, start date, end date, amount seal, contract seal",
  amend_rules: "rules document, effective ms",
  amend_roster: "roster document",
};

const RECORDS = {
  "right 0": "subject subject, stage examining|correcting|publicity|registered|rejected|withdrawn|cancelled|revoked|expired, due date?, ended_at ms?, regime code, registrar mid, holders holderlist, description id, agreement_end date?, registration_no regno?, certificate_no certno?, announced_on date?, until date?, pledge pledge?, freezes freezes, disputes disputes, pending pending, open_objections u32, licences_ever u32, events events",
  "right 1": "subject subject, id id, parent id?, licensee pid, type exclusive|sole|ordinary, territory codeset, industry codeset, use codeset, start date, end date, sublicensing bool",
  "right 2": "subject subject, id id, by pid, ground code",
  "asset 0": "subject subject, party pid, exchange mid, right id?, industry code, category code, stage listed|delisted, contracts u32, events events",
  "party 0": "subject subject, party_type enterprise|public_body|person|member, enrolled_by mid, public_key key, name seal, credit_code seal, suspended_by mids, events events",
  "key 0": "subject subject, party pid",
  "number 0": "subject subject, right id",
  "rules 0": "subject subject, versions versions, events events",
};

/** Which subject has the entry's own id, or is touched by the kind as such. */
const OPENS = { apply: "right", import_right: "right", register_asset: "asset", amend_rules: "rules" };

function bin(size) {
  return (value) => value instanceof Uint8Array && value.length === size;
}

function whole(minimum, maximum) {
  return (value) => Number.isInteger(value) && value >= minimum && value <= maximum;
}

function matching(pattern) {
  return (value) => typeof value === "string" && pattern.test(value) && !value.endsWith("\n");
}

function oneOf(...words) {
  return (value) => words.includes(value);
}

function spelled(value) {
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${key}:${spelled(item)}`).join()}}`;
  return value instanceof Uint8Array ? toHex(value) : `${typeof value}${value}`;
}

function list(item, minimum, maximum, distinct = false) {
  return (value) =>
    Array.isArray(value) && value.length >= minimum && value.length <= maximum && value.every(item) &&
    (!distinct || new Set(value.map(spelled)).size === value.length);
}

/** A map with exactly these fields: "name type, name type?, name one|two". */
function fields(notation) {
  const rows = notation.split(", ").map((row) => {
    const [name, type] = row.split(" ");
    const optional = type.endsWith("?");
    return { name, optional, type: type.replace(/\|?\?$/, "") };
  });
  rows.sort((a, b) => (a.name < b.name ? -1 : 1)); // ASCII names: the order of the encoding
  const read = (value) =>
    value instanceof Map && value.size === rows.length && rows.every(({ name, optional, type }) => {
      if (!value.has(name)) return false;
      const item = value.get(name);
      if (optional && item === null) return true;
      return TYPES[type] ? TYPES[type](item) : type.split("|").includes(item);
    });
  read.rows = rows;
  return read;
}

function isDate(text) {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) || text.length !== 10 || text.startsWith("0000")) return false;
  const time = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text;
}

function isAtoms(codes) {
  if (codes.includes("*")) return codes.length === 1;
  return codes.every((code, at) => !at || codes[at - 1] < code);
}

function areHolders(holders) {
  const ascending = holders.every((holder, at) => !at || compareBytes(holders[at - 1].get("party"), holder.get("party")) < 0);
  const shares = holders.map((holder) => holder.get("share"));
  const sum = shares.reduce((total, share) => total + share, 0);
  return ascending && (sum === 10000 || shares.every((share) => share === 0));
}

const READERS = new Map(Object.entries(KINDS).map(([kind, notation]) => [kind, fields(notation)]));
const RECORD_READERS = new Map(Object.entries(RECORDS).map(([name, notation]) => [name, fields(notation)]));

/** The dotted names of a kind's sealed fields. */
function sealedPaths(reader, before = "") {
  return reader.rows.flatMap(({ name, type }) => {
    if (type === "seal") return [before + name];
    return type === "description" && name === "description" ? sealedPaths(TYPES.description, `${before}${name}.`) : [];
  });
}
