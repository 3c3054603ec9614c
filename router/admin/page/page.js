"use strict";

/* What the page asks for, about every second while somebody looks. Texts of
 * others become text nodes and nothing else. */
const PERIOD_MS = 1000;
const TIMEOUT_MS = 8000;
const RATE_POLLS = 10; /* rates are over so many polls */
const QUESTIONS = {
  status: "/status", workers: "/workers", funnel: "/funnel",
  prefixes: "/prefixes",
  decisions: () => `/decisions?n=15${byId("under-way").checked ? "" : "&ended=true"}`,
};
const TERMS = {
  ms: ["wait", "compute", "transfer", "work", "memory", "eviction", "recent"],
  other: ["prefill", "load"],
};

/* --- elements ------------------------------------------------------------- */

const byId = (id) => document.getElementById(id);

function make(tag, name, ...inside) {
  const e = document.createElement(tag);
  if (name) e.className = name;
  e.append(...inside);
  return e;
}

/* Nodes that stay as they are keep selections, scrolling and focus. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setClass(node, name) {
  if (node.className !== name) node.className = name;
}

function setChildren(node, texts, create) {
  const key = JSON.stringify(texts);
  if (node.dataset.shown === key) return;
  node.dataset.shown = key;
  node.replaceChildren(...texts.map(create));
}

/* Brings the children of `parent` to one for each item, by its key, in that
 * order; those of items that stay are kept. */
function sync(parent, items, keyOf, create, update) {
  const old = new Map([...parent.children].map((e) => [e.dataset.key, e]));
  let at = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    let e = old.get(key);
    if (e === undefined) {
      e = create(item);
      e.dataset.key = key;
    }
    old.delete(key);
    if (e === at) at = e.nextSibling;
    else parent.insertBefore(e, at);
    update(e, item);
  }
  for (const e of old.values()) e.remove();
}

/* A row whose cells are a text each, and a smaller one below it. */
function makeRow(classes) {
  const row = make("tr");
  for (const name of classes)
    row.append(make("td", name, make("span"), make("small")));
  return row;
}

function fill(row, i, text, below = "", name = "", belowName = "") {
  const [span, small] = row.children[i].children;
  setText(span, text);
  setClass(span, name);
  setText(small, below);
  setClass(small, belowName);
}

/* --- numbers -------------------------------------------------------------- */

const grouped = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const compact = new Intl.NumberFormat("en", {
  notation: "compact", maximumSignificantDigits: 3,
});
const whole = (n) => grouped.format(n);
const short = (n) => (n < 10000 ? grouped.format(n) : compact.format(n));
const percent = (part, of) =>
  (of > 0 ? (100 * part / of).toFixed(1) + " %" : "–");
const fixed = (n, digits) => (Number.isFinite(n) ? n.toFixed(digits) : "–");
const ms = (n) => (typeof n === "number"
  ? n.toLocaleString("en", {maximumFractionDigits: n < 100 ? 1 : 0}) + " ms"
  : "–");

function span(seconds) {
  const d = Math.floor(seconds / 86400), h = Math.floor(seconds / 3600) % 24;
  const m = Math.floor(seconds / 60) % 60;
  if (d > 0) return `${d} d ${h} h`;
  if (h > 0) return `${h} h ${m} min`;
  return m > 0 ? `${m} min ${seconds % 60} s` : `${seconds} s`;
}

/* --- what was told before ------------------------------------------------- */

/* Counters of the last polls; a rate is over all that are kept. */
const kept = [];

function remember(counts) {
  const last = kept[kept.length - 1];
  const keys = Object.keys(counts);
  if (last && keys.some((k) => counts[k] < last.counts[k])) kept.length = 0;
  kept.push({at: performance.now(), counts});
  if (kept.length > RATE_POLLS + 1) kept.shift();
}

function grown(key) {
  const now = kept[kept.length - 1].counts[key];
  const first = kept[0].counts[key];
  return first === undefined || now === undefined ? 0 : now - first;
}

function rate(key) {
  const s = (kept[kept.length - 1].at - kept[0].at) / 1000;
  return s > 0 ? grown(key) / s : NaN;
}

