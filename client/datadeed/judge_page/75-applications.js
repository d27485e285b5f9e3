// From an application to a registered right: apply, import_right, publish, correct, object, register and their decisions.

const REGIME = [401, (c) => c.data.regime === c.rules.regime];
const REGISTRAR_IS_ONE = [402, (c) => c.block.roster.byId.get(c.data.registrar)?.roles.includes("registrar") ?? false];
const lastDay = (c, announced, agreementEnd) => earlier(plusYears(announced, c.rules.term_years), agreementEnd);

/** The right that the entry opens, in examination. */
function opened(c) {
  const { regime, registrar: competent, applicants, description } = c.data;
  return {
    subject: `right/${c.id}`, stage: "examining", due: null, ended_at: null, regime, registrar: competent,
    holders: applicants, description: c.id, agreement_end: description.agreement_end, registration_no: null,
    certificate_no: null, announced_on: null, until: null, pledge: null, freezes: [], disputes: [], pending: [],
    open_objections: 0, licences_ever: 0,
  };
}

/** Registered under its two numbers, which nobody can use again. */
function putRegistered(c, right, announced_on, until) {
  const { registration_no, certificate_no } = c.data;
  c.register.put(right.subject, { ...right, stage: "registered", due: null, registration_no, certificate_no, announced_on, until });
  c.use(registration_no);
  c.use(certificate_no);
}

const BOTH_NUMBERS_UNUSED = [numberUnused("registration_no"), numberUnused("certificate_no")];
const windowEnd = (c) => dueDay(c, c.rules.publicity_working_days, c.right.due);
const correctionEnd = (c) => dueDay(c, c.rules.correction_working_days, c.right.stage === "correcting" ? c.right.due : null);
const mayPublish = (c) => c.seen.status === "examining" || (c.seen.status === "publicity" && c.right.due !== null && c.today <= c.right.due);

function decide(c) {
  if (c.data.outcome === "upheld") c.change({ ...closeObjections(c), stage: "examining", due: null });
  else c.change(closeObjections(c, c.data.objection));
}

/** With an application the objections to it are closed. */
const closeApplication = (c, stage) => c.change({ ...closeObjections(c), stage, due: null, ended_at: c.block.time });

const APPLICATION_ROWS = {
  apply: {
    finds: DESCRIBED_DEPOSITS,
    signers: (c) => [partiesIn(c.data.applicants)],
    checks: [REGIME, REGISTRAR_IS_ONE, CODES_LISTED, KEPT_BY_OWN, END_IS_STATED, ENDS_AFTER_TODAY],
    effect: (c) => c.register.put(`right/${c.id}`, opened(c)),
  },
  import_right: {
    finds: DESCRIBED_DEPOSITS,
    signers: (c) => [[c.data.registrar, ...partiesIn(c.data.applicants)]],
    checks: [
      REGIME, REGISTRAR_IS_ONE, CODES_LISTED, KEPT_BY_OWN, END_IS_STATED,
      [409, (c) => c.data.announced_on <= c.today],
      [410, (c) => c.data.until >= c.data.announced_on],
      [411, (c) => c.data.until <= lastDay(c, c.data.announced_on, c.data.description.agreement_end)],
      ...BOTH_NUMBERS_UNUSED,
    ],
    effect: (c) => putRegistered(c, opened(c), c.data.announced_on, c.data.until),
  },
  publish: {
    signers: registrar,
    checks: [[502, mayPublish], [503, (c) => windowEnd(c) !== null]],
    effect: (c) => c.change({ stage: "publicity", due: windowEnd(c) }),
  },
  register: {
    signers: registrar,
    checks: [
      [504, (c) => c.seen.status === "publicity"],
      [505, (c) => c.seen.dueOver],
      [506, (c) => c.right.open_objections === 0],
      ...BOTH_NUMBERS_UNUSED,
    ],
    effect: (c) => putRegistered(c, c.right, c.today, lastDay(c, c.today, c.right.agreement_end)),
  },
  request_correction: {
    signers: registrar,
    checks: [
      [406, (c) => OPEN_STAGES.includes(c.seen.status)],
      [407, (c) => correctionEnd(c) !== null],
      [111, (c) => listed(c, "reasons.request_correction", ...c.data.reasons)],
    ],
    effect: (c) => c.change({ ...closeObjections(c), stage: "correcting", due: correctionEnd(c) }),
  },
  correct: {
    finds: [RIGHT_EXISTS, ...DESCRIBED_DEPOSITS],
    signers: everyHolder,
    checks: [[408, (c) => c.seen.status === "correcting"], CODES_LISTED, KEPT_BY_OWN, END_IS_STATED, ENDS_AFTER_TODAY],
    effect: (c) => c.change({ stage: "examining", due: null, description: c.id, agreement_end: c.data.description.agreement_end }),
  },
  object: {
    signers: oneParty,
    checks: [
      [508, (c) => c.seen.status === "publicity" && !c.seen.dueOver],
      [509, (c) => !holders(c).includes(c.by[0])],
      [510, (c) => [...c.objections.values()].every(({ by }) => by !== c.by[0])],
      [511, (c) => c.right.open_objections < c.rules.objections_max],
      groundListed("object"),
    ],
    effect: (c) => {
      c.keep("objection", c.id, { subject: c.right.subject, id: c.id, by: c.by[0], ground: c.data.ground });
      c.change({ open_objections: c.right.open_objections + 1 });
    },
  },
  decide_objection: {
    finds: [RIGHT_EXISTS, [512, (c) => c.objections.has(c.data.objection)]],
    signers: registrar,
    effect: decide,
  },
};
