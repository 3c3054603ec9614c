/* Every vector of hash-vectors.json: bytes, hash and event integer of each
 * block. The file is not part of the tree; without it the test is skipped
 * and says so. */
#include "common/base/file.h"
#include "common/hash/chain.h"
#include "common/hash/digest.h"
#include "common/hash/serial.h"
#include "tests/unit/hash/hex.h"

#include <jansson.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>

static json_t *vectors;

static const char *string_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	assert_non_null(text);
	return text;
}

static enum hash_algorithm algorithm_of(const json_t *v)
{
	enum hash_algorithm a;

	assert_true(
		hash_algorithm_parse(slice_of(string_of(v, "algorithm")), &a));
	return a;
}

static enum serial_format format_of(enum hash_algorithm a)
{
	return a == HASH_SHA256 || a == HASH_XXHASH ? SERIAL_PICKLE
						    : SERIAL_CBOR;
}

static size_t tokens_of(const json_t *array, uint32_t *out, size_t room)
{
	size_t i, n = json_array_size(array);
	json_t *token;

	assert_in_range(n, 1, room);
	json_array_foreach(array, i, token)
	{
		out[i] = (uint32_t)json_integer_value(token);
	}
	return n;
}

static struct serial_key key_of(const json_t *k, uint8_t bytes[64])
{
	struct serial_key key = {SERIAL_TEXT};

	if (json_is_string(k)) {
		key.text = slice_of(json_string_value(k));
	} else if (json_is_integer(k)) {
		key.kind = SERIAL_INT;
		key.number = (int32_t)json_integer_value(k);
	} else if (json_is_array(k)) {
		key.kind = SERIAL_ITEM;
		key.text = slice_of(json_string_value(json_array_get(k, 0)));
		key.number = (int32_t)json_integer_value(json_array_get(k, 1));
	} else {
		key.kind = SERIAL_BYTES;
		key.text.p = (const char *)bytes;
		key.text.n = hex_parse(string_of(k, "bytes_hex"), bytes, 64);
	}
	return key;
}

/* As text, since long ones were quoted. */
static const char *integer_of(const json_t *o, const char *name)
{
	static char text[32];
	json_t *v = json_object_get(o, name);

	if (json_is_string(v))
		return json_string_value(v);
	assert_true(json_is_integer(v));
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(v));
	return text;
}

static void check_hash(enum hash_algorithm a, struct serial_block *b, size_t n,
		       const json_t *block)
{
	struct hash_scheme s;
	uint8_t hash[HASH_MAX_BYTES];
	char text[2 * HASH_MAX_BYTES + 1], event[32];

	assert_int_equal(hash_scheme_init(&s, a, SLICE("0"), 1), OK);
	if (a == HASH_SHA256 || a == HASH_SHA256_CBOR)
		digest_sha256(b->byte, n, hash);
	else
		digest_xxh128(b->byte, n, hash);
	hex_print(hash, s.hash_bytes, text);
	assert_string_equal(text, string_of(block, "hash_hex"));
	snprintf(event, sizeof(event), "%" PRIu64, chain_key(&s, hash));
	assert_string_equal(event, integer_of(block, "event_int"));
}

/* One block by the lower level, which knows every kind of extra key. */
static void check_block(enum hash_algorithm a, const json_t *block,
			const char *parent)
{
	const json_t *extra = json_object_get(block, "extra_keys");
	struct serial_key key[8];
	uint8_t bytes[8][64];
	uint32_t token[64];
	size_t n_keys = json_array_size(extra), n;
	struct serial_block b;
	struct serial_tail t;
	char *text = malloc(2 * SERIAL_MAX_BLOCK + 1);

	assert_in_range(n_keys, 0, 8);
	for (size_t i = 0; i < n_keys; i++)
		key[i] = key_of(json_array_get(extra, i), bytes[i]);
	n = tokens_of(json_object_get(block, "tokens"), token, 64);
	assert_int_equal(serial_tail_init(&t, format_of(a), n, key, n_keys),
			 OK);
	/* The worked example has 32 bytes of parent for xxhash, too. */
	serial_block_init(&b, format_of(a), strlen(parent) / 2, n);
	hex_parse(parent, b.byte + b.parent_at, HASH_MAX_BYTES);
	n = serial_block_fill(&b, token, &t);
	hex_print(b.byte, n, text);
	assert_string_equal(text, string_of(block, "serialized_hex"));
	check_hash(a, &b, n, block);
	free(text);
}

/* Every block's bytes and hash. */
static void every_block_has_the_engines_bytes_and_hash(void **state)
{
	size_t i, j, n = 0;
	json_t *v, *block;

	if (!vectors)
		skip();
	(void)state;
	json_array_foreach(json_object_get(vectors, "vectors"), i, v)
	{
		const char *parent = string_of(v, "none_hash_hex");

		json_array_foreach(json_object_get(v, "blocks"), j, block)
		{
			check_block(algorithm_of(v), block, parent);
			parent = string_of(block, "hash_hex");
			n++;
		}
	}
	print_message("%zu vectors, %zu blocks\n", i, n);
	assert_true(i >= 56 && n >= 120);
}

