"""TLS on every side: clients, workers and operators, with real ends."""
import concurrent.futures
import http.client
import json
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

import harness
from books import FAST, LONG, STEADY, chat, config
from certificates import Authority
from lifecycle_test import Successor, announced_pid

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(str(tmp_path_factory.mktemp("certificates")))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(str(tmp_path_factory.mktemp("stranger")), "stranger")


@pytest.fixture
def own(authority, tmp_path):
    """The gateway's certificate, in files of this test's own."""
    made = authority.sign("gateway")
    mine = type(made)(str(tmp_path), "tls")
    mine.replace(made)
    return mine


@pytest.fixture
def serve(front, authority, own):
    """serve(workers, tls={...}, **top): a gateway that speaks TLS only."""
    def make(workers, tls=None, **top):
        return front(workers, counted=False, listen=[], tls={
            "listen": "127.0.0.1:0", "certificate": own.certificate,
            "key": own.key, **(tls or {})}, **top)
    return make


def trusting(authority, certificate=None):
    context = ssl.create_default_context(cafile=authority.certificate)
    if certificate:
        context.load_cert_chain(certificate.certificate, certificate.key)
    return context


def ask(address, context, path=CHAT, value=None, method="POST"):
    connection = http.client.HTTPSConnection(
        *address, timeout=30 * harness.SLOW, context=context)
    try:
        body = None if value is None else json.dumps(value)
        connection.request(method, path, body,
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return harness.Answer(answer.status,
                              harness.lowered(answer.getheaders()),
                              answer.read())
    finally:
        connection.close()


def ask_chat(g, context, text="hello", **more):
    return ask(g.address, context, value=chat(text, **more))


def opened(address, context, name="127.0.0.1"):
    raw = socket.create_connection(address, timeout=20 * harness.SLOW)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(raw, server_hostname=name,
                               suppress_ragged_eofs=False)


def handshakes(g, **labels):
    return g.metrics().value("warmpath_tls_handshakes_total", **labels)


# --- clients ------------------------------------------------------------

def test_a_chat_is_answered_and_streamed(fleet, serve, authority):
    g = serve(fleet(1, **FAST))
    context = trusting(authority)
    assert ask_chat(g, context).status == 200
    streamed = ask_chat(g, context, stream=True)
    assert streamed.body.endswith(b"data: [DONE]\n\n")
    harness.settles(lambda: handshakes(g, side="clients", result="ok"), 2)


def test_a_stream_comes_event_by_event(fleet, serve, authority):
    g = serve(fleet(1, **STEADY))
    with opened(g.address, trusting(authority)) as s:
        body = json.dumps(chat("slowly", stream=True, max_tokens=50)).encode()
        s.sendall(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
                  b"\r\n%s" % (CHAT.encode(), len(body), body))
        pieces = []
        while not pieces or b"[DONE]" not in b"".join(pieces):
            pieces.append(s.recv(65536))
            assert pieces[-1]
    assert len(pieces) > 3


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_both_versions_are_spoken(fleet, serve, authority, version):
    g = serve(fleet(1, **FAST))
    context = trusting(authority)
    context.minimum_version = context.maximum_version = \
        getattr(ssl.TLSVersion, version)
    context.set_alpn_protocols(["http/1.1"])
    with opened(g.address, context) as s:
        assert s.version() == version.replace("_", ".")
        assert s.selected_alpn_protocol() == "http/1.1"
        assert "GCM" in s.cipher()[0] or "CHACHA" in s.cipher()[0]
    assert ask_chat(g, context).status == 200


def test_1_2_can_be_refused(fleet, serve, authority):
    g = serve(fleet(1, **FAST), tls={"min_version": "1.3"})
    context = trusting(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        opened(g.address, context)
    harness.settles(lambda: handshakes(g, side="clients",
                    result="no_common_version"), 1)


def test_a_large_body_goes_both_ways(fleet, serve, authority):
    g = serve(fleet(1, output_tokens=2000, **FAST))
    context = trusting(authority)
    answer = ask_chat(g, context, LONG * 200, max_tokens=2000)
    assert answer.status == 200
    assert answer.json()["usage"]["completion_tokens"] == 2000


def test_connections_are_kept_and_pipelined(fleet, serve, authority):
    g = serve(fleet(1, **FAST))
    body = json.dumps(chat("again")).encode()
    one = (b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
           % (CHAT.encode(), len(body), body))
    with opened(g.address, trusting(authority)) as s:
        s.sendall(one * 5)
        data = b""
        while data.count(b"HTTP/1.1 200 OK") < 5 or not data.endswith(b"}"):
            data += s.recv(65536)
    harness.settles(lambda: handshakes(g, side="clients", result="ok"), 1)


def test_plain_http_is_told_so(fleet, serve):
    g = serve(fleet(1, **FAST))
    answer = harness.request(g.address, "GET", "/v1/models")
    assert answer.status == 400 and "https://" in answer.text
    harness.settles(lambda: handshakes(g, side="clients", result="plain_http"),
                    1)


def test_a_handshake_that_does_not_come_is_ended(fleet, serve):
    g = serve(fleet(1, **FAST), timeouts={"header": "300ms"})
    with harness.Raw(g.address) as silent, harness.Raw(g.address) as half:
        half.send(b"\x16\x03\x01\x02\x00\x01")
        assert silent.is_closed() and half.is_closed()
    harness.wait_until(
        lambda: handshakes(g, side="clients", result="gone") == 2, 5,
        "two handshakes that failed")


def test_a_client_that_leaves_frees_its_worker(fleet, serve, authority):
    workers = fleet(1, **STEADY)
    g = serve(workers)
    s = opened(g.address, trusting(authority))
    body = json.dumps(chat("long", stream=True, max_tokens=500)).encode()
    s.sendall(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
              % (CHAT.encode(), len(body), body))
    assert s.recv(4096)
    s.close()
    harness.wait_until(
        lambda: g.metrics().value("warmpath_worker_inflight") == 0, 5,
        "the worker's freedom")


def test_an_answer_that_is_cut_looks_cut(programs, serve, authority):
    workers = [programs.start(harness.Worker, "worker-0", **STEADY)]
    g = serve(workers)
    with opened(g.address, trusting(authority)) as s:
        body = json.dumps(chat("long", stream=True, max_tokens=500)).encode()
        s.sendall(b"POST %s HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s"
                  % (CHAT.encode(), len(body), body))
        assert s.recv(4096)
        workers[0].kill()
        with pytest.raises(OSError):
            while s.recv(65536):
                pass


def test_a_session_is_resumed_over_a_reload(fleet, serve, authority, own):
    g = serve(fleet(1, **FAST))
    context = trusting(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with opened(g.address, context) as s:
        session = s.session
    own.replace(authority.sign("renewed"))
    g.signal(signal.SIGHUP)
    wait_for_reload(g, 1)
    raw = socket.create_connection(g.address)
    with context.wrap_socket(raw, server_hostname="127.0.0.1",
                             session=session) as s:
        assert s.session_reused


def test_http2_is_agreed_on_in_the_handshake(fleet, serve, authority):
    g = serve(fleet(1, **FAST))
    context = trusting(authority)
    for offered, chosen in ((["h2", "http/1.1"], "h2"),
                            (["http/1.1"], "http/1.1"), (["h3"], None)):
        context.set_alpn_protocols(offered)
        with opened(g.address, context) as s:
            assert s.selected_alpn_protocol() == chosen
    curl = subprocess.run(
        ["curl", "-sS", "--http2", "--cacert", authority.certificate,
         "-w", "\n%{http_version}", "-H", "Content-Type: application/json",
         "-d", json.dumps(chat("hello", stream=True)),
         "https://%s:%d%s" % (*g.address, CHAT)],
        capture_output=True, text=True, check=True, timeout=60)
    body, _, version = curl.stdout.rpartition("\n")
    assert version == "2" and body.endswith("data: [DONE]\n\n")


# --- clients with certificates ------------------------------------------

def test_clients_must_show_a_certificate(fleet, serve, authority, stranger):
    g = serve(fleet(1, **FAST), tls={"client_ca": authority.certificate})
    known = trusting(authority, authority.sign("client"))
    other = trusting(authority, stranger.sign("intruder"))
    assert ask_chat(g, known).status == 200
    for context in (trusting(authority), other):
        with pytest.raises((OSError, http.client.HTTPException)):
            ask_chat(g, context)
    harness.settles(lambda: handshakes(g, result="no_certificate"), 1)
    harness.settles(lambda: handshakes(g, result="untrusted"), 1)
    harness.settles(lambda: handshakes(g, result="ok", side="clients"), 1)


# --- workers --------------------------------------------------------------

def secure(programs, authority, name="worker-0", own_tls=None, **options):
    made = own_tls or authority.sign(name)
    return programs.start(harness.Worker, name,
                          tls_certificate=made.certificate, tls_key=made.key,
                          **{**FAST, **options})


class Secured:
    """A worker's entry with what the gateway needs to know of its TLS."""

    def __init__(self, worker, **tls):
        self.worker, self.tls = worker, tls
        self.worker_name = worker.worker_name

    def config(self):
        return {**self.worker.config(), "tls": self.tls}


def plain(programs, workers, **top):
    return programs.gateway(config(workers, **top))


def health(g, name="worker-0"):
    workers = g.admin_get("/workers").json()["workers"]
    return next(w for w in workers if w["name"] == name)


def is_up(g):
    harness.wait_until(lambda: health(g)["health"] == "up", 10,
                       "the worker's health")


def test_workers_speak_tls(programs, authority):
    w = secure(programs, authority)
    assert w.url.startswith("https://")
    g = plain(programs, [Secured(w, ca=authority.certificate)])
    is_up(g)
    for _ in range(5):
        assert g.post(CHAT, chat("hello")).status == 200
    with g.stream(CHAT, chat("hello", stream=True)) as s:
        assert list(s)[-1] == "[DONE]"
    m = g.metrics()
    # One connection served them all; probes have their own.
    probes = m.value("warmpath_probes_total", worker="worker-0")
    assert m.value("warmpath_tls_handshakes_total", side="workers",
                   result="ok") >= 1
    assert probes > 0
    assert m.value("warmpath_retries_total") == 0


def test_streams_from_behind_tls_end(programs, authority):
    """Events of many steps fall together where steps take no time."""
    w = secure(programs, authority, profile="l4", speed=1000)
    g = plain(programs, [Secured(w, ca=authority.certificate)])
    is_up(g)
    for _ in range(50):
        with g.stream(CHAT, chat("hello", stream=True, max_tokens=3)) as s:
            assert list(s)[-1] == "[DONE]"
    assert g.metrics().value("warmpath_retries_total") == 0


def test_a_worker_that_asks_gets_our_certificate(programs, authority):
    mine = authority.sign("me")
    w = secure(programs, authority, tls_client_ca=authority.certificate)
    g = plain(programs, [Secured(w, ca=authority.certificate,
                                 certificate=mine.certificate, key=mine.key)])
    is_up(g)
    assert g.post(CHAT, chat("hello")).status == 200


@pytest.mark.parametrize("fault, sentence", [
    ("name", "certificate is for another name"),
    ("ca", "certificate is not trusted"),
    ("expired", "certificate has expired"),
    ("refused", "refused by the peer"),
    ("system", "certificate is not trusted"),
])
def test_what_is_wrong_with_a_worker_is_named(programs, authority, stranger,
                                              fault, sentence):
    made, tls, options = None, {"ca": authority.certificate}, {}
    if fault == "name":
        tls["server_name"] = "engine.example"
    elif fault == "ca":
        tls["ca"] = stranger.certificate
    elif fault == "expired":
        made = authority.sign("old", days=-1)
    elif fault == "refused":
        options["tls_client_ca"] = stranger.certificate
    else:
        tls = {}
    w = secure(programs, authority, own_tls=made, **options)
    g = plain(programs, [Secured(w, **tls)])
    harness.wait_until(lambda: health(g)["health"] == "down", 10,
                       "the worker's being down")
    # A reset that follows the alert may overtake it.
    if fault != "refused":
        harness.settles(lambda: health(g)["health_reason"],
                        "tls: " + sentence)
    answer = g.post(CHAT, chat("hello"))
    assert answer.status in (502, 503), answer
    m = g.metrics()
    assert m.value("warmpath_tls_handshakes_total", side="workers",
                   result="ok") == 0 or fault == "refused"


def test_what_is_insecure_is_taken_and_warned_of(programs, authority):
    w = secure(programs, authority, own_tls=authority.sign("old", days=-1))
    g = plain(programs, [Secured(w, insecure=True)])
    is_up(g)
    assert g.post(CHAT, chat("hello")).status == 200
    g.says("tls.insecure")


def test_a_request_that_meets_a_bad_certificate_says_so(programs, authority):
    """The probe asks too seldom to find out first."""
    workers = [secure(programs, authority, name=n) for n in ("bad", "good")]
    rare = dict(policy={"name": "round_robin"}, threads=1, probe={
        "health_interval": "10m", "health_timeout": "20s"})
    good = [Secured(w, ca=authority.certificate) for w in workers]
    bad = [Secured(workers[0], ca=authority.certificate,
                   server_name="other.example"), good[1]]
    g = plain(programs, good, **rare)
    harness.wait_until(lambda: all(
        health(g, n)["health"] == "up" for n in ("bad", "good")), 10,
        "both workers")
    g.write_config({**config(bad, **rare), "listen": ["127.0.0.1:0"]})
    g.signal(signal.SIGHUP)
    wait_for_reload(g, 1)
    assert all(g.post(CHAT, chat("hello")).status == 200 for _ in range(4))
    reason = "tls: certificate is for another name"
    assert g.metrics().value("warmpath_retries_total", reason=reason) > 0
    g.says("certificate is not for other.example")


def test_idle_connections_that_workers_close_cost_nothing(programs,
                                                          authority):
    w = secure(programs, authority, keep_alive_s=1)
    g = plain(programs, [Secured(w, ca=authority.certificate)], threads=1)
    is_up(g)
    for pause in (0, 1.2, 0.95, 1.05, 1.0):
        time.sleep(pause)
        assert g.post(CHAT, chat("hello")).status == 200
    assert g.metrics().value("warmpath_retries_total") == 0


def test_connections_to_workers_are_kept(programs, authority):
    w = secure(programs, authority)
    g = plain(programs, [Secured(w, ca=authority.certificate)], threads=1,
              probe={"health_interval": "10m", "metrics_interval": "10m"})
    is_up(g)
    before = handshakes(g, side="workers", result="ok")
    for _ in range(20):
        assert g.post(CHAT, chat("hello")).status == 200
    # Those of the probes are among them.
    assert handshakes(g, side="workers", result="ok") - before < 10


class Truncating:
    """A worker whose answer ends with the connection: with a goodbye, or
    without."""

    def __init__(self, certificate, goodbye):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate.certificate, certificate.key)
        self.goodbye = goodbye
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.worker_name = "truncating"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.socket.close()

    def config(self):
        return {"name": self.worker_name,
                "url": "https://127.0.0.1:%d" % self.socket.getsockname()[1]}

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,),
                             daemon=True).start()

    def _serve(self, raw):
        try:
            peer = self.context.wrap_socket(raw, server_side=True)
            asked = peer.recv(65536)
            if not asked.startswith(b"POST /v1/"):
                peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                peer.close()
                return
            peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: "
                         b"application/json\r\n\r\n{\"half\":")
            if self.goodbye:
                peer.sendall(b"true}")
                peer.unwrap()
            peer.close()
        except OSError:
            pass


