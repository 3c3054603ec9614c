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

/* Its state in a word, how bad that is, and why it is so. `onlyThere`: hot
 * prefixes that nobody else has. */
function stateOf(w, onlyThere) {
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
  if (onlyThere > 0) why.push(`hot prefixes that only it has: ${onlyThere}`);
  return {word, mood, why: why.join("; ")};
}

function makeWorker() {
  const row = makeRow("fleet", ["", "why", "n", "n", "", "n", "", "n", "n", "n"]);
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

function showWorker(row, w, many, onlyThere) {
  const {word, mood, why} = stateOf(w, onlyThere);
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

function showFleet(workers, draining, hasToken) {
  const onlyThere = new Map(draining.map((d) => [d.worker, d.only_there]));
  const many = new Set(workers.map((w) => w.model)).size > 1;
  sync(byId("fleet").tBodies[0], workers, (w) => w.name, makeWorker,
    (row, w) => {
      showWorker(row, w, many, onlyThere.get(w.name));
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
