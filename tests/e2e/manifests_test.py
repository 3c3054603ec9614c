"""Kubernetes: the manifests render, are well formed, fit each other, and
say of the programs only what is so."""
import functools
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

import kube_shapes
import prometheus
from books import FAST
from harness import ROOT, binary, environment

FOLDER = os.path.join(ROOT, "deploy", "kubernetes")
NAMES = ("base", "overlays/aggregated", "overlays/prefill-decode",
         "overlays/replicas")
OVERLAYS = NAMES[1:]
ALL = pytest.mark.parametrize("name", NAMES)
MODEL = "meta-llama/Llama-3.1-8B-Instruct"
# As in a pod: where the API server is.
POD = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None,
                                reason="kubectl is not installed")


@functools.lru_cache(None)
def rendered(name):
    ran = subprocess.run(["kubectl", "kustomize", os.path.join(FOLDER, name)],
                         capture_output=True, text=True)
    assert ran.returncode == 0 and ran.stderr == "", ran.stderr
    return [thing for thing in yaml.safe_load_all(ran.stdout) if thing]


def all_of(name, kind):
    return [thing for thing in rendered(name) if thing["kind"] == kind]


def one(name, kind, called="warmpath"):
    found, = [thing for thing in all_of(name, kind)
              if thing["metadata"]["name"] == called]
    return found


def template(deployment):
    return deployment["spec"]["template"]


def container(deployment):
    only, = template(deployment)["spec"]["containers"]
    return only


def ports(deployment):
    return {port["name"]: port["containerPort"]
            for port in container(deployment)["ports"]}


def configuration(name):
    found, = [config for config in all_of(name, "ConfigMap")
              if "warmpath.yaml" in config["data"]]
    return found["data"]["warmpath.yaml"]


def run(*arguments, **env):
    return subprocess.run([binary("warmpath"), *arguments],
                          capture_output=True, text=True, cwd=ROOT,
                          env=environment(env))


def engines(name):
    return [deployment for deployment in all_of(name, "Deployment")
            if deployment["metadata"]["name"] != "warmpath"]


def flags(deployment):
    """--name=value of an engine; JSON is read."""
    found = {}
    for word in container(deployment)["args"]:
        flag, _, value = word.partition("=")
        found[flag] = json.loads(value) if value.startswith("{") else value
    return found


def variables(deployment):
    return {entry["name"]: entry.get("value")
            for entry in container(deployment)["env"]}


# --- well formed ------------------------------------------------------

@ALL
def test_every_object_is_one_that_kubernetes_knows(name):
    faults = [fault for thing in rendered(name)
              for fault in kube_shapes.faults(thing)]
    assert faults == []


def test_a_wrong_key_would_be_seen():
    good = one("base", "Deployment")
    for where, key, value in (
            (good, "replicas", 1), (good["spec"], "replica", 1),
            (container(good)["securityContext"], "readOnlyRootFileSystem",
             True), (container(good)["readinessProbe"], "periodSecond", 1),
            (container(good)["ports"][0], "containerPort", 0)):
        had = where.get(key)
        where[key] = value
        assert kube_shapes.faults(good) != [], key
        if had is None:
            del where[key]
        else:
            where[key] = had
    assert kube_shapes.faults(good) == []
    assert kube_shapes.faults({"apiVersion": "v1", "kind": "Pod"}) != []


# --- what belongs together --------------------------------------------

@ALL
def test_selectors_find_whom_they_mean(name):
    labels = [template(d)["metadata"]["labels"]
              for d in all_of(name, "Deployment")]

    def finds(selector):
        return any(selector.items() <= of.items() for of in labels)
    for thing in all_of(name, "Deployment"):
        assert thing["spec"]["selector"]["matchLabels"].items() <= \
            template(thing)["metadata"]["labels"].items()
    for thing in all_of(name, "Service"):
        assert finds(thing["spec"]["selector"])
    for thing in all_of(name, "PodDisruptionBudget"):
        assert finds(thing["spec"]["selector"]["matchLabels"])
    for thing in all_of(name, "NetworkPolicy") if name != "base" else ():
        assert finds(thing["spec"]["podSelector"]["matchLabels"])