@pytest.mark.parametrize("goodbye", [True, False])
def test_an_end_without_goodbye_is_a_cut_answer(programs, authority,
                                                goodbye):
    with Truncating(authority.sign("worker"), goodbye) as w:
        g = plain(programs, [Secured(w, ca=authority.certificate)])
        harness.wait_until(
            lambda: health(g, "truncating")["health"] == "up", 10, "health")
        body = json.dumps(chat("hello")).encode()
        with harness.Raw(g.address) as s:
            s.send(b"POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                   b"Content-Length: %d\r\n\r\n%s"
                   % (CHAT.encode(), len(body), body))
            answer = s.read_all()
        whole = answer.endswith(b"0\r\n\r\n")
        assert whole == goodbye, answer
        harness.settles(lambda: g.metrics().value("warmpath_cut_streams_total",
                        side="worker"), not goodbye)


# --- operators ------------------------------------------------------------

def test_the_admin_port_speaks_tls(programs, authority, own):
    operator = authority.sign("operator")
    w = programs.start(harness.Worker, "worker-0", **FAST)
    g = programs.gateway(config(
        [w], admin_tls={"certificate": own.certificate, "key": own.key,
                        "client_ca": authority.certificate}))
    known = trusting(authority, operator)
    page = ask(g.admin, known, "/metrics", method="GET")
    assert page.status == 200
    assert harness.Metrics(page.text).value(
        "warmpath_tls_certificate_expiry_timestamp_seconds",
        side="admin") > time.time()
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(g.admin, trusting(authority), "/metrics", method="GET")
    with pytest.raises((OSError, http.client.HTTPException)):
        harness.request(g.admin, "GET", "/metrics", timeout=5)
    assert ask(g.admin, known, "/healthz", method="GET").status == 200


