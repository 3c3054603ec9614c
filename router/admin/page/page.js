/* --- asking --------------------------------------------------------------- */

/* What the page asks for, about every second while somebody looks. Texts of
 * others become text nodes and nothing else. */
const PERIOD_MS = 1000;
const TIMEOUT_MS = 8000;
const QUESTIONS = {
  status: "/status", workers: "/workers", funnel: "/funnel",
  prefixes: "/prefixes", placement: "/placement",
  decisions: () => `/decisions?n=15${byId("under-way").checked ? "" : "&ended=true"}`,
};

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
  showFleet(told.workers.workers, told.placement.draining,
    told.status.admin_token);
  showStages(told.funnel);
  showLosses(told.funnel);
  showCharts(told.funnel);
  showPrefixes(told.prefixes.prefixes, told.workers.workers.map((w) => w.name));
  showPlacement(told.placement);
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
