"""Conversations over /v1/messages and /v1/responses: rendered, tokenized and
matched as the chats that they become, so that what a worker holds of each is
known to the token; and what cannot be mapped, served all the same."""
import json

import pytest

import books
import harness

SIM = {**books.FAST, "tokenizer": "models/demo"}
# Shows all that the mapping moves about.
TEMPLATE = """\
{%- if tools %}{{ tools | tojson }}{% endif %}
{%- for m in messages %}<|im_start|>{{ m.role }}
{%- if m.reasoning_content %}({{ m.reasoning_content }}){% endif %}
{{ m.content if m.content is string else m.content | tojson }}
{%- for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}
{%- if m.tool_call_id %}#{{ m.tool_call_id }}{% endif %}<|im_end|>
{% endfor %}<|im_start|>assistant
"""
SCHEMA = {"type": "object", "properties": {"place": {"type": "string"}}}


@pytest.fixture
def gate(fleet, front, tmp_path):
    """Two workers and a gateway that are alike in template."""
    path = tmp_path / "api.jinja"
    path.write_text(TEMPLATE)

    def make(n=2, chat=None, **options):
        workers = fleet(n, chat_template=str(path), **SIM, **options)
        return front(workers, {"tokenizer": "models/demo",
                               "chat": {"template": str(path),
                                        **(chat or {})}},
                     policy=books.BY_TOKENS)
    return make


class Messages:
    """A conversation of Anthropic's, with a tool."""
    path = "/v1/messages"

    def __init__(self):
        self.body = {
            "model": "demo", "max_tokens": 6,
            "system": [{"type": "text", "text": books.LONG}],
            "tools": [{"name": "look", "description": "Looks",
                       "input_schema": SCHEMA}],
            "messages": []}

    def ask(self, turn):
        content = [{"type": "text", "text": f"Turn {turn}: go on."}]
        if turn > 0:
            content.insert(0, {"type": "tool_result", "content": "sun",
                               "tool_use_id": f"call_{turn - 1}"})
        self.body["messages"].append({"role": "user", "content": content})

    def hear(self, turn, text):
        self.body["messages"].append({"role": "assistant", "content": [
            {"type": "thinking", "thinking": "Well.", "signature": "s"},
            {"type": "text", "text": text},
            {"type": "tool_use", "id": f"call_{turn}", "name": "look",
             "input": {"place": "Malmö"}}]})

    def answer(self, told):
        return told["content"][0]["text"], told["usage"]

    def streamed(self, events):
        text = "".join(d["delta"]["text"] for d in events
                       if d["type"] == "content_block_delta")
        assert events[0]["type"] == "message_start"
        assert events[-1]["type"] == "message_stop"
        return text, events[-2]["usage"]


class Responses:
    """A conversation of items, with a function."""
    path = "/v1/responses"

    def __init__(self):
        self.body = {
            "model": "demo", "max_output_tokens": 6,
            "instructions": books.LONG,
            "tools": [{"type": "function", "name": "look", "strict": True,
                       "parameters": SCHEMA}],
            "input": []}

    def ask(self, turn):
        if turn > 0:
            self.body["input"].append(
                {"type": "function_call_output", "output": "sun",
                 "call_id": f"call_{turn - 1}"})
        self.body["input"].append({"role": "user", "content": [
            {"type": "input_text", "text": f"Turn {turn}: go on."}]})

    def hear(self, turn, text):
        self.body["input"] += [
            {"type": "reasoning", "id": "r", "summary": [], "content": [
                {"type": "reasoning_text", "text": "Well."}]},
            {"type": "message", "id": "m", "role": "assistant",
             "status": "completed", "content": [
                 {"type": "output_text", "text": text, "annotations": []}]},
            {"type": "function_call", "call_id": f"call_{turn}",
             "name": "look", "arguments": '{"place": "Malmö"}'}]

    def answer(self, told):
        return told["output"][0]["content"][0]["text"], told["usage"]

    def streamed(self, events):
        text = "".join(d["delta"] for d in events
                       if d["type"] == "response.output_text.delta")
        assert events[0]["type"] == "response.created"
        assert events[-1]["type"] == "response.completed"
        return text, events[-1]["response"]["usage"]


APIS = pytest.mark.parametrize("api", [Messages, Responses],
                               ids=["messages", "responses"])


def talk(g, conversation, turn, stream):
    """One turn; its access line."""
    conversation.ask(turn)
    if stream:
        with g.stream(conversation.path,
                      {**conversation.body, "stream": True}) as s:
            text, _ = conversation.streamed([json.loads(e) for e in s])
        line = g.lines(g.sent)[-1]
    else:
        answer, line = g.ask(conversation.body, conversation.path)
        assert answer.status == 200, answer
        text, _ = conversation.answer(answer.json())
    conversation.hear(turn, text)
    g.settle()
    return line