function counters(told) {
  const counts = {...told.funnel.totals};
  counts.failed = counts.requests - counts.ok - counts.client_error;
  for (const w of told.workers.workers) counts[`to ${w.name}`] = w.chosen;
  return counts;
}

/* --- figures -------------------------------------------------------------- */

function showStatus(s) {
  setText(byId("state"), s.ready ? "ready" : "not ready");
  setClass(byId("state"), s.ready ? "badge good" : "badge bad");
  setText(byId("reasons"), s.reasons.join("; "));
  setText(byId("about"), `${s.version} (${s.commit}) · up ${span(s.uptime_s)}`);
}

function showFigures(s) {
  const tokens = grown("prompt_tokens");
  const figures = [
    ["requests/s", fixed(rate("requests"), 1)],
    ["failed/s", fixed(rate("failed"), 1), rate("failed") > 0],
    ["in flight", whole(s.active)],
    ["queued", whole(s.queued), s.queued > 0],
    ["first byte, mean",
      ms(1000 * grown("first_byte_seconds") / grown("first_bytes") || null)],
    ["expected of caches", percent(grown("predicted_cached_tokens"), tokens)],
    ["came from caches",
      percent(grown("reported_cached_tokens"), grown("told_prompt_tokens"))],
  ];
  sync(byId("figures"), figures, ([name]) => name,
    () => make("div", "", make("b"), make("span")),
    (e, [name, text, bad]) => {
      setClass(e, bad ? "figure bad" : "figure");
      setText(e.children[0], text);
      setText(e.children[1], name);
    });
}

/* --- the fleet ------------------------------------------------------------ */

/* Its state in a word, how bad that is, and why it is so. */
function stateOf(w) {
  const why = [];
  let word = w.health, mood = "good";
  if (w.draining || (w.gate !== "admits" && w.gate !== "down")) {
    [word, mood] = [w.draining ? "draining" : w.gate, "warn"];
    if (w.back_in_ms > 0) why.push(`back in ${ms(w.back_in_ms)}`);
  }
  if (w.health !== "up") {
    [word, mood] = [w.draining ? "down, draining" : w.health, "bad"];
    why.push(w.health_reason);
  }
  if (w.breaker !== "closed")
    why.push(`breaker ${w.breaker}: ${w.breaker_reason}`);
  if (w.parity_reason) why.push(w.parity_reason);
  return {word, mood, why: why.join("; ")};
}

function makeWorker() {
  const row = makeRow(["", "why", "n", "n", "", "n", "", "n", "n", "n"]);
  row.append(make("td", "n", make("button", "")));
  const track = make("div", "track", make("i"), make("u"));
  row.children[4].prepend(track);
  return row;
}

/* The track's end is a quarter past the knee. */
function showKnee(row, w) {
  const cell = row.children[4], [track, text, below] = cell.children;
  const sessions = w.kv ? w.kv.live_sessions + w.kv.idle_sessions : 0;
  const full = w.kv && w.kv.knee_sessions > 0
    ? sessions / w.kv.knee_sessions : w.kv_usage;
  const bar = track.firstChild;
  bar.style.width = `${Math.min(100, 80 * full)}%`;
  setClass(bar, full > 1 ? "bad" : full > .85 ? "warn" : "");
  setText(text, "");
  setText(below, w.kv
    ? `${sessions} of ${fixed(w.kv.knee_sessions, 1)} · ${short(w.kv.taken_tokens)} of ${short(w.kv.capacity_tokens)} tokens`
    : `KV in use: ${percent(w.kv_usage, 1)}`);
}

