// Rule sets: every number, list and calendar in which registration regimes differ (events.md section 7), read strictly.

const RULES_BYTES_MAX = 57344;
const RULE_NUMBERS = {
  correction_working_days: [0, 366], dispute_days: [0, 36600], disputes_max: [1, 1000], filing_grace_s: [0, 86400],
  freeze_max_months: [1, 1200], freezes_max: [1, 1000], late_renewal_days: [0, 366], licences_max: [1, 10000],
  objections_max: [1, 1000], publicity_working_days: [0, 366], renewal_due_days: [0, 36600],
  request_max_days: [0, 36600], term_years: [1, 100],
};
const RULE_LISTS = ["categories", "formats", "industries", "territories", "uses"];
const RULE_LISTS_BY_KIND = {
  reasons: ["cancel", "correct_record", "delist_asset", "end_license", "reinstate", "release_pledge", "request_correction", "suspend"],
  grounds: ["object", "reject", "revoke"],
};
const NO_TERRITORIES = ["CN", "HK", "MO", "TW"]; // they are spelled CN-xx, so that no place has two spellings
const VERSIONS_MAX = 200;

/** A list of texts in ascending order, none twice, as a Set. */
function ascendingSet(value, isItem, what) {
  must(Array.isArray(value) && value.every(isItem), `${what}: not a list of what is expected there`);
  must(value.every((item, at) => !at || value[at - 1] < item), `${what}: not in ascending order, or one twice`);
  return new Set(value);
}

function ruleCodes(value, what) {
  const codes = ascendingSet(value, matching(CODE), what);
  must(codes.size > 0, `${what}: at least one code is expected`);
  return codes;
}

function parseCalendar(value) {
  objectWith(value, "rules.calendar", ["covered_until", "holidays", "workdays"]);
  must(TYPES.date(value.covered_until), "rules.calendar.covered_until: not a date");
  const holidays = ascendingSet(value.holidays, TYPES.date, "rules.calendar.holidays");
  const workdays = ascendingSet(value.workdays, TYPES.date, "rules.calendar.workdays");
  must([...holidays].every((day) => !workdays.has(day)), "rules.calendar: a day is both free and worked");
  return { covered_until: value.covered_until, holidays, workdays };
}

/** The rule set that this object spells. lists: each list of codes under its dotted name. */
function readRules(value) {
  const names = ["about", "calendar", "name", "regime", ...Object.keys(RULE_NUMBERS), ...RULE_LISTS, ...Object.keys(RULE_LISTS_BY_KIND)];
  objectWith(value, "rules", names);
  objectWith(value.about, "rules.about", ["en", "zh"]);
  const document = utf8(jcs(value));
  must(document.length <= RULES_BYTES_MAX, "rules: too long");
  must(matching(/^[a-z0-9][a-z0-9._-]{0,31}$/)(value.name), "rules.name: not a name");
  for (const text of [value.about.en, value.about.zh]) {
    must(typeof text === "string" && text !== "" && [...text].length <= 2000, "rules.about: not 1 to 2000 characters");
  }
  must(matching(CODE)(value.regime), "rules.regime: not a code");
  const rules = { regime: value.regime, calendar: parseCalendar(value.calendar), lists: new Map(), digest: toHex(sha256(document)) };
  for (const [name, bounds] of Object.entries(RULE_NUMBERS)) {
    must(whole(...bounds)(value[name]), `rules.${name}: not a whole number from ${bounds.join(" to ")}`);
    rules[name] = value[name];
  }
  for (const name of RULE_LISTS) rules.lists.set(name, ruleCodes(value[name], `rules.${name}`));
  must(NO_TERRITORIES.every((code) => !rules.lists.get("territories").has(code)), "rules.territories: a place with two spellings");
  for (const [name, kinds] of Object.entries(RULE_LISTS_BY_KIND)) {
    objectWith(value[name], `rules.${name}`, kinds);
    for (const kind of kinds) rules.lists.set(`${name}.${kind}`, ruleCodes(value[name][kind], `rules.${name}.${kind}`));
  }
  return rules;
}

const parseRules = (document) => readRules(parseJcs(document, RULES_BYTES_MAX));

/** The founding rule set; null if this version cannot read it. */
function foundingRules(genesis) {
  try {
    return readRules(genesis.rules);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** The last version whose time has come; the founding one before all. */
const versionAt = (versions, time) => versions.findLast(({ effective }) => effective <= time) ?? versions[0];
