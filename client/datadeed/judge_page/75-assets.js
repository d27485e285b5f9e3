// The exchange's register, and amendments of the rules.

// --- assets and contracts --------------------------------------------------------------------------------------------

const NAMED_RIGHT_EXISTS = [501, (c) => c.data.right === null || c.right !== undefined];
const NAMED_ASSET_EXISTS = [911, (c) => c.data.asset === null || c.asset() !== undefined];
/** Checks on what is named; they hold where nothing is. */
const NAMED_RIGHT_VALID = [601, (c) => c.right === undefined || c.seen.valid];
const NAMED_RIGHT_FREE = [602, (c) => c.right === undefined || !c.seen.freezes.length];
const ASSET_LISTED = [912, (c) => (c.asset()?.stage ?? "listed") === "listed"];

function contractSigners(c) {
  const asset = c.asset();
  const exchanges = asset === undefined ? membersWith(c, "exchange") : acting(c, "exchange", asset.exchange);
  return exchanges.map(([exchange]) => [exchange, c.data.seller, c.data.buyer]);
}

/** A holder of record, or a licensee who may sublicense. */
function maySell(c) {
  const { seller } = c.data;
  if (c.right === undefined || holders(c).includes(seller)) return true;
  return [...c.licences.values()].some((licence) => licence.licensee === seller && licence.sublicensing && licence.parent === null && licenceStands(licence, c.seen));
}

function registerAsset(c) {
  const { party, right, industry, category } = c.data;
  const exchange = c.by.find((signer) => signer !== party);
  const subject = `asset/${c.id}`;
  c.register.put(subject, { subject, party, exchange, right, industry, category, stage: "listed", contracts: 0 });
}

const changeAsset = (c, asset, changed) => c.register.put(asset.subject, { ...asset, ...changed });

const ASSET_ROWS = {
  register_asset: {
    finds: [NAMED_RIGHT_EXISTS, ...depositsExist((c) => c.data.deposits)],
    signers: (c) => membersWith(c, "exchange").map(([exchange]) => [exchange, c.data.party]),
    checks: [
      NAMED_RIGHT_VALID, NAMED_RIGHT_FREE,
      [913, (c) => c.right === undefined || holders(c).includes(c.data.party)],
      [914, (c) => c.data.deposits.every(({ deposit }) => c.register.entry(deposit).by.map(toHex).includes(c.data.party))],
      [111, (c) => listed(c, "industries", c.data.industry) && listed(c, "categories", c.data.category)],
    ],
    effect: registerAsset,
  },
  delist_asset: {
    finds: [NAMED_ASSET_EXISTS],
    signers: (c) => [...acting(c, "exchange", c.asset().exchange), [c.asset().party]],
    checks: [ASSET_LISTED, reasonListed("delist_asset")],
    effect: (c) => changeAsset(c, c.asset(), { stage: "delisted" }),
  },
  record_contract: {
    finds: [NAMED_ASSET_EXISTS, NAMED_RIGHT_EXISTS],
    signers: contractSigners,
    checks: [
      [915, (c) => c.data.asset !== null || c.data.right !== null],
      [916, (c) => c.data.seller !== c.data.buyer],
      [917, (c) => c.data.end >= c.data.start],
      ASSET_LISTED,
      [918, (c) => (c.asset()?.party ?? c.data.seller) === c.data.seller],
      NAMED_RIGHT_VALID, NAMED_RIGHT_FREE, [919, maySell],
    ],
    effect: (c) => {
      const asset = c.asset();
      if (asset !== undefined) changeAsset(c, asset, { contracts: asset.contracts + 1 });
    },
  },
};

// --- amendments ------------------------------------------------------------------------------------------------------

const AMENDMENT_AHEAD_MS = 366 * DAY_MS;
const lastVersion = (c) => c.register.own("rules").versions.at(-1);
const lastRules = (c) => c.block.book.get(lastVersion(c).hash);

/** The rule set that the entry carries; null if its text is none. */
function nextRules(c) {
  if (c.next === undefined) {
    try {
      c.next = parseRules(c.entry.data.get("rules"));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      c.next = null;
    }
  }
  return c.next;
}

/** Each code of the last version stands in the next, so that what was recorded keeps its meaning. */
const listsGrow = (c) => [...lastRules(c).lists].every(([name, codes]) => [...codes].every((code) => nextRules(c).lists.get(name).has(code)));
const quorumSigned = (c) => (c.by.length >= c.block.roster.quorum && c.by.every((signer) => c.block.roster.byId.has(signer)) ? [c.by] : []);

function amend(c) {
  const rules = nextRules(c);
  const record = c.register.own("rules");
  const version = { version: record.versions.at(-1).version + 1, effective: c.data.effective, hash: rules.digest };
  c.block.book.set(rules.digest, rules);
  c.register.put("rules", { ...record, versions: [...record.versions, version] });
}

const AMENDMENT_ROWS = {
  amend_rules: {
    finds: [],
    signers: quorumSigned,
    checks: [
      [951, (c) => nextRules(c) !== null],
      [110, (c) => !PERSONAL.test(utf8Text(c.entry.data.get("rules"), "rules"))],
      [952, (c) => c.data.effective >= c.block.time],
      [953, (c) => c.data.effective >= lastVersion(c).effective],
      [954, (c) => c.data.effective <= c.block.time + AMENDMENT_AHEAD_MS],
      [955, (c) => nextRules(c).regime === lastRules(c).regime],
      [956, listsGrow],
      [957, (c) => lastVersion(c).version < VERSIONS_MAX],
      [958, (c) => nextRules(c).filing_grace_s === lastRules(c).filing_grace_s],
    ],
    effect: amend,
  },
};
