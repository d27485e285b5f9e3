// Requests, which take effect when the registrar approves them, and what becomes of them.

/** What stood in the slot before has lapsed, or it were not free; a late renewal revives no request that had ended. */
function takeSlot(c) {
  const before = c.seen.ended ? [] : c.right.pending;
  const others = before.filter(({ kind }) => (kind === "renew") !== (c.kind === "renew"));
  c.change({ pending: [...others, { id: c.id, kind: c.kind, lapses: plusDays(c.today, c.rules.request_max_days) }] });
}

const pendingBut = (c, id) => c.right.pending.filter((item) => item.id !== id);
const grant = (c, changed) => c.change({ pending: pendingBut(c, c.id), ...changed });

const agreementEnd = (c) => c.data.agreement_end ?? c.right.agreement_end;
const renewedUntil = (c) => earlier(plusYears(c.right.until, c.rules.term_years), agreementEnd(c));

function cancelSigners(c) {
  const exclusive = [...c.licences.values()].filter((licence) => licence.type === "exclusive" && licenceStands(licence, c.seen));
  return [[...holders(c), ...pledgee(c), ...exclusive.map(({ licensee }) => licensee)]];
}

const ON_VALID = [IS_VALID, NOT_FROZEN, SLOT_IS_FREE];

const REQUEST_ROWS = {
  transfer: {
    signers: (c) => [[...holders(c), ...partiesIn(c.data.holders_after), ...pledgee(c)]],
    checks: [...ON_VALID, [604, holdersDiffer("holders_after")]],
    effect: takeSlot,
    granted: (c) => grant(c, { holders: c.data.holders_after }),
  },
  change: {
    signers: everyHolder,
    checks: [
      ...ON_VALID, CODES_LISTED, END_IS_STATED,
      [605, (c) => c.data.description.agreement_end === c.right.agreement_end],
      [606, (c) => alike(c.data.description.deposits, depositsOfRecord(c))],
    ],
    effect: takeSlot,
    granted: (c) => grant(c, { description: c.id }),
  },
  renew: {
    signers: everyHolder,
    checks: [
      [607, (c) => c.seen.valid || mayRenew(c.right, c.today, c.rules)],
      [608, (c) => dayNumber(c.today) >= dayNumber(c.right.until) - c.rules.renewal_due_days],
      [609, (c) => slotIsFree(c, true)],
      [610, (c) => renewedUntil(c) > c.right.until],
    ],
    effect: takeSlot,
    granted: (c) => grant(c, { until: renewedUntil(c), agreement_end: agreementEnd(c) }),
  },
  cancel: {
    signers: cancelSigners,
    checks: [...ON_VALID, reasonListed("cancel")],
    effect: takeSlot,
    granted: (c) => c.change({ stage: "cancelled", ended_at: c.block.time, pending: [] }),
  },
  pledge: {
    signers: (c) => [[...holders(c), c.data.pledgee]],
    checks: [...ON_VALID, [611, (c) => c.right.pledge === null], [612, (c) => !c.seen.disputes.length]],
    effect: takeSlot,
    granted: (c) => grant(c, { pledge: { id: c.id, pledgee: c.data.pledgee, debt_due: c.data.debt_due } }),
  },
};

// --- decisions -------------------------------------------------------------------------------------------------------

/** A request of the right that stands, or the application itself while it is open. */
function isPending(c, id) {
  if (id === c.data.right) return OPEN_STAGES.includes(c.seen.status);
  return c.seen.pending.some((item) => item.id === id);
}

const requestOf = (c) => c.about(c.register.entry(c.data.request));

/** The request's whole row, as if it were recorded now; what fails is refused with its own number. */
function passesNow(c) {
  const request = requestOf(c);
  const { finds, checks } = ROWS[request.kind];
  walkChecks(request, finds);
  walkChecks(request, checks);
  return true;
}

function signersWouldDo(c) {
  const request = requestOf(c);
  return REQUEST_ROWS[request.kind].signers(request).some((set) => within(set, request.by));
}

function approve(c) {
  const request = requestOf(c);
  REQUEST_ROWS[request.kind].granted(request);
  const { certificate_no } = c.data;
  if (certificate_no === null) return;
  const { subject } = c.right;
  c.register.put(subject, { ...c.register.own(subject), certificate_no });
  c.use(certificate_no);
}

/** Closes the application, an objection to it, or a request. */
function close(c, id, stage) {
  if (id === c.data.right) closeApplication(c, stage);
  else if (c.objections.has(id)) c.change(closeObjections(c, id));
  else c.change({ pending: pendingBut(c, id) });
}

const DECISION_ROWS = {
  approve: {
    finds: [RIGHT_EXISTS, [801, (c) => c.data.request !== c.data.right && isPending(c, c.data.request)]],
    signers: registrar,
    checks: [[802, signersWouldDo], [107, (c) => notSuspended(requestOf(c))], [0, passesNow], numberUnused("certificate_no")],
    effect: approve,
  },
  reject: {
    finds: [RIGHT_EXISTS, [801, (c) => isPending(c, c.data.request)]],
    signers: registrar,
    checks: [groundListed("reject")],
    effect: (c) => close(c, c.data.request, "rejected"),
  },
  withdraw: {
    finds: [RIGHT_EXISTS, [801, (c) => isPending(c, c.data.target) || c.objections.has(c.data.target)]],
    signers: (c) => [c.register.entry(c.data.target).by.map(toHex)],
    checks: [[803, (c) => c.data.target !== c.data.right || !c.seen.freezes.length]],
    effect: (c) => close(c, c.data.target, "withdrawn"),
  },
};