function showWorker(row, w, many) {
  const {word, mood, why} = stateOf(w);
  const p = w.predictions, judged = p.exact + p.index_changed + p.wrong;
  const r = w.rates || {};
  fill(row, 0, w.name, many ? w.model : w.url.replace(/^https?:\/\//, ""));
  fill(row, 1, word, why, `word ${mood}`);
  fill(row, 2, fixed(rate(`to ${w.name}`), 1),
    w.role === "both" ? "" : w.role);
  fill(row, 3, whole(w.inflight), w.waiting > 0
    ? `runs ${w.running}, ${w.waiting} wait` : `runs ${w.running}`);
  showKnee(row, w);
  const other = [];
  if (w.index_blocks_other > 0) other.push(`+ ${short(w.index_blocks_other)} below`);
  if (w.routed_blocks > 0 && w.trust !== "exact") other.push(`${short(w.routed_blocks)} routed`);
  fill(row, 5, short(w.index_blocks), other.join(" · "));
  fill(row, 6, w.trust, w.trust === "exact" || w.events.batches > 0
    ? `${ms(w.events.lag_ms)} behind · ${w.events.gaps} gaps` : "",
    w.trust === "exact" ? "word good" : "word warn");
  row.children[6].title = w.trust_reason;
  fill(row, 7, percent(p.exact, judged),
    p.wrong > 0 ? `${whole(p.wrong)} of ${whole(judged)} wrong`
      : judged > 0 ? `of ${whole(judged)}` : "",
    "", p.wrong > 0 ? "bad" : "");
  fill(row, 8, w.rates ? `${short(r.prefill_tokens_per_second)}/s` : "–",
    w.backlog_ms >= 1 ? `${ms(w.backlog_ms)} ahead` : "");
  fill(row, 9, ms(r.step_ms),
    r.observed > 0 ? `${short(r.observed)} seen` : "a first guess");
}

function showButton(row, w, hasToken) {
  const button = row.lastChild.firstChild;
  setText(button, w.draining ? "undrain" : "drain");
  button.onclick = () => askToChange(w, hasToken);
}

function showFleet(workers, hasToken) {
  const many = new Set(workers.map((w) => w.model)).size > 1;
  sync(byId("fleet").tBodies[0], workers, (w) => w.name, makeWorker,
    (row, w) => {
      showWorker(row, w, many);
      showButton(row, w, hasToken);
    });
}

/* --- draining ------------------------------------------------------------- */

/* A header that no form of another page can send; the token is kept in the
 * field alone, and forgotten when it is done. */
async function change(path, token) {
  const answer = await fetch(path, {
    method: "POST", headers: {Authorization: `Bearer ${token}`},
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return answer.ok ? "" : (await answer.text()).trim();
}

function askToChange(w, hasToken) {
  const dialog = byId("asking"), form = dialog.firstElementChild;
  const verb = w.draining ? "undrain" : "drain";
  const path = `/workers/${encodeURIComponent(w.name)}/${verb}`;
  setText(form.querySelector("h2"), `${w.draining ? "Undrain" : "Drain"} ${w.name}?`);
  setText(form.querySelector("p"), w.draining ? "It will get new work again."
    : `It will get no new work. What it has, ${w.inflight} in flight now, goes on to its end.`);
  setText(form.querySelector(".sure"), `${verb} ${w.name}`);
  setText(byId("refusal"), "");
  setText(byId("command"), `curl -X POST ${location.origin}${path}`);
  byId("with-token").hidden = !hasToken;
  byId("without-token").hidden = hasToken;
  form.token.required = hasToken;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const why = await change(path, form.token.value).catch((e) => e.message);
    setText(byId("refusal"), why);
    if (why === "") dialog.close();
  };
  dialog.showModal();
}

function leaveAsking() {
  byId("asking").firstElementChild.token.value = "";
  poll();
}

byId("asking").addEventListener("close", leaveAsking);
for (const button of document.querySelectorAll("#asking .cancel"))
  button.addEventListener("click", () => byId("asking").close());

/* --- prompts and caches --------------------------------------------------- */

/* Name, label, column, and what it is a share of: of what came from caches,
 * the prompts whose answers tell. */
const STAGES = [
  ["prompt", "prompt tokens", "prompt_tokens", "prompt_tokens"],
  ["best", "some worker had", "best_cached_tokens", "prompt_tokens"],
  ["predicted", "the chosen one had", "predicted_cached_tokens", "prompt_tokens"],
  ["reported", "came from its cache", "reported_cached_tokens", "told_prompt_tokens"],
];
const CHART = {left: 44, right: 476, top: 8, foot: 18};

function draw(tag, attributes, text = "") {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes))
    e.setAttribute(name, value);
  e.textContent = text;
  return e;
}

function showStages(f) {
  const sum = (column) => f.intervals[column].reduce((a, b) => a + b, 0);
  const recent = f.ends.length > 0;
  const amount = (column) => (recent ? sum(column) : f.totals[column]);
  const cells = STAGES.flatMap(([name, label, column, of]) => [
    [name, "", label], [name, "track", amount(column) / amount(of)],
    [name, "n", percent(amount(column), amount(of))],
    [name, "n", short(amount(column))],
  ]);
  sync(byId("funnel"), cells, (c) => `${c[0]} ${cells.indexOf(c)}`,
    ([name, kind]) => make("div", `${kind} ${name}`, make("i")),
    (e, [, kind, value]) => {
      if (kind === "track")
        e.firstChild.style.width = `${100 * Math.min(1, value || 0)}%`;
      else setText(e, value);
    });
}

/* A line over the intervals; it is broken where there is nothing to tell. */
function pathOf(values, top, bottom) {
  const step = (CHART.right - CHART.left) / Math.max(1, values.length - 1);
  let path = "", pen = "M";
  values.forEach((value, i) => {
    if (Number.isFinite(value)) {
      const y = bottom - value / top * (bottom - CHART.top);
      path += `${pen}${(CHART.left + i * step).toFixed(1)} ${y.toFixed(1)}`;
    }
    pen = Number.isFinite(value) ? "L" : "M";
  });
  return path;
}

/* `lines`: of a name and values each, from 0 to `top`; `label` writes a
 * value of the axis. */
function drawChart(chart, f, lines, top, label) {
  const bottom = chart.viewBox.baseVal.height - CHART.foot;
  const axis = [0, .5, 1].flatMap((part) => {
    const y = bottom - part * (bottom - CHART.top);
    return [
      draw("line", {x1: CHART.left, x2: CHART.right, y1: y, y2: y}),
      draw("text", {x: CHART.left - 4, y: y + 3, "text-anchor": "end"}, label(part * top)),
    ];
  });
  const feet = [
    draw("text", {x: CHART.left, y: bottom + 14}, `${span(f.ends.length * f.every_s)} ago`),
    draw("text", {x: CHART.right, y: bottom + 14, "text-anchor": "end"}, "now"),
  ];
  chart.replaceChildren(...axis, ...feet, ...lines.map(([name, values]) =>
    draw("path", {class: name, d: pathOf(values, top, bottom)})));
}

/* The next number that is 1, 2 or 5 and zeros. */
function roundUp(n) {
  const power = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 5, 10].find((m) => m * power >= n) * power;
}

