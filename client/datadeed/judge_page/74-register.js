// The part of the register that a pack holds, as plain values (bytes as hex), and what time alone does to a right.

/** The pack does not hold what was asked for: left to the quorum that recorded the entry, never guessed. */
class OutOfReach extends Error {}

const OPEN_STAGES = ["examining", "correcting", "publicity"];

/** The value with bytes as hex; a document stays as it is. */
function plain(value) {
  if (value instanceof Uint8Array) return value.length > 64 ? value : toHex(value);
  if (value instanceof Map) {
    const object = {};
    for (const [name, item] of value) object[name] = plain(item);
    return object;
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Whether two plain values are the same. */
function alike(a, b) {
  if (a === b || a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && alike(a[name], b[name]));
}

/** Records of the subjects whose histories are complete here. They are never changed in place, only replaced. */
class Register {
  constructor(subjects, entries) {
    const nothing = () => ({ own: undefined, licences: new Map(), objections: new Map() });
    this.subjects = new Map(subjects.map((subject) => [subject, nothing()]));
    this.used = new Set(); // keys and numbers that an entry here used, for ever
    this.here = new Set(entries.map(({ entry }) => entry.id));
    this.recorded = new Map(); // id → entry, of those that took effect
  }

  under(subject) {
    const found = this.subjects.get(subject);
    if (found === undefined) throw new OutOfReach();
    return found;
  }

  own(subject) {
    return this.under(subject).own;
  }

  /** undefined for an entry of the pack that comes later: it was not recorded yet. */
  entry(id) {
    if (!this.here.has(id)) throw new OutOfReach();
    return this.recorded.get(id);
  }

  /** Whether the key or number was used; that it never was, no part of a ledger tells. */
  isUsed(word) {
    if (!this.used.has(word)) throw new OutOfReach();
    return true;
  }

  /** What is not here changes nothing here. */
  put(subject, record) {
    const found = this.subjects.get(subject);
    if (found !== undefined) found.own = record;
  }
}

/** The right at one moment, if no entry comes in between. */
function viewOf(right, time, rules) {
  const today = dayOn(time);
  const dueOver = right.due !== null && dayOn(time - 1000 * rules.filing_grace_s) > right.due;
  const pending = right.pending.filter(({ lapses }) => today <= lapses);
  const renewing = pending.some(({ kind }) => kind === "renew");
  const past = right.until !== null && today > right.until;
  let status = right.stage;
  if (status === "correcting" && dueOver) status = "deemed_withdrawn";
  if (status === "registered" && past && !renewing) status = "expired";
  const ended = status !== "registered" && !OPEN_STAGES.includes(status);
  return {
    today, status, dueOver, ended,
    valid: status === "registered",
    renewal_pending: !ended && past && renewing,
    renewal_due: !renewing && mayRenew(right, today, rules),
    disputes: right.disputes.filter(({ until }) => today <= until),
    // With the right end its pledge, freezes and requests.
    pledge: ended ? null : right.pledge,
    freezes: ended ? [] : standingFreezes(right.freezes, today),
    pending: ended ? [] : pending,
  };
}

function mayRenew(right, today, rules) {
  if (right.stage !== "registered" || right.until === null) return false;
  const [now, until] = [dayNumber(today), dayNumber(right.until)];
  return until - rules.renewal_due_days <= now && now <= until + rules.late_renewal_days;
}

const begun = (freeze, time) => ({ ...freeze, since: time, until: plusMonths(dayOn(time), freeze.months) });

/** The queue without what has run out: each takes effect on the day after the one before it ends. */
function standingFreezes(freezes, today) {
  let start = today;
  for (const [at, freeze] of freezes.entries()) {
    const until = freeze.until ?? plusMonths(start, freeze.months);
    if (today <= until) return [freeze.until === null ? begun(freeze, dayBegins(start)) : freeze, ...freezes.slice(at + 1)];
    start = plusDays(until, 1);
  }
  return [];
}

/** Until its last day, also before its start; with the right end its licences. */
const licenceStands = (licence, seen) => seen.valid && seen.today <= licence.end;
