// Parties and deposits: the rows of events.md section 3. A row: finds (what the entry names exists: its right,
// where nothing else stands there), signers, checks, effect; of a request also granted, what its approval does.

const PARTY_ENROLLED = [205, (c) => c.party(c.data.party) !== undefined];
const memberKeys = (roster) => roster.members.flatMap(({ vote, office, cosign, log }) => [vote, office, cosign.publicKey, log.publicKey].map(toHex));
const KEY_IS_NEW = [202, (c) => !c.register.isUsed(`key/${c.data.public_key}`)];
const KEY_OF_NO_MEMBER = [203, (c) => !memberKeys(c.block.roster).includes(c.data.public_key)];
// That the new key is possessed (204) has been checked with the signatures.

/** The enrolling institution; any registrar, if it has left. */
function keepers(c) {
  const keeper = c.party(c.data.party).enrolled_by;
  return c.block.roster.byId.has(keeper) ? [[keeper]] : membersWith(c, "registrar");
}

function updaters(c) {
  if (c.data.reason === "recovery") return keepers(c);
  const { name, credit_code, party } = c.data;
  const record = c.party(party);
  const same = name === record.name && credit_code === record.credit_code;
  return [...(same ? [[party]] : []), ...keepers(c).map((keeper) => [party, ...keeper])];
}

const suspenders = (c) => [...keepers(c), ...courts(c)];

/** The signer's own suspension; who has none lifts those of institutions that can lift them no more. */
function lifted(c) {
  const standing = c.party(c.data.party).suspended_by;
  const own = standing.filter((id) => c.by.includes(id));
  const able = suspenders(c).flat();
  return own.length ? own : standing.filter((id) => !able.includes(id));
}

function changeParty(c, changed) {
  const subject = `party/${c.data.party}`;
  c.register.put(subject, { ...c.register.own(subject), ...changed });
}

function giveKey(c, changed) {
  const { public_key, name, credit_code } = c.data;
  changeParty(c, { ...changed, public_key, name, credit_code });
  c.register.used.add(`key/${public_key}`);
}

const PARTY_ROWS = {
  enrol: {
    finds: [],
    signers: oneInstitution,
    checks: [[201, (c) => c.party(c.data.party) === undefined], KEY_IS_NEW, KEY_OF_NO_MEMBER],
    effect: (c) => giveKey(c, { subject: `party/${c.data.party}`, party_type: c.data.party_type, enrolled_by: c.by[0], suspended_by: [] }),
  },
  update_party: { finds: [PARTY_ENROLLED], signers: updaters, checks: [KEY_IS_NEW, KEY_OF_NO_MEMBER], effect: (c) => giveKey(c, {}) },
  suspend: {
    finds: [PARTY_ENROLLED],
    signers: suspenders,
    checks: [[206, (c) => !c.party(c.data.party).suspended_by.includes(c.by[0])], reasonListed("suspend")],
    effect: (c) => changeParty(c, { suspended_by: [...c.party(c.data.party).suspended_by, c.by[0]].sort() }),
  },
  reinstate: {
    finds: [PARTY_ENROLLED],
    signers: suspenders,
    checks: [[207, (c) => lifted(c).length > 0], reasonListed("reinstate")],
    effect: (c) => {
      const gone = lifted(c);
      changeParty(c, { suspended_by: c.party(c.data.party).suspended_by.filter((id) => !gone.includes(id)) });
    },
  },
  deposit: { finds: [], signers: anyone },
  deposit_batch: { finds: [], signers: anyone },
  notarize: {
    finds: depositsExist((c) => [{ deposit: c.data.deposit, item: c.data.item }]),
    signers: (c) => membersWith(c, "notary"),
  },
};