function drawOne(id, f, name, values, label) {
  const most = Math.max(0, ...values.filter(Number.isFinite));
  drawChart(byId(id), f, [[name, values]], most > 0 ? roundUp(most) : 1, label);
}

function showCharts(f) {
  const key = String(f.ends[f.ends.length - 1]);
  if (byId("shares").dataset.shown === key) return;
  byId("shares").dataset.shown = key;
  const ratio = (part, of) =>
    f.intervals[part].map((n, i) => n / f.intervals[of][i]);
  drawChart(byId("shares"), f, STAGES.slice(1).map(([name, , column, of]) =>
    [name, ratio(column, of).map((share) => Math.min(1, share))]),
  1, (n) => `${100 * n} %`);
  drawOne("first", f, "prompt",
    ratio("first_byte_seconds", "first_bytes").map((s) => 1000 * s), ms);
  drawOne("pace", f, "prompt",
    f.intervals.requests.map((n) => n / f.every_s), (n) => `${short(n)}/s`);
}

/* --- prefixes ------------------------------------------------------------- */

/* What all names of workers begin with, up to a mark. */
function stemOf(names) {
  if (names.length < 2) return "";
  let n = 0;
  while (n < names[0].length && names.every((x) => x[n] === names[0][n])) n++;
  return names[0].slice(0, n).replace(/[^-_./]*$/, "");
}

function makeChip([text, sessions, title]) {
  const chip = make("span", sessions > 0 ? "chip busy" : "chip", text);
  if (sessions > 0) chip.append(" ", make("b", "", `×${sessions}`));
  chip.title = title;
  return chip;
}

