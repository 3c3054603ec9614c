"""The boards as tables: rows of panels, panels of queries.

Braces in an expression hold what its series are chosen by: MODEL and WORKER
are the board's variables, $instance is added to every series. Times are
shown as percentiles: the average of a tail says nothing."""
from collections import namedtuple

Query = namedtuple("Query", "expression legend")
Panel = namedtuple("Panel", "title kind unit why queries width height stack")
OVER = "[$__rate_interval]"


def rate(series, *by):
    grouped = f"sum by ({', '.join(by)})" if by else "sum"
    return f"{grouped} (rate({series}{OVER}))"


def share(part, whole, *by):
    return f"{rate(part, *by)} / {rate(whole, *by)}"


def graph(title, unit, why, *queries, width=8, stack=False):
    return Panel(title, "timeseries", unit, why, [Query(*q) for q in queries],
                 width, 8, stack)


def stat(title, unit, why, expression):
    return Panel(title, "stat", unit, why, [Query(expression, "")], 4, 4,
                 False)


def rates(title, why, series, *by, unit="reqps", width=8):
    """How often, by the values of these labels."""
    return graph(title, unit, why, (
        rate(series, *by), " ".join("{{%s}}" % label for label in by)),
        width=width, stack=True)


def tail(title, why, name, labels="MODEL", width=8):
    return graph(title, "s", why, *[
        (f"histogram_quantile({q}, "
         + rate(f"{name}_bucket{{{labels}}}", "le") + ")", f"p{q * 100:g}")
        for q in (0.5, 0.95, 0.99)], width=width)


def by_worker(title, unit, why, series):
    return graph(title, unit, why,
                 (f"max by (worker) ({series})", "{{worker}}"))


def heat(title, why, name, unit="s"):
    return Panel(title, "heatmap", unit, why, [
        Query(rate(f"{name}_bucket{{MODEL}}", "le"), "{{le}}")], 12, 8, False)


def lost(stage, title, why):
    """Prompt tokens that were lost here, by what."""
    return rates(title, "A second. " + why, "warmpath_uncached_tokens_total"
                 f'{{MODEL,stage="{stage}"}}', "cause", unit="none")


REQUESTS = "warmpath_requests_total{MODEL}"
PROMPT = "warmpath_prompt_tokens_total{MODEL}"
BEST = "warmpath_best_cached_tokens_total{MODEL}"
PREDICTED = "warmpath_predicted_cached_tokens_total{MODEL}"
REPORTED = "warmpath_reported_cached_tokens_total{MODEL}"
SAVED = "warmpath_prefill_saved_seconds_total{MODEL}"
FAILED = 'warmpath_requests_total{MODEL,' \
    'outcome=~"upstream_error|cut_visible|deadline"}'
BUSY = "max by (worker) (warmpath_worker_inflight{WORKER})"

OVERVIEW = [
    ("Is the fleet well?", [
        stat("Gateways", "none", "Those that are scraped.",
             "count(warmpath_build_info{})"),
        stat("Workers up", "none", "By their health checks.",
             "sum(max by (worker) (warmpath_worker_up{WORKER}))"),
        stat("Requests", "reqps", "That ended.", rate(REQUESTS)),
        stat("Failed", "percentunit", "By the fleet's fault: refused, cut or "
             "late.", f"({rate(FAILED)} or vector(0)) / {rate(REQUESTS)}"),
        stat("Prompt tokens from caches", "percentunit", "As the workers "
             "reported.", share(REPORTED, PROMPT)),
        stat("p99 to first byte", "s", "Queue, decision and prefill.",
             "histogram_quantile(0.99, " + rate(
                 "warmpath_time_to_first_byte_seconds_bucket{MODEL}", "le")
             + ")"),
        rates("Requests by outcome", "What became of them.", REQUESTS,
              "outcome"),
        rates("Requests by status", "As clients saw it.", REQUESTS, "code"),
        graph("Begun and ended", "reqps", "The gap between both is what "
              "piles up.",
              (rate("warmpath_requests_accepted_total{}"), "begun"),
              (rate("warmpath_requests_total{}"), "ended"))]),
    ("What did caching save?", [
        graph("Prompt tokens", "none", "A second: what clients asked for, and "
              "what of it needed no prefill.",
              (rate(PROMPT), "asked"), (rate(REPORTED), "from caches"),
              width=12),
        graph("Share from caches", "percentunit", "By model, as the workers "
              "reported.", (share(REPORTED, PROMPT, "model"), "{{model}}"),
              width=12),
        graph("Workers' time saved", "none", "Workers that would do nothing "
              "but compute what caches delivered, at the rates learned of "
              "each.", (rate(SAVED, "model"), "{{model}}"), width=12),
        graph("Saved since the start", "s", "Of that time, all in all.",
              (f"sum by (model) ({SAVED})", "{{model}}"), width=12)]),
    ("Where is the tail?", [
        tail("To the first byte", "From a request's first byte to the first "
             "of the worker's body.", "warmpath_time_to_first_byte_seconds",
             width=6),
        tail("To the last byte", "The whole request.",
             "warmpath_request_duration_seconds", width=6),
        tail("Between tokens", "Of each stream its mean, behind its first "
             "byte.", "warmpath_time_per_output_token_seconds",
             width=6),
        tail("Waited at the gateway", "For room at a worker.",
             "warmpath_queue_wait_seconds", width=6),
        heat("To the first byte, all of them", "Two bands: hits and misses.",
             "warmpath_time_to_first_byte_seconds"),
        heat("To the last byte, all of them", "Answers differ in length.",
             "warmpath_request_duration_seconds")]),
    ("Does traffic change?", [
        heat("Bodies of requests", "As clients sent them.",
             "warmpath_request_body_bytes", "bytes"),
        heat("Bodies of answers", "As far as they were sent.",
             "warmpath_answer_body_bytes", "bytes"),
        heat("Prompts", "In tokens.", "warmpath_request_prompt_tokens",
             "none"),
        heat("Answers", "In tokens.", "warmpath_answer_tokens", "none"),
        rates("Whole answers", "By why they end, as their workers say.",
              "warmpath_finish_reasons_total{MODEL}", "reason")]),
]

