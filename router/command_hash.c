#include "router/command_hash.h"

#include "common/hash/chain.h"
#include "common/json/scan.h"
#include "common/json/string.h"
#include "router/command_lines.h"
#include "router/command_options.h"

#include <stdio.h>
#include <unistd.h>

static const char help[] =
	"usage: warmpath hash --seed S [--algorithm A] [--block-size N]\n"
	"\n"
	"Prints the block hashes that the engines compute for token ids.\n"
	"Reads a JSON object a line from standard input:\n"
	"  {\"tokens\":[1,2,3],\"lora\":\"name\",\"cache_salt\":\"salt\"}\n"
	"(lora and cache_salt may be missing) and answers each with a line:\n"
	"  {\"hashes\":[\"<hex>\",...]} or {\"error\":\"...\"}\n"
	"\n"
	"  --seed S        PYTHONHASHSEED of the engines, byte for byte;\n"
	"                  not needed for the algorithm tokens\n"
	"  --algorithm A   sha256 (default, as vLLM's), sha256_cbor, xxhash,\n"
	"                  xxhash_cbor, or tokens, the gateway's own\n"
	"  --block-size N  tokens of a block, 1 to 4096; default 16\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0, 1 if a line was answered with an error, 2 for wrong\n"
	"usage.\n";

struct options {
	enum hash_algorithm algorithm;
	const char *seed; /* NULL: not given */
	size_t block_size;
	bool help;
};

/* A line of input, as far as it was read. */
struct request {
	uint32_t *token;
	size_t n;
	bool has_tokens;
	struct hash_extra extra;
};

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;
	uint64_t n;

	switch (letter) {
	case 'a':
		if (hash_algorithm_parse(slice_of(value), &o->algorithm))
			return OK;
		return command_usage(err, "--algorithm", value,
				     "not one of sha256, sha256_cbor, xxhash, "
				     "xxhash_cbor, tokens");
	case 's': o->seed = value; return OK;
	case 'h': o->help = true; return OK;
	case 'b':
		if (slice_to_u64(slice_of(value), HASH_MAX_BLOCK_SIZE, &n) !=
			    OK ||
		    n == 0)
			return command_usage(err, "--block-size", value,
					     "not a number from 1 to 4096");
		o->block_size = n;
		return OK;
	}
	return ERR_INVALID;
}

