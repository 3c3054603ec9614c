#!/usr/bin/env python3
"""Writes what is made of the tables and rules here: the boards, and the
rules once more as the Prometheus operator takes them.
usage: generate.py [FOLDER]   (the repository's root, if not named)"""
import json
import os
import sys

import boards

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA_VERSION = 39
WIDTH = 24  # of Grafana's grid
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
RULE_HEAD = """\
# Made by grafana/generate.py from grafana/rules.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: warmpath
spec:
  groups:
"""


def selected(expression):
    """Braces hold what a series is chosen by; the variables come to it."""
    return (expression.replace("{", '{instance=~"$instance",')
            .replace("MODEL", 'model=~"$model"')
            .replace("WORKER", 'worker=~"$worker"').replace(",}", "}"))


def target(panel, n, query):
    made = {"datasource": SOURCE, "refId": "ABCDEFGH"[n], "editorMode": "code",
            "expr": selected(query.expression), "legendFormat": query.legend,
            "range": True}
    if panel.kind == "heatmap":
        made["format"] = "heatmap"
    return made


def look(panel):
    if panel.kind == "stat":
        return {"reduceOptions": {"calcs": ["lastNotNull"]},
                "colorMode": "value", "graphMode": "area"}
    if panel.kind == "heatmap":
        return {"calculate": False, "yAxis": {"unit": panel.unit},
                "color": {"mode": "scheme", "scheme": "Oranges"}}
    return {"legend": {"displayMode": "table", "placement": "bottom",
                       "calcs": ["mean", "max"]},
            "tooltip": {"mode": "multi", "sort": "desc"}}


def drawn(panel, number, **at):
    custom = {}
    if panel.kind == "timeseries":
        custom = {"custom": {
            "axisSoftMin": 0, "fillOpacity": 20 if panel.stack else 0,
            "stacking": {"mode": "normal" if panel.stack else "none"}}}
    return {
        "id": number, "type": panel.kind, "title": panel.title,
        "description": panel.why, "datasource": SOURCE, "gridPos": at,
        "targets": [target(panel, n, q) for n, q in enumerate(panel.queries)],
        "fieldConfig": {"defaults": {"unit": panel.unit, **custom},
                        "overrides": []},
        "options": look(panel)}


def lines(panels):
    """As many side by side as have room, and none alone on the last."""
    made = [[]]
    for panel in panels:
        if sum(p.width for p in made[-1]) + panel.width > WIDTH:
            made.append([])
        made[-1].append(panel)
    if len(made) > 1 and len(made[-1]) == 1:
        made[-2:] = [made[-2] + made[-1]]
    return made


def laid_out(rows):
    """Rows of panels from left to right, each line as wide as the board."""
    made, y = [], 0
    for title, panels in rows:
        made.append({"id": len(made) + 1, "type": "row", "title": title,
                     "collapsed": False, "panels": [],
                     "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}})
        y += 1
        for line in lines(panels):
            for n, panel in enumerate(line):
                w = WIDTH // len(line)
                made.append(drawn(panel, len(made) + 1, x=n * w, y=y, w=w,
                                  h=panel.height))
            y += line[0].height
    return made


def variable(name, series, label):
    return {"name": name, "label": name, "type": "query",
            "datasource": SOURCE, "refresh": 2, "sort": 1,
            "query": {"query": f"label_values({series}, {label})",
                      "refId": name},
            "multi": True, "includeAll": True,
            "current": {"text": "All", "value": "$__all"}}


def board(name, title, rows):
    return {
        "uid": f"warmpath-{name}", "title": f"warmpath: {title}",
        "tags": ["warmpath"], "schemaVersion": SCHEMA_VERSION, "version": 1,
        "editable": True, "graphTooltip": 1, "refresh": "30s",
        "timezone": "browser", "time": {"from": "now-1h", "to": "now"},
        "annotations": {"list": []},
        "links": [{"type": "dashboards", "tags": ["warmpath"],
                   "title": "warmpath", "asDropdown": False,
                   "includeVars": True, "keepTime": True}],
        "templating": {"list": [
            {"name": "datasource", "label": "datasource",
             "type": "datasource", "query": "prometheus"},
            variable("instance", "warmpath_build_info", "instance"),
            variable("model", "warmpath_fail_open", "model"),
            variable("worker", "warmpath_worker_up", "worker")]},
        "panels": laid_out(rows)}


def prometheus_rule():
    text = RULE_HEAD
    for name in ("recording", "alerts"):
        with open(os.path.join(HERE, "rules", f"{name}.yaml"),
                  encoding="ascii") as f:
            lines = f.read().splitlines()
        assert lines[0] == "groups:", name
        text += "".join(f"  {line}\n" for line in lines[1:])
    return text


def files():
    """What there is to write, by its path in the repository."""
    made = {f"grafana/{name}.json":
            json.dumps(board(name, title, rows), indent=1) + "\n"
            for name, (title, rows) in boards.BOARDS.items()}
    made["deploy/kubernetes/components/monitoring/prometheusrule.yaml"] = \
        prometheus_rule()
    return made


def main(root=os.path.dirname(HERE)):
    for path, text in files().items():
        path = os.path.join(root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
