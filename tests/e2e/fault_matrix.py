"""The fault matrix: what can go wrong, what is then expected, and which
tests hold it. `python3 tests/e2e/fault_matrix.py` prints it.

A row that nothing tests says why not. After each of these tests that has a
gateway by the fixture `front`, accounts.py balances its books."""
FAULTS = {}   # by number: they are as many as there are
ATTACKS = {}  # by what is attacked


class Row:
    """`tests` are (file, name); each was written "file: name name"."""

    def __init__(self, what, expected, tests, reason):
        self.what, self.expected, self.reason = what, expected, reason
        self.tests = []
        for line in tests:
            file, _, names = line.partition(": ")
            self.tests += [(f"{file}_test.py", f"test_{name}")
                           for name in names.split()]


def fault(number, what, expected, *tests, reason=None):
    assert number not in FAULTS, f"row {number} is there twice"
    FAULTS[number] = Row(what, expected, tests, reason)


def attack(what, expected, *tests, reason=None):
    assert what not in ATTACKS, f"{what} is there twice"
    ATTACKS[what] = Row(what, expected, tests, reason)


# --- of workers -------------------------------------------------------

fault(1, "a worker dies in the middle of an answer",
    "its clients see an error and a break, the others nothing",
    "fault: a_killed_workers_streams_break_visibly_and_no_others",
    "fault: a_worker_killed_between_two_events_leaves_whole_events",
    "fault: after_a_workers_death_requests_go_elsewhere_at_once",
    "fault: a_client_of_http_1_0_sees_a_cut_too"
    " a_stream_seen_twice_says_the_same",
    "fault_bytes: a_stream_cut_at_any_byte_ends_in_one_clean_error")
fault(2, "a worker dies before its first byte",
    "one more try elsewhere; the client sees one answer",
    "fault: a_worker_killed_before_its_first_byte_costs_one_more_try")
fault(3, "a worker hangs before its first byte",
    "another is tried, or 504 with Retry-After; late bytes are nobody's",
    "fault: a_worker_that_hangs_is_given_up_for_another",
    "fault: when_all_workers_hang_the_client_is_told_in_time",
    "fault: a_stream_that_falls_silent_is_cut_visibly")
fault(4, "a slow first byte", "passes, and is sent once",
    "fault: a_slow_first_byte_within_the_limit_is_sent_once")
fault(5, "resets", "as a death before or after the first byte",
    "fault: a_worker_that_resets_instead_of_answering_is_retried",
    "fault_bytes: a_hundred_streams_reset_at_once_break_visibly"
    " an_answer_without_a_length_ends_with_its_connection",
    "fault_network: connections_killed_by_the_kernel_cost_what_they_carried")
fault(6, "a wrong length, a bad chunk, no HTTP",
    "502 or a visible cut; the connection is not used again",
    "fault: a_stream_whose_framing_breaks_is_cut_and_not_pooled"
    " an_answer_without_framing_from_its_start_is_a_502"
    " an_answer_shorter_than_promised_is_not_made_whole",
    "fault_bytes: bytes_behind_an_answer_are_nobodys_answer"
    " what_is_no_answer_is_a_502_in_our_words"
    " an_early_answer_is_passed_on_and_its_connection_dropped"
    " a_1xx_before_the_answer_is_not_the_answer"
    " a_connection_is_used_again_after_a_whole_answer",
    "http_corpus: every_answer_is_told_as_written"
    " every_answer_that_trickles_is_told_as_written"
    " what_an_idle_connection_says_is_no_answer")
fault(7, "malformed server-sent events",
    "relayed byte for byte; usage is unknown, not nothing",
    "fault_bytes: a_stream_is_relayed_byte_for_byte_however_odd",
    "disclosure: a_stream_whose_usage_is_unknown_is_not_counted_as_nothing")
fault(8, "bursts of 5xx and 429",
    "tries are bounded, and what is refused says when to come back",
    "fault: a_busy_worker_is_passed_over"
    " a_burst_of_refusals_is_not_made_worse"
    " a_workers_own_400_is_passed_on_untouched_and_not_retried",
    "resilience: a_fleet_that_refuses_is_asked_a_fifth_more_at_most"
    " few_requests_may_be_retried_all_the_same"
    " which_errors_are_tried_elsewhere_is_configured"
    " a_worker_that_fails_is_left_alone"
    " a_clients_own_errors_are_none_of_the_workers"
    " where_most_workers_are_broken_all_are_tried"
    " a_worker_that_asks_for_a_pause_is_left_alone_for_it"
    " when_all_ask_for_a_pause_clients_are_told_how_long")

