#!/usr/bin/env python3
"""Measures warmpath: `make bench`.

Micro benchmarks first, then the tokenizers beside other libraries, then the
proxy beside HAProxy and nginx on the same backend. Everything is a ratio of
things run alternately in this run: times of two runs do not compare. Uses
loopback only, in a network namespace of its own where that is allowed."""
import argparse
import json
import os
import subprocess
import sys
from glob import glob

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import gateway  # noqa: E402 (needs the path)
import goals  # noqa: E402
import long_prompts  # noqa: E402
import proxy  # noqa: E402
import secure  # noqa: E402
import targets  # noqa: E402
import token_sides  # noqa: E402
import tokens  # noqa: E402

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
OWN_NETWORK = "WARMPATH_BENCH_OWN_NETWORK"


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--gateway", metavar="FILE",
                        help="measured in place of the build's own")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--full", action="store_true",
                        help="31 rounds, as a published figure needs")
    parser.add_argument("--json", metavar="FILE",
                        help="all figures, those of each round too")
    parser.add_argument("--gate", action="store_true",
                        help="exit status 1 if a goal is missed")
    parser.add_argument(
        "only", nargs="*", metavar="NAME",
        help="micro, tokens, proxy, a micro benchmark's name, or one of: "
        + " ".join(proxy.names() + secure.names()
                   + long_prompts.names()))
    return parser.parse_args()


def enter_own_network():
    """Another program's traffic shaping on a shared loopback has ruined a
    run; where namespaces are not allowed the run goes on without."""
    if os.environ.get(OWN_NETWORK):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    try:
        allowed = subprocess.run(
            ["unshare", "--net", "ip", "link", "set", "lo", "up"],
            capture_output=True).returncode == 0
    except FileNotFoundError:
        allowed = False
    if allowed:
        os.environ[OWN_NETWORK] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable]
                  + sys.argv)
    print("note: no network namespace of our own; the loopback is shared")


def micro_names(build):
    return {os.path.basename(path): path
            for path in sorted(glob(os.path.join(build, "micro", "*")))
            if not path.endswith(".d") and os.access(path, os.X_OK)}


def run_micro(found, wanted, rows):
    """Returns the names of those that failed."""
    failed = []
    for name, path in found.items():
        if name not in wanted:
            continue
        print(f"  micro: {name}", flush=True)
        ran = subprocess.run([path], capture_output=True, text=True,
                             cwd=ROOT)
        sys.stderr.write(ran.stderr)
        if ran.returncode != 0:
            print(f"FAILED micro/{name}: status {ran.returncode}\n"
                  f"{ran.stdout}")
            failed.append(name)
            continue
        for line in ran.stdout.splitlines():
            if "\t" in line:
                row = goals.micro_row(line)
                row.name = f"{name}: {row.name}"
                rows.append(row)
    return failed


def run_tokens(arguments, rows):
    """Returns what failed."""
    bench = tokens.TokenBench(ROOT, os.path.join(ROOT, arguments.build),
                              lambda text: print(text, flush=True))
    bench.run()
    rows += bench.rows
    for why in bench.failed:
        print(f"FAILED tokens: {why}")
    return bench.failed


def run_proxy(arguments, wanted, rows):
    """Returns the rounds' figures."""
    program = os.path.join(ROOT, arguments.build, "warmpath-bench")
    kinds = [targets.Haproxy, targets.HaproxyDefault, targets.Nginx,
             targets.Relay]
    targets.Relay.program = program
    if os.path.exists(gateway.Warmpath.program("warmpath")):
        kinds += [gateway.Warmpath, gateway.Production]
    else:
        print("SKIP warmpath: it is not built; the others are measured")
    backend = targets.Backend(program)
    try:
        bench = proxy.ProxyBench(
            program, backend.address, kinds,
            31 if arguments.full else arguments.rounds,
            lambda text: print(text, flush=True))
        bench.rows = rows
        bench.run(wanted)
    finally:
        backend.stop()
    return bench.raw


def run_long(arguments, wanted, rows):
    """Returns the rounds' figures."""
    bench = long_prompts.LongPrompts(
        os.path.join(ROOT, arguments.build, "warmpath-bench"), ROOT,
        lambda text: print(text, flush=True))
    bench.rows = rows
    bench.run(wanted)
    return bench.raw


def run_secure(arguments, wanted, rows):
    """Returns the rounds' figures."""
    program = os.path.join(ROOT, arguments.build, "warmpath-bench")
    backend = targets.Backend(program)
    try:
        bench = secure.SecureBench(
            program, backend.address, 31 if arguments.full
            else arguments.rounds, lambda text: print(text, flush=True))
        bench.rows = rows
        bench.run(wanted)
    finally:
        backend.stop()
    return bench.raw


def main():
    arguments = parse_arguments()
    gateway.Warmpath.root, gateway.Warmpath.build = ROOT, arguments.build
    gateway.Warmpath.gateway = arguments.gateway
    found = micro_names(os.path.join(ROOT, arguments.build))
    groups = {"micro": list(found), "tokens": ["tokens"],
              "proxy": proxy.names(), "long": long_prompts.names(),
              "tls": secure.names()}
    known = set(found).union(*groups.values())
    wanted = set()
    for name in arguments.only or list(groups):
        if name not in groups and name not in known:
            print(f"bench: no '{name}'; there are "
                  f"{' '.join(list(groups) + sorted(known))}",
                  file=sys.stderr)
            return 2
        wanted |= set(groups.get(name, [name]))
    # Our own network has no way to a package registry.
    if "tokens" in wanted and not os.environ.get(OWN_NETWORK):
        token_sides.libraries(os.path.join(ROOT, arguments.build), print)
    enter_own_network()
    rows, raw = [], {}
    failed = run_micro(found, wanted, rows)
    if "tokens" in wanted:
        failed += run_tokens(arguments, rows)
    if wanted & set(proxy.names()):
        raw = run_proxy(arguments, wanted, rows)
    if wanted & set(secure.names()):
        raw.update(run_secure(arguments, wanted, rows))
    if wanted & set(long_prompts.names()):
        raw.update(run_long(arguments, wanted, rows))
    print("\n".join(goals.table(rows)))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as f:
            json.dump({"rows": [row.as_dict() for row in rows],
                       "rounds": raw, "load_average": os.getloadavg()}, f,
                      indent=1)
    seen = [row.seen for row in rows]
    print(f"{seen.count('MOONSHOT')} at the moonshot, "
          f"{seen.count('met')} met, {seen.count('MISSED')} missed; "
          f"load average {os.getloadavg()[0]:.1f}")
    return 1 if failed or (arguments.gate and "MISSED" in seen) else 0


if __name__ == "__main__":
    sys.exit(main())
