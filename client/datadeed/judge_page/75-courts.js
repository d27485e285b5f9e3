// A court's hand on a right: notes of disputes, freezes and their queue, enforcement, revocation, correction; and the
// release of a pledge, which waits for nobody.

const withoutItem = (items, id) => items.filter((item) => item.id !== id);
const hasItem = (items, id) => items.some((item) => item.id === id);
const freezeNamed = (c) => c.seen.freezes.find(({ id }) => id === c.data.freeze);

const SHORT_ENOUGH = [650, (c) => c.data.months <= c.rules.freeze_max_months];
const FREEZE_STANDS = [651, (c) => freezeNamed(c) !== undefined];
const WAS_REGISTERED = [851, (c) => c.right.registration_no !== null];
const issuingCourt = (c) => acting(c, "court", freezeNamed(c).court);

function freeze(c) {
  const queued = { id: c.id, court: c.by[0], since: null, until: null, months: c.data.months };
  const standing = c.seen.freezes;
  c.change({ freezes: [...standing, standing.length ? queued : begun(queued, c.block.time)] });
}

function renewFreeze(c) {
  const [first, ...queue] = c.seen.freezes;
  c.change({ freezes: [{ ...first, until: later(plusMonths(c.today, c.data.months), first.until) }, ...queue] });
}

/** If it was in effect, the next takes effect at once, for its whole term. */
function unfreeze(c) {
  const [first, ...queue] = withoutItem(c.seen.freezes, c.data.freeze);
  if (first === undefined) c.change({ freezes: [] });
  else c.change({ freezes: [first.until === null ? begun(first, c.block.time) : first, ...queue] });
}

/** The court whose freeze is in effect, alone or with another; any court, if none is or that one has left. */
function enforcers(c) {
  const [first] = c.seen.freezes;
  if (first === undefined) return courts(c);
  const alone = acting(c, "court", first.court);
  return [...alone, ...alone.flatMap(([one]) => courts(c).map(([other]) => [one, other]))];
}

function enforce(c) {
  const { holders_after, ends, ends_pledge } = c.data;
  endLicences(c, ends);
  c.change({ holders: holders_after, pledge: ends_pledge ? null : c.right.pledge, freezes: [], pending: [] });
}

const COURT_ROWS = {
  release_pledge: {
    finds: [RIGHT_EXISTS, [613, (c) => c.seen.pledge !== null]],
    signers: (c) => [pledgee(c), ...courts(c)],
    checks: [reasonListed("release_pledge")],
    effect: (c) => c.change({ pledge: null }),
  },
  note_dispute: {
    signers: (c) => [...courts(c), ...membersWith(c, "supervisor"), ...registrar(c)],
    checks: [[655, (c) => c.seen.disputes.length < c.rules.disputes_max]],
    effect: (c) => c.change({ disputes: [...c.seen.disputes, { id: c.id, by: c.by[0], until: plusDays(c.today, c.rules.dispute_days) }] }),
  },
  end_dispute: {
    finds: [RIGHT_EXISTS, [656, (c) => hasItem(c.seen.disputes, c.data.dispute)]],
    signers: (c) => [[c.seen.disputes.find(({ id }) => id === c.data.dispute).by], ...courts(c)],
    effect: (c) => c.change({ disputes: withoutItem(c.seen.disputes, c.data.dispute) }),
  },
  freeze: {
    signers: courts,
    checks: [SHORT_ENOUGH, [654, (c) => !c.seen.ended], [653, (c) => c.seen.freezes.length < c.rules.freezes_max]],
    effect: freeze,
  },
  renew_freeze: {
    finds: [RIGHT_EXISTS, FREEZE_STANDS],
    signers: issuingCourt,
    checks: [SHORT_ENOUGH, [652, (c) => c.seen.freezes[0].id === c.data.freeze]],
    effect: renewFreeze,
  },
  unfreeze: { finds: [RIGHT_EXISTS, FREEZE_STANDS], signers: issuingCourt, effect: unfreeze },
  enforce_transfer: {
    signers: enforcers,
    checks: [
      IS_VALID, holdersEnrolled("holders_after"), [604, holdersDiffer("holders_after")],
      [701, (c) => c.data.ends.every((id) => standsHere(c, id))],
      [850, (c) => !c.data.ends_pledge || c.right.pledge !== null],
    ],
    effect: enforce,
  },
  revoke: {
    signers: (c) => [...registrar(c), ...courts(c)],
    checks: [WAS_REGISTERED, [852, (c) => c.right.stage !== "revoked"], groundListed("revoke")],
    effect: (c) => c.change({ stage: "revoked", ended_at: c.block.time, pending: [] }),
  },
};

