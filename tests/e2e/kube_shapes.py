"""Which keys Kubernetes knows in the kinds that the manifests use, as far as
they use them: a misspelt or misplaced one is a fault, as the API server's
strict validation would find. A shape is a type, a list of one shape, a dict
of keys (those that end with ! must be there), or a function."""

import re

TEXT, NUMBER, FLAG = str, int, bool


def quantity(value):
    return isinstance(value, str) and \
        re.fullmatch(r"\d+(\.\d+)?(m|[KMGT]i?)?", value)


def port(value):
    return (isinstance(value, int) and 0 < value < 65536) or \
        (isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9-]{0,14}",
                                                 value))


def one_of(*words):
    return lambda value: value in words


class Map:
    """Any keys, values of one shape."""

    def __init__(self, of):
        self.of = of


LABELS = Map(TEXT)
META = {"name!": TEXT, "namespace": TEXT, "labels": LABELS,
        "annotations": LABELS}
SELECTOR = {"matchLabels!": LABELS}
PROBE = {"httpGet!": {"path!": TEXT, "port!": port}, "periodSeconds": NUMBER,
         "timeoutSeconds": NUMBER, "failureThreshold": NUMBER}
RESOURCES = {"requests": Map(quantity), "limits": Map(quantity)}
CONTAINER = {
    "name!": TEXT, "image!": TEXT, "args": [TEXT],
    "env": [{"name!": TEXT, "value": TEXT, "valueFrom": {
        "secretKeyRef": {"name!": TEXT, "key!": TEXT, "optional": FLAG},
        "fieldRef": {"fieldPath!": TEXT}}}],
    "ports": [{"name": TEXT, "containerPort!": port}],
    "startupProbe": PROBE, "livenessProbe": PROBE, "readinessProbe": PROBE,
    "resources": RESOURCES,
    "securityContext": {
        "allowPrivilegeEscalation": FLAG, "readOnlyRootFilesystem": FLAG,
        "capabilities": {"drop": [TEXT]}},
    "volumeMounts": [{"name!": TEXT, "mountPath!": TEXT, "readOnly": FLAG}],
}
POD = {
    "serviceAccountName": TEXT, "automountServiceAccountToken": FLAG,
    "enableServiceLinks": FLAG, "terminationGracePeriodSeconds": NUMBER,
    "securityContext": {
        "runAsNonRoot": FLAG, "runAsUser": NUMBER, "runAsGroup": NUMBER,
        "fsGroup": NUMBER,
        "seccompProfile": {"type!": one_of("RuntimeDefault")}},
    "containers!": [CONTAINER],
    "volumes": [{"name!": TEXT, "configMap": {"name!": TEXT},
                 "emptyDir": {"medium": one_of("Memory"),
                              "sizeLimit": quantity}}],
    "topologySpreadConstraints": [{
        "maxSkew!": NUMBER, "topologyKey!": TEXT,
        "whenUnsatisfiable!": one_of("ScheduleAnyway", "DoNotSchedule"),
        "labelSelector": SELECTOR}],
}
DEPLOYMENT = {
    "replicas": NUMBER, "selector!": SELECTOR,
    "strategy": {"type": one_of("RollingUpdate"), "rollingUpdate": {
        "maxSurge": NUMBER, "maxUnavailable": NUMBER}},
    "template!": {"metadata!": {"labels!": LABELS, "annotations": LABELS},
                  "spec!": POD},
}
POLICY_PORTS = [{"port!": port, "protocol": one_of("TCP")}]
RULE = {"record": TEXT, "alert": TEXT, "expr!": TEXT, "for": TEXT,
        "labels": LABELS, "annotations": LABELS}
