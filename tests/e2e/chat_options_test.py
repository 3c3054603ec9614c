"""Workers that were started with options for chats: a gateway that was told
the same makes the same ids, one that was told others is told so."""
import json
import signal
import subprocess

import pytest

import books
import harness

SIM = {**books.FAST, "tokenizer": "models/demo"}
# Shows what each option changes: kwargs, parts, tools, arguments, roles.
TEMPLATE = """\
{%- if style %}<{{ style }}>{% endif %}
{%- if tools %}{{ tools | tojson }}{% endif %}
{%- for m in messages %}[{{ m.role }}]
{%- if m.content is string %}{{ m.content }}
{%- else %}{% for p in m.content %}({{ p.text }}){% endfor %}{% endif %}
{%- for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}
{%- endfor %}[assistant]"""
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {
    "type": "object", "properties": {}}}} for name in ("now", "then")]

# Of the worker, and the same to the gateway.
OPTIONS = {
    "kwargs": ({"default_chat_template_kwargs": '{"style": "terse"}'},
               {"default_template_kwargs": '{"style": "terse"}'}),
    "strings": ({"chat_template_content_format": "string"},
                {"content_format": "string"}),
    "parts": ({"chat_template_content_format": "openai"},
              {"content_format": "openai"}),
    "no tools": ({"exclude_tools_when_tool_choice_none": True},
                 {"exclude_tools_when_tool_choice_none": True}),
    "sglang": ({"engine": "sglang"}, {"engine": "sglang"}),
    "sglang of June": ({"engine": "sglang-2026-06"},
                       {"engine": "sglang-2026-06"}),
    "vllm of June": ({"engine": "vllm-2026-06"},
                     {"engine": "vllm-2026-06"}),
}


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "options.jinja"
    path.write_text(TEMPLATE)
    return str(path)


def parts(*texts):
    return [{"type": "text", "text": t} for t in texts]


def chats():
    """Chats in which every option shows."""
    text = books.LONG
    return [
        books.chat(text),
        books.chat("", messages=[
            {"role": "user", "content": parts(text, "and more")}]),
        books.chat(text, tools=TOOLS),
        books.chat(text, tools=TOOLS, tool_choice="none"),
        books.chat(text, tools=TOOLS, tool_choice={
            "type": "function", "function": {"name": "then"}}),
    ]


def doctor(tmp_path, config):
    path = tmp_path / "warmpath.yaml"
    path.write_text(json.dumps(config))
    done = subprocess.run(
        [harness.binary("warmpath"), "doctor", "--config", str(path),
         "--json", "--no-generate"], capture_output=True, text=True,
        timeout=60 * harness.SLOW, cwd=harness.ROOT,
        env=harness.environment(None))
    assert not harness.REPORT.search(done.stderr), done.stderr
    worker, = json.loads(done.stdout)["workers"]
    return done.returncode, worker["checks"]["chat_template"]


@pytest.mark.parametrize("name", OPTIONS)
def test_the_same_options_make_the_same_ids(fleet, front, template, name):
    options, chat = OPTIONS[name]
    workers = fleet(1, chat_template=template, **SIM, **options)
    g = front(workers, {"tokenizer": "models/demo",
                        "chat": {"template": template, **chat}})
    for body in chats():
        for _ in range(2):
            answer, line = g.ask(body, "/v1/chat/completions")
            assert answer.status == 200, answer
            g.settle()
        assert line["tokenized"] in ("local", "memo")
        assert line["cached_tokens"] > 0
        assert line["prediction"] == "exact"
    assert g.metrics().value("warmpath_prompt_counts_total",
                             result="differs") == 0
    check = g.worker("worker-0")["checks"]["chat_template"]
    assert check["state"] == "holds", check


@pytest.mark.parametrize("name", [
    "kwargs", "strings", "no tools", "sglang"])
def test_options_that_only_the_worker_has_are_named(fleet, tmp_path, template,
                                                    name):
    options, chat = OPTIONS[name]
    workers = fleet(1, chat_template=template, **SIM, **options)
    for told, status, state in ((chat, 0, "holds"), ({}, 1, "differs")):
        found = doctor(tmp_path, books.config(workers, {
            "tokenizer": "models/demo",
            "chat": {"template": template, **told}}))
        assert (found[0], found[1]["state"]) == (status, state), found
    assert "a chat" in found[1]["says"]
    assert "chat: to what it was started with" in found[1]["mend"]


def test_a_template_with_a_fault_is_told_and_left_to_workers(fleet, front,
                                                             tmp_path):
    broken = tmp_path / "broken.jinja"
    broken.write_text("{% for m in messages %}\n{% include 'x' %}"
                      "{% endfor %}\n")
    workers = fleet(1, **SIM)
    model = {"tokenizer": "models/demo", "chat": {"template": str(broken)}}
    g = front(workers, model)
    _, line = g.ask(books.chat(books.LONG), "/v1/chat/completions")
    assert line["tokenized"] == "worker"
    warned, = [json.loads(x) for x in harness.whole_lines(g.stderr())
               if "put to a worker" in x]
    assert warned["level"] == "warn"
    assert f"chat.template: {broken}:2: " in warned["message"]
    assert f"{g.config_path}:" in warned["message"]
    told, = g.admin_get("/workers").json()["models"]
    assert told["chats"] == "worker"
    assert f"{broken}:2: " in told["chats_reason"]
    status, found = doctor(tmp_path, books.config(workers, model))
    assert status == 0 and f"{broken}:2: " in found["says"]


def test_a_reload_takes_other_options(fleet, front, template):
    workers = fleet(1, chat_template=template,
                    default_chat_template_kwargs='{"style": "terse"}', **SIM)
    model = {"tokenizer": "models/demo", "chat": {"template": template}}
    g = front(workers, model)

    def state(wanted):
        harness.wait_until(
            lambda: g.worker("worker-0")["checks"]["chat_template"]["state"]
            == wanted, 20, wanted)
    state("differs")
    model["chat"]["default_template_kwargs"] = '{"style": "terse"}'
    g.write_config(books.config(workers, model))
    g.signal(signal.SIGHUP)
    state("holds")
    _, line = g.ask(books.chat(books.LONG), "/v1/chat/completions")
    assert line["tokenized"] == "local"
