"""Bodies of /v1/messages and /v1/responses of every shape that decides a
prompt, by name, without a model."""


def user(content):
    return {"role": "user", "content": content}


def assistant(content):
    return {"role": "assistant", "content": content}


def text(*texts):
    return [{"type": "text", "text": t} for t in texts]


SCHEMA = {"type": "object", "required": ["place"], "properties": {
    "place": {"type": "string", "description": "As \"Rome, IT\""},
    "days": {"type": "integer", "minimum": 0}}}
ASK = user("Weather in Malmö & Rome?")

# --- Anthropic's messages -----------------------------------------------

TOOLS = [{"name": "get_weather", "description": "Weather <now>",
          "input_schema": SCHEMA, "cache_control": {"type": "ephemeral"}},
         {"name": "ping", "input_schema": {}}]
USE = {"type": "tool_use", "id": "call00001", "name": "get_weather",
       "input": {"place": "Malmö", "days": 3, "deep": [1.0, {"k": None}]}}
USE_2 = {"type": "tool_use", "id": "call00002", "name": "ping", "input": {}}
THINK = {"type": "thinking", "thinking": "Two places.", "signature": "s"}


def result(of, content=None, **more):
    made = {"type": "tool_result", "tool_use_id": of, **more}
    if content is not None:
        made["content"] = content
    return made


MESSAGES = {
    "a text": {"messages": [user("hi")]},
    "a system prompt": {"system": "Be \"brief\".\n", "messages": [ASK]},
    "system in blocks": {
        "system": text("x-anthropic-billing-header: cc=1", "Be ", "brief."),
        "messages": [user(text("a")), assistant(text("b")),
                     user(text("c", "", "d"))]},
    "other names of the user": {"messages": [
        {"role": "ctx", "content": "a"}, assistant("b"),
        {"role": "msg", "content": "c"}]},
    "tools": {"tools": TOOLS, "messages": [ASK],
              "tool_choice": {"type": "auto"}},
    "a use of a tool": {
        "tools": TOOLS, "system": "Help.", "messages": [
            ASK, assistant([THINK, *text("I look."), USE]),
            user([result("call00001", "sun")])]},
    "uses at a time": {
        "tools": TOOLS, "messages": [
            ASK, assistant([USE, USE_2]),
            user([result("call00001", text("a", "b")), result("call00002"),
                  *text("Well?")])]},
    "thoughts alone": {"messages": [ASK, assistant([THINK]), user("And?")]},
    "thinking that is on": {
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "output_config": {"effort": "high"}, "messages": [ASK]},
    "kwargs": {"chat_template_kwargs": {"enable_thinking": False},
               "messages": [ASK]},
    "an end by the assistant": {"messages": [ASK, assistant("Well")]},
}

# --- responses ----------------------------------------------------------

FUNCTIONS = [{"type": "function", "name": "get_weather", "strict": True,
              "parameters": SCHEMA, "description": "Weather <now>"}]


def called(of, arguments='{"place": "Malmö", "days": 3}'):
    return {"type": "function_call", "id": "fc_1", "call_id": of,
            "name": "get_weather", "arguments": arguments,
            "status": "completed"}


def answered(of, output):
    return {"type": "function_call_output", "call_id": of, "output": output}


def said(*texts, **more):
    return {"type": "message", "id": "msg_1", "role": "assistant",
            "status": "completed", "content": [
                {"type": "output_text", "text": t, "annotations": []}
                for t in texts], **more}


def thought(what, *summary):
    return {"type": "reasoning", "id": "rs_1", "summary": [
        {"type": "summary_text", "text": s} for s in summary],
        "content": [{"type": "reasoning_text", "text": what}]}


def parts(*texts):
    return [{"type": "input_text", "text": t} for t in texts]


RESPONSES = {
    "a text": {"input": "hi"},
    "instructions": {"instructions": "Be \"brief\".\n", "input": "hi"},
    "items": {"input": [{"role": "developer", "content": "Be brief."},
                        user(parts("a", "b")), said("c"), user("d")]},
    "a plain assistant": {"input": [user("a"), assistant("b"), user("c")]},
    "tools": {"tools": FUNCTIONS, "input": "Weather?"},
    "a call": {"tools": FUNCTIONS, "instructions": "Help.", "input": [
        ASK, thought("Two places."), said("I look."), called("call00001"),
        answered("call00001", "sun")]},
    "calls at a time": {"tools": FUNCTIONS, "input": [
        ASK, called("call00001"), called("call00002", "{}"),
        answered("call00001", "sun"),
        answered("call00002", parts("a", "b")), said("Sun."), user("So?")]},
    "thoughts twice": {"input": [
        ASK, thought("One."), thought("Two."), said("Sun."), user("So?")]},
    "a summary": {"input": [
        ASK, {"type": "reasoning", "id": "rs_2",
              "summary": [{"type": "summary_text", "text": "Short."}]},
        said("Sun."), user("So?")]},
    "two answers": {"input": [ASK, said("a"), said("b"), user("c")]},
    "an effort": {"reasoning": {"effort": "low", "summary": "auto"},
                  "input": [ASK]},
    "no effort": {"reasoning": {"effort": "none"}, "input": [ASK],
                  "chat_template_kwargs": {"x": 1}},
    "to be gone on with": {"input": [
        ASK, said("The weather", status="incomplete")]},
}
