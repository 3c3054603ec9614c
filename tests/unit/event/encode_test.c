/* The encoder, against payloads of real msgspec structs where the vectors
 * are at hand, and against the decoder always. */
#include "common/base/file.h"
#include "common/event/encode.h"
#include "tests/unit/event/seen.h"

#include <jansson.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

static struct seen seen;
static json_t *vectors;

static const uint8_t int_hash[8] = {0xfe, 0xdc, 0xba, 0x98,
				    0x76, 0x54, 0x32, 0x10};
static const uint32_t tokens[4] = {1, 2, 3, 4};

static struct event_out stored(void)
{
	return (struct event_out){
		.kind = EVENT_STORED,
		.hash = int_hash,
		.n_hashes = 1,
		.hash_bytes = 8,
		.token = tokens,
		.n_tokens = 4,
		.block_size = 4,
		.medium = SLICE("GPU"),
		.spec_kind = SLICE("full_attention"),
	};
}

/* The batch of three events that the vectors hold. */
static void encode_three(struct buf *b, enum event_layout layout,
			 struct event_out first, int64_t rank)
{
	struct event_style style = {layout, false};
	struct event_out e[3] = {first, first, {.kind = EVENT_CLEARED}};

	e[1].kind = EVENT_REMOVED;
	event_encode(b, &style, 1700000000.5, e, 3, rank);
}

/* The last vector whose name starts so, as hex. */
static const char *vector_hex(const char *id)
{
	const char *hex = NULL;
	size_t i;
	json_t *v;

	if (vectors == NULL)
		skip();
	json_array_foreach(vectors, i, v)
	{
		const char *name = json_string_value(json_object_get(v, "id"));

		if (strncmp(name, id, strlen(id)) == 0)
			hex = json_string_value(
				json_object_get(v, "payload_hex"));
	}
	assert_non_null(hex);
	return hex;
}

static void expect_vector(const char *id, enum event_layout layout,
			  struct event_out first, int64_t rank)
{
	const char *want = vector_hex(id);
	struct buf b, hex;

	buf_init(&b);
	buf_init(&hex);
	encode_three(&b, layout, first, rank);
	for (size_t i = b.start; i < b.end; i++)
		buf_printf(&hex, "%02x", (uint8_t)b.p[i]);
	buf_putc(&hex, '\0');
	assert_string_equal(hex.p, want);
	buf_fini(&b);
	buf_fini(&hex);
}

static void v010_2_is_what_msgspec_writes(void **state)
{
	(void)state;
	expect_vector("v0.10.2", EVENT_V010_2, stored(), 0);
}

static void v014_is_what_msgspec_writes(void **state)
{
	struct event_out e = stored();

	(void)state;
	e.lora_name = SLICE("sql-lora");
	expect_vector("v0.14", EVENT_V014, e, 0);
}

static void v017_is_what_msgspec_writes(void **state)
{
	struct event_out e = stored();

	(void)state;
	e.lora_name = SLICE("sql-lora");
	e.salt = SLICE("tenant-a");
	expect_vector("~v0.17", EVENT_V017, e, 0);
}

static void v020_is_what_msgspec_writes(void **state)
{
	(void)state;
	expect_vector("~v0.20", EVENT_V020, stored(), 0);
}

static void v023_is_what_msgspec_writes(void **state)
{
	(void)state;
	expect_vector("~v0.22", EVENT_V023, stored(), 0);
}

static void v024_is_what_msgspec_writes(void **state)
{
	(void)state;
	expect_vector("v0.24+ map, int", EVENT_V024, stored(), 2);
}