# --- of events --------------------------------------------------------

fault(9, "KV events are lost",
    "asked for again; where that fails, what was known is forgotten",
    "fault_event: 500_lost_batches_are_replayed_and_predicted_rightly"
    " batches_lost_for_good_clear_what_was_known",
    "ingest: a_gap_is_replayed"
    " a_gap_that_cannot_be_replayed_clears_the_worker")
fault(10, "a worker restarts with an empty cache",
    "no stale block is predicted",
    "fault_event: an_empty_restart_leaves_no_stale_prediction"
    " a_restart_that_catches_up_with_the_old_count_is_noticed"
    " a_reset_cache_is_forgotten evicted_blocks_are_not_predicted",
    "fault: a_worker_comes_back_and_is_predicted_rightly_in_two_seconds",
    "ingest: an_idle_restart_is_noticed")
fault(11, "a publisher falls silent",
    "no request fails; what was missed is learned afterwards",
    "fault_event: a_silent_publisher_costs_no_request_and_recovers",
    "ingest: a_silent_publisher_is_not_believed_for_long")

# --- of what stands beside --------------------------------------------

fault(12, "a shared store is down or slow", "no request waits for it",
    reason="replicas share nothing yet: there is no store")
fault(13, "DNS changes or fails", "the last good set stays",
    "discover_dns: records_come_and_go_and_no_failure_changes_anything"
    " a_time_to_live_is_heeded silence_is_a_failure_and_not_the_gateways",
    "discover_dnsmasq: addresses_change_vanish_and_return"
    " services_and_both_families")
fault(14, "certificates are rotated",
    "no handshake fails; a broken pair changes nothing",
    "tls: five_certificates_under_load_and_no_failed_handshake"
    " a_broken_pair_changes_nothing files_that_change_are_noticed"
    " a_session_is_resumed_over_a_reload")
fault(15, "a faulty configuration at a reload",
    "the one in force stays, and why is said",
    "gateway: a_faulty_reload_keeps_the_configuration_in_force",
    "lifecycle: a_reload_that_cannot_listen_changes_nothing",
    "tenant: a_faulty_file_keeps_the_old_one_and_says_why")
fault(16, "reloads under load", "not an error, the index is kept",
    "gateway: a_reload_under_load_loses_nothing",
    "lifecycle: twenty_reloads_under_load_change_nothing"
    " a_reload_keeps_connections_to_workers"
    " a_reload_opens_and_closes_addresses"
    " a_reload_during_an_upgrade_reaches_who_takes_over",
    "churn: changes_under_load_lose_nothing",
    "tenant: reloads_under_load_lose_nothing",
    "ingest: a_reload_keeps_what_is_known")
fault(17, "SIGTERM",
    "readiness fails first; what can finish does; then a visible end",
    "gateway: a_drain_lets_streams_finish"
    " what_is_open_at_the_drains_deadline_ends_visibly",
    "fault: a_drain_past_its_time_cuts_visibly_and_ends_well",
    "lifecycle: for_the_delay_readiness_fails_and_all_are_served"
    " after_the_delay_the_door_is_shut_and_streams_end"
    " who_waits_in_the_queue_when_it_stops_is_served"
    " a_body_that_is_not_there_at_the_deadline_gets_an_answer"
    " an_answer_that_is_read_slowly_is_not_cut_by_a_drain")
fault(18, "SIGTERM twice, SIGQUIT",
    "an end at once, visibly, and an outcome for each",
    "fault: a_second_sigterm_ends_at_once_and_visibly",
    "lifecycle: sigquit_cuts_at_once_and_records_it")
fault(19, "the gateway is killed and started again",
    "clients see a break; the new one learns what workers hold",
    "fault_self: a_killed_gateway_leaves_breaks_and_the_next_one_knows",
    "ingest: a_late_gateway_learns_the_history")
fault(20, "a replica of several is lost", "the others carry on",
    reason="replicas know nothing of each other yet; each is row 19")

# --- of the machine ---------------------------------------------------