static const struct option known[] = {
	{"algorithm", required_argument, NULL, 'a'},
	{"seed", required_argument, NULL, 's'},
	{"block-size", required_argument, NULL, 'b'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {known, "token ids", take_option};

static enum status make_scheme(const struct options *o, struct hash_scheme *s,
			       struct error *err)
{
	if (!o->seed && o->algorithm != HASH_TOKENS)
		return command_usage(
			err, "--seed", NULL,
			"missing; vLLM's hashes start from "
			"PYTHONHASHSEED and are random where it is not "
			"set: give the value that the engines run with");
	if (hash_scheme_init(s, o->algorithm, slice_of(o->seed ? o->seed : ""),
			     o->block_size) != OK)
		return command_usage(err, "--seed", NULL,
				     "longer than 4096 bytes");
	return OK;
}

static bool read_tokens(struct json_scan *s, struct request *r)
{
	struct json_value v;
	int64_t id;

	if (r->has_tokens)
		return json_fail(s, ERR_INVALID, "tokens is there twice");
	r->has_tokens = true;
	json_enter_array(s);
	while (json_element(s)) {
		if (!json_value(s, &v))
			return false;
		if (v.type != JSON_TYPE_NUMBER || json_int(v.raw, &id) != OK ||
		    id < 0 || id > UINT32_MAX)
			return json_fail(s, ERR_INVALID,
					 "tokens: an id is not a whole number "
					 "from 0 to 4294967295");
		r->token[r->n++] = (uint32_t)id;
	}
	return s->status == OK;
}

static bool read_text(struct json_scan *s, struct arena *arena,
		      struct slice *out)
{
	struct json_value v;

	if (!json_value(s, &v))
		return false;
	if (out->p)
		return json_fail(s, ERR_INVALID, "a member is there twice");
	if (v.type == JSON_TYPE_NULL)
		return true;
	if (v.type != JSON_TYPE_STRING || json_text(v.raw, arena, out) != OK)
		return json_fail(s, ERR_INVALID,
				 "lora and cache_salt must be strings");
	if (out->n > HASH_MAX_TEXT_BYTES)
		return json_fail(s, ERR_LIMIT,
				 "lora and cache_salt may have 4096 bytes "
				 "each");
	return true;
}

static bool read_member(struct json_scan *s, struct slice key,
			struct arena *arena, struct request *r)
{
	if (json_string_equal(key, SLICE("tokens")))
		return read_tokens(s, r);
	if (json_string_equal(key, SLICE("lora")))
		return read_text(s, arena, &r->extra.lora);
	if (json_string_equal(key, SLICE("cache_salt")))
		return read_text(s, arena, &r->extra.salt);
	return json_fail(s, ERR_INVALID,
			 "unknown member; tokens, lora and cache_salt are "
			 "known");
}

static enum status read_request(struct slice line, struct arena *arena,
				struct request *r, struct error *err)
{
	struct json_scan s;
	struct slice key;

	/* An id takes two bytes at least, with what parts it from the next. */
	r->token = arena_array(arena, line.n / 2 + 1, sizeof(*r->token));
	json_begin(&s, line, 8);
	json_enter_object(&s);
	while (json_member(&s, &key))
		if (!read_member(&s, key, arena, r))
			break;
	if (json_end(&s) != OK)
		return error_set(err, s.status, "byte %zu: %s", json_offset(&s),
				 s.why);
	if (!r->has_tokens)
		return error_set(err, ERR_INVALID, "tokens is missing");
	return OK;
}

static void put_hex(struct buf *out, const uint8_t *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	char *to = buf_reserve(out, 2 * n);

	for (size_t i = 0; i < n; i++) {
		to[2 * i] = digit[p[i] >> 4];
		to[2 * i + 1] = digit[p[i] & 15];
	}
	buf_commit(out, 2 * n);
}

static enum status answer(const void *of, struct slice line,
			  struct arena *arena, struct buf *out,
			  struct error *err)
{
	const struct hash_scheme *s = of;
	struct request r = {0};
	enum status st = read_request(line, arena, &r, err);
	size_t n_blocks = r.n / s->block_size;
	uint8_t *digest;

	if (st != OK)
		return st;
	digest = arena_array(arena, n_blocks, s->hash_bytes);
	st = chain_digests(s, r.token, r.n, &r.extra, digest);
	if (st != OK)
		return error_set(err, st, "lora or cache_salt is too long");
	buf_puts(out, "{\"hashes\":[");
	for (size_t i = 0; i < n_blocks; i++) {
		buf_puts(out, i == 0 ? "\"" : ",\"");
		put_hex(out, digest + i * s->hash_bytes, s->hash_bytes);
		buf_putc(out, '"');
	}
	buf_puts(out, "]}");
	return OK;
}

int command_hash(int argc, char **argv)
{
	struct options o = {HASH_SHA256, NULL, 16, false};
	struct hash_scheme s;
	struct command_lines lines = {
		.name = "hash", .answer = answer, .of = &s};
	struct error err;

	if (command_options_parse(&command, &o, argc, argv, &err) != OK ||
	    (!o.help && make_scheme(&o, &s, &err) != OK)) {
		fprintf(stderr, "warmpath hash: %s\n", err.text);
		return COMMAND_USAGE;
	}
	if (o.help) {
		fputs(help, stdout);
		return COMMAND_FINE;
	}
	return command_lines_run(&lines, STDIN_FILENO, STDOUT_FILENO);
}
