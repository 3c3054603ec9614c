"""The harness itself: a helper that sees no fault would hide all others."""
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import harness


def script(text):
    return [sys.executable, "-c", text]


def test_a_program_that_ends_badly_is_a_fault():
    program = harness.Program(script("import sys; sys.exit(3)"),
                              announce=False)
    program.wait()
    assert "status 3" in program.stop()[0]


def test_a_sanitizers_report_is_a_fault_although_the_status_is_0():
    program = harness.Program(script(
        "import sys; sys.stderr.write('a.c:1: runtime error: x')"),
        announce=False)
    program.wait()
    assert "wrote a report" in program.stop()[0]


def test_a_program_that_is_never_ready_fails_with_what_it_told():
    with pytest.raises(AssertionError, match="no such key"):
        harness.Program(script("import sys; sys.exit('no such key')"))


def test_an_announced_program_is_ready():
    program = harness.Program(script(
        "import json, signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        "path = sys.argv[sys.argv.index('--announce') + 1]\n"
        "json.dump({'listen': ['127.0.0.1:1']}, open(path, 'w'))\n"
        "signal.sigwait({signal.SIGTERM})"))
    assert program.announced == {"listen": ["127.0.0.1:1"]}
    assert program.stop() == []


def test_waiting_ends_with_a_sentence():
    with pytest.raises(AssertionError, match="the moon did not come"):
        harness.wait_until(lambda: False, 0.01, "the moon")


def test_metrics_are_summed_over_the_labels_not_given():
    page = harness.Metrics(
        "# HELP a x\n# TYPE a counter\n"
        'a{w="1",k="x\\"y"} 2\na{w="2",k=""} 3.5\nb 1e3\n')
    assert page.value("a") == 5.5
    assert page.value("a", w="1") == 2
    assert page.value("b") == 1000
    assert page.value("c") == 0


def test_a_line_that_is_no_sample_is_refused():
    with pytest.raises(AssertionError, match="not a sample"):
        harness.Metrics("a{ 1\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/stream":
            body = b"data: {\"a\": 1}\n\n: note\n\ndata: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def server():
    made = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made.server_address
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_json_answer_comes_back(server):
    answer = harness.request(server, "POST", "/echo", {"a": "ä"})
    assert answer.status == 200 and answer.json() == {"a": "ä"}


def test_a_stream_is_read_event_by_event(server):
    with harness.Stream(server, "/stream", {}) as stream:
        assert list(stream) == ['{"a": 1}', "[DONE]"]
    with harness.Stream(server, "/stream", {}) as stream:
        assert list(stream.chunks()) == [{"a": 1}]


def test_raw_bytes_go_out_and_the_answer_is_cut_at_its_length(server):
    with harness.Raw(server) as raw:
        raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                 "\r\nhi")
        assert raw.read_answer().body == b"hi"
        assert not raw.is_closed(within=0.05)


def test_a_program_that_does_not_end_shows_its_threads():
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " \
        "print(1, flush=True); signal.pause()"
    program = harness.Program(script(code), announce=False)
    harness.wait_until(lambda: program.stdout(), 10, "its deafness")
    faults = program.stop(timeout=0.1)
    assert faults[0].startswith("python"), faults
    assert "did not end" in faults[1]


def test_ports_that_one_process_has_got_no_other_gets():
    base = harness.free_ports(3)
    code = f"import harness; harness.claim({base + 2})"
    told = subprocess.run(script(code), capture_output=True, text=True,
                          cwd=os.path.dirname(harness.__file__))
    assert "Address already in use" in told.stderr


def test_a_line_that_is_being_written_is_not_read_yet():
    assert harness.whole_lines('{"a": 1}\n{"b"') == ['{"a": 1}']
    assert harness.whole_lines('{"a": 1}\n') == ['{"a": 1}']
    assert harness.whole_lines('{"a"') == []
