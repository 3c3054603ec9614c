"""Chat requests of every shape that decides a prompt, by name: bodies of
/v1/chat/completions without a model."""


def user(content):
    return {"role": "user", "content": content}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


def system(content):
    return {"role": "system", "content": content}


def result(of, content, **more):
    return {"role": "tool", "tool_call_id": of, "content": content, **more}


def call(of, name, arguments):
    return {"id": of, "type": "function",
            "function": {"name": name, "arguments": arguments}}


def text(*texts):
    return [{"type": "text", "text": one} for one in texts]


def function(name, description=None, parameters=None, **more):
    made = {"name": name, **more}
    if description is not None:
        made["description"] = description
    if parameters is not None:
        made["parameters"] = parameters
    return {"type": "function", "function": made}


WEATHER = function(
    "get_weather", "Weather of a place, now", {
        "type": "object",
        "properties": {
            "place": {"type": "string", "description": "As \"Rome, IT\""},
            "unit": {"type": "string", "enum": ["celsius", "kelvin"],
                     "default": "celsius"},
            "days": {"type": "integer", "minimum": 0, "maximum": 14},
        },
        "required": ["place"],
    })
SEARCH = function(
    "search", "Sucht <Dokumente> & mehr – schnell", {
        "type": "object",
        "properties": {
            "query": {"type": ["string", "null"]},
            "filter": {
                "type": "object",
                "properties": {
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "range": {"anyOf": [{"type": "number"},
                                        {"type": "null"}]},
                },
                "additionalProperties": False,
            },
            "limit": {"type": "number", "default": 1.5},
        },
        "required": [],
    })
BARE = function("ping")
STRICT = function("pay", "Pays", {"type": "object", "properties": {}},
                  strict=True)

CALLED = assistant(None, tool_calls=[
    call("call00001", "get_weather",
         '{"place": "Malmö", "unit": "celsius", "days": 3}')])
PARALLEL = assistant("Both at once.", tool_calls=[
    call("call00001", "get_weather", '{"place":"Rome, IT"}'),
    call("call00002", "search",
         '{"query": "\\u00e9t\\u00e9 \\"x\\"", "limit": 1.0, "filter": '
         '{"tags": ["a", "b"], "range": null}, "deep": [[1, 2], {"k": true}]}'),
])

NUMBERS = assistant("", tool_calls=[
    call("call00001", "search",
         '{"a":1e5,"b":-0,"c":12345678901234567890123,"d":0.1,"e":1.50,'
         '"f":-0.0,"a":2,"g":"</tag>","h":"\\ud83d\\ude42"}')])