@APIS
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_each_turn_is_predicted_to_the_token(gate, api, stream):
    g = gate()
    conversation, served = api(), set()
    for turn in range(5):
        line = talk(g, conversation, turn, stream)
        assert line["outcome"] == "ok"
        assert line["tokenized"] == ("local" if turn == 0 else "memo")
        # A worker's block size may come with its first event.
        if turn > 0:
            assert line["prediction"] == "exact", line
        assert line["exact"] and (line["cached_tokens"] > 0) == (turn > 0)
        served.add(line["worker"])
    assert len(served) == 1
    metrics = g.metrics()
    assert metrics.value("warmpath_prompt_counts_total", result="same") == 5
    assert metrics.value("warmpath_prompt_counts_total",
                         result="differs") == 0


@APIS
def test_a_chat_that_is_the_same_is_found_in_the_cache(gate, api):
    """The blocks are those of the chat, whichever API fills them."""
    g = gate(1)
    conversation = api()
    conversation.body.pop("tools")
    talk(g, conversation, 0, False)
    chat = books.chat("", messages=[
        {"role": "system", "content": books.LONG},
        {"role": "user", "content": "Turn 0: go on."}])
    if api is Responses:  # whose parts stay parts
        chat["messages"][1]["content"] = [
            {"type": "text", "text": "Turn 0: go on."}]
    _, line = g.ask(chat, "/v1/chat/completions")
    assert line["prediction"] == "exact" and line["cached_tokens"] > 0
    assert line["cached_tokens"] // 16 == (line["prompt_tokens"] - 1) // 16


def lengthen(conversation):
    """So far that a helper maps it."""
    for key in ("system", "instructions"):
        if key in conversation.body:
            conversation.body[key] = 40 * books.LONG
    assert len(json.dumps(conversation.body)) > 65536


@APIS
def test_long_ones_are_mapped_and_predicted_alike(gate, api):
    g = gate(1)
    conversation = api()
    lengthen(conversation)
    for turn in range(3):
        line = talk(g, conversation, turn, turn == 1)
        assert line["tokenized"] == ("local" if turn == 0 else "memo")
        if turn > 0:
            assert line["prediction"] == "exact", line


@APIS
def test_clients_may_leave_while_theirs_are_mapped(gate, api):
    g = gate(1)
    conversation = api()
    lengthen(conversation)
    conversation.ask(0)
    for _ in range(20):
        g.raw(conversation.path, conversation.body).socket.close()
    assert len(g.lines(20)) == 20
    assert talk(g, conversation, 1, False)["outcome"] == "ok"


UNMAPPED = {
    "an image": ("/v1/messages", {"max_tokens": 4, "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": books.LONG},
            {"type": "image", "source": {"type": "url", "url": "u"}}]}]}),
    "a system's message among the others": (
        "/v1/messages", {"max_tokens": 4, "messages": [
            {"role": "user", "content": books.LONG},
            {"role": "system", "content": "Now this."}]}),
    "previous_response_id": ("/v1/responses", {
        "input": books.LONG, "previous_response_id": "resp_1"}),
    "tools: one that is not a function": ("/v1/responses", {
        "input": books.LONG, "tools": [{"type": "web_search"}]}),
}


@pytest.mark.parametrize("what", UNMAPPED)
def test_what_cannot_be_mapped_is_sent_on_and_named(gate, what):
    g = gate(1)
    path, body = UNMAPPED[what]
    answer, line = g.ask({"model": "demo", **body}, path)
    # The simulated worker maps no more than we do; vLLM may well serve it.
    assert answer.status == 400
    assert line["tokenized"] == "unmapped" and line["outcome"] == \
        "client_error"
    harness.settles(lambda: g.metrics().value("warmpath_tokenize_total",
                    how="unmapped"), 1)
    g.says("unmapped: ")
    g.says(what)


def test_a_very_large_body_is_not_mapped(gate):
    g = gate(1)
    _answer, line = g.ask({"model": "demo", "max_tokens": 4, "messages": [
        {"role": "user", "content": books.LONG}],
        "metadata": {"filler": "x" * (4 << 20)}}, "/v1/messages")
    assert line["tokenized"] == "unmapped"
    g.says("unmapped: a body of more than 4 MiB")


@pytest.mark.parametrize("chat, path", [
    ({"engine": "sglang"}, "/v1/messages"),
    ({"engine": "sglang"}, "/v1/responses"),
    ({"engine": "vllm-2026-06"}, "/v1/responses")])
def test_engines_whose_mapping_is_not_known_are_named(gate, chat, path):
    g = gate(1, chat)
    body = {"model": "demo", "max_tokens": 4, "input": "hi",
            "messages": [{"role": "user", "content": "hi"}]}
    _, line = g.ask(body, path)
    assert line["tokenized"] == "unmapped"
    g.says("is not known here")


def test_an_explanation_sees_the_chat(gate):
    g = gate(1)
    conversation = Messages()
    talk(g, conversation, 0, False)
    conversation.ask(1)
    told = harness.request(g.admin, "POST", "/explain?path=/v1/messages",
                           conversation.body).json()
    assert told["tokenized"] == "memo"
    assert told["candidates"][0]["held_blocks"] > 0