ROUTING = [
    ("From asked to delivered", [
        graph("Prompt tokens a second", "none", "Each line is what is left of "
              "the one above: asked by clients; held by the worker that held "
              "most; by the one that was chosen; delivered by the engine.",
              (rate(PROMPT), "asked"), (rate(BEST), "held somewhere"),
              (rate(PREDICTED), "held by the chosen"),
              (rate(REPORTED), "delivered"), width=12),
        graph("Shares", "percentunit", "Held somewhere: how well traffic can "
              "be cached. Chosen: what load was worth. Delivered: how true "
              "the index is.",
              (share(BEST, PROMPT), "held of asked"),
              (share(PREDICTED, BEST), "chosen of held"),
              (share(REPORTED, PREDICTED), "delivered of chosen"), width=12),
        lost("held", "Not held by any worker", "Unknown: not looked for. "
             "Tail: behind the last full block. Cold: of a prompt never "
             "seen. New: behind a prefix that was. Evicted: sent to a "
             "worker once, held by none now."),
        lost("chosen", "Held, but not by the chosen", "Health, admission: "
             "its holder could not be chosen. Load: it had more to do. "
             "Policy: chosen for another reason."),
        lost("delivered", "Not delivered by the chosen", "Guess: it goes by "
             "what was sent there, not by events. Changed: its cache has, "
             "since. Engine: without a known reason. Untold: it does not "
             "say.")]),
    ("Decisions", [
        rates("By reason", "Why a worker was chosen.",
              "warmpath_decisions_total{MODEL,WORKER}", "reason"),
        rates("By worker", "Who was chosen.",
              "warmpath_decisions_total{MODEL,WORKER}", "worker"),
        tail("Time to decide", "Tokenize, hash, match, choose.",
             "warmpath_decision_seconds"),
        rates("Tokenized", "How prompts became tokens.",
              "warmpath_tokenize_total{}", "how"),
        rates("Twins held back", "They waited for a prompt that begins as "
              "theirs.", "warmpath_held_twins_total{MODEL}", "model"),
        graph("Imbalance", "none", "The fullest worker's requests over the "
              "mean; 1 is even.", (f"max({BUSY}) / avg({BUSY})",
                                   "max/mean"))]),
    ("Is the index true?", [
        rates("Predictions", "Cached tokens: predicted against reported.",
              "warmpath_prediction_total{WORKER}", "result"),
        graph("Error", "percentunit", "Predicted and not delivered, of what "
              "was asked; below 0 more was delivered.",
              (f"({rate(PREDICTED)} - {rate(REPORTED)}) / {rate(PROMPT)}",
               "error")),
        rates("Token counts", "Prompts tokenized here against the worker's "
              "count.", "warmpath_prompt_counts_total{WORKER}", "result"),
        rates("Sent as ids", "Tokenized once in the fleet.",
              "warmpath_sent_ids_total{WORKER}", "worker")]),
    ("The policy in the shadow", [
        rates("Same choice?", "Whether it would have chosen the same worker.",
              "warmpath_shadow_decisions_total{MODEL}", "result"),
        rates("Tokens expected in caches", "Of either's choice.",
              "warmpath_shadow_predicted_cached_tokens_total{MODEL}",
              "choice", unit="none"),
        rates("Cost", "Of either's choice, in the unit of the policy in the "
              "shadow.", "warmpath_shadow_cost_total{MODEL}", "choice",
              unit="none")]),
    ("From worker to worker", [
        rates("Prefills for another", "By what became of them.",
              "warmpath_prefill_legs_total{WORKER}", "outcome"),
        tail("Time of these", "Until the first worker has answered.",
             "warmpath_prefill_seconds"),
        tail("Time to hand over", "From there to the first byte of the "
             "second's.", "warmpath_hand_over_seconds"),
        rates("Fetches from peers", "Requests whose worker was told to.",
              "warmpath_fetches_total{WORKER}", "worker"),
        rates("Blocks to fetch", "As many as the peer held.",
              "warmpath_fetch_blocks_total{WORKER}", "worker", unit="none"),
        rates("Loads from shared stores", "Requests whose worker was to.",
              "warmpath_store_loads_total{WORKER}", "source"),
        rates("Blocks to load", "As many as the store held.",
              "warmpath_store_load_blocks_total{WORKER}", "source",
              unit="none"),
        graph("Blocks in shared stores", "none", "As far as is known.",
              ("warmpath_store_blocks{MODEL}", "{{store}}")),
        graph("Pace of shared stores", "none", "Tokens that a worker loads "
              "in a second, as learned.",
              ("warmpath_store_load_tokens_per_second{MODEL}", "{{store}}")),
        rates("Copies planned ahead", "Of hot prefixes, by why, and by what "
              "became of them.",
              "warmpath_placement_moves_total{}", "reason", "state"),
        rates("Blocks copied ahead", "By plans that worked out.",
              "warmpath_placement_blocks_total{}", "reason", unit="none")]),
]