CONVERSATIONS = {
    "user": {"messages": [user("Name three primary colours.")]},
    "system": {"messages": [system("Answer in French."), user("Hello!")]},
    "turns": {"messages": [
        user("2+2?"), assistant("4"), user("times 10?"), assistant("40"),
        user("why?")]},
    "long_system_turns": {"messages": [
        system("Rule one.\nRule two.\n\n- a\n- b\n"), user("Go"),
        assistant("Done."), user("Again")]},
    "ends_with_assistant": {"messages": [user("ping"), assistant("pong")]},
    "no_generation_prompt": {
        "messages": [user("ping"), assistant("pong"), user("ping")],
        "add_generation_prompt": False},
    "assistant_no_generation_prompt": {
        "messages": [user("ping"), assistant("pong")],
        "add_generation_prompt": False},
    "continued": {
        "messages": [user("Count to five."), assistant("one, two,")],
        "add_generation_prompt": False, "continue_final_message": True},
    "continued_blanks": {
        "messages": [user("Count."), assistant("  one \n two  \n")],
        "add_generation_prompt": False, "continue_final_message": True},
    "continued_user": {
        "messages": [system("s"), user("Once upon a")],
        "add_generation_prompt": False, "continue_final_message": True},
    "continued_parts": {
        "messages": [user("Count."), assistant(text("one,", "two,"))],
        "add_generation_prompt": False, "continue_final_message": True},
    "continued_and_prompted": {
        "messages": [user("Count."), assistant("one,")],
        "continue_final_message": True},
    "only_system": {"messages": [system("Alone.")]},
    "only_assistant": {"messages": [assistant("Alone.")]},
    "no_messages": {"messages": []},
    "two_users": {"messages": [user("one"), user("two")]},
    "late_system": {"messages": [
        user("a"), assistant("b"), system("Be brief."), user("c")]},
    "developer": {"messages": [
        {"role": "developer", "content": "Be exact.", "tools": [WEATHER]},
        user("Hi")]},
    "system_and_developer": {"messages": [
        system("One."), user("Hi"),
        {"role": "developer", "content": "Two."}, assistant("Hello"),
        user("Go on")]},
    "unknown_role": {"messages": [
        {"role": "critic", "content": "Hm."}, user("Hi")]},
    "named": {"messages": [
        {"role": "user", "name": "ana", "content": "I am Ana."},
        {"role": "assistant", "name": "bot", "content": "Hello, Ana."},
        {"role": "user", "name": "bo", "content": "And I am Bo."}]},
    "task": {"messages": [
        {"role": "user", "task": "title", "content": "Name this."}]},
    "empty_content": {"messages": [
        user(""), assistant(""), user(" "), assistant("\n"), user("x")]},
    "missing_content": {"messages": [
        {"role": "user"}, assistant(None), user("x")]},
    "parts": {"messages": [
        system(text("Rule one.", "Rule two.")),
        user(text("First.", "Second.", "")),
        assistant(text("Answer.")), user(text("Third."))]},
    "parts_of_all_kinds": {"messages": [
        user([{"type": "input_text", "text": "in"}, "bare",
              {"type": "text", "text": ""}]),
        assistant([{"type": "thinking", "thinking": "hm"},
                   {"type": "output_text", "text": "out"},
                   {"type": "refusal", "refusal": "no"}]),
        user([{"type": "text", "text": "<a href=\"x\">&amp;</a>"}])]},
    "no_parts": {"messages": [user([]), assistant([]), user("x")]},
    "unicode": {"messages": [
        system("Übersetze: ‘日本語’"), user("¿Qué? 🙂 e\u0301 \u202eabc\u200b"),
        assistant("नमस्ते — مرحبا — Привет"), user("한국어\u3000テスト\u00a0ok")]},
    "markup": {"messages": [
        user("{{ 7 * 7 }} {% raw %} {# c #} <|im_end|> </s> [INST]"),
        assistant("'single' \"double\" \\n \\\\ \t tab"), user("`code`\r\nx")]},
    "blanks": {"messages": [
        system("  padded  "), user("\n\nlead\n\n"), assistant(" \t mid \x1c"),
        user("\u2003wide\u2003")]},
    "tools": {"messages": [user("Weather in Rome?")], "tools": [WEATHER]},
    "tools_system": {
        "messages": [system("Use tools."), user("Weather in Rome?")],
        "tools": [WEATHER, SEARCH]},
    "tools_bare": {"messages": [user("ping")], "tools": [BARE, STRICT]},
    "tools_and_turns": {
        "messages": [system("s"), user("a"), assistant("b"), user("c")],
        "tools": [SEARCH]},
    "tool_result": {
        "messages": [user("Weather?"), CALLED,
                     result("call00001", '{"temp": 21.5, "sky": "clear"}'),
                     assistant("It is 21.5 °C."), user("Thanks")],
        "tools": [WEATHER]},
    "tool_result_last": {
        "messages": [system("s"), user("Weather?"), CALLED,
                     result("call00001", "21 °C")], "tools": [WEATHER]},
    "tool_call_last": {
        "messages": [user("Weather?"), CALLED], "tools": [WEATHER],
        "add_generation_prompt": False},
    "parallel_calls": {
        "messages": [user("Both?"), PARALLEL, result("call00001", "sunny"),
                     result("call00002", "[1, 2]"), user("And?")],
        "tools": [WEATHER, SEARCH]},
    "calls_without_tools": {
        "messages": [user("Weather?"), CALLED, result("call00001", "21")]},
    "calls_twice": {
        "messages": [user("Weather?"), CALLED,
                     result("call00001", "21", name="get_weather"),
                     assistant("", tool_calls=[
                         call("call00003", "search", "{}")]),
                     result("call00003", "none"), assistant("No idea."),
                     user("Pity")], "tools": [WEATHER, SEARCH]},
    "result_parts": {
        "messages": [user("Weather?"), CALLED,
                     result("call00001", text("line one", "", "line two",
                                              ""))],
        "tools": [WEATHER]},
    "arguments_of_numbers": {
        "messages": [user("x"), NUMBERS, result("call00001", "ok")],
        "tools": [SEARCH]},
    "arguments_odd": {
        "messages": [user("x"), assistant("", tool_calls=[
            call("call00001", "ping", ""), call("call00002", "ping", "[1]"),
            call("call00003", "ping", "{not json"),
            {"id": "call00004", "type": "function",
             "function": {"name": "ping"}}]),
            result("call00001", "a"), result("call00002", "b")],
        "tools": [BARE]},
    "calls_with_extras": {"messages": [
        user("x"),
        {"role": "assistant", "tool_calls": [
            {"index": 0, "type": "function", "id": "call00001",
             "function": {"name": "ping", "extra": [1], "arguments": "{}"}}]},
        result("call00001", "ok")]},
    "billed": {"messages": [
        system("x-anthropic-billing-header: cch=1f;\nBe brief."),
        user("Hi")]},
    "calls_empty": {"messages": [
        user("x"), assistant("y", tool_calls=[]), user("z")]},
    "reasoning": {"messages": [
        user("Is 97 prime?"),
        assistant("Yes.", reasoning="Try 2, 3, 5, 7."), user("And 91?")]},
    "reasoning_and_calls": {
        "messages": [
            user("Weather?"),
            {**CALLED, "reasoning_content": "I need the tool.\n"},
            result("call00001", "21"), assistant("21.", reasoning="Easy."),
            user("And 91?")], "tools": [WEATHER]},
    "reasoning_in_text": {"messages": [
        user("Is 97 prime?"),
        assistant("<think>\nTry 2, 3.\n</think>\n\nYes."), user("And 91?")]},
    "reasoning_last": {
        "messages": [user("q"), assistant("a", reasoning="r")],
        "add_generation_prompt": False},
    "thinking_off": {"messages": [user("Hi")],
                     "chat_template_kwargs": {"enable_thinking": False,
                                              "thinking": False}},
    "thinking_on": {"messages": [user("Hi"), assistant("Ho"), user("Hi")],
                    "chat_template_kwargs": {"enable_thinking": True,
                                             "thinking": True}},
    "effort_low": {"messages": [system("s"), user("Hi")],
                   "reasoning_effort": "low"},
    "effort_none": {"messages": [user("Hi")], "reasoning_effort": "none"},
    "effort_and_choice": {"messages": [user("Hi")],
                          "reasoning_effort": "high",
                          "chat_template_kwargs": {"enable_thinking": False}},
    "kwargs": {"messages": [user("Hi")], "chat_template_kwargs": {
        "date_string": "26 Jul 2025", "tools_in_user_message": False,
        "custom_tools": None, "builtin_tools": ["brave_search"],
        "add_generation_prompt": False, "bos_token": "<B>",
        "max_length": 3, "unheard_of": {"a": [1]}, "documents": "auto"}},
    "kwargs_refused": {"messages": [user("Hi")],
                       "chat_template_kwargs": {"tokenize": True}},
    "documents": {
        "messages": [user("What do they say?")],
        "documents": [{"title": "One", "text": "First text."},
                      {"title": "Zwei & drei", "text": "\"Second\""}]},
}
