// The row of amend_roster, and as whom an institution signs (events.md sections 3 and 7).

const MEMBERS_LEAST = 4; // with fewer nobody may fail; a ledger of fewer, for tests, may stay so

/** The roster that the entry carries; undefined if it carries none that can be read. */
function nextRoster(entry, present) {
  if (entry.kind !== "amend_roster") return undefined;
  try {
    entry.nextRoster ??= parseRosterDocument(entry.data.get("roster"), present.members[0].log.name);
    return entry.nextRoster;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** The institution whose office key checks the signature: a member, or one that the entry itself makes a member. */
const officeOf = (id, entry, roster) => roster.byId.get(id) ?? nextRoster(entry, roster)?.byId.get(id);

function officeKey(id, entry, roster) {
  const member = officeOf(id, entry, roster);
  require(member !== undefined, `the signer ${id} is no member of the roster`);
  return member.office;
}

const nextMembers = (c) => nextRoster(c.entry, c.block.roster).members;

/** Enough of the present members to speak for all, everybody with a new key, and nobody else. */
function quorumAndNew(c) {
  const present = c.block.roster;
  const isMember = (id) => present.byId.has(id);
  const renewed = nextMembers(c).filter((member) => !isMember(member.id) || !alike(keysOf(present.byId.get(member.id)), keysOf(member)));
  const ids = renewed.map(({ id }) => id);
  const good = within(ids, c.by) && c.by.every((id) => isMember(id) || ids.includes(id)) && c.by.filter(isMember).length >= present.quorum;
  return good ? [c.by] : [];
}

/** Whoever was away is led on by present members that are still to be found. */
function mostAreFound(c) {
  const pins = new Map(nextMembers(c).map(({ id, tls }) => [id, toHex(tls)]));
  const present = c.block.roster.members;
  const lost = present.filter(({ id, tls }) => pins.get(id) !== toHex(tls));
  return lost.length <= Math.max(1, present.length - c.block.roster.quorum);
}

/** A key that serves a present member for one purpose serves no other member and no other purpose. */
function keysKeepTheirMeaning(c) {
  const meanings = new Map();
  const meaning = ({ name }, purpose) => `${name} ${purpose}`;
  for (const member of c.block.roster.members) keysOf(member).forEach((key, purpose) => meanings.set(key, meaning(member, purpose)));
  return nextMembers(c).every((member) =>
    keysOf(member).every((key, purpose) => {
      if (!meanings.has(key)) meanings.set(key, meaning(member, purpose));
      return meanings.get(key) === meaning(member, purpose);
    }),
  );
}

const ROSTER_ROWS = {
  amend_roster: {
    finds: [[981, (c) => nextRoster(c.entry, c.block.roster) !== undefined]],
    signers: quorumAndNew,
    checks: [
      [110, (c) => nextMembers(c).every(({ title, api, peer }) => ![title.en, title.zh, api, peer].some((text) => PERSONAL.test(text)))],
      [982, (c) => nextRoster(c.entry, c.block.roster).version === c.block.roster.version + 1],
      [983, (c) => nextMembers(c).length >= Math.min(MEMBERS_LEAST, c.block.roster.members.length)],
      [984, mostAreFound],
      [985, keysKeepTheirMeaning],
      [986, (c) => !nextMembers(c).some((member) => keysOf(member).some((key) => c.register.isUsed(`key/${key}`)))],
    ],
  },
};
