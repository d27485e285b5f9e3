// What stood in a right's record and no longer does, because an entry replaced or ended it (evidence.md section 6).

const REPLACEABLE = ["holders", "description", "agreement_end", "registration_no", "certificate_no", "until", "pledge", "stage"];

/** In log order; what time ended is not here. what: a field, or what an item is called with its id; since: the entry that had set it. */
function supersededIn({ subject, changes, versions, book }) {
  if (!subject.startsWith("right/")) return [];
  const [found, since, items] = [[], new Map(), new Map()];
  let own;
  for (const change of changes) {
    const rules = book.get(versionAt(versions, change.time).hash);
    const before = replaceable(own, items, change, rules);
    foldItems(items, change);
    own = change.own;
    const after = replaceable(own, items, change, rules);
    for (const [what, was] of before) {
      const became = after.get(what) ?? null;
      if (was === null || alike(was, became) || isFulfilled(change, what)) continue;
      found.push({ what, was, became, since: since.get(what) ?? null, by: change.index, kind: change.kind });
    }
    for (const [what, became] of after) if (!before.has(what) || !alike(before.get(what), became)) since.set(what, change.index);
  }
  return found;
}

/** What one entry may set and another replace, by its name, as it stands at the entry's time. */
function replaceable(own, items, change, rules) {
  const values = new Map();
  if (own === undefined) return values;
  const seen = viewOf(own, change.time, rules);
  for (const name of REPLACEABLE) values.set(name, own[name]);
  for (const [what, listing] of [["freeze", seen.freezes], ["dispute", seen.disputes], ["request", seen.pending]]) {
    for (const item of listing) values.set(`${what} ${item.id}`, item);
  }
  for (const name of change.items.keys()) {
    const item = items.get(name);
    if (item && (name.startsWith("objection") || licenceStands(item, seen))) values.set(name, item);
  }
  return values;
}

/** A stage is followed by the next and a request by its approval: nothing is superseded, unless it is corrected. */
function isFulfilled({ kind, request }, what) {
  return what === "stage" ? kind !== "correct_record" : kind === "approve" && what === `request ${request}`;
}