// --- correction of the record ----------------------------------------------------------------------------------------

/** An entry that is not here is none of a history that is whole here. */
function isOfHistory(c) {
  const { right, target } = c.data;
  if (!c.register.here.has(target)) return false;
  const entry = c.register.entry(target);
  const named = entry?.data.get("right");
  return entry !== undefined && (right === target || (named instanceof Uint8Array && toHex(named) === right));
}

/** Only a description that keeps deposits and the agreement's end, and a certificate number. */
function isRegistrars(c) {
  const { holders: next, until, status, description } = c.data;
  if (next !== null || until !== null || status !== null) return false;
  if (description === null) return true;
  return description.agreement_end === c.right.agreement_end && alike(description.deposits, depositsOfRecord(c));
}

function correctors(c) {
  const registrars = registrar(c);
  if (isRegistrars(c)) return [...registrars, ...courts(c)];
  const concerned = [...holders(c), ...partiesIn(c.data.holders ?? []), ...pledgee(c)];
  return [...courts(c), ...registrars.map(([one]) => [one, ...concerned])];
}

/** Also of a right that has ended, because its freeze may stand again. */
function frozenIsACourts(c) {
  const byCourt = courts(c).some((set) => exactly(set, c.by));
  return byCourt || isRegistrars(c) || !standingFreezes(c.right.freezes, c.today).length;
}

function correctedCodes(c) {
  return listed(c, "reasons.correct_record", c.data.reason) && (c.data.description === null || codesListed(c));
}

/** From the announcement to one term after the last day of record. */
function withinBounds(c) {
  const { until } = c.data;
  return until === null || (c.right.announced_on <= until && until <= plusYears(c.right.until, c.rules.term_years));
}

/** Of the two as they will stand. */
function withinAgreement(c) {
  const { until, description } = c.data;
  const last = until ?? c.right.until;
  const end = description === null ? c.right.agreement_end : description.agreement_end;
  return last === null || end === null || last <= end;
}

function correctRecord(c) {
  const { holders: next, status, until, description, certificate_no } = c.data;
  const changed = {};
  if (next !== null) changed.holders = next;
  if (next !== null || c.seen.ended) changed.pending = []; // what ended with the right does not come back with it
  if (status !== null) Object.assign(changed, { stage: "registered", ended_at: null });
  if (until !== null) changed.until = until;
  if (description !== null) Object.assign(changed, { description: c.id, agreement_end: description.agreement_end });
  if (certificate_no !== null) {
    changed.certificate_no = certificate_no;
    c.use(certificate_no);
  }
  c.change(changed);
}

const CORRECTION_ROWS = {
  correct_record: {
    finds: [RIGHT_EXISTS, [901, isOfHistory], ...DESCRIBED_DEPOSITS],
    signers: correctors,
    checks: [
      WAS_REGISTERED,
      [902, ({ data }) => ["description", "certificate_no", "holders", "until", "status"].some((name) => data[name] !== null)],
      [602, frozenIsACourts],
      [904, (c) => c.data.status === null || ["cancelled", "revoked"].includes(c.seen.status)],
      holdersEnrolled("holders"),
      [903, (c) => (c.data.until === null || c.data.until !== c.right.until) && (c.data.holders === null || holdersDiffer("holders")(c))],
      [111, correctedCodes],
      [404, (c) => c.data.description === null || endIsStated(c)],
      [905, withinBounds],
      [906, withinAgreement],
      numberUnused("certificate_no"),
    ],
    effect: correctRecord,
  },
};