/* Extras that struct hash_extra can say: nothing, a name, a salt. */
static bool extra_of(const json_t *v, struct hash_extra *out)
{
	const char *id = string_of(v, "id");

	*out = (struct hash_extra){0};
	if (!json_string_value(json_object_get(v, "PYTHONHASHSEED")))
		return false;
	if (strncmp(id, "lora-seed", 9) == 0 ||
	    strncmp(id, "lora-salt-seed", 14) == 0)
		out->lora = SLICE("sql-lora");
	if (strncmp(id, "salt-seed", 9) == 0 ||
	    strncmp(id, "lora-salt-seed", 14) == 0)
		out->salt = SLICE("tenant-a");
	if (strncmp(id, "salt-utf8", 9) == 0)
		out->salt = SLICE("gr\xc3\xb6\xc3\x9f"
				  "e-\xe2\x9c\x93");
	return out->lora.n > 0 || out->salt.n > 0 ||
	       strncmp(id, "plain-", 6) == 0 ||
	       strncmp(id, "int-widths", 10) == 0 ||
	       strncmp(id, "bs16", 4) == 0;
}

static void check_chain(const json_t *v, const struct hash_extra *extra)
{
	size_t i, size, n;
	json_t *block;
	struct hash_scheme s;
	uint32_t token[256];
	uint8_t digest[256 * HASH_MAX_BYTES];
	char text[2 * HASH_MAX_BYTES + 1];

	size = (size_t)json_integer_value(json_object_get(v, "block_size"));
	assert_int_equal(
		hash_scheme_init(&s, algorithm_of(v),
				 slice_of(string_of(v, "PYTHONHASHSEED")),
				 size),
		OK);
	hex_print(s.none_hash, s.hash_bytes, text);
	assert_string_equal(text, string_of(v, "none_hash_hex"));
	n = tokens_of(json_object_get(v, "prompt_tokens"), token, 256);
	assert_int_equal(chain_digests(&s, token, n, extra, digest), OK);
	assert_int_equal(n / size,
			 json_array_size(json_object_get(v, "blocks")));
	json_array_foreach(json_object_get(v, "blocks"), i, block)
	{
		hex_print(digest + i * s.hash_bytes, s.hash_bytes, text);
		assert_string_equal(text, string_of(block, "hash_hex"));
	}
}

static void whole_chains_are_the_engines(void **state)
{
	size_t i, checked = 0;
	struct hash_extra extra;
	json_t *v;

	if (!vectors)
		skip();
	(void)state;
	json_array_foreach(json_object_get(vectors, "vectors"), i, v)
	{
		if (!extra_of(v, &extra))
			continue;
		check_chain(v, &extra);
		checked++;
	}
	print_message("%zu chains; %zu have extras that only the lower level "
		      "can say\n",
		      checked, i - checked);
	assert_true(checked >= 32);
}

static void every_none_hash_is_the_engines(void **state)
{
	const char *name;
	size_t i, n = 0;
	json_t *list, *row;

	if (!vectors)
		skip();
	(void)state;
	json_object_foreach(json_object_get(vectors, "none_hash"), name, list)
	{
		enum hash_algorithm a;

		assert_true(hash_algorithm_parse(slice_of(name), &a));
		json_array_foreach(list, i, row)
		{
			const char *seed = json_string_value(
				json_object_get(row, "PYTHONHASHSEED"));
			uint8_t byte[256];
			char text[512];

			if (!seed)
				continue;
			hex_print(
				byte,
				serial_text(format_of(a), slice_of(seed), byte),
				text);
			assert_string_equal(text,
					    string_of(row, "serialized_hex"));
			n++;
		}
	}
	assert_true(n >= 16);
}

/* The file has integers up to 2^64, past what jansson takes: digits outside
 * of strings that are longer than 18 become strings. */
static void quote_long_integers(struct slice in, struct buf *out)
{
	bool quoted = false;

	while (in.n > 0) {
		size_t n = quoted ? 0 : strspn(in.p, "-0123456789");

		if (n > 18)
			buf_printf(out, "\"%.*s\"", (int)n, in.p);
		else if (n > 0)
			buf_append(out, (struct slice){in.p, n});
		in = slice_from(in, n);
		if (n > 0)
			continue;
		quoted ^= *in.p == '"';
		buf_putc(out, *in.p);
		in = slice_from(in, 1);
	}
}

static int load(void **state)
{
	const char *dir = getenv("WARMPATH_TESTDATA");
	struct buf raw, text;
	char path[4096];
	struct error err;
	json_error_t where;

	(void)state;
	buf_init(&raw);
	buf_init(&text);
	snprintf(path, sizeof(path), "%s/../hash-vectors.json",
		 dir ? dir : "../shared/testdata");
	if (file_read(path, 16 << 20, &raw, &err) != OK) {
		print_message("SKIPPED: %s; set WARMPATH_TESTDATA\n", err.text);
		buf_fini(&raw);
		return 0;
	}
	buf_putc(&raw, '\0');
	quote_long_integers((struct slice){raw.p, buf_len(&raw) - 1}, &text);
	vectors = json_loadb(text.p, buf_len(&text), 0, &where);
	if (!vectors)
		print_error("%s: %d: %s\n", path, where.line, where.text);
	buf_fini(&raw);
	buf_fini(&text);
	return vectors ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	json_decref(vectors);
	return 0;
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(every_block_has_the_engines_bytes_and_hash),
		cmocka_unit_test(whole_chains_are_the_engines),
		cmocka_unit_test(every_none_hash_is_the_engines),
	};

	return cmocka_run_group_tests(test, load, unload);
}