@ALL
def test_ports_are_those_of_the_container_and_of_the_configuration(name):
    deployment = one(name, "Deployment")
    known = ports(deployment)
    for service in all_of(name, "Service"):
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in known
    for port in (port for rule in one(name, "NetworkPolicy")["spec"]["ingress"]
                 for port in rule["ports"]):
        assert port["port"] in known
    config = yaml.safe_load(configuration(name))
    assert config["listen"] == f"0.0.0.0:{known['http']}"
    assert config["admin"] == f"0.0.0.0:{known['admin']}"


def test_the_monitor_finds_the_admin_port():
    monitor = one("overlays/replicas", "ServiceMonitor")
    service = one("overlays/replicas", "Service", "warmpath-admin")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= \
        service["metadata"]["labels"].items()
    endpoint, = monitor["spec"]["endpoints"]
    assert endpoint["port"] in [p["name"] for p in service["spec"]["ports"]]


@functools.lru_cache(None)
def metrics():
    return {line.split(" ")[0]
            for line in run("--print-metrics").stdout.splitlines()}


def test_the_autoscaler_scales_the_gateway_by_a_metric_that_it_has():
    scaler = one("overlays/replicas", "HorizontalPodAutoscaler")["spec"]
    assert scaler["scaleTargetRef"]["name"] == "warmpath"
    assert scaler["minReplicas"] == \
        one("overlays/replicas", "Deployment")["spec"]["replicas"]
    for metric in scaler["metrics"]:
        assert metric["pods"]["metric"]["name"] in metrics()


@ALL
def test_the_account_may_read_what_discovery_reads_and_no_more(name):
    binding, role = one(name, "RoleBinding"), one(name, "Role")
    account = one(name, "ServiceAccount")["metadata"]["name"]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert [s["name"] for s in binding["subjects"]] == [account]
    assert template(one(name, "Deployment"))["spec"]["serviceAccountName"] \
        == account
    assert {r for rule in role["rules"] for r in rule["resources"]} == \
        {"endpointslices", "pods", "inferencepools"}
    assert {v for rule in role["rules"] for v in rule["verbs"]} == \
        {"get", "list", "watch"}


# --- the gateway ------------------------------------------------------

@ALL
def test_its_pod_has_no_privilege(name):
    spec = template(one(name, "Deployment"))["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"]["type"] == \
        "RuntimeDefault"
    own = container(one(name, "Deployment"))["securityContext"]
    assert own == {"allowPrivilegeEscalation": False,
                   "readOnlyRootFilesystem": True,
                   "capabilities": {"drop": ["ALL"]}}


@ALL
def test_the_program_has_each_of_its_arguments(name):
    told = run("--help").stdout
    for word in container(one(name, "Deployment"))["args"]:
        assert not word.startswith("-") or f"{word} " in told


@ALL
def test_the_program_takes_the_configuration(name, tmp_path):
    path = tmp_path / "warmpath.yaml"
    path.write_text(configuration(name))
    told = run("check", str(path), **POD)
    assert told.returncode == 0, told.stderr


@ALL
def test_kubernetes_waits_longer_than_a_drain(name, tmp_path):
    path = tmp_path / "warmpath.yaml"
    path.write_text(configuration(name))
    printed = yaml.safe_load(run("--config", str(path), "--print-config",
                                 **POD).stdout)["timeouts"]

    def seconds(text):
        unit = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
        number, name = re.fullmatch(r"(\d+)(\w+)", text).groups()
        return int(number) * unit[name]
    grace = template(one(name, "Deployment"))["spec"][
        "terminationGracePeriodSeconds"]
    assert grace >= seconds(printed["drain"]) + \
        seconds(printed["drain_delay"]) + 15
    for engine in engines(name):
        assert template(engine)["spec"]["terminationGracePeriodSeconds"] >= \
            grace


