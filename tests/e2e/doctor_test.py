"""`warmpath doctor` on fleets that are wrong in one way each: it names what
is wrong and the flag that mends it, and nothing else."""
import json
import subprocess

import pytest

import books
import halves
import harness

SIM = {**books.FAST, "tokenizer": "models/demo"}
OTHER = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"


def doctor(tmp_path, config, *arguments):
    path = tmp_path / "warmpath.yaml"
    path.write_text(json.dumps(config))
    done = subprocess.run(
        [harness.binary("warmpath"), "doctor", "--config", str(path),
         *arguments],
        capture_output=True, text=True, timeout=60 * harness.SLOW,
        cwd=harness.ROOT, env=harness.environment(None))
    assert not harness.REPORT.search(done.stderr), done.stderr
    return done


def examine(tmp_path, config, *arguments):
    """Exit status, and each worker's checks that are not right."""
    done = doctor(tmp_path, config, "--json", *arguments)
    told = json.loads(done.stdout)
    assert done.returncode == (0 if told["ok"] else 1)
    return done.returncode, {
        w["name"]: {name: c for name, c in w["checks"].items()
                    if c["state"] != "holds"} for w in told["workers"]}


def config(workers, **model):
    return books.config(workers, {"tokenizer": "models/demo", **model})


def test_a_fleet_that_is_right_in_everything(fleet, tmp_path):
    workers = fleet(2, loras="sql", **SIM)
    conf = config(workers, loras=["sql"], block_size=16)
    assert examine(tmp_path, conf) == (0, {"worker-0": {}, "worker-1": {}})
    done = doctor(tmp_path, conf)
    assert done.returncode == 0
    assert "nothing is wrong with 2 workers" in done.stdout
    assert "one completion of one token" in done.stderr
    assert "\033" not in done.stdout  # it is no terminal
    for worker in workers:
        served = worker.get("/sim/state").json()["requests"]
        assert [r["completion_tokens"] for r in served] == [1, 1]


def test_without_a_completion_less_is_known(fleet, tmp_path):
    workers = fleet(1, **SIM)
    status, found = examine(tmp_path, config(workers), "--no-generate")
    assert status == 0
    assert set(found["worker-0"]) == {"hash", "events", "usage"}
    assert all(c["state"] == "unknown" for c in found["worker-0"].values())
    assert workers[0].get("/sim/state").json()["requests"] == []


