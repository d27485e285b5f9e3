// Licences of record and when two of them conflict (events.md section 4).

const AXES = { territory: "territories", industry: "industries", use: "uses" };
const EVERY_CODE = "*";

/** Whether two lists in ascending order have a code in common. */
function shareCode(a, b) {
  for (let at = 0, to = 0; at < a.length && to < b.length; a[at] < b[to] ? at++ : to++) if (a[at] === b[to]) return true;
  return false;
}

const meets = (a, b) => a[0] === EVERY_CODE || b[0] === EVERY_CODE || shareCode(a, b);
const inside = (a, b) => b[0] === EVERY_CODE || (a[0] !== EVERY_CODE && a.every((code) => b.includes(code)));

/** Both cannot stand under one licensor. */
function conflict(a, b) {
  if (a.parent !== b.parent || (a.type === "ordinary" && b.type === "ordinary")) return false;
  return a.start <= b.end && b.start <= a.end && Object.keys(AXES).every((axis) => meets(a[axis], b[axis]));
}

function asked(c) {
  const { parent, licensee, type, territory, industry, use, start, end, sublicensing } = c.data;
  return { subject: c.right.subject, id: c.id, parent, licensee, type, territory, industry, use, start, end, sublicensing };
}

const parentOf = (c) => (c.data.parent === null ? undefined : c.licences.get(c.data.parent));
const standsHere = (c, id) => c.licences.has(id) && licenceStands(c.licences.get(id), c.seen);
/** A check on the licence above; holds where there is none. */
const ofParent = (number, holds) => [number, (c) => parentOf(c) === undefined || holds(parentOf(c), c.data)];

function licenceSigners(c) {
  const parent = parentOf(c);
  return [parent ? [c.data.licensee, parent.licensee] : [...holders(c), c.data.licensee, ...pledgee(c)]];
}

function endSigners(c) {
  const licence = c.licences.get(c.data.license);
  const above = licence.parent === null ? [] : [[licence.licensee, c.licences.get(licence.parent).licensee]];
  return [[...holders(c), licence.licensee], [licence.licensee], ...courts(c), ...above];
}

/** Ends these licences and the sublicences under them. */
function endLicences(c, ids) {
  for (const { id, parent } of [...c.licences.values()]) {
    if (!ids.includes(id) && !ids.includes(parent)) continue;
    c.keep("licence", id, null);
  }
}

const LICENCE_ROWS = {
  license: {
    finds: [RIGHT_EXISTS, [701, (c) => c.data.parent === null || standsHere(c, c.data.parent)]],
    signers: licenceSigners,
    checks: [
      IS_VALID, NOT_FROZEN, SLOT_IS_FREE,
      [111, (c) => Object.entries(AXES).every(([axis, list]) => listed(c, list, ...c.data[axis]))],
      [702, (c) => c.data.end >= c.today],
      [703, (c) => c.data.end >= c.data.start],
      [704, (c) => c.right.until !== null && c.data.end <= c.right.until],
      [711, (c) => c.right.licences_ever < c.rules.licences_max],
      ofParent(706, (parent, { type }) => type === "ordinary"),
      ofParent(707, (parent) => parent.sublicensing),
      ofParent(708, (parent) => parent.parent === null),
      ofParent(709, (parent, data) => Object.keys(AXES).every((axis) => inside(data[axis], parent[axis]))),
      ofParent(710, (parent, { start, end }) => parent.start <= start && end <= parent.end),
      [705, (c) => {
        const wanted = asked(c);
        for (const other of c.licences.values()) if (conflict(wanted, other) && licenceStands(other, c.seen)) return false;
        return true;
      }],
    ],
    effect: (c) => {
      c.keep("licence", c.id, asked(c));
      c.change({ licences_ever: c.right.licences_ever + 1 });
    },
  },
  end_license: {
    finds: [RIGHT_EXISTS, [701, (c) => standsHere(c, c.data.license)]],
    signers: endSigners,
    checks: [reasonListed("end_license")],
    effect: (c) => endLicences(c, [c.data.license]),
  },
};
