"""Simulated prefill and decode workers behind a gateway, and what they must
look like when all is over."""
import harness
import books
from books import STEADY, Fixed, port_of, state

KEEP = dict(threads=1)
# That it is worth a hand-over is beyond doubt, even where a leg that has
# failed is still thought to be ahead.
LONG = books.LONG * 4


class Half(Fixed):
    """A worker with one role of a connector."""
    lease = None

    def __init__(self, name, role, connector="nixl", bound=0, **options):
        self.role, self.connector, self.bound = role, connector, bound
        super().__init__(name, role=role, connector=connector,
                         **{**STEADY, "t0": 0.002, **options})

    def transfer(self):
        """What its connector's other end must know of it."""
        rank = self.told_of["ranks"][0]
        if self.connector == "nixl_push" and self.role != "decode":
            return {"engine_id": rank["engine_id"],
                    "port": port_of(rank["transfer"])}
        if self.connector in ("mooncake", "sglang"):
            return {"port": port_of(self.told_of["bootstrap"])} \
                if self.role == "prefill" else {}
        if self.connector == "p2p_nccl":
            return {"port": port_of(rank["transfer"])}
        if self.connector == "lmcache" and self.role == "decode":
            return {"port": port_of(rank["transfer"]),
                    "alloc_port": port_of(rank["alloc"])}
        return {}

    def config(self):
        entry = {**super().config(), "role": self.role,
                 "connector": self.connector, "transfer": self.transfer()}
        if len(self.told_of["ranks"]) > 1:
            entry["data_parallel"] = len(self.told_of["ranks"])
        if self.bound:
            entry["max_inflight"] = self.bound
        if self.lease:
            entry["transfer"]["lease"] = self.lease
        return entry

    def again(self):
        raise AssertionError("its options are not kept")


def known(g):
    """Waits until it is known who fits whom."""
    harness.wait_until(lambda: all(w["release"] for w in g.fleet()), 10,
                       "every worker's release")
    return g


def split_fleet(programs, front, n_prefill=1, n_decode=1, gateway=None,
                model=None, **options):
    """A gateway on so many of each."""
    workers = [programs.start(Half, f"p{i}", "prefill", **options)
               for i in range(n_prefill)]
    workers += [programs.start(Half, f"d{i}", "decode", **options)
                for i in range(n_decode)]
    g = front(workers, model, **{**KEEP, **(gateway or {})})
    g.by_name = {w.worker_name: w for w in workers}
    return known(g)


def complaints(worker):
    return state(worker).get("complaint_counts", {})


def handed(worker):
    return [r["transfer"] for r in state(worker)["ranks"]]


def expect_handed(line, prefill, decode):
    assert (line["prefill_worker"], line["worker"], line["hand_over"]) == \
        (prefill, decode, "done"), line
    assert line["reason"] == "prefill elsewhere"
    assert line["outcome"] == "ok"


def assert_unpinned(g):
    """Nobody holds anything for anybody."""
    harness.settles(lambda: sum(t["pinned"] for w in g.workers
                                for t in handed(w)), 0)


def assert_clean(g):
    """Nor has a worker anything to say against what it was sent."""
    for w in g.workers:
        assert complaints(w) == {}, state(w)["complaints"]
    assert_unpinned(g)