FAULTS = {
    "another template": (
        {"chat_template": None}, {}, "chat_template",
        "a chat differs at token 0: ours \"<|im_start|>user",
        "--chat-template"),
    "a BOS": (
        {"bos": "<|endoftext|>"}, {}, "special_tokens",
        "the worker puts \"<|endoftext|>\" before", "--tokenizer models/demo"),
    "another seed": (
        {"seed": "42"}, {}, "hash", "with PYTHONHASHSEED=42",
        "PYTHONHASHSEED=0"),
    "a seed nobody knows": (
        {"seed": "random"}, {}, "hash", "another PYTHONHASHSEED, or none",
        "PYTHONHASHSEED=0"),
    "another algorithm": (
        {"hash": "xxhash_cbor"}, {}, "hash",
        "named by xxhash_cbor, but hash says sha256",
        "--prefix-caching-hash-algo sha256"),
    "another algorithm than it says": (
        {"hash": "xxhash_cbor", "told_hash": "sha256_cbor"},
        {"hash": {"algorithm": "sha256_cbor", "seed": "0"}}, "hash",
        "named by xxhash_cbor, but hash says sha256_cbor",
        "--prefix-caching-hash-algo sha256_cbor"),
    "another block size": (
        {"block_size": 32}, {"block_size": 16}, "block_size",
        "its blocks have 32 tokens, but block_size: says 16",
        "--block-size 16"),
    "an adapter that is missing": (
        {"loras": "chat"}, {"loras": ["chat", "sql"]}, "loras",
        "it does not know sql", "--enable-lora and --lora-modules"),
    "no replay": (
        {"replay": False}, {}, "replay", "no replay: is configured",
        "\"replay_endpoint\": \"tcp://*:"),
    "no events": (
        {"events": False}, {}, "events", "no events: is configured",
        "--kv-events-config '{\"enable_kv_cache_events\": true"),
    "no cached tokens": (
        {"usage_details": False}, {}, "usage", "cached_tokens",
        "--enable-prompt-tokens-details"),
    "no prefix caching": (
        {"prefix_caching": False}, {}, "prefix_caching", "is off",
        "--enable-prefix-caching"),
    "another name": (
        {"model": "demo-v2"}, {}, "model", "/v1/models has no demo",
        "--served-model-name demo"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named_with_its_flag(fleet, tmp_path, fault):
    options, model, check, says, mend = FAULTS[fault]
    if "chat_template" in options:
        path = tmp_path / "other.jinja"
        path.write_text(OTHER)
        options = {"chat_template": str(path)}
    status, found = examine(
        tmp_path, config(fleet(1, **{**SIM, **options}), **model),
        *(("--wait", "1") if check == "prefix_caching" else ()))
    wrong = {name: c for name, c in found["worker-0"].items()
             if c["state"] == "differs"}
    assert status == 1
    assert says in wrong[check]["says"]
    assert mend in wrong[check]["mend"]
    # Without caching nothing is stored, and no event comes of it.
    also = {"prefix_caching": {"events"}}.get(check, set())
    assert set(wrong) == {check} | also


def test_another_tokenizer_hides_what_rests_on_it(fleet, tmp_path):
    workers = fleet(1, **{**SIM, "tokenizer": "bytes"})
    status, found = examine(tmp_path, config(workers))
    assert status == 1
    found = found["worker-0"]
    assert found["tokenizer"]["state"] == "differs"
    assert "differs at token 0" in found["tokenizer"]["says"]
    assert "--tokenizer models/demo" in found["tokenizer"]["mend"]
    assert found["special_tokens"]["state"] == "unknown"
    assert found["chat_template"]["state"] == "unknown"


@pytest.mark.parametrize("key, check, says", [
    ("events", "events", "has brought no event at tcp://"),
    ("replay", "replay", "nobody answers at tcp://")])
def test_endpoints_that_nobody_listens_at_are_named(fleet, tmp_path, key,
                                                    check, says):
    worker, = fleet(1, **SIM)
    conf = config([worker])
    entry = conf["models"][0]["workers"][0]
    # An HTTP port: it accepts, and speaks another language.
    entry[key] = worker.url.replace("http://", "tcp://")
    status, found = examine(tmp_path, conf)
    assert status == 1
    found = found["worker-0"]
    assert found[check]["state"] == "differs"
    assert says in found[check]["says"]
    assert "--kv-events-config" in found[check]["mend"]


def test_a_worker_that_is_away_is_told_beside_those_that_are_not(
        fleet, tmp_path):
    workers = fleet(2, **SIM)
    conf = config(workers)
    assert not workers[1].stop()
    done = doctor(tmp_path, conf)
    assert done.returncode == 1
    assert "it does not accept connections" in done.stdout
    assert "something is wrong with 1 of 2 workers" in done.stdout


def test_a_worker_that_refuses_completions_is_wrong(fleet, tmp_path):
    worker, = fleet(1, **SIM)
    worker.post("/sim/fault", {"kind": "status", "count": -1})
    status, found = examine(tmp_path, config([worker]))
    assert status == 1
    assert "answered with 503" in found["worker-0"]["model"]["says"]


def test_each_rank_is_examined_by_itself(fleet, tmp_path):
    base = harness.free_ports(4)
    conf = config(fleet(1, data_parallel=2, event_port=base,
                        replay_port=base + 2, **SIM))
    conf["models"][0]["workers"][0]["data_parallel"] = 2
    status, found = examine(tmp_path, conf)
    assert (status, found) == (0, {"worker-0/0": {}, "worker-0/1": {}})


def test_halves_that_wait_for_each_other_are_let_be(programs, tmp_path):
    options = {**SIM, "connector": "sglang"}
    workers = [programs.start(halves.Half, "p0", "prefill", **options),
               programs.start(halves.Half, "d0", "decode", **options)]
    told = json.loads(doctor(tmp_path, config(workers), "--json").stdout)
    assert "a completion" not in json.dumps(told)
    for worker in workers:
        assert books.state(worker)["received"] == 0