/* What the decoder makes of one vector. */
static void decode_vector(const char *id)
{
	uint8_t bytes[2048];
	const char *hex = vector_hex(id);
	size_t i, n;

	n = strlen(hex) / 2;
	assert_in_range(n, 1, sizeof(bytes));
	for (i = 0; i < n; i++) {
		unsigned byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
	assert_int_equal(seen_decode(&seen, bytes, n), OK);
	assert_int_equal(seen.n, 3);
	assert_true(seen.batch.ts == 1700000000.5);
	assert_int_equal(seen.at[0].e.kind, EVENT_STORED);
	assert_int_equal(seen.at[1].e.kind, EVENT_REMOVED);
	assert_int_equal(seen.at[2].e.kind, EVENT_CLEARED);
	assert_int_equal(seen.at[0].e.n_tokens, 4);
	assert_memory_equal(seen.at[0].token, tokens, sizeof(tokens));
	assert_int_equal(seen.at[0].e.block_size, 4);
	assert_int_equal(seen.at[0].e.n_hashes, 1);
	assert_int_equal(seen.at[1].e.n_hashes, 1);
	assert_true(seen.at[0].hash[0] == seen.at[1].hash[0]);
}

static void every_vector_decodes(void **state)
{
	static const struct {
		const char *id;
		uint64_t hash;
		int64_t rank;
	} cases[] = {
		{"v0.9.0", 0xfedcba9876543210, -1},
		{"v0.9.1", (uint64_t)-1234567890123456789, 0},
		{"v0.10.2", 0xfedcba9876543210, 0},
		{"v0.14", 0xfedcba9876543210, 0},
		{"~v0.17", 0xfedcba9876543210, 0},
		{"~v0.20", 0xfedcba9876543210, 0},
		{"~v0.22", 0xfedcba9876543210, 0},
		{"v0.24+ map, int", 0xfedcba9876543210, 2},
		{"v0.24+ map, 32", 0x18191a1b1c1d1e1f, 0},
		{"SGLang", 0xfedcba9876543210, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		decode_vector(cases[i].id);
		assert_true(seen.at[0].hash[0] == cases[i].hash);
		assert_true(seen.batch.rank == cases[i].rank);
	}
	assert_int_equal(json_array_size(vectors), ARRAY_LEN(cases));
}

static void the_vectors_of_bytes_and_keys_decode(void **state)
{
	(void)state;
	decode_vector("v0.24+ map, 32");
	assert_true(seen.at[0].e.has_parent);
	assert_true(seen.at[0].e.parent == 0x38393a3b3c3d3e3f);
	assert_int_equal(seen.at[0].e.group, 1);
	assert_false(seen.at[0].e.full_attention);
	/* Behind a parent no block can be salted. */
	assert_int_equal(seen.at[0].e.salt.n, 0);
	assert_true(seen.at[0].e.opaque_extra);
	decode_vector("~v0.17");
	assert_true(slice_equal(seen.at[0].e.lora_name, SLICE("sql-lora")));
	assert_true(slice_equal(seen.at[0].e.salt, SLICE("tenant-a")));
	assert_false(seen.at[0].e.opaque_extra);
	decode_vector("SGLang");
	assert_int_equal(seen.at[1].e.medium, EVENT_CPU);
}

/* Whatever the layout has a field for comes back. */
static void round_trip(enum event_layout layout, bool bytes_hashes)
{
	static const uint32_t many[] = {0, 127, 128, 65535, 65536, UINT32_MAX};
	struct event_style style = {layout, bytes_hashes};
	uint8_t digest[3 * 32];
	struct event_out e[3];
	const struct event *got = &seen.at[0].e;
	struct buf b;

	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (uint8_t)(255 - i);
	e[0] = stored();
	e[0].hash = digest;
	e[0].n_hashes = 2;
	e[0].hash_bytes = 32;
	e[0].parent = digest + 64;
	e[0].token = many;
	e[0].n_tokens = ARRAY_LEN(many);
	e[0].block_size = 3;
	e[0].lora_name = SLICE("a-name-of-more-than-thirty-one-bytes");
	e[0].group = 1;
	e[0].spec_kind = SLICE("mamba");
	e[1] = e[0];
	e[1].kind = EVENT_REMOVED;
	e[1].medium = SLICE("FS");
	e[2] = (struct event_out){.kind = EVENT_CLEARED};
	buf_init(&b);
	event_encode(&b, &style, 12.5, e, 3, -1);
	assert_int_equal(seen_decode(&seen, b.p + b.start, buf_len(&b)), OK);
	buf_fini(&b);

	assert_int_equal(seen.n, 3);
	assert_true(seen.batch.ts == 12.5 && seen.batch.rank == -1);
	assert_int_equal(got->n_hashes, 2);
	assert_true(got->hash[0] == 0xe7e6e5e4e3e2e1e0);
	assert_true(got->hash[1] == 0xc7c6c5c4c3c2c1c0);
	assert_true(got->has_parent && got->parent == 0xa7a6a5a4a3a2a1a0);
	assert_int_equal(got->n_tokens, ARRAY_LEN(many));
	assert_memory_equal(got->token, many, sizeof(many));
	assert_int_equal(got->block_size, 3);
	assert_int_equal(got->medium, EVENT_GPU);
	assert_int_equal(got->lora_name.n,
			 layout >= EVENT_V014 ? e[0].lora_name.n : 0);
	assert_int_equal(got->group, layout >= EVENT_V020 ? 1 : 0);
	assert_int_equal(got->full_attention, layout < EVENT_V023);
	assert_false(got->opaque_extra);
	assert_int_equal(seen.at[1].e.n_hashes, 2);
	assert_int_equal(seen.at[1].e.medium, EVENT_STORE);
	assert_int_equal(seen.at[2].e.kind, EVENT_CLEARED);
}

static void every_layout_comes_back(void **state)
{
	(void)state;
	for (int layout = 0; layout < EVENT_LAYOUTS; layout++) {
		round_trip((enum event_layout)layout, false);
		round_trip((enum event_layout)layout, true);
	}
}

static void an_empty_batch_comes_back(void **state)
{
	struct event_style style = {EVENT_V024, false};
	struct buf b;

	(void)state;
	buf_init(&b);
	event_encode(&b, &style, 0, NULL, 0, 7);
	assert_int_equal(seen_decode(&seen, b.p + b.start, buf_len(&b)), OK);
	assert_int_equal(seen.n, 0);
	assert_int_equal(seen.batch.rank, 7);
	buf_fini(&b);
}

/* The vectors are not part of the tree. Their integers pass 63 bits, which
 * the library only reads as reals; no test looks at them. */
static int load(void **state)
{
	const char *dir = getenv("WARMPATH_TESTDATA");
	struct buf raw;
	char path[4096];
	struct error err;
	json_t *root;

	(void)state;
	buf_init(&raw);
	snprintf(path, sizeof(path), "%s/../hash-vectors.json",
		 dir ? dir : "../shared/testdata");
	if (file_read(path, 16 << 20, &raw, &err) != OK) {
		print_message("SKIPPED: %s; set WARMPATH_TESTDATA\n", err.text);
		buf_fini(&raw);
		return 0;
	}
	root = json_loadb(raw.p + raw.start, buf_len(&raw),
			  JSON_DECODE_INT_AS_REAL, NULL);
	vectors = json_incref(json_object_get(
		json_object_get(root, "kv_event_payloads"), "payloads"));
	json_decref(root);
	buf_fini(&raw);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v010_2_is_what_msgspec_writes),
		cmocka_unit_test(v014_is_what_msgspec_writes),
		cmocka_unit_test(v017_is_what_msgspec_writes),
		cmocka_unit_test(v020_is_what_msgspec_writes),
		cmocka_unit_test(v023_is_what_msgspec_writes),
		cmocka_unit_test(v024_is_what_msgspec_writes),
		cmocka_unit_test(every_vector_decodes),
		cmocka_unit_test(the_vectors_of_bytes_and_keys_decode),
		cmocka_unit_test(every_layout_comes_back),
		cmocka_unit_test(an_empty_batch_comes_back),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
