// The founding document: who the institutions are, and how many of them make a quorum (ledger.md section 6).

const GENESIS_BYTES_MAX = 256 * 1024;
const ROLES = ["registrar", "exchange", "court", "notary", "supervisor"];
const MEMBER_NAME = /^[a-z0-9.-]{1,63}$/;
const PEER = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\]):([1-9][0-9]{0,4})$/;
const API = /^(?:https:\/\/[!-~]{1,255}|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?(?:\/[!-~]*)?)$/;

function textMatching(value, pattern, what) {
  must(typeof value === "string" && WHOLE(pattern, value), `not a valid ${what}`);
  return value;
}

function titleText(value) {
  const characters = typeof value === "string" ? [...value] : [];
  const printable = characters.every((character) => character === " " || !/[\p{C}\p{Z}]/u.test(character));
  must(characters.length >= 1 && characters.length <= 100 && printable, "a title is 1 to 100 printable characters");
  return value;
}

function memberRoles(value) {
  must(Array.isArray(value) && value.length > 0, "roles are an array of at least one role");
  must(value.every((role) => ROLES.includes(role)) && new Set(value).size === value.length, `roles are distinct words of ${ROLES.join(", ")}`);
  return value;
}

function parseMember(value, origin) {
  objectWith(value, "member", ["api", "keys", "name", "peer", "roles", "title"]);
  const keys = objectWith(value.keys, "keys", ["cosign", "log", "office", "tls", "vote"]);
  const title = objectWith(value.title, "title", ["en", "zh"]);
  const name = textMatching(value.name, MEMBER_NAME, "member name");
  must(name !== "none", "no member may be named 'none'");
  for (const item of Object.values(keys)) must(typeof item === "string", "a key is a string");
  must(keys.tls.startsWith("sha256:"), "keys.tls is sha256:<hex>");
  const roles = memberRoles(value.roles);
  textMatching(value.api, API, "api");
  const port = PEER.exec(textMatching(value.peer, PEER, "peer"))[1];
  must(Number(port) <= 65535, "a peer's port is at most 65535");
  const member = {
    name,
    roles,
    title: { en: titleText(title.en), zh: titleText(title.zh) },
    vote: fromB64(keys.vote, 32),
    office: fromB64(keys.office, 32),
    tls: fromHex(keys.tls.slice(7), 32),
    cosign: parseVkey(keys.cosign),
    log: parseVkey(keys.log),
    id: toHex(sha256(utf8(name))),
  };
  must(member.cosign.type === COSIGNATURE_TYPE && member.cosign.name === name, `the cosign key of ${name} has another type or name`);
  must(member.log.type === LOG_TYPE && member.log.name === origin, `the log key of ${name} has another type or name`);
  return member;
}

function parseRoster(value, origin) {
  objectWith(value, "roster", ["members", "version"]);
  must(Number.isInteger(value.version) && value.version >= 1, "a roster's version is an integer from 1 on");
  must(Array.isArray(value.members), "a roster's members are an array");
  const members = value.members.map((member) => parseMember(member, origin));
  must(members.length >= 1 && members.length <= 31, "a roster has 1 to 31 members");
  must(members.every((member, at) => !at || members[at - 1].name < member.name), "members are not in order of their names, each once");
  const keys = members.flatMap((member) => [member.vote, member.office, member.cosign.publicKey, member.log.publicKey].map(toHex));
  must(new Set(keys).size === keys.length, "a public key appears twice in the roster");
  const named = members.flatMap((member) => [member.cosign, member.log].map((key) => `${key.name} ${toHex(key.id)}`));
  must(new Set(named).size === named.length, "two keys of the roster share a name and a key id");
  const roles = new Set(members.flatMap((member) => member.roles));
  must(roles.has("registrar") && roles.has("court"), "a roster has at least one registrar and one court");
  const faults = Math.floor((members.length - 1) / 3);
  return {
    version: value.version,
    members,
    quorum: members.length - faults,
    digest: sha256(utf8(jcs(value))),
    byId: new Map(members.map((member) => [member.id, member])),
    byName: new Map(members.map((member) => [member.name, member])),
  };
}

const parseRosterDocument = (bytes, origin) => parseRoster(parseJcs(bytes, GENESIS_BYTES_MAX), origin);
/** A member's keys by their purpose, in hex; for TLS it is the pin. */
const keysOf = ({ cosign, log, office, tls, vote }) => [cosign.publicKey, log.publicKey, office, tls, vote].map(toHex);

function parseGenesis(bytes) {
  const names = ["consensus", "format", "limits", "origin", "roster", "rules", "time"];
  const value = objectWith(parseJcs(bytes, GENESIS_BYTES_MAX), "genesis", names);
  must(value.format === "datadeed-genesis/v1", "the format is not datadeed-genesis/v1");
  const origin = textMatching(value.origin, KEY_NAME, "origin");
  const roster = parseRoster(value.roster, origin);
  must(roster.version === 1, "a genesis document carries roster version 1");
  must(typeof value.time === "string", "time is not a string");
  const time = parseTime(value.time);
  for (const name of ["consensus", "limits", "rules"]) checkObject(value[name], name);
  return { origin, roster, time, rules: value.rules, fingerprint: sha256(bytes) };
}

/** The tlog-policy for a checkpoint that this log key signed. */
function policyText(roster, logKey) {
  const witnesses = roster.members.map((member) => `witness ${member.name} ${vkeyText(member.cosign)}`);
  const names = roster.members.map((member) => member.name).join(" ");
  return [`log ${vkeyText(logKey)}`, ...witnesses, `group Q ${roster.quorum} ${names}`, "quorum Q", ""].join("\n");
}