WORKERS = [
    ("Who serves?", [
        by_worker("Up", "none", "By its health check.",
                  "warmpath_worker_up{WORKER}"),
        graph("Gate", "none", "Whether it may be chosen, and why not.",
              ("sum by (state) (max by (worker, state) "
               "(warmpath_worker_gate{WORKER}))", "{{state}}"), stack=True),
        graph("Breakers", "none", "Workers by their breaker's state.",
              ("sum by (state) (max by (worker, state) "
               "(warmpath_worker_breaker{WORKER}))", "{{state}}"),
              stack=True),
        rates("Breakers' changes", "By what brought them about.",
              "warmpath_breaker_transitions_total{WORKER}", "worker", "to",
              "reason", unit="none"),
        graph("Out by order", "none", "Drained by an operator; paused by "
              "their own Retry-After, a second.",
              ("sum(max by (worker) (warmpath_worker_draining{WORKER}))",
               "draining"),
              (rate("warmpath_worker_pauses_total{WORKER}"), "pauses")),
        graph("Breakers not heeded", "none", "1 while too many are out; how "
              "often that began.",
              ("max by (model) (warmpath_fail_open{MODEL})", "{{model}}"),
              (rate("warmpath_fail_open_total{MODEL}", "model"),
               "{{model}} began")),
        rates("Probes", "Health checks and scrapes.",
              "warmpath_probes_total{WORKER}", "kind", "result"),
        graph("Found by discovery", "none", "Workers of each model, and "
              "failures of its source a second.",
              ("max by (model) (warmpath_discovery_endpoints{MODEL})",
               "{{model}}"),
              (rate("warmpath_discovery_failures_total{MODEL}", "model"),
               "{{model}} failures")),
        graph("Age of what was found", "s", "Since its source was last "
              "heard.", ("time() - min by (model) "
                         "(warmpath_discovery_last_success_timestamp_seconds"
                         "{MODEL})", "{{model}}"))]),
    ("What do they carry?", [
        by_worker("In flight", "none", "Requests sent and not ended.",
                  "warmpath_worker_inflight{WORKER}"),
        by_worker("Prefill outstanding", "none", "Tokens sent whose prefill "
                  "is not done.", "warmpath_worker_inflight_tokens{WORKER}"),
        graph("As they say", "none", "Requests that run and wait there.",
              ("max by (worker) (warmpath_worker_running{WORKER})",
               "{{worker}} runs"),
              ("max by (worker) (warmpath_worker_waiting{WORKER})",
               "{{worker}} waits")),
        by_worker("KV memory in use", "percentunit", "By live requests.",
                  "warmpath_worker_kv_usage_ratio{WORKER}"),
        graph("KV tokens", "none", "Room, and who has it.",
              ("max by (worker, kind) (warmpath_worker_kv_tokens{WORKER})",
               "{{worker}} {{kind}}")),
        graph("Sessions and the knee", "none", "Past the knee, sessions drive "
              "each other out of KV memory.",
              ("max by (worker) (sum by (worker, instance) "
               "(warmpath_worker_sessions{WORKER}))", "{{worker}} sessions"),
              ("max by (worker) (warmpath_worker_knee_sessions{WORKER})",
               "{{worker}} knee"))]),
    ("How fast are they, as learned?", [
        by_worker("Backlog", "s", "Until the prompts sent there are "
                  "prefilled, it is thought.",
                  "warmpath_worker_backlog_seconds{WORKER}"),
        by_worker("Prefill", "none", "Prompt tokens a second, without the "
                  "time of a step and of what they look back on.",
                  "warmpath_worker_prefill_tokens_per_second{WORKER}"),
        graph("Times by themselves", "s", "Of a step with nothing in it; of a "
              "request, before its queue.",
              ("max by (worker) (warmpath_worker_step_seconds{WORKER})",
               "{{worker}} step"),
              ("max by (worker) "
               "(warmpath_worker_request_overhead_seconds{WORKER})",
               "{{worker}} request")),
        graph("Blocks from elsewhere", "none", "Tokens a second, from its own "
              "other tier and from a peer.",
              ("max by (worker) "
               "(warmpath_worker_load_tokens_per_second{WORKER})",
               "{{worker}} loads"),
              ("max by (worker) "
               "(warmpath_worker_fetch_tokens_per_second{WORKER})",
               "{{worker}} fetches")),
        rates("Observations", "That rates were learned from, a second.",
              "warmpath_worker_observations_total{WORKER}", "worker",
              unit="none")]),
    ("What is known of their caches?", [
        graph("Blocks known", "none", "By tier.",
              ("max by (worker, tier) "
               "(warmpath_worker_index_blocks{WORKER})",
               "{{worker}} {{tier}}")),
        graph("Trust", "none", "How far events are believed.",
              ("sum by (state) (max by (worker, state) "
               "(warmpath_worker_trust{WORKER}))", "{{state}}"), stack=True),
        graph("Parity", "none", "Fewest checks that hold: 0 differs, -1 is "
              "not known.",
              ("min by (worker, check) (warmpath_worker_parity{WORKER})",
               "{{worker}} {{check}}")),
        by_worker("Lag of events", "s", "Age of the last batch when it was "
                  "applied.", "warmpath_kv_event_lag_seconds{WORKER}"),
        rates("Batches", "A second.",
              "warmpath_kv_event_batches_total{WORKER}", "worker",
              unit="none"),
        rates("Blocks in events", "By what was done with them.",
              "warmpath_kv_event_blocks_total{WORKER}", "kind", unit="none"),
        graph("Holes", "none", "In the sequence, and what was done: replays, "
              "learning anew; and what was no event.",
              (rate("warmpath_kv_event_gaps_total{WORKER}", "worker"),
               "{{worker}} gaps"),
              (rate("warmpath_kv_event_replays_total{WORKER}", "worker"),
               "{{worker}} replays"),
              (rate("warmpath_kv_event_resyncs_total{WORKER}", "worker",
                    "reason"), "{{worker}} anew: {{reason}}"),
              (rate("warmpath_kv_event_errors_total{WORKER}", "worker"),
               "{{worker}} errors"))]),
]

