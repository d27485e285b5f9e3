// The judge: walks the steps of evidence.md section 4 in order over one pack and stops at the first that fails.

const PASSED = "passed";
const NOT_ON_LEDGER = "not on the ledger";
const INCONSISTENT = "inconsistent";
const CANNOT_DECIDE = "cannot decide";

const STEPS = [
  "container", "fingerprint", "checkpoint", "header", "policy", "inclusion", "blocks", "signatures", "question",
  "records", "history", "deposits", "items", "disclosures", "file", "rules", "time",
  "timestamps", "rosters",
]; // a step's number is its place here, for ever; when it is walked is another matter
const UNDECIDED_STEPS = ["container", "fingerprint", "checkpoint", "question", "rosters"];
const GROUND = ["genesis.json", "checkpoint", "policy.txt", "header.txt", "header.tlog-proof"];
const NOT_PROOF = ["README.txt", "verify.html"];
const KEY_GIVING = ["enrol", "update_party"];
const QUESTION = /^(?:(?:right|asset|key)\/[0-9a-f]{64}|party\/[0-9a-f]{32}|number\/(?:[0-9A-Z]{16}|[0-9]{17})|entry\/[0-9a-f]{64}|right\/[0-9a-f]{64}\/(?:licence|objection)|rules|register)$/;
const EXPORT_PROOFS = 256; // one for each first byte of a map key

/** A step failed; the trail holds it as its last. */
class Stopped extends Error {
  constructor(outcome, reason) {
    super(reason);
    this.outcome = outcome;
  }
}

class Trail {
  constructor() {
    this.steps = [];
  }

  /** Runs one step's checks and gives what they gave. told: what of that the report tells. */
  async step(name, checks, told = () => []) {
    try {
      const value = await checks();
      this.add(name, { ok: true, found: told(value) });
      return value;
    } catch (error) {
      if (!(error instanceof Malformed || error instanceof Unproven)) throw error;
      this.add(name, { ok: false, reason: error.message, rule: error instanceof RuleBroken ? error : undefined });
      throw new Stopped(outcomeOf(name, error), error.message);
    }
  }

  missing(name, why) {
    this.add(name, { ok: null, why });
  }

  add(name, what) {
    this.steps.push({ number: STEPS.indexOf(name) + 1, name, ...what });
  }
}

const counted = (list) => [list.length];

function outcomeOf(name, error) {
  if (error instanceof Malformed || error instanceof Undecided) return CANNOT_DECIDE;
  if (error instanceof NotThere) return NOT_ON_LEDGER;
  return UNDECIDED_STEPS.includes(name) ? CANNOT_DECIDE : INCONSISTENT;
}

/** The report on a pack. options: fileDigest (32 bytes) of the file in hand; ask, the subject in question; at, a moment in ms. */
async function verifyPack(bytes, fingerprint, { fileDigest = null, ask = null, at = null } = {}) {
  const trail = new Trail();
  const report = { outcome: CANNOT_DECIDE, reason: "", kind: null, steps: trail.steps };
  try {
    await walk(bytes, fingerprint, { fileDigest, ask, at }, trail, report);
    report.outcome = PASSED;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    report.outcome = error.outcome;
    report.reason = error.message;
  }
  return report;
}

async function walk(bytes, fingerprint, question, trail, report) {
  const contents = await trail.step("container", () => sortParts(readContainer(bytes)), ({ kind }) => [kind]);
  report.kind = contents.kind;
  const ground = await layGround(contents, fingerprint, trail, report);
  const { entries, keys } = await proveEntries(contents, ground, trail);
  report.entries = entries;
  const answer = await proveAnswer(contents, entries, keys, ground, question, trail);
  Object.assign(report, answer);
  report.disclosures = [];
  if (contents.disclosures === null) trail.missing("disclosures", "no_disclosures");
  else report.disclosures = await trail.step("disclosures", () => proveDisclosures(contents.disclosures, entries), counted);
  report.matches = null;
  if (question.fileDigest === null) trail.missing("file", "no_file");
  else report.matches = await trail.step("file", () => matchFile(question.fileDigest, entries, answer.items), (places) => places);
  await proveRules(report, ground, question, trail);
  await proveTimestamps(contents, ground, trail, report);
}

/** Steps rules and time: a history is judged again, entry by entry. */
async function proveRules(report, ground, question, trail) {
  const whole = report.kind === "title" || report.kind === "asset";
  const founding = whole ? foundingRules(ground.genesis) : null;
  if (founding === null) {
    trail.missing("rules", whole ? "unreadable_rules" : "no_history");
    if (question.at !== null) await trail.step("time", () => { throw new Undecided("only a history that was replayed tells the state at a time"); });
    return;
  }
  const replay = () => replayRules(report.subjects, report.entries, report.proven, founding, ground);
  const replayed = await trail.step("rules", replay, () => counted(report.entries));
  Object.assign(report, { left: replayed.left, superseded: supersededIn(replayed), state: stateAsOf(replayed, ground.header.time) });
  if (question.at === null) return trail.missing("time", "no_time");
  const stateThen = () => (checkDecidable(question.at, ground.header.time), stateAsOf(replayed, question.at));
  report.stateAt = await trail.step("time", stateThen, ({ status }) => [timeText(question.at), status ?? "–"]);
}
