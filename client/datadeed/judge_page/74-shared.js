// One entry before the rules, and the checks, signers and steps that several kinds share (events.md sections 2 and 3).
// A check is [number, function that tells whether it holds]; signers are the sets of signers that would do.

const EXPIRES_AHEAD_MS = 30 * DAY_MS;
// An identity number, a mobile number or an e-mail address. White space is spelled out, as languages differ in it.
const PERSONAL = /(?<![0-9])(?:[1-9][0-9]{16}[0-9Xx]|1[3-9][0-9]{9})(?![0-9])|[^@\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]@[^@\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** block: its time, height, today, rules and roster. left: numbers of the checks that need more than is here. */
class Case {
  constructor(entry, block, register, left) {
    entry.plain ??= plain(entry.data);
    entry.signers ??= entry.by.map(toHex);
    const { id, kind, plain: data, signers: by } = entry;
    Object.assign(this, { entry, id, kind, data, by, block, register, left });
  }

  get rules() {
    return this.block.rules;
  }

  get today() {
    return this.block.today;
  }

  /** The right that the entry names; undefined if there is none. */
  get right() {
    this.found ??= this.data.right === null ? undefined : this.register.own(`right/${this.data.right}`);
    return this.found;
  }

  get seen() {
    this.view ??= viewOf(this.right, this.block.time, this.rules);
    return this.view;
  }

  get licences() {
    return this.register.under(this.right.subject).licences;
  }

  get objections() {
    return this.register.under(this.right.subject).objections;
  }

  party(id) {
    return this.register.own(`party/${id}`);
  }

  asset() {
    return this.data.asset === null ? undefined : this.register.own(`asset/${this.data.asset}`);
  }

  /** Another entry before the same register, in the same block. */
  about(entry) {
    return new Case(entry, this.block, this.register, this.left);
  }

  /** The right from now on: as it was, but for these fields. */
  change(changed) {
    this.register.put(this.right.subject, { ...this.right, ...changed });
  }

  /** A licence or an objection from now on; null: none any more. */
  keep(what, id, item) {
    const found = this[`${what}s`];
    item === null ? found.delete(id) : found.set(id, item);
    this.register.changed.set(`${what} ${id}`, item);
  }

  use(number) {
    this.register.used.add(`number/${number}`);
  }
}

class Broken extends Error {
  constructor(number) {
    super(`rule ${number}`);
    this.number = number;
  }
}

/** Every judgement goes through here: what needs more than is here is left open, and the next check is made. */
function walkChecks(c, checks) {
  for (const [number, holds] of checks) {
    let good = true;
    try {
      good = holds(c);
    } catch (error) {
      if (!(error instanceof OutOfReach)) throw error;
      c.left.push(number);
    }
    if (!good) throw new Broken(number);
  }
}

// --- every entry -----------------------------------------------------------------------------------------------------

const isParty = (signer) => signer.length === 32; // 16 bytes in hex

function holdsPersonal(value) {
  if (typeof value === "string") return PERSONAL.test(value);
  if (value instanceof Map) return [...value.values()].some(holdsPersonal);
  return Array.isArray(value) && value.some(holdsPersonal);
}

const notSuspended = (c) => c.by.every((signer) => !isParty(signer) || !c.party(signer)?.suspended_by.length);

/** Its ledger (101) and signatures (108) have been checked with its place in the log. */
const EVERY_ENTRY = [
  [102, (c) => c.block.time <= c.entry.body.get("expires")],
  [103, (c) => c.entry.body.get("expires") <= c.block.time + EXPIRES_AHEAD_MS],
  [104, (c) => c.register.entry(c.id) === undefined],
  [105, (c) => c.by.every((signer) => !isParty(signer) || c.party(signer) !== undefined)],
  [106, (c) => c.by.every((signer) => isParty(signer) || officeOf(signer, c.entry, c.block.roster) !== undefined)],
  [107, notSuspended],
  [110, (c) => !holdsPersonal(c.entry.data)],
];

// --- signers ---------------------------------------------------------------------------------------------------------

const membersWith = (c, role) => c.block.roster.members.filter(({ roles }) => roles.includes(role)).map(({ id }) => [id]);
const courts = (c) => membersWith(c, "court");

/** This member alone while it has the role, else any that has. */
function acting(c, role, id) {
  return c.block.roster.byId.get(id)?.roles.includes(role) ? [[id]] : membersWith(c, role);
}

const registrar = (c) => acting(c, "registrar", c.right.registrar);
const partiesIn = (holders) => holders.map(({ party }) => party);
const holders = (c) => partiesIn(c.right.holders);
const pledgee = (c) => (c.right.pledge === null ? [] : [c.right.pledge.pledgee]);
const everyHolder = (c) => [holders(c)];
const anyone = (c) => (c.by.length === 1 ? [c.by] : []);
const oneParty = (c) => anyone(c).filter(([signer]) => isParty(signer));
const oneInstitution = (c) => anyone(c).filter(([signer]) => !isParty(signer));

const within = (set, by) => set.every((signer) => by.includes(signer));
const exactly = (set, by) => within(set, by) && within(by, set);

// --- checks ----------------------------------------------------------------------------------------------------------

const RIGHT_EXISTS = [501, (c) => c.right !== undefined];
const IS_VALID = [601, (c) => c.seen.valid];
const NOT_FROZEN = [602, (c) => !c.seen.freezes.length];
/** A request that is judged again does not bar itself. */
const slotIsFree = (c, renewal) => c.seen.pending.every(({ id, kind }) => (kind === "renew") !== renewal || id === c.id);
const SLOT_IS_FREE = [603, (c) => slotIsFree(c, false)];

const listed = (c, list, ...codes) => codes.every((code) => code === "*" || c.rules.lists.get(list).has(code));
const reasonListed = (kind) => [111, (c) => listed(c, `reasons.${kind}`, c.data.reason)];
const groundListed = (kind) => [111, (c) => listed(c, `grounds.${kind}`, c.data.ground)];

const numberUnused = (field) => [507, (c) => c.data[field] === null || !c.register.isUsed(`number/${c.data[field]}`)];
const holdersEnrolled = (field) => [205, (c) => (c.data[field] ?? []).every(({ party }) => c.party(party) !== undefined)];
const holdersDiffer = (field) => (c) => !alike(c.data[field], c.right.holders);

/** Each reference, in its order, to a recorded deposit, and to an item of it only where it has that item. */
function depositsExist(references) {
  const each = (holds) => (c) => references(c).every(({ deposit, item }) => holds(c.register.entry(deposit), item));
  return [
    [301, each((entry) => entry !== undefined)],
    [302, each(({ kind }) => kind === "deposit" || kind === "deposit_batch")],
    [303, each(({ kind }, item) => kind !== "deposit" || item === null)],
    [304, each(({ kind, data }, item) => kind !== "deposit_batch" || item === null || item < data.get("count"))],
  ];
}

// --- descriptions ----------------------------------------------------------------------------------------------------

const described = (c) => c.data.description?.deposits ?? [];
const DESCRIBED_DEPOSITS = depositsExist(described);

function codesListed(c) {
  const { industry, data_format } = c.data.description;
  return listed(c, "industries", industry) && listed(c, "formats", data_format);
}

/** The parties who sign are all applicants. */
function isKeptByOwn(c) {
  const keeps = (signer) => (isParty(signer) ? c.by.includes(signer) : c.block.roster.byId.get(signer)?.roles.includes("notary"));
  return described(c).some(({ deposit }) => c.register.entry(deposit).by.map(toHex).some(keeps));
}

function endIsStated(c) {
  const { sources, agreement_end } = c.data.description;
  return agreement_end !== null || alike(sources, ["self_collected"]);
}

const CODES_LISTED = [111, codesListed];
const KEPT_BY_OWN = [403, isKeptByOwn];
const END_IS_STATED = [404, endIsStated];
const ENDS_AFTER_TODAY = [405, (c) => c.data.description.agreement_end === null || c.data.description.agreement_end > c.today];

/** The deposits of the description in force. */
const depositsOfRecord = (c) => c.register.entry(c.right.description).data.get("description").get("deposits").map(plain);

// --- steps -----------------------------------------------------------------------------------------------------------

/** The last day of a period that opens today, or goes on from one due before; null beyond the calendar. */
function dueDay(c, days, before) {
  const end = workingPeriodEnd(c.today, days, c.rules.calendar);
  return end === null ? null : later(end, before);
}

/** Closes the open objections, or one of them; the right's changed fields. */
function closeObjections(c, only = null) {
  const closed = only === null ? [...c.objections.keys()] : [only];
  for (const id of closed) c.keep("objection", id, null);
  return { open_objections: c.right.open_objections - closed.length };
}