GATEWAY = [
    ("What does it cost?", [
        graph("CPU a request", "s", "User and system time.",
              (share("process_cpu_seconds_total{}",
                     "warmpath_requests_total{}", "instance"),
               "{{instance}}")),
        graph("CPU", "none", "Cores.",
              (rate("process_cpu_seconds_total{}", "instance"),
               "{{instance}}")),
        graph("Memory", "bytes", "Resident, and the bound (0: none).",
              ("process_resident_memory_bytes{}", "{{instance}}"),
              ("warmpath_memory_limit_bytes{}", "{{instance}} bound")),
        graph("Memory by owner", "bytes", "What is held for clients, prompts, "
              "conversations and the index.",
              ("sum by (owner) (warmpath_memory_bytes{})", "{{owner}}"),
              ("sum(warmpath_memo_bytes{})", "memo"),
              ("sum(warmpath_conversation_bytes{})", "conversations"),
              ("sum by (index) (warmpath_index_bytes{})", "index {{index}}"),
              stack=True),
        graph("Bodies that wait", "bytes", "For room at a worker; they are "
              "among what is held for clients.",
              ("sum(warmpath_queued_bytes{})", "bodies")),
        graph("Pressure", "none", "1: bodies are refused; 2: clients, too.",
              ("warmpath_memory_pressure{}", "{{instance}}")),
        graph("Index", "none", "Blocks with a holder; dropped to stay within "
              "the budget, a second.",
              ("sum by (index) (warmpath_index_entries{})", "{{index}}"),
              (rate("warmpath_index_evicted_total{}", "index"),
               "{{index}} dropped")),
        graph("Conversations", "none", "Remembered.",
              ("sum(warmpath_conversations{})", "conversations")),
        graph("Descriptors", "percentunit", "Open, of those allowed.",
              ("process_open_fds{} / process_max_fds{}", "{{instance}}"))]),
    ("Who is served, and who is not?", [
        graph("Requests here", "none", "Under way, and of these waiting.",
              ("sum(warmpath_active_requests{})", "under way"),
              ("sum(warmpath_queued_requests{})", "wait")),
        tail("Waited", "For room at a worker.", "warmpath_queue_wait_seconds"),
        rates("Turned away", "To protect the fleet.",
              "warmpath_shed_total{}", "reason"),
        rates("Answers cut", "By the side that ended them.",
              "warmpath_cut_streams_total{}", "side"),
        rates("Tried again", "Before a byte came back.",
              "warmpath_retries_total{}", "reason"),
        rates("Not tried again", "Though another worker might have served.",
              "warmpath_retries_denied_total{}", "reason")]),
    ("Tenants", [
        rates("Requests", "Of each tenant.",
              "warmpath_tenant_requests_total{}", "tenant", "outcome"),
        rates("Tokens", "Of prompts and answers.",
              "warmpath_tenant_tokens_total{}", "tenant", "kind",
              unit="none"),
        rates("Limited", "Answered with 429, by the limit.",
              "warmpath_tenant_limited_total{}", "tenant", "limit"),
        rates("Keys refused", "Answered with 401.",
              "warmpath_refused_keys_total{}", "reason"),
        graph("Tenants in force", "none", "0: whoever comes is served.",
              ("max(warmpath_tenants{})", "tenants"))]),
    ("Connections", [
        graph("Open", "none", "Against those that limits and descriptors "
              "allow.", ("sum(warmpath_open_connections{})", "open"),
              ("sum(warmpath_resting_connections{})", "that rest"),
              ("sum(warmpath_http2_connections{})", "of HTTP/2"),
              ("sum(warmpath_http2_streams{})", "streams"),
              ("sum(warmpath_max_connections{})", "allowed")),
        rates("Begun", "By what they speak.", "warmpath_connections_total{}",
              "protocol", unit="none"),
        graph("HTTP/2 ended early", "none", "Streams reset, by whom; "
              "connections sent away, by why.",
              (rate("warmpath_http2_resets_total{}", "by"), "reset: {{by}}"),
              (rate("warmpath_http2_goaways_total{}", "reason"),
               "away: {{reason}}")),
        rates("TLS handshakes", "By how they ended.",
              "warmpath_tls_handshakes_total{}", "side", "result",
              unit="none"),
        graph("Certificates expire in", "s", "The first of each side.",
              ("min by (side) "
               "(warmpath_tls_certificate_expiry_timestamp_seconds{}) "
               "- time()", "{{side}}"))]),
    ("What runs?", [
        graph("Versions", "none", "Gateways of each.",
              ("count by (version, commit) (warmpath_build_info{})",
               "{{version}} {{commit}}")),
        graph("Files in force", "none", "1 if what was read last took "
              "effect.",
              ("warmpath_config_last_reload_success{}",
               "{{instance}} configuration"),
              ("warmpath_tenants_last_reload_success{}",
               "{{instance}} tenants")),
        graph("Ages", "s", "Of the process and of its configuration.",
              ("time() - process_start_time_seconds{}",
               "{{instance}} process"),
              ("time() - warmpath_config_last_reload_timestamp_seconds{}",
               "{{instance}} configuration")),
        graph("Lines lost", "none", "Log lines dropped because their writer "
              "was slow, a second.",
              (rate("warmpath_log_dropped_total{}"), "log"),
              (rate("warmpath_decision_log_dropped_total{}"),
               "decisions")),
        rates("Spans", "Of traced requests, by whether the collector took "
              "them, a second.", "warmpath_trace_spans_total{}", "result",
              unit="none")]),
]

BOARDS = {
    "overview": ("overview", OVERVIEW),
    "routing": ("routing", ROUTING),
    "workers": ("workers", WORKERS),
    "gateway": ("gateway", GATEWAY),
}
