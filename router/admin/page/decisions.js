/* --- decisions ------------------------------------------------------------ */

/* Times; of costs in ms the others are weights, by which no time passes. */
const TERMS = {
  ms: ["wait", "compute", "transfer", "adapter", "work", "memory", "eviction"],
  other: ["prefill", "load"],
};
const PARTS = ["expected_ms", "others_ms", "spread"];
const WEIGHTS = ["recent", "away", "placement"];
const opened = new Set(); /* keys of those whose candidates are shown */
const keyOf = (d) => `${d.request_id} ${d.try}`;
const termsOf = (d) => (d.unit === "ms" ? TERMS.ms : TERMS.other);
const inUnit = (d, n) => (d.unit === "ms" ? ms(n) : `${short(n)} ${d.unit}`);
const signed = (n, write) => `${n < 0 ? "−" : "+"} ${write(Math.abs(n))}`;
const cost = (d, c) =>
  (c.cost === null || c.excluded ? "–" : inUnit(d, c.cost));

function stackOf(d, c, most) {
  const names = termsOf(d);
  const parts = names.map((t) => [t, Math.max(0, c[t] || 0)]);
  const stack = make("div", "stack");
  for (const [t, value] of parts) {
    const part = make("i", t);
    part.style.width = `${most > 0 ? 100 * value / most : 0}%`;
    stack.append(part);
  }
  stack.title = parts.map(([t, v]) => `${t} ${fixed(v, 1)}`).join("\n");
  return stack;
}

/* The terms that matter, as numbers of their colours. */
function showTerms(node, d, c) {
  const terms = termsOf(d).filter((t) => c[t] >= .5).map((t) => [t, whole(c[t])]);
  setChildren(node, terms, ([t, text]) => make("b", t, text));
}

function sumOf(d, c) {
  return termsOf(d).reduce((sum, t) => sum + Math.max(0, c[t] || 0), 0);
}

/* Of a candidate all terms that are told are numbers of their own. */
function columnsOf(d) {
  const names = d.unit === "ms" ? [...PARTS, ...TERMS.ms, ...WEIGHTS] : TERMS.other;
  return names.filter((t) => d.candidates.some((c) => c[t]));
}

function candidateRow(d, c, most) {
  const row = make("tr", c.worker === d.chosen ? "chosen" : "");
  const from = c.source ? `, ${c.fetch_blocks} from ${c.source}` : "";
  const cells = [
    ["", c.worker], ["", c.excluded || ""],
    ["n", `${c.held_blocks} of ${d.prompt_blocks} blocks${from}`],
    ["n", `${c.inflight} in flight`], ["n", cost(d, c)],
  ];
  for (const [name, text] of cells) row.append(make("td", name, text));
  row.append(make("td", "bars", stackOf(d, c, most)));
  for (const t of columnsOf(d))
    row.append(make("td", "n", c.excluded ? "" : fixed(c[t] || 0, 1)));
  return row;
}

function candidatesOf(d) {
  const most = Math.max(...d.candidates.map((c) => sumOf(d, c)));
  const head = make("tr", "");
  for (const name of ["worker", "excluded", "held", "has", "cost", "", ...columnsOf(d)])
    head.append(make("th", name === "worker" || name === "excluded" ? "" : "n",
      name.replace("_", ", ")));
  const sorted = [...d.candidates].sort((a, b) =>
    (a.excluded ? 1 : 0) - (b.excluded ? 1 : 0) || a.cost - b.cost);
  return make("table", "", head, ...sorted.map((c) => candidateRow(d, c, most)));
}

function toggle(row, d) {
  const key = keyOf(d);
  if (opened.delete(key)) {
    row.nextElementSibling.remove();
    return;
  }
  opened.add(key);
  const cell = make("td", "", candidatesOf(d));
  cell.colSpan = row.children.length;
  const below = make("tr", "", cell);
  below.dataset.key = `below ${key}`;
  row.after(below);
}

function makeDecision(d) {
  const row = makeRow("decisions", ["mono", "mono", "", "", "n", "n", "n", "n",
    "bars", "n", ""]);
  const link = make("a", "", d.request_id);
  link.href = `/explain/${encodeURIComponent(d.request_id)}?format=text`;
  row.children[1].firstChild.replaceWith(link);
  row.className = "made";
  row.title = "Click for every candidate";
  row.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLAnchorElement)) toggle(row, d);
  });
  return row;
}

/* In ms: the times, with the weights below them. */
function showCost(row, d, c) {
  if (c === undefined) {
    fill(row, 7, "–");
    return;
  }
  if (d.unit === "ms")
    fill(row, 7, ms(c.cost - c.spread), Math.abs(c.spread) < .5 ? ""
      : `${signed(c.spread, whole)} spread`);
  else fill(row, 7, cost(d, c));
  if (row.children[8].firstChild.className !== "stack")
    row.children[8].firstChild.replaceWith(stackOf(d, c, sumOf(d, c)));
  showTerms(row.children[8].lastChild, d, c);
}

function showDecision(row, d) {
  const chosen = d.candidates.find((c) => c.worker === d.chosen);
  const next = d.candidates.filter((c) => c !== chosen && !c.excluded)
    .sort((a, b) => a.cost - b.cost)[0];
  const o = d.outcome;
  fill(row, 0, d.time.slice(11, 23));
  fill(row, 1, d.request_id, d.try > 1 ? `try ${d.try}` : "");
  fill(row, 2, d.chosen || "nobody", d.prefill ? `prefill ${d.prefill}` : "");
  fill(row, 3, d.reason);
  fill(row, 4, whole(d.prompt_tokens));
  fill(row, 5, d.predicted_cached_tokens === undefined ? "–"
    : whole(d.predicted_cached_tokens),
    o && o.cached_tokens !== undefined ? `told ${whole(o.cached_tokens)}` : "");
  fill(row, 6, o && o.ttfb_ms !== undefined ? ms(o.ttfb_ms) : "–",
    chosen && d.unit === "ms" ? `expected ${ms(chosen.expected_ms)}` : "");
  showCost(row, d, chosen);
  fill(row, 9, next && chosen
    ? signed(next.cost - chosen.cost, (n) => inUnit(d, n)) : "–",
  next ? next.worker : "");
  fill(row, 10, o ? o.outcome : "under way", o && o.why ? o.why : "",
    o && o.outcome !== "ok" && o.outcome !== "client_error" ? "word bad" : "");
}

/* While one is open nothing moves below the reader's eyes. */
function showDecisions(decisions) {
  const body = byId("decisions").tBodies[0];
  byId("decisions").nextElementSibling.hidden = decisions.length > 0;
  if (opened.size === 0) {
    sync(body, decisions, keyOf, makeDecision, showDecision);
  } else {
    const rows = new Map([...body.children].map((e) => [e.dataset.key, e]));
    for (const d of decisions)
      if (rows.has(keyOf(d))) showDecision(rows.get(keyOf(d)), d);
  }
  const priced = decisions.length === 0 || decisions[0].unit === "ms";
  const names = priced ? TERMS.ms : TERMS.other;
  setChildren(byId("terms"), opened.size > 0 ? ["held while one is open"] : names,
    (t) => make("span", "", ...(opened.size > 0 ? [] : [make("i", t)]), t));
}