SPECS = {
    ("v1", "Service"): {
        "clusterIP": one_of("None"), "publishNotReadyAddresses": FLAG,
        "selector!": LABELS,
        "ports!": [{"name!": TEXT, "port!": port, "targetPort": port,
                    "appProtocol": TEXT}]},
    ("apps/v1", "Deployment"): DEPLOYMENT,
    ("networking.k8s.io/v1", "NetworkPolicy"): {
        "podSelector!": SELECTOR, "policyTypes!": [one_of("Ingress")],
        "ingress": [{"from": [{"podSelector": SELECTOR,
                               "namespaceSelector": SELECTOR}],
                     "ports": POLICY_PORTS}]},
    ("policy/v1", "PodDisruptionBudget"): {
        "maxUnavailable": NUMBER, "selector!": SELECTOR},
    ("autoscaling/v2", "HorizontalPodAutoscaler"): {
        "scaleTargetRef!": {"apiVersion!": TEXT, "kind!": TEXT,
                            "name!": TEXT},
        "minReplicas": NUMBER, "maxReplicas!": NUMBER,
        "metrics!": [{"type!": one_of("Pods"), "pods!": {
            "metric!": {"name!": TEXT},
            "target!": {"type!": one_of("AverageValue"),
                        "averageValue!": quantity}}}],
        "behavior": {"scaleDown": {
            "stabilizationWindowSeconds": NUMBER,
            "policies!": [{"type!": one_of("Pods"), "value!": NUMBER,
                           "periodSeconds!": NUMBER}]}}},
    ("monitoring.coreos.com/v1", "ServiceMonitor"): {
        "selector!": SELECTOR,
        "endpoints!": [{"port!": TEXT, "path": TEXT, "interval": TEXT}]},
    ("monitoring.coreos.com/v1", "PrometheusRule"): {
        "groups!": [{"name!": TEXT, "rules!": [RULE]}]},
}
RBAC = "rbac.authorization.k8s.io"
OTHERS = {
    ("v1", "ServiceAccount"): {},
    ("v1", "ConfigMap"): {"data!": Map(TEXT)},
    (RBAC + "/v1", "Role"): {"rules!": [
        {"apiGroups!": [TEXT], "resources!": [TEXT],
         "verbs!": [one_of("get", "list", "watch")]}]},
    (RBAC + "/v1", "RoleBinding"): {
        "roleRef!": {"apiGroup!": one_of(RBAC), "kind!": one_of("Role"),
                     "name!": TEXT},
        "subjects!": [{"kind!": one_of("ServiceAccount"), "name!": TEXT,
                       "namespace": TEXT}]},
}
SHAPES = {kind: {"spec!": spec} for kind, spec in SPECS.items()} | OTHERS


def faults_in(value, shape, path):
    if isinstance(shape, dict):
        yield from faults_in_mapping(value, shape, path)
    elif isinstance(shape, list):
        if not isinstance(value, list) or not value:
            yield f"{path}: must be a list"
            return
        for i, item in enumerate(value):
            yield from faults_in(item, shape[0], f"{path}[{i}]")
    elif isinstance(shape, Map):
        if not isinstance(value, dict):
            yield f"{path}: must be a mapping"
            return
        for key, item in value.items():
            yield from faults_in(item, shape.of, f"{path}.{key}")
    elif isinstance(shape, type):
        if type(value) is not shape:
            yield f"{path}: {value!r} is no {shape.__name__}"
    elif not shape(value):
        yield f"{path}: {value!r} cannot stand here"


def faults_in_mapping(value, shape, path):
    if not isinstance(value, dict):
        yield f"{path}: must be a mapping"
        return
    known = {key.rstrip("!"): of for key, of in shape.items()}
    for key, item in value.items():
        if key in known:
            yield from faults_in(item, known[key], f"{path}.{key}")
        else:
            yield f"{path}.{key}: no such key"
    for key in shape:
        if key.endswith("!") and key[:-1] not in value:
            yield f"{path}.{key[:-1]}: is missing"


def faults(thing):
    """Sentences about one object of a manifest."""
    kind = thing.get("apiVersion"), thing.get("kind")
    if kind not in SHAPES:
        return [f"{kind}: not a kind that is used"]
    shape = {"apiVersion!": TEXT, "kind!": TEXT, "metadata!": META,
             **SHAPES[kind]}
    return list(faults_in(thing, shape, kind[1]))
