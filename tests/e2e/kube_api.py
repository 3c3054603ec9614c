"""As much of a Kubernetes API server as discovery asks of one: collections
that are listed in pages and watched from a resourceVersion, and every way in
which that goes wrong. What a test wants to go wrong it says here."""
import json
import queue
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLICES = "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices"
PODS = "/api/v1/namespaces/{}/pods"
POOLS = ("/apis/inference.networking.k8s.io/v1/namespaces/{}/"
         "inferencepools")


def endpoint(worker, ready=True, terminating=False, name=None):
    host, port = worker.address
    return {"addresses": [host], "_port": port,
            "conditions": {"ready": ready, "serving": ready or terminating,
                           "terminating": terminating},
            "targetRef": {"kind": "Pod",
                          "name": name or worker.worker_name}}


def slice_of(name, endpoints, service="vllm", family="IPv4", **metadata):
    """One EndpointSlice; its endpoints have the same port."""
    ports = {e["_port"] for e in endpoints}
    assert len(ports) <= 1
    return {"metadata": {"name": name, "labels":
                         {"kubernetes.io/service-name": service,
                          **metadata.pop("labels", {})}, **metadata},
            "addressType": family,
            "endpoints": [{k: v for k, v in e.items() if k != "_port"}
                          for e in endpoints],
            "ports": [{"name": "http", "port": p, "protocol": "TCP"}
                      for p in ports]}


def pod(worker, ready=True, labels=None, annotations=None, **more):
    host, port = worker.address
    return {"metadata": {"name": worker.worker_name,
                         "labels": {"app": "vllm", **(labels or {})},
                         "annotations": annotations or {}, **more},
            "spec": {"containers": [{"ports": [
                {"name": "http", "containerPort": port}]}]},
            "status": {"podIP": host, "podIPs": [{"ip": host}],
                       "conditions": [{"type": "Ready", "status":
                                       "True" if ready else "False"}]}}


def pool(name, ports, **labels):
    return {"metadata": {"name": name},
            "spec": {"selector": {"matchLabels": labels},
                     "targetPorts": [{"number": p} for p in ports]}}


def is_selected(item, query):
    labels = item["metadata"].get("labels", {})
    for pair in filter(None, query.get("labelSelector", "").split(",")):
        key, _, value = pair.partition("=")
        if labels.get(key) != value:
            return False
    wanted = query.get("fieldSelector", "")
    return not wanted or wanted == "metadata.name=" + item["metadata"]["name"]


class Watch:
    def __init__(self, query):
        self.query, self.lines = query, queue.Queue()


