"""What vLLM does with a chat request, said a second time in Python and with
the real Jinja2, to hold the gateway's prompts against.

Messages and tools are put in the shape that vLLM gives to templates; the
environment and the cut of a continued message are transformers'."""
import copy
import datetime
import json

import jinja2
import jinja2.ext
import jinja2.meta
import jinja2.nodes
import jinja2.sandbox

TAG = "CONTINUE_FINAL_MESSAGE_TAG "
TEXT_PARTS = {"text": "text", "input_text": "text", "output_text": "text",
              "refusal": "refusal", "thinking": "thinking"}
# Parameters of apply_chat_template: they never reach the template.
SWALLOWED = {"padding", "truncation", "max_length", "return_tensors",
             "return_dict", "return_assistant_tokens_mask",
             "tokenizer_kwargs", "continue_final_message"}


class Refused(Exception):
    """The engine answers 400 before any template runs."""


# --- the environment --------------------------------------------------

class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",),
                                       drop_needle=True)
        call = self.call_method("_inside")
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _inside(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None,
           sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent,
                      separators=separators, sort_keys=sort_keys)


def environment(now):
    made = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True,
        extensions=[Generation, jinja2.ext.loopcontrols])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = now.strftime
    return made


# --- which format of content a template wants ---------------------------

def is_name(node, name):
    return (isinstance(node, jinja2.nodes.Name) and node.ctx == "load" and
            node.name == name)


def bare(node):
    """Without filters, tests and slices round it."""
    while True:
        if isinstance(node, (jinja2.nodes.Filter, jinja2.nodes.Test)):
            node = node.node
        elif (isinstance(node, jinja2.nodes.Getitem) and
              isinstance(node.arg, jinja2.nodes.Slice)):
            node = node.node
        else:
            return node


def is_content_of(node, name):
    if isinstance(node, jinja2.nodes.Getattr):
        return node.attr == "content" and is_name(node.node, name)
    return (isinstance(node, jinja2.nodes.Getitem) and
            isinstance(node.arg, jinja2.nodes.Const) and
            node.arg.value == "content" and is_name(node.node, name))


class OddTarget(Exception):
    """vLLM gives up the search, and takes strings."""


def plain_target(node):
    if not isinstance(node, jinja2.nodes.Name):
        raise OddTarget
    return node.name


def aliases_of_messages(tree):
    names, at = ["messages"], 0
    while at < len(names):
        for node in tree.find_all(jinja2.nodes.Assign):
            if is_name(bare(node.node), names[at]):
                target = plain_target(node.target)
                if target not in names:
                    names.append(target)
        at += 1
    return names


def wants_parts(tree):
    lists = aliases_of_messages(tree)
    loops = list(tree.find_all(jinja2.nodes.For))
    items = [plain_target(loop.target) for loop in loops
             if any(is_name(bare(loop.iter), name) for name in lists)]
    for loop in loops:
        over = bare(loop.iter)
        if (is_name(over, "content") or
                any(is_content_of(over, name) for name in items)):
            plain_target(loop.target)
            return True
    return False


def content_format(tree):
    try:
        return "openai" if wants_parts(tree) else "string"
    except OddTarget:
        return "string"


# --- messages and tools -----------------------------------------------

def text_of(part):
    if isinstance(part, str):
        return part
    return part.get(TEXT_PARTS[part.get("type", "text")])


def without_bills(texts):
    for one in texts:
        if not one.startswith("x-anthropic-billing-header"):
            yield one
        elif one.partition("\n")[2]:
            yield one.partition("\n")[2]


def content_of(message, form):
    content = message.get("content")
    if content is None:
        content = []
    if isinstance(content, str):
        content = [content]
    texts = [text for text in map(text_of, content) if text is not None]
    if message["role"] == "system":
        texts = list(without_bills(texts))
    if form == "string" or message["role"] == "tool":
        if form == "string":
            texts = [text for text in texts if text]
        return "\n".join(texts)
    return [{"type": "text", "text": text} for text in texts]


def arguments_of(given):
    if not given:
        return {}
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except json.JSONDecodeError:
            return {}
    return given if isinstance(given, dict) else {}


def ordered(given, *names):
    """A copy, in the order of the schema; what it does not know, behind."""
    made = {name: given[name] for name in names if name in given}
    made.update((k, v) for k, v in given.items() if k not in made)
    return made


def tool_call_of(call, as_given):
    if as_given:
        made, function = dict(call), dict(call["function"])
    else:
        made = ordered(call, "id", "function", "type")
        function = ordered(call["function"], "arguments", "name")
    function["arguments"] = arguments_of(function.get("arguments"))
    made["function"] = function
    return made


