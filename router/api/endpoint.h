/* What may be asked for on the serving port: an allow-list in one table.
 * Paths are those of vLLM's and SGLang's OpenAI-like servers; a path that
 * is no row is not found, a row of the control group is refused. */
#ifndef ROUTER_API_ENDPOINT_H
#define ROUTER_API_ENDPOINT_H

#include "common/http/head.h"

enum api_kind {
	API_CHAT,       /* messages: rendered, tokenized, routed by prefix */
	API_MESSAGES,   /* Anthropic's: as the chat that they become */
	API_RESPONSES,  /* OpenAI's: so, too */
	API_COMPLETION, /* prompt: tokenized, routed by prefix */
	API_PASS,       /* a JSON body with a model: routed by model, load */
	API_MODELS,     /* answered here, from the configuration */
	API_MODEL,      /* one of them; its name is behind the path */
	API_HEALTH,     /* answered here */
	API_VERSION,    /* answered here */
	API_REFUSED,    /* controls an engine: never for clients */
};

static inline bool api_kind_is_chat(enum api_kind kind)
{
	return kind <= API_RESPONSES;
}

/* How errors look. */
enum api_dialect { API_OPENAI, API_ANTHROPIC };

/* Whose prefix cache a request's prompt may be told to stay in. vLLM's
 * models of these bodies have a cache_salt or have none; what they do not
 * have is ignored there. */
enum api_cache {
	API_UNCACHED, /* no prompt is computed */
	API_SALTED,   /* cache_salt is taken */
	API_UNSALTED, /* there is no way to say */
};

struct endpoint {
	const char *path; /* in uri_normalise()'s spelling */
	enum http_method method;
	enum api_kind kind;
	enum api_dialect dialect;
	bool below; /* stands for all paths below it, too */
	enum api_cache cache;
};

/* Returns the HTTP status: 200 (go on), 403 (refused), 404, or 405. `out`
 * is the row, set but for 404; for 405 it is the one whose method would
 * do. HEAD counts as GET. */
unsigned endpoint_find(enum http_method method, struct slice path,
		       const struct endpoint **out);
/* For the Allow header of a 405: "POST", "GET, HEAD". Static. */
const char *endpoint_allow(const struct endpoint *e);
/* What stands behind an API_MODEL row's path: the model's name. */
struct slice endpoint_rest(const struct endpoint *e, struct slice path);
/* The table's rows; NULL past the last. */
const struct endpoint *endpoint_at(size_t i);

#endif
