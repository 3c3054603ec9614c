"""Which folder may include which: the ranks of the house, and who may see
each library. Pure: paths in, sentences out."""
import re

RANKS = {
    "router/conf": 2, "router/index": 2, "router/fleet": 2,
    "router/api": 3, "router/policy": 3, "router/prompt": 3,
    "router/tenant": 3,
    "router/transfer": 3,
    "router/decision": 4,
    "router/net": 4, "router/upstream": 4,
    "router/discover": 5, "router/ingest": 5, "router/probe": 5,
    "router/placement": 5,
    "router/tracing": 5,
    "router/proxy": 6,
    "router/admin": 7,
}

# (includer prefix, included) pairs that the ranks would refuse.
EXCEPTIONS = (
    # A configuration names its policy and carries that policy's options.
    ("router/conf/", "router/policy/policy.h"),
    # A worker carries the rates that its policy prices it by.
    ("router/fleet/", "router/policy/policy.h"),
    # A fleet is made from a configuration and owns its workers' index ids.
    ("router/fleet/", "router/conf/"),
    ("router/fleet/", "router/index/"),
)

# Library header pattern -> folders that may include it; "router" alone is
# main.c, which tells the libraries' versions.
LIBRARIES = (
    # Its HTTP server and client serve what is rare; never the hot path.
    (r"event2/", ("common/base", "router", "router/admin", "router/net",
                  "router/probe", "tools/sim", "common/tls")),
    (r"ares\.h", ("router/discover",)),
    (r"llhttp\.h", ("common/http",)),
    (r"nghttp2/", ("common/http",)),
    (r"openssl/", ("common/hash", "common/tls", "router")),
    (r"jansson\.h", ("common/token", "router", "common/template", "router/conf",
                     "router/probe", "router/admin", "router/discover",
                     "tools/sim")),
    (r"libfyaml\.h", ("tools/sim",)),
    (r"yaml\.h", ("router/conf",)),
    (r"zmq\.h", ("router", "router/ingest", "tools/sim")),
    (r"xxhash\.h", ("common/base", "common/hash", "common/token",
                    "router/index", "router/policy", "tools/sim")),
    (r"zlib\.h", ("common/base", "common/http")),
    (r"msgpack", ()),
    (r"cmocka\.h", ()),
)


def folder_of(path):
    return path.rpartition("/")[0]


def rank_of(path):
    """None for what stands outside the ranks (tests, tools)."""
    folder = folder_of(path)
    if folder == "common/base":
        return 0
    if folder.startswith("common/"):
        return 1
    if folder == "router":
        return 8
    return RANKS.get(folder)


def is_exempt(path):
    return path.startswith("tests/")


def own_include_fault(path, included):
    """A sentence, or None. Both paths count from the root."""
    if is_exempt(path):
        return None
    if folder_of(path) == folder_of(included):
        return None
    if path.startswith("tools/"):
        if included.startswith("common/"):
            return None
        return f"tools see common only, not {included}"
    for includer, target in EXCEPTIONS:
        if path.startswith(includer) and included.startswith(target):
            return None
    mine, theirs = rank_of(path), rank_of(included)
    if mine is None:
        return f"folder {folder_of(path)} has no rank in tests/lint/layers.py"
    if theirs is None:
        return f"{included} has no rank: not part of the gateway"
    if mine == 1 and folder_of(included) == "common/json" and \
            folder_of(path) != "common/base":
        return None
    if theirs < mine:
        return None
    return (f"{folder_of(path)} (rank {mine}) may not include "
            f"{included} (rank {theirs})")


def library_fault(path, header):
    if is_exempt(path):
        return None
    for pattern, folders in LIBRARIES:
        if re.match(pattern, header) and folder_of(path) not in folders:
            where = ", ".join(folders) or "tests only"
            return f"<{header}> belongs to {where}"
    return None