def message_of(message, form, as_given=False):
    made = {"role": message["role"], "content": content_of(message, form)}
    if message["role"] == "assistant":
        if message.get("tool_calls"):
            made["tool_calls"] = [tool_call_of(call, as_given)
                                  for call in message["tool_calls"]]
        reasoning = message.get("reasoning",
                                message.get("reasoning_content"))
        if reasoning is not None:
            made["reasoning"] = made["reasoning_content"] = reasoning
    if message["role"] == "tool" and "tool_call_id" in message:
        made["tool_call_id"] = message["tool_call_id"]
    for name in ("name", "task"):
        if isinstance(message.get(name), str):
            made[name] = message[name]
    if message["role"] == "developer":
        made["tools"] = message.get("tools") and [
            {**ordered(tool, "function", "type"),
             "function": ordered(tool["function"], "name", "description",
                                 "parameters", "strict")}
            for tool in message["tools"]]
    return made


def without_developers(messages, source):
    if "'developer'" in source or '"developer"' in source:
        return messages
    if not any(m["role"] == "developer" for m in messages):
        return messages
    made = []
    for message in messages:
        if message["role"] == "developer":
            message = {**message, "role": "system"}
            del message["tools"]
        made.append(message)
    system = [m for m in made if m["role"] == "system"]
    if len(system) == 1 and made[0]["role"] == "system":
        return made
    if not all(isinstance(m["content"], str) for m in system):
        raise Refused("several of system or developer, in parts")
    text = "\n\n".join(m["content"] for m in system)
    return ([{"role": "system", "content": text}] +
            [m for m in made if m["role"] != "system"])


def tool_of(tool):
    given = tool["function"]
    function = {name: given.get(name)
                for name in ("name", "description", "parameters")}
    if given.get("strict") is not None:
        function["strict"] = given["strict"]
    return {"type": "function", "function": function}


# --- the prompt ---------------------------------------------------------

def template_kwargs(body, defaults):
    def is_set(value):
        return value is not None and value != "auto"
    given = dict(body.get("chat_template_kwargs") or {})
    asked = {"documents": body.get("documents"),
             "reasoning_effort": body.get("reasoning_effort")}
    if asked["reasoning_effort"] is not None and \
            "enable_thinking" not in given:
        asked["enable_thinking"] = asked["reasoning_effort"] != "none"
    given.update((k, v) for k, v in asked.items() if is_set(v))
    made = dict(defaults)
    made.update((k, v) for k, v in given.items() if is_set(v))
    if "chat_template" in made or "tokenize" in made:
        raise Refused("chat_template_kwargs")
    return made


def marked(messages):
    messages = copy.deepcopy(messages)
    content = messages[-1]["content"]
    if isinstance(content, str):
        messages[-1]["content"] = content + TAG
    else:
        content[-1]["text"] += TAG
    return messages


def cut(prompt):
    at = prompt.rindex(TAG.strip())
    if prompt[at:at + len(TAG)] == TAG:
        return prompt[:at]
    return prompt[:at].rstrip()


class Template:
    """A template compiled once, for many conversations."""

    def __init__(self, env, source):
        tree = env.parse(source)
        self.source = source
        self.form = content_format(tree)
        self.undeclared = jinja2.meta.find_undeclared_variables(tree)
        self.compiled = env.from_string(source)

    def prompt(self, body, special, defaults=(), as_given=False):
        """The prompt, or an exception; `as_given`: tool calls did not go
        through the schema of a chat's body."""
        messages = [message_of(m, self.form, as_given)
                    for m in body["messages"]]
        messages = without_developers(messages, self.source)
        tools = body.get("tools")
        tools = None if tools is None else [tool_of(tool) for tool in tools]
        generate = body.get("add_generation_prompt", True)
        goes_on = body.get("continue_final_message", False)
        kwargs = self.filtered(template_kwargs(body, dict(defaults)))
        documents = kwargs.pop("documents", None)
        kwargs.pop("add_generation_prompt", None)
        tools = kwargs.pop("tools", tools)
        if goes_on and generate:
            raise Refused("continue_final_message and add_generation_prompt")
        text = self.compiled.render(
            messages=marked(messages) if goes_on else messages, tools=tools,
            documents=documents, add_generation_prompt=generate,
            **{**special, **kwargs})
        return cut(text) if goes_on else text

    def filtered(self, kwargs):
        return {name: value for name, value in kwargs.items()
                if (name in self.undeclared or name == "documents") and
                name not in SWALLOWED}


NOW = datetime.datetime(2025, 7, 10, 12, 34, 56)