# --- files that change ------------------------------------------------------

def reloads(g):
    return sum("is in force" in line for line in g.stderr().splitlines())


def wait_for_reload(g, n):
    harness.wait_until(lambda: reloads(g) >= n, 10, f"reload {n}")


def serial(address, context):
    with opened(address, context) as s:
        return s.getpeercert()["serialNumber"]


def test_five_certificates_under_load_and_no_failed_handshake(
        fleet, serve, authority, own):
    g = serve(fleet(1, **FAST))
    context = trusting(authority)
    stop, done = threading.Event(), []

    def load():
        n = 0
        while not stop.is_set():
            assert ask_chat(g, context).status == 200
            n += 1
        done.append(n)

    seen = {serial(g.address, context)}
    lasting = opened(g.address, context)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(load) for _ in range(3)]
        try:
            for i in range(5):
                own.replace(authority.sign(f"renewed-{i}"))
                g.signal(signal.SIGHUP)
                wait_for_reload(g, i + 1)
                harness.wait_until(
                    lambda: serial(g.address, context) not in seen, 5,
                    "the new certificate")
                seen.add(serial(g.address, context))
        finally:
            stop.set()
        for r in running:
            r.result()
    assert len(seen) == 6 and sum(done) > 20
    m = g.metrics()
    failed = m.value("warmpath_tls_handshakes_total", side="clients") - \
        m.value("warmpath_tls_handshakes_total", side="clients", result="ok")
    assert failed == 0
    lasting.sendall(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
    assert lasting.recv(4096).startswith(b"HTTP/1.1 200")
    lasting.close()


def test_a_broken_pair_changes_nothing(fleet, serve, authority, own):
    g = serve(fleet(1, **FAST))
    context = trusting(authority)
    before = serial(g.address, context)
    other = authority.sign("other")
    with open(own.key, "w", encoding="utf-8") as out, \
            open(other.key, encoding="utf-8") as theirs:
        out.write(theirs.read())
    g.signal(signal.SIGHUP)
    g.says("is not the key of")
    assert serial(g.address, context) == before
    assert g.metrics().value("warmpath_config_last_reload_success") == 0
    own.replace(other)
    g.signal(signal.SIGHUP)
    wait_for_reload(g, 1)
    assert serial(g.address, context) != before


def test_clients_get_the_certificate_of_whom_they_ask_for(
        fleet, serve, authority, own):
    two = authority.sign("two", "DNS:two.example")
    g = serve(fleet(1, **FAST), tls={"certificates": [two.in_one_file()]})
    context = trusting(authority)

    def serial_of(name):
        with opened(g.address, context, name) as s:
            return s.getpeercert()["serialNumber"]
    before, first = serial_of("two.example"), serial_of("localhost")
    assert before != first == serial(g.address, context)
    with pytest.raises(ssl.SSLCertVerificationError):
        serial_of("three.example")
    assert ask_chat(g, context).status == 200
    # It is renewed alone.
    two.replace(authority.sign("renewed", "DNS:two.example"))
    two.in_one_file()
    g.signal(signal.SIGHUP)
    harness.wait_until(lambda: serial_of("two.example") != before, 20,
                       "the new certificate")
    assert serial_of("localhost") == first


def test_files_that_change_are_noticed(fleet, serve, authority, own):
    g = serve(fleet(1, **FAST))
    context = trusting(authority)
    before = serial(g.address, context)
    own.replace(authority.sign("renewed-by-itself"))
    harness.wait_until(lambda: serial(g.address, context) != before, 20,
                       "the new certificate")


def test_tls_can_be_added_by_a_reload(programs, authority, own):
    w = programs.start(harness.Worker, "worker-0", **FAST)
    port = harness.free_ports(1)
    settings = config([w], listen=[f"127.0.0.1:{port}"])
    g = programs.gateway(settings)
    assert g.post(CHAT, chat("hello")).status == 200
    settings.update(listen=[], tls={
        "listen": f"127.0.0.1:{port}", "certificate": own.certificate,
        "key": own.key})
    g.write_config(settings)
    g.signal(signal.SIGHUP)
    wait_for_reload(g, 1)
    assert ask_chat(g, trusting(authority)).status == 200


def test_an_upgrade_goes_on_with_tls(fleet, serve, authority):
    g = serve(fleet(1, **FAST))
    context = trusting(authority)
    assert ask_chat(g, context).status == 200
    before = announced_pid(g)
    g.signal(signal.SIGUSR2)
    harness.wait_until(lambda: announced_pid(g) != before, 20, "a successor")
    successor = Successor(g, announced_pid(g))
    assert ask_chat(g, context).status == 200
    assert g.wait() == 0
    assert ask_chat(g, context).status == 200
    successor.end()


# --- faults in the configuration --------------------------------------------

@pytest.mark.parametrize("tls, key, sentence", [
    ({"key": "/nowhere.key"}, "tls.key", "/nowhere.key: No such file"),
    ({"certificate": "/nowhere"}, "tls.certificate", "/nowhere: No such"),
    ({"client_ca": "/nowhere"}, "tls.client_ca", "/nowhere: No such file"),
    ({"certificates": ["/nowhere"]}, "tls.certificates", "/nowhere: No such"),
    ({"key": None}, "tls.certificate", "needs its key"),
    ({"certificate": None}, "tls.listen", "needs tls.certificate"),
    ({"listen": []}, "tls.certificate", "of no use without tls.listen"),
    ({"min_version": "1.1"}, "tls.min_version", "'1.1' is not among"),
])
def test_faults_are_told_with_their_place(programs, own, tls, key, sentence):
    settings = {"certificate": own.certificate, "key": own.key,
                "listen": "127.0.0.1:0", **tls}
    settings = {k: v for k, v in settings.items() if v is not None}
    text = json.dumps({"listen": "127.0.0.1:0", "tls": settings, "models": [
        {"name": "demo", "workers": ["http://127.0.0.1:1"]}]}, indent=1)
    g = programs.start(harness.Gateway, text, arguments=["--check"],
                       announce=False)
    assert g.wait() == 2
    g.ended_by_us = True
    told = g.told()
    assert f": {key}: " in told and sentence in told, told


def test_an_http_worker_has_no_use_for_tls(programs):
    text = json.dumps({"models": [{"name": "demo", "workers": [
        {"url": "http://127.0.0.1:1", "tls": {"insecure": True}}]}]})
    g = programs.start(harness.Gateway, text, arguments=["--check"],
                       announce=False)
    assert g.wait() == 2
    g.ended_by_us = True
    assert "begins with https://" in g.told()


def test_a_reset_in_the_handshake_harms_nobody(fleet, serve, authority):
    g = serve(fleet(1, **FAST))
    for i in range(20):
        s = socket.create_connection(g.address)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
        s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[:i])
        s.close()
    assert ask_chat(g, trusting(authority)).status == 200