def test_probes_and_metrics_answer(fleet, front):
    g = front(fleet(1, **FAST))
    only = container(one("base", "Deployment"))
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert only[probe]["httpGet"]["port"] == "admin"
        assert g.admin_get(only[probe]["httpGet"]["path"]).status == 200
    for endpoint in one("overlays/replicas", "ServiceMonitor")["spec"][
            "endpoints"]:
        assert g.admin_get(endpoint["path"]).status == 200


# --- the engines ------------------------------------------------------

@pytest.mark.parametrize("name", OVERLAYS)
def test_engines_are_what_the_configuration_says(name):
    model, = yaml.safe_load(configuration(name))["models"]
    for engine in engines(name):
        told = flags(engine)
        assert told["--model"] == model["name"]
        assert told["--prefix-caching-hash-algo"] == \
            model["hash"]["algorithm"]
        assert variables(engine)["PYTHONHASHSEED"] == model["hash"]["seed"]
        assert "--enable-prompt-tokens-details" in told
        assert told["--port"] == str(ports(engine)["http"])


@pytest.mark.parametrize("name", OVERLAYS)
def test_their_events_are_where_they_are_looked_for(name):
    policy, = [p for p in all_of(name, "NetworkPolicy")
               if p["metadata"]["name"] == "warmpath-engines"]
    let_in = {p["port"] for rule in policy["spec"]["ingress"]
              for p in rule.get("ports", ())}
    for engine in engines(name):
        events = flags(engine)["--kv-events-config"]
        noted = template(engine)["metadata"]["annotations"]
        assert events["enable_kv_cache_events"] is True
        for kind, key in (("events", "endpoint"),
                          ("replay", "replay_endpoint")):
            number = ports(engine)[kind]
            assert events[key] == f"tcp://*:{number}"
            assert noted[f"warmpath.io/{kind}-port"] == str(number)
            assert number in let_in
        assert ports(engine)["http"] in let_in
        assert policy["spec"]["podSelector"]["matchLabels"].items() <= \
            template(engine)["metadata"]["labels"].items()


@pytest.mark.parametrize("name", OVERLAYS)
def test_discovery_looks_for_their_labels_and_port(name):
    model, = yaml.safe_load(configuration(name))["models"]
    sought = model["discover"]["kubernetes"]
    label, among = re.fullmatch(r"(\w+)(?:=| in )(.+)",
                                sought["selector"]).groups()
    values = re.split(r",\s*", among.strip("()"))
    assert {template(e)["metadata"]["labels"][label]
            for e in engines(name)} == set(values)
    assert {str(ports(e)["http"]) for e in engines(name)} == {sought["port"]}


def test_engines_of_a_pair_can_hand_over():
    reference = run("--print-reference").stdout
    roles = set()
    for engine in engines("overlays/prefill-decode"):
        noted = template(engine)["metadata"]["annotations"]
        moves = flags(engine)["--kv-transfer-config"]
        assert moves["kv_connector"] == "NixlConnector"
        assert noted["warmpath.io/connector"] == "nixl"
        assert variables(engine)["VLLM_NIXL_SIDE_CHANNEL_PORT"] == \
            str(ports(engine)["nixl"])
        roles.add(noted["warmpath.io/role"])
        assert re.search(r"\bnixl\b", reference)
    assert roles == {"prefill", "decode"}


# --- alerts and boards -----------------------------------------------

def test_grafana_finds_the_boards():
    boards = one("overlays/replicas", "ConfigMap", "warmpath-boards")
    assert boards["metadata"]["labels"]["grafana_dashboard"] == "1"
    for name, text in boards["data"].items():
        with open(os.path.join(ROOT, "grafana", name),
                  encoding="ascii") as f:
            assert f.read() == text, name
    assert len(boards["data"]) == 4


def test_prometheus_takes_the_rules(tmp_path):
    if prometheus.TOOL is None:
        pytest.skip("NOT RUN: there is no promtool; tools/unpack.sh "
                    "fetches it")
    spec = one("overlays/replicas", "PrometheusRule")["spec"]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump(spec))
    assert not prometheus.promtool("check", "rules", str(path))