fault(21, "no descriptor is left",
    "accept pauses, streams go on, no busy loop, and it recovers",
    "fault_client: without_descriptors_it_waits_instead_of_spinning",
    "overload: it_lets_in_whom_it_has_descriptors_for"
    " when_the_last_descriptor_is_gone_it_says_so_and_recovers"
    " a_worker_that_cannot_be_reached_for_want_of_one_is_not_to_blame")
fault(22, "memory runs short", "shed before anything breaks",
    "overload: under_pressure_bodies_are_refused_and_streams_go_on"
    " at_the_brink_idle_clients_go_and_nobody_is_let_in"
    " bodies_beyond_the_bound_are_shed_and_memory_stays",
    "memory: clients_that_never_read_cost_what_the_formula_says")
fault(23, "the disk is full, or nobody reads the log",
    "lines are dropped and counted; requests do not wait",
    "fault_self: a_log_that_nobody_reads_holds_up_nobody"
    " a_full_disk_costs_lines_alone")
fault(24, "the wall clock jumps",
    "no time-out fires, nothing ends",
    "fault_self: a_jump_of_the_wall_clock_changes_nothing")
fault(25, "the gateway or a worker stands still for seconds",
    "nobody is put out for our own sleep; every outcome is known",
    "fault: a_frozen_worker_is_out_until_it_thaws"
    " a_frozen_gateway_puts_nobody_out_when_it_thaws")
fault(26, "one worker cannot be reached",
    "its streams end visibly, new requests go elsewhere, and it returns",
    "fault_network: a_worker_behind_a_partition_costs_no_new_request",
    "resilience: a_worker_that_breaks_off_its_answers_is_left_alone"
    " single_requests_try_a_worker_that_was_left_alone"
    " a_worker_that_comes_back_comes_up_slowly")
fault(27, "one packet in ten is lost", "slower, and not a byte wrong",
    "fault_network: lost_packets_cost_time_alone")
fault(28, "a slow link to a client",
    "the worker is held back; memory stays within bounds",
    "fault_network: a_slow_link_holds_the_worker_back",
    "fault_client: a_slow_client_gets_every_byte"
    " a_client_that_does_not_read_is_not_buffered_for",
    "http2: a_slow_reader_holds_up_its_own_stream_only")

# --- of clients -------------------------------------------------------

fault(29, "hostile clients beside good ones",
    "the good ones get every answer, and the right ones",
    "hostile: good_clients_get_every_answer_whatever_others_do"
    " an_attack_alone_is_dealt_with",
    "slow_http: slow_clients_hold_up_nobody")
fault(30, "no worker is left",
    "503 with Retry-After, or a bounded wait",
    "fault: without_a_worker_clients_are_told_to_come_back"
    " who_waits_is_served_by_a_worker_that_comes_back",
    "gateway: requests_over_every_workers_limit_wait_and_are_bounded")
fault(31, "the Kubernetes API breaks off or lies",
    "the last good set stays",
    "discover_kubernetes: no_breakage_loses_a_worker_or_a_request"
    " silence_is_noticed_and_bookmarks_are_none"
    " a_token_is_read_again_and_the_server_is_known"
    " a_server_that_nobody_vouches_for_is_not_asked")
fault(32, "all of it for hours",
    "memory flat, descriptors flat, gauges at 0",
    "soak: a_few_seconds_of_everything_are_survived",
    "clean: memory_does_not_grow_with_requests"
    " 300_connections_leave_no_descriptor_and_no_load"
    " a_drained_gateway_leaves_no_memory_and_made_no_error")
fault(33, "the collector of traces is away",
    "spans are lost and counted, nothing else",
    "tracing: a_dead_collector_costs_spans_and_nothing_else"
    " a_collector_may_come_and_go")

# --- attacks ----------------------------------------------------------

attack("forged transfers of blocks", "taken out, on every route",
    "steering: members_that_steer_arrive_on_no_route"
    " every_member_that_steers_arrives_in_no_form")
attack("addresses in a request's id", "workers get an id of ours",
    "steering: headers_that_steer_arrive_on_no_route",
    "http_corpus: a_clients_own_id_is_only_logged_if_it_is_safe")
attack("headers that steer", "taken out",
    "steering: headers_that_steer_arrive_on_no_route",
    "http_corpus: every_request_is_answered_and_sent_on_as_written")