function showPrefixes(prefixes, names) {
  const stem = stemOf(names);
  setText(byId("stem"), stem ? `${stem}…, sessions there` : "");
  byId("prefixes").nextElementSibling.hidden = prefixes.length > 0;
  sync(byId("prefixes").tBodies[0], prefixes, (p) => p.id,
    () => makeRow(["mono", "n", "n", ""]),
    (row, p) => {
      fill(row, 0, `${p.depth > 0 ? "└ " : ""}${p.id.slice(0, 8)}`);
      row.children[0].style.paddingLeft = `${16 * p.depth}px`;
      row.children[0].title = `${p.id}, ${p.blocks} blocks`;
      fill(row, 1, whole(p.tokens));
      fill(row, 2, whole(p.sessions));
      setChildren(row.children[3].firstChild, p.holders.map((h) =>
        [h.worker.slice(stem.length), h.sessions,
          `${h.worker}: ${h.sessions} sessions; ${h.tier || "not"} in its cache`]),
      makeChip);
    });
}

/* --- decisions ------------------------------------------------------------ */

const opened = new Set(); /* keys of those whose candidates are shown */
const keyOf = (d) => `${d.request_id} ${d.try}`;
const termsOf = (d) => (d.unit === "ms" ? TERMS.ms : TERMS.other);
const cost = (d, c) => (c.cost === null || c.excluded ? "–"
  : d.unit === "ms" ? ms(c.cost) : `${short(c.cost)} ${d.unit}`);

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
  for (const t of termsOf(d))
    row.append(make("td", "n", c.excluded ? "" : fixed(c[t], 1)));
  return row;
}

function candidatesOf(d) {
  const most = Math.max(...d.candidates.map((c) => sumOf(d, c)));
  const head = make("tr", "");
  for (const name of ["worker", "excluded", "held", "has", "cost", "", ...termsOf(d)])
    head.append(make("th", name === "worker" || name === "excluded" ? "" : "n", name));
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
  const row = makeRow(["mono", "mono", "", "", "n", "n", "n", "bars", "n", "n",
    ""]);
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
  fill(row, 6, chosen ? cost(d, chosen) : "–");
  if (chosen && row.children[7].firstChild.className !== "stack")
    row.children[7].firstChild.replaceWith(stackOf(d, chosen, sumOf(d, chosen)));
  if (chosen) showTerms(row.children[7].lastChild, d, chosen);
  fill(row, 8, next ? cost(d, next) : "–", next ? next.worker : "");
  fill(row, 9, o && o.ttfb_ms !== undefined ? ms(o.ttfb_ms) : "–");
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

/* --- asking --------------------------------------------------------------- */

async function ask(path) {
  const answer = await fetch(path, {
    cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.json();
}

function show(told) {
  remember(counters(told));
  showStatus(told.status);
  showFigures(told.status);
  showFleet(told.workers.workers, told.status.admin_token);
  showStages(told.funnel);
  showCharts(told.funnel);
  showPrefixes(told.prefixes.prefixes, told.workers.workers.map((w) => w.name));
  showDecisions(told.decisions.decisions);
}

let answeredAt = Date.now(), asking = false, timer = 0;

function showSilence(error) {
  const s = Math.round((Date.now() - answeredAt) / 1000);
  setText(byId("state"), `no answer for ${s} s`);
  setClass(byId("state"), "badge bad");
  setText(byId("reasons"), error.name === "TypeError" ? "" : error.message);
}

async function poll() {
  clearTimeout(timer);
  if (asking || document.visibilityState !== "visible") return;
  asking = true;
  try {
    const answers = await Promise.all(Object.values(QUESTIONS).map((path) =>
      ask(typeof path === "string" ? path : path())));
    const names = Object.keys(QUESTIONS);
    show(Object.fromEntries(names.map((name, i) => [name, answers[i]])));
    answeredAt = Date.now();
    setClass(document.body, "");
  } catch (error) {
    showSilence(error);
    setClass(document.body, "stale");
  }
  asking = false;
  timer = setTimeout(poll, PERIOD_MS);
}

byId("under-way").addEventListener("change", poll);
document.addEventListener("visibilitychange", poll);
poll();
