"""What vLLM makes of the bodies of /v1/messages and /v1/responses, said a
second time in Python: each as the body of a chat."""
import json

BILL = "x-anthropic-billing-header"


# --- Anthropic's messages -----------------------------------------------

def system_text(system):
    if not system or isinstance(system, str):
        return system
    return "".join(b["text"] for b in system
                   if b["type"] == "text" and b["text"] and
                   not b["text"].startswith(BILL))


def result_messages(block):
    content, named = block.get("content"), []
    if isinstance(content, list):
        named = [{"type": "tool_reference",
                  "name": b.get("tool_name") or b.get("name")}
                 for b in content if b["type"] == "tool_reference"]
        content = "\n".join(b.get("text", "") for b in content
                            if b["type"] == "text")
    answers = [content or ""] + ([named] if named else [])
    return [{"role": "tool", "tool_call_id": block.get("tool_use_id", ""),
             "content": one} for one in answers]


def of_blocks(role, blocks):
    before, own, texts, thoughts, calls = [], {"role": role}, [], [], []
    for block in blocks:
        kind = block["type"]
        if kind == "text" and block["text"]:
            texts.append(block["text"])
        elif kind == "thinking":
            thoughts.append(block["thinking"])
        elif kind == "tool_use":
            calls.append({"id": block["id"], "type": "function", "function": {
                "name": block["name"],
                "arguments": json.dumps(block.get("input") or {})}})
        elif kind == "tool_result" and role == "user":
            before += result_messages(block)
        elif kind == "tool_result":
            texts.append("Tool result: " + (block.get("content") or ""))
    if thoughts:
        own["reasoning"] = "".join(thoughts)
    if calls:
        own["tool_calls"] = calls
    if len(texts) == 1:
        own["content"] = texts[0]
    elif texts:
        own["content"] = [{"type": "text", "text": t} for t in texts]
    elif role == "user":
        return before
    return before + [own]


def of_messages(body):
    made = {"messages": []}
    system = system_text(body.get("system"))
    if system:
        made["messages"].append({"role": "system", "content": system})
    for message in body["messages"]:
        role = {"ctx": "user", "msg": "user"}.get(message["role"],
                                                  message["role"])
        if isinstance(message["content"], str):
            made["messages"].append({**message, "role": role})
        else:
            made["messages"] += of_blocks(role, message["content"])
    if body.get("tools"):
        made["tools"] = [{"type": "function", "function": {
            "name": t["name"], "description": t.get("description"),
            "parameters": {**t["input_schema"], "type": t["input_schema"].get(
                "type", "object")}}} for t in body["tools"]]
    for name in ("chat_template_kwargs",):
        if body.get(name):
            made[name] = body[name]
    effort = (body.get("output_config") or {}).get("effort")
    if effort:
        made["reasoning_effort"] = effort
    return made


# --- responses ----------------------------------------------------------

def first_text(parts):
    if isinstance(parts, str):
        return parts
    return parts[0]["text"] if parts else None


def part_of_assistant(item):
    """(member, value) of what goes to an assistant's message, or None."""
    kind = item.get("type", "message")
    if kind == "function_call":
        return "tool_calls", [{"id": item["call_id"], "function": {
            "name": item["name"], "arguments": item["arguments"]},
            "type": "function"}]
    if kind == "reasoning":
        return "reasoning", (first_text(item.get("content")) or
                             first_text(item.get("summary")) or "")
    if kind == "message" and item["role"] == "assistant":
        return "content", first_text(item["content"])
    return None


def add_item(messages, item):
    last = messages[-1] if messages else {}
    part = part_of_assistant(item)
    if part is None and item.get("type") == "function_call_output":
        output = item["output"]
        if not isinstance(output, str):
            output = "\n".join(p["text"] for p in output)
        messages.append({"role": "tool", "content": output,
                         "tool_call_id": item["call_id"]})
    elif part is None:
        messages.append({"role": item["role"], "content": item["content"]})
    elif last.get("role") != "assistant":
        messages.append({"role": "assistant", part[0]: part[1]})
    elif part[0] == "tool_calls":
        last["tool_calls"] = last.get("tool_calls", []) + part[1]
    elif last.get(part[0]) is None:
        last[part[0]] = part[1]
    else:
        messages.append({"role": "assistant", part[0]: part[1]})


def of_responses(body):
    made = {"messages": []}
    if body.get("instructions"):
        made["messages"].append({"role": "system",
                                 "content": body["instructions"]})
    items = body["input"]
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    for item in items:
        add_item(made["messages"], item)
    open_ended = (items[-1].get("type", "message") in
                  ("message", "reasoning") and
                  items[-1].get("status") in ("in_progress", "incomplete"))
    if open_ended:
        made.update(add_generation_prompt=False, continue_final_message=True)
    if body.get("tools"):
        made["tools"] = [{"type": "function", "function": {
            k: v for k, v in t.items() if k != "type"}}
            for t in body["tools"]]
    if body.get("chat_template_kwargs"):
        made["chat_template_kwargs"] = body["chat_template_kwargs"]
    effort = (body.get("reasoning") or {}).get("effort")
    if effort:
        made["reasoning_effort"] = effort
    return made