class KubeApi:
    """A context: `put` and `delete` change objects, `tell` breaks watches.
    `asked` has what was asked: (path, query)."""

    def __init__(self, namespace="llm", tls=None, page=250):
        self.namespace, self.page = namespace, page
        self.lock = threading.Lock()
        self.objects = {}  # path → name → object
        self.watches = {}  # path → Watches
        self.log = []      # (version, path, object or None, object before)
        self.version, self.oldest = 100, 0
        self.token = None       # what must be sent
        self.refuse = []        # statuses of the next questions
        self.garbage = []       # bodies of the next listings
        self.asked = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.http.daemon_threads = True
        self.scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.http.socket = context.wrap_socket(self.http.socket,
                                                   server_side=True)
            self.scheme = "https"
        self.thread = threading.Thread(
            target=self.http.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.tell(None)
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.http.server_address[1]}"

    def conf(self, **more):
        return {"kubernetes": {"api": self.url, "namespace": self.namespace,
                               **more}, "settle": "0s"}

    # --- what a test does ---

    def put(self, kind, *items):
        path = kind.format(self.namespace)
        for item in items:
            with self.lock:
                held = self.objects.setdefault(path, {})
                was = held.get(item["metadata"]["name"])
                self.version += 1
                item["metadata"]["resourceVersion"] = str(self.version)
                held[item["metadata"]["name"]] = item
                self.publish(path, item, was)

    def delete(self, kind, name):
        path = kind.format(self.namespace)
        with self.lock:
            was = self.objects[path].pop(name)
            self.version += 1
            self.publish(path, None, was)

    def publish(self, path, item, was):
        self.log.append((self.version, path, item, was))
        for w in self.watches.get(path, []):
            self.show(w, *self.log[-1])

    def show(self, watch, version, _path, item, was):
        """What a watch with its selectors sees of a change."""
        seen = was is not None and is_selected(was, watch.query)
        if item is not None and is_selected(item, watch.query):
            self.line(watch, "MODIFIED" if seen else "ADDED", item)
        elif seen:
            gone = {**was, "metadata": {**was["metadata"],
                                        "resourceVersion": str(version)}}
            self.line(watch, "DELETED", gone)

    @staticmethod
    def line(watch, kind, item):
        text = json.dumps({"type": kind, "object": item})
        watch.lines.put(text.encode() + b"\n")

    def bookmark(self):
        with self.lock:
            self.version += 1
        self.tell(json.dumps(
            {"type": "BOOKMARK", "object": {"metadata": {
                "resourceVersion": str(self.version)}}}).encode() + b"\n")

    def tell(self, data):
        """These bytes on every watch; None ends them in order, "cut" does
        not."""
        with self.lock:
            for watches in self.watches.values():
                for w in watches:
                    w.lines.put(data)

    def forget(self):
        """What was seen before now cannot be gone on from."""
        with self.lock:
            self.version += 1
            self.oldest = self.version

    def n_watches(self):
        with self.lock:
            return sum(len(w) for w in self.watches.values())

    def n_lists(self):
        return sum("watch" not in q for _, q in self.asked)

    # --- what it answers ---

    def list_page(self, path, query):
        with self.lock:
            items = [i for _, i in sorted(self.objects.get(path, {}).items())
                     if is_selected(i, query)]
            version = str(self.version)
        at = int(query.get("continue", "0"))
        size = min(int(query.get("limit", "500")), self.page)
        metadata = {"resourceVersion": version}
        if at + size < len(items):
            metadata["continue"] = str(at + size)
        return {"kind": "List", "metadata": metadata,
                "items": items[at:at + size]}

    def open_watch(self, path, query):
        w = Watch(query)
        with self.lock:
            for change in self.log:
                if change[0] > int(query["resourceVersion"]) and \
                        change[1] == path:
                    self.show(w, *change)
            self.watches.setdefault(path, []).append(w)
        return w

    def close_watch(self, path, watch):
        with self.lock:
            self.watches[path].remove(watch)


def status_of(code, message):
    return {"kind": "Status", "status": "Failure", "code": code,
            "message": message}


def handler(api):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_what):
            pass

        def answer(self, code, value):
            body = value if isinstance(value, bytes) else \
                json.dumps(value).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.close_connection = True
            path, _, text = self.path.partition("?")
            query = dict(urllib.parse.parse_qsl(text))
            api.asked.append((path, query))
            sent = self.headers.get("Authorization")
            if api.refuse:
                code = api.refuse.pop(0)
                self.answer(code, status_of(code, "not now"))
            elif api.token and sent != f"Bearer {api.token}":
                self.answer(401, status_of(401, "Unauthorized"))
            elif query.get("watch") == "true":
                self.watch(path, query)
            elif api.garbage:
                self.answer(200, api.garbage.pop(0))
            else:
                self.answer(200, api.list_page(path, query))

        def chunk(self, data):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

        def watch(self, path, query):
            if int(query["resourceVersion"]) < api.oldest:
                self.answer(410, status_of(410, "too old"))
                return
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.flush()
            w = api.open_watch(path, query)
            try:
                self.relay(w, int(query["timeoutSeconds"]))
            except OSError:
                pass
            finally:
                api.close_watch(path, w)

        def relay(self, watch, seconds):
            while True:
                try:
                    data = watch.lines.get(timeout=max(seconds, 5))
                except queue.Empty:
                    data = None
                if data is None:
                    self.wfile.write(b"0\r\n\r\n")
                    return
                if data == "cut":
                    return
                self.chunk(data)
    return Handler
