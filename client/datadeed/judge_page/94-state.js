// What the page says of a right or asset as of a time; all of it follows from the history that was replayed.

const STATUS_WORDS = {
  examining: ["审查中", "under examination"], correcting: ["补正中", "correction due"], publicity: ["公示中", "in publicity"],
  registered: ["已登记", "registered"], rejected: ["不予登记", "refused"], withdrawn: ["已撤回", "withdrawn"],
  deemed_withdrawn: ["视为撤回", "deemed withdrawn"], cancelled: ["已注销", "cancelled"], revoked: ["已撤销", "revoked"],
  expired: ["已届满", "expired"], listed: ["在架", "listed"], delisted: ["已下架", "delisted"],
};

function statusOf({ status, renewal_pending, renewal_due }) {
  const more = [renewal_pending && both("续展待决", "renewal pending"), renewal_due && both("可续展", "renewal due")].filter(Boolean);
  return [pick(STATUS_WORDS[status]), ...more].join(" · ");
}

function freezeLine({ court, since, until, months }, rosters) {
  const name = rosters.member(court)?.name ?? court;
  const days = since === null ? both(`轮候 ${months} 个月`, `queued for ${months} months`) : both(`生效至 ${until}`, `in effect until ${until}`);
  return `${both("保全", "freeze")}: ${name} · ${days}`;
}

function licenceLine({ type, licensee, start, end, stands, in_force }) {
  const standing = in_force ? both("有效", "in force") : stands ? both("尚未起始", "not begun") : both("已终止", "over");
  return `${both("许可", "licence")}: ${type} · ${licensee} · ${start} – ${end} · ${standing}`;
}

/** Pledge, freezes, disputes, requests, licences; and that there is none. */
function encumbranceLines(state, rosters) {
  const lines = [
    ...(state.pledge ? [`${both("质押", "pledge")}: ${state.pledge.pledgee} · ${state.pledge.id}`] : []),
    ...state.freezes.map((item) => freezeLine(item, rosters)),
    ...state.disputes.map(({ id, until }) => `${both("争议标注", "dispute noted")}: ${id} · ${both("至", "until")} ${until}`),
    ...state.pending.map(({ id, kind, lapses }) => `${both("待处理请求", "pending request")}: ${kind} · ${id} · ${both("至", "until")} ${lapses}`),
    ...state.licences.map(licenceLine),
  ];
  return lines.length ? lines : [both("其时无质押、保全、争议标注、待处理请求、许可", "no pledge, freeze, dispute, pending request or licence as of then")];
}

function stateAtLines(state, rosters) {
  const head = `${both("截至", "as of")} ${timeText(state.time)} · ${state.subject} · ${both(`其时共 ${state.entries} 条 · 规则集版本 ${state.rules}`, `${state.entries} entries by then · rules version ${state.rules}`)}`;
  if (state.status === null) return [head, both("其时尚未产生", "nothing had opened it by then")];
  const { own } = state;
  const status = `${both("状态", "status")}: ${statusOf(state)}`;
  if (!own.subject.startsWith("right/")) {
    return [head, status, `${both("主体", "party")}: ${own.party} · ${both("合同备案", "contracts of record")}: ${own.contracts}`];
  }
  const numbers = `${both("登记号", "registration number")}: ${own.registration_no ?? "–"} · ${both("证书编号", "certificate number")}: ${own.certificate_no ?? "–"} · ${both("有效期至", "last day")}: ${state.until ?? "–"}`;
  const share = (part) => (part ? `${part / 100} %` : both("共同共有", "joint ownership"));
  const holding = state.holders.map((holder) => `${both("登记主体", "holder of record")}: ${holder.party} · ${share(holder.share)}`);
  return [head, status, numbers, ...holding, ...encumbranceLines(state, rosters)];
}

/** The value as `dotted.name: value`, so that nothing is hidden inside it. */
function spelledOut(value, name = "") {
  if (value === null || typeof value !== "object") return `${name && `${name}: `}${value ?? "–"}`;
  return Object.entries(value).map(([key, item]) => spelledOut(item, name ? `${name}.${key}` : key)).join("; ");
}

/** Where no history was replayed: what the records say, time not yet applied. */
function recordLines({ kind, proven, ground }) {
  if (!["title", "asset", "presence"].includes(kind)) return [];
  const shown = kind === "presence" ? proven : proven.slice(0, 1);
  const lines = shown.flatMap(({ records }) => records.map(({ record }) => spelledOut(plain(record))));
  return [`${both("记录，截至", "records as of")} ${timeText(ground.header.time)}`, ...lines];
}

const REPLACED_WORDS = {
  agreement_end: "来源协议届满日", certificate_no: "证书编号", description: "登记内容", dispute: "争议标注", freeze: "保全",
  holders: "登记主体", licence: "许可备案", objection: "异议", pledge: "质押", registration_no: "登记号", request: "申请事项",
  stage: "阶段", until: "有效期届满日",
};

/** Old → new of what entries replaced, in log order; a correction works forward only. */
function supersededLines({ superseded }) {
  if (superseded === undefined) return [];
  const lines = superseded.map(({ what, was, became, by, kind }) => {
    const [name, ...id] = what.split(" ");
    const how = kind === "correct_record"
      ? both(`由条目 ${by}（${kind}）更正，仅向后生效`, `corrected by entry ${by} (${kind}), from then on only`)
      : both(`由条目 ${by}（${kind}）取代或终止`, `replaced or ended by entry ${by} (${kind})`);
    return `${[both(REPLACED_WORDS[name], name.replace("_", " ")), ...id].join(" ")} · ${how} · ${spelledOut(was)} → ${spelledOut(became)}`;
  });
  return lines.length ? lines : [both("在此完整历史中无被取代或更正的内容。", "In this complete history nothing was superseded or corrected.")];
}

/** Of the time asked about, then of the checkpoint, then what only the institutions could judge. */
function stateLines(report) {
  const { state, stateAt, left, ground } = report;
  if (!state) return recordLines(report);
  const lines = [stateAt, state].filter(Boolean).flatMap((each) => stateAtLines(each, ground.rosters));
  if (!left.length) return lines;
  const named = left.map(({ index, kind, number }) => `${index} ${kind} ${number}`).join("; ");
  return [...lines, `${both("所需信息超出证据包、仅由节点机构判断（条目 种类 规则）", "judged by the institutions alone, because it needs more than the pack (entry, kind, rule)")}: ${named}`];
}
