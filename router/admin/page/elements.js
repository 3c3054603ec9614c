"use strict";

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

/* A row of that table, whose cells are a text each and a smaller one below
 * it. Each has its column's name, for where there is no room for columns. */
function makeRow(table, classes) {
  const row = make("tr"), heads = byId(table).tHead.rows[0].cells;
  classes.forEach((name, i) => {
    const cell = make("td", name, make("span"), make("small"));
    cell.dataset.column = heads[i].textContent;
    row.append(cell);
  });
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

const RATE_POLLS = 10; /* rates are over so many polls */

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
