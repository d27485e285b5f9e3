// Replaying the rules of the register over the history in a pack, and the state that follows from it as of any moment
// (evidence.md sections 5 and 6). No quorum's word is taken for what can be judged here.

const ROWS = Object.fromEntries(Object.entries({
  ...PARTY_ROWS, ...APPLICATION_ROWS, ...LICENCE_ROWS, ...REQUEST_ROWS, ...DECISION_ROWS, ...COURT_ROWS,
  ...CORRECTION_ROWS, ...ASSET_ROWS, ...AMENDMENT_ROWS, ...ROSTER_ROWS,
}).map(([kind, row]) => [kind, { finds: [RIGHT_EXISTS], checks: [], effect: () => {}, ...row }]));

/** An entry that a rule refuses stands in the history. */
class RuleBroken extends Unproven {
  constructor(index, kind, number) {
    super(`entry ${index} (${kind}) breaks rule ${number}`);
    Object.assign(this, { index, kind, number });
  }
}

/** Every entry judged where it stands; throws unless all of it follows and ends with the records that are proven. */
function replayRules(subjects, entries, proven, founding, ground) {
  const run = new Replay(subjects, entries, founding, ground);
  for (const recorded of entries) run.take(recorded);
  for (const answer of proven) compareRecords(answer, run.register.under(answer.subject));
  return { subject: subjects[0], changes: run.changes, left: run.left, versions: run.register.own("rules").versions, book: run.book };
}

class Replay {
  constructor(subjects, entries, founding, ground) {
    this.subject = subjects[0];
    this.register = new Register(subjects, entries);
    this.register.put("rules", { subject: "rules", versions: [{ version: 1, effective: ground.genesis.time, hash: founding.digest }] });
    this.book = new Map([[founding.digest, founding]]);
    this.left = []; // what the quorum alone judged
    this.changes = []; // of the subject's records, one for each entry of its history
    this.block = null;
    this.othersIn = -1; // height of the last block with an entry that no court signed
  }

  take(recorded) {
    const { entry, index, header } = recorded;
    this.checkPlace(recorded);
    const left = [];
    const c = new Case(entry, this.blockOf(header), this.register, left);
    this.register.changed = new Map();
    judgeCase(c, index);
    for (const number of left) this.left.push({ index, kind: entry.kind, number });
    takeEffect(c);
    this.register.recorded.set(entry.id, entry);
    if (subjectsOf(entry).has(this.subject)) {
      const own = this.register.own(this.subject);
      this.changes.push({ index, kind: entry.kind, request: c.data.request, time: header.time, own, items: this.register.changed });
    }
  }

  /** A court's entry stands before all others of its block: nobody chooses the order of a freeze and a transfer. */
  checkPlace({ entry, index, header }) {
    const byCourt = entry.by.some((signer) => header.roster.byId.get(toHex(signer))?.roles.includes("court"));
    require(!byCourt || this.othersIn !== header.height, `entry ${index} by a court does not stand first in its block`);
    if (!byCourt) this.othersIn = header.height;
  }

  /** The rules are those of the state before the block: no amendment governs the block that records it. */
  blockOf({ height, time, roster }) {
    if (this.block?.height !== height) {
      const { hash } = versionAt(this.register.own("rules").versions, time);
      this.block = { height, time, today: dayOn(time), rules: this.book.get(hash), roster, book: this.book };
    }
    return this.block;
  }
}

function judgeCase(c, index) {
  const { finds, signers, checks } = ROWS[c.kind];
  const signed = [109, () => signers(c).some((set) => exactly(set, c.by))];
  try {
    walkChecks(c, [...EVERY_ENTRY, ...finds, signed, ...checks]);
  } catch (error) {
    throw error instanceof Broken ? new RuleBroken(index, c.kind, error.number) : error;
  }
}

/** An effect on a subject that is not here changes nothing here. */
function takeEffect(c) {
  try {
    ROWS[c.kind].effect(c);
  } catch (error) {
    if (!(error instanceof OutOfReach)) throw error;
  }
}

/** `events` is left out: the step before compared it with the entries here. */
function compareRecords({ subject, records }, { own, licences, objections }) {
  const follows = `from the history of ${subject} follows`;
  const count = (own === undefined ? 0 : 1) + licences.size + objections.size;
  require(count === records.length, `${follows} ${count} records, ${records.length} are proven`);
  for (const { kind, record } of records) {
    const { events, ...shown } = plain(record);
    const replayed = kind === OWN ? own : (kind === LICENCE ? licences : objections).get(shown.id);
    require(replayed !== undefined, `${follows} another licence or objection than is proven`);
    const differing = Object.keys(shown).filter((name) => !alike(shown[name], replayed[name]));
    require(!differing.length, `${follows} another ${differing.join(", ")} than is proven`);
  }
}

/** The right or asset as of `time`: the fold of the entries in blocks of at most that time, as the rules see it. */
function stateAsOf(replayed, time) {
  const recorded = replayed.changes.filter((change) => change.time <= time);
  const own = recorded.at(-1)?.own;
  const version = versionAt(replayed.versions, time);
  const state = { subject: replayed.subject, time, entries: recorded.length, rules: version.version, status: null, own };
  if (own === undefined) return state;
  if (!own.subject.startsWith("right/")) return { ...state, status: own.stage };
  const seen = viewOf(own, time, replayed.book.get(version.hash));
  const items = new Map();
  for (const change of recorded) foldItems(items, change);
  const licences = [...items].filter(([name]) => name.startsWith("licence")).map(([, licence]) => licence);
  const withTime = (licence) => {
    const stands = licenceStands(licence, seen);
    return { ...licence, stands, in_force: stands && licence.start <= seen.today };
  };
  return { ...state, ...seen, holders: own.holders, until: own.until, licences: licences.map(withTime) };
}

/** Licences and objections by their names, after this change too. */
function foldItems(items, change) {
  for (const [name, item] of change.items) item === null ? items.delete(name) : items.set(name, item);
}

function checkDecidable(time, newest) {
  if (time > newest) throw new Undecided(`${timeText(time)} is after the newest proven header, ${timeText(newest)}; get a newer pack`);
}