attack("paths that control an engine", "closed in every spelling",
    "steering: no_spelling_of_a_controlling_path_arrives",
    "gateway: closed_paths_say_so_in_openais_shape")
attack("addresses in bodies and targets", "nothing connects there",
    "steering: no_address_in_a_request_is_connected_to")
attack("requests that ask for too much", "refused",
    "hostile: an_attack_alone_is_dealt_with")
attack("prompts that are hard to tokenize", "no stream waits",
    "hostile: hard_prompts_hold_up_no_stream")
attack("slow readers", "bounded memory, then an end",
    "fault_client: a_client_that_does_not_read_is_not_buffered_for",
    "gateway: answers_that_nobody_reads_hold_up_the_next_requests")
attack("slow senders", "told so in time",
    "fault_client: a_request_that_dawdles_in_is_told_so"
    " a_connection_that_says_nothing_is_closed_without_a_word",
    "resilience: a_body_must_keep_its_pace"
    " a_request_that_takes_too_long_before_a_byte_is_told"
    " a_stream_that_takes_too_long_is_cut_visibly",
    "slow_http: slow_clients_hold_up_nobody")
attack("clients that leave", "their workers are freed at once",
    "fault_client: a_client_that_leaves_mid_stream_frees_its_worker"
    " a_client_that_leaves_during_prefill_frees_its_worker"
    " a_client_that_leaves_the_queue_is_never_served"
    " a_client_that_leaves_while_its_worker_hangs_is_not_retried"
    " many_clients_that_leave_leave_nothing",
    "hostile: a_stream_may_be_left_by_its_client_at_any_byte")
attack("an answer that is another's", "never",
    "fault_bytes: bytes_behind_an_answer_are_nobodys_answer",
    "hostile: surplus_bytes_of_one_never_answer_another",
    "http_corpus: what_an_idle_connection_says_is_no_answer")
attack("series without end", "labels are ours alone",
    "disclosure: what_clients_make_up_makes_no_series")
attack("secrets in logs", "none, at any level",
    "disclosure: secrets_are_in_no_log_metric_or_page"
    " what_a_worker_says_of_a_prompt_is_told_to_its_client_alone")
attack("forged lines of the log", "no byte of theirs is raw",
    "disclosure: nobody_can_write_lines_of_the_log"
    " a_worker_cannot_write_lines_of_the_log_either")
attack("strangers", "told so, early, and nothing else",
    "tenant: without_a_good_key_there_is_401"
    " strangers_learn_nothing_but_health"
    " what_is_not_allowed_does_not_exist a_clients_key_stays_here")
attack("forged parents of traces", "no trace is theirs, nor passed on",
    "tracing: what_is_no_parent_begins_a_trace")
attack("timing another tenant's cache", "no prefix is shared",
    "tenant: tenants_share_no_prefix what_was_routed_where_is_a_tenants_own"
    " a_clients_salt_joins_no_tenants paths_that_take_no_salt_are_shut")
attack("cutting a TLS stream short", "a cut answer, not a whole one",
    "tls: an_end_without_goodbye_is_a_cut_answer"
    " an_answer_that_is_cut_looks_cut")
attack("floods of HTTP/2's frames", "the connection ends, nobody else's",
    "http2_abuse: a_flood_ends_the_connection"
    " a_flood_of_empty_data_ends_the_connection"
    " rapid_resets_end_the_connection"
    " rapid_resets_of_whole_requests_free_the_worker"
    " a_header_block_without_end_ends_the_connection"
    " a_header_bomb_is_refused windows_of_a_byte_end_the_connection")
attack("forged events of blocks", "bounded, counted, found out",
    "fault_forgery: nonsense_is_counted_and_harms_nobody"
    " a_flood_of_blocks_stays_within_the_indexs_memory"
    " a_worker_whose_events_lie_is_not_believed_for_ever")


def lines_of(rows):
    for row in rows:
        yield f"{row.what}: {row.expected}"
        for file, name in row.tests:
            yield f"    {file}::{name}"
        if row.reason:
            yield f"    no test: {row.reason}"


if __name__ == "__main__":
    print(*lines_of(FAULTS.values()), "", *lines_of(ATTACKS.values()),
          sep="\n")
