/* --- prompts and caches --------------------------------------------------- */

/* Name, label, column, and what it is a share of: of what came from caches,
 * the prompts whose answers tell. */
const STAGES = [
  ["prompt", "prompt tokens", "prompt_tokens", "prompt_tokens"],
  ["best", "some worker had", "best_cached_tokens", "prompt_tokens"],
  ["predicted", "the chosen one had", "predicted_cached_tokens", "prompt_tokens"],
  ["reported", "came from its cache", "reported_cached_tokens", "told_prompt_tokens"],
];
const CAUSES = [
  ["held", "cold", "new: none began so"],
  ["held", "new", "new behind what was seen"],
  ["held", "evicted", "pushed out everywhere"],
  ["held", "tail", "behind the last full block"],
  ["held", "unknown", "not looked for"],
  ["chosen", "health", "elsewhere: that one is out"],
  ["chosen", "admission", "elsewhere: no room there"],
  ["chosen", "load", "elsewhere: more to do there"],
  ["chosen", "policy", "elsewhere: other reasons"],
  ["delivered", "changed", "gone since it was told"],
  ["delivered", "guess", "guessed, and not there"],
  ["delivered", "engine", "the engine did not use it"],
  ["delivered", "untold", "the engine does not say"],
];
const CHART = {left: 44, right: 476, top: 8, foot: 18};

function draw(tag, attributes, text = "") {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes))
    e.setAttribute(name, value);
  e.textContent = text;
  return e;
}

/* Of the intervals that are over; before, since the start. */
function amountOf(f, column) {
  return f.ends.length > 0
    ? f.intervals[column].reduce((a, b) => a + b, 0) : f.totals[column];
}

/* A line each, of its class, label, amount and what that is a share of. */
function showBars(id, bars) {
  const cells = bars.flatMap(([name, label, amount, of]) => [
    [name, label, "", label], [name, label, "track", amount / of],
    [name, label, "n", percent(amount, of)],
    [name, label, "n of", short(amount)],
  ]);
  sync(byId(id), cells, ([name, label, kind]) => `${name} ${label} ${kind}`,
    ([name, , kind]) => make("div", `${kind} ${name}`, make("i")),
    (e, [, , kind, value]) => {
      if (kind === "track")
        e.firstChild.style.width = `${100 * Math.min(1, value || 0)}%`;
      else setText(e, value);
    });
}

function showStages(f) {
  showBars("funnel", STAGES.map(([name, label, column, of]) =>
    [name, label, amountOf(f, column), amountOf(f, of)]));
}

/* Of each cause that had a part in it: between which stages, and why. */
function showLosses(f) {
  const all = amountOf(f, "prompt_tokens");
  const lost = CAUSES.map(([stage, cause, label]) =>
    [stage, label, amountOf(f, `lost_${stage}_${cause}`), all])
    .filter(([, , amount]) => amount > 0);
  byId("losses").nextElementSibling.hidden = lost.length > 0;
  showBars("losses", lost);
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
    () => makeRow("prefixes", ["mono", "n", "n", "wide"]),
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

/* --- placement ------------------------------------------------------------ */

const MOVES_SHOWN = 10;
const MOODS = {done: "good", came: "good", failed: "bad", expired: "warn"};

function showPlacement(p) {
  const section = byId("placement").parentElement;
  section.hidden = p.moves.length === 0;
  setText(byId("placing"), `${p.mode} · ${whole(p.planned)} planned, ${p.under_way} under way, of ${whole(p.prefixes)} prefixes followed`);
  sync(byId("placement").tBodies[0], p.moves.slice(0, MOVES_SHOWN),
    (m) => m.number, () => makeRow("placement",
      ["n", "", "", "", "", "n", "n", "n", "n", "n"]),
    (row, m) => {
      fill(row, 0, whole(m.number));
      fill(row, 1, m.state, "", `word ${MOODS[m.state] || ""}`);
      fill(row, 2, m.reason);
      fill(row, 3, m.from);
      fill(row, 4, m.to);
      fill(row, 5, whole(m.tokens));
      fill(row, 6, `${fixed(m.requests_per_second, 1)}/s`);
      fill(row, 7, ms(m.gain_ms));
      fill(row, 8, ms(m.fetch_ms));
      fill(row, 9, `${span(Math.round(m.state_s))} ago`);
    });
}
