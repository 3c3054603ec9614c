#include "common/event/encode.h"

#include <endian.h>
#include <string.h>

#include "common/base/assert.h"

static void put_be(struct buf *to, uint8_t tag, uint64_t v, size_t bytes)
{
	uint64_t be = htobe64(v);

	buf_putc(to, (char)tag);
	buf_append(to, (struct slice){(const char *)&be + sizeof(be) - bytes,
				      bytes});
}

static void put_nil(struct buf *to)
{
	buf_putc(to, (char)0xc0);
}

static void put_uint(struct buf *to, uint64_t v)
{
	if (v < 0x80)
		buf_putc(to, (char)v);
	else if (v <= UINT8_MAX)
		put_be(to, 0xcc, v, 1);
	else if (v <= UINT16_MAX)
		put_be(to, 0xcd, v, 2);
	else if (v <= UINT32_MAX)
		put_be(to, 0xce, v, 4);
	else
		put_be(to, 0xcf, v, 8);
}

static void put_array(struct buf *to, size_t n)
{
	if (n < 16)
		buf_putc(to, (char)(0x90 | n));
	else if (n <= UINT16_MAX)
		put_be(to, 0xdc, n, 2);
	else
		put_be(to, 0xdd, n, 4);
}

static void put_text(struct buf *to, struct slice s)
{
	ASSERT(s.n <= UINT16_MAX);
	if (s.n < 32)
		buf_putc(to, (char)(0xa0 | s.n));
	else if (s.n <= UINT8_MAX)
		put_be(to, 0xd9, s.n, 1);
	else
		put_be(to, 0xda, s.n, 2);
	buf_append(to, s);
}

static void put_text_or_nil(struct buf *to, struct slice s)
{
	if (s.n == 0)
		put_nil(to);
	else
		put_text(to, s);
}

static void put_double(struct buf *to, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put_be(to, 0xcb, bits, 8);
}

static void put_hash(struct buf *to, const struct event_style *style,
		     const uint8_t *hash, size_t n)
{
	uint64_t be;

	ASSERT(n >= sizeof(be) && n <= UINT8_MAX);
	if (style->bytes_hashes) {
		put_be(to, 0xc4, n, 1);
		buf_append(to, (struct slice){(const char *)hash, n});
		return;
	}
	memcpy(&be, hash + n - sizeof(be), sizeof(be));
	put_uint(to, be64toh(be));
}

static void put_hashes(struct buf *to, const struct event_style *style,
		       const struct event_out *e)
{
	put_array(to, e->n_hashes);
	for (size_t i = 0; i < e->n_hashes; i++)
		put_hash(to, style, e->hash + i * e->hash_bytes, e->hash_bytes);
}

static void put_parent(struct buf *to, const struct event_style *style,
		       const struct event_out *e)
{
	if (e->parent == NULL)
		put_nil(to);
	else
		put_hash(to, style, e->parent, e->hash_bytes);
}

static void put_tokens(struct buf *to, const struct event_out *e)
{
	put_array(to, e->n_tokens);
	for (size_t i = 0; i < e->n_tokens; i++)
		put_uint(to, e->token[i]);
}

/* One entry per block: nil, or the adapter's name and, in the run's first
 * block, the salt. */
static void put_extra_keys(struct buf *to, const struct event_out *e)
{
	put_array(to, e->n_hashes);
	for (size_t i = 0; i < e->n_hashes; i++) {
		bool salted = i == 0 && e->salt.n > 0;
		size_t n = (size_t)salted + (e->lora_name.n > 0);

		if (n == 0) {
			put_nil(to);
			continue;
		}
		put_array(to, n);
		if (e->lora_name.n > 0)
			put_text(to, e->lora_name);
		if (salted)
			put_text(to, e->salt);
	}
}

static const char *const tag_of[] = {
	[EVENT_STORED] = "BlockStored",
	[EVENT_REMOVED] = "BlockRemoved",
	[EVENT_CLEARED] = "AllBlocksCleared",
};

static void put_stored_array(struct buf *to, const struct event_style *style,
			     const struct event_out *e)
{
	static const size_t length[EVENT_LAYOUTS] = {
		[EVENT_V010_2] = 7, [EVENT_V014] = 8,  [EVENT_V017] = 9,
		[EVENT_V020] = 10,  [EVENT_V023] = 12,
	};

	put_array(to, length[style->layout]);
	put_text(to, slice_of(tag_of[e->kind]));
	put_hashes(to, style, e);
	put_parent(to, style, e);
	put_tokens(to, e);
	put_uint(to, e->block_size);
	put_nil(to); /* lora_id */
	put_text_or_nil(to, e->medium);
	if (style->layout >= EVENT_V014)
		put_text_or_nil(to, e->lora_name);
	if (style->layout >= EVENT_V017)
		put_extra_keys(to, e);
	if (style->layout >= EVENT_V020)
		put_uint(to, e->group);
	if (style->layout >= EVENT_V023) {
		put_text_or_nil(to, e->spec_kind);
		put_nil(to); /* kv_cache_spec_sliding_window */
	}
}

static void put_removed_array(struct buf *to, const struct event_style *style,
			      const struct event_out *e)
{
	bool grouped = style->layout >= EVENT_V020;

	put_array(to, grouped ? 4 : 3);
	put_text(to, slice_of(tag_of[e->kind]));
	put_hashes(to, style, e);
	put_text_or_nil(to, e->medium);
	if (grouped)
		put_uint(to, e->group);
}

static void put_map(struct buf *to, size_t n)
{
	ASSERT(n < 16);
	buf_putc(to, (char)(0x80 | n));
}

static void put_locality(struct buf *to, const struct event_style *style)
{
	if (style->layout < EVENT_V027)
		return;
	put_text(to, SLICE("locality"));
	put_text(to, SLICE("LOCAL"));
}

static void put_stored_map(struct buf *to, const struct event_style *style,
			   const struct event_out *e)
{
	size_t local = style->layout >= EVENT_V027;

	put_map(to, 10 + (e->spec_kind.n > 0) + local);
	put_text(to, SLICE("type"));
	put_text(to, slice_of(tag_of[e->kind]));
	put_text(to, SLICE("block_hashes"));
	put_hashes(to, style, e);
	put_text(to, SLICE("parent_block_hash"));
	put_parent(to, style, e);
	put_text(to, SLICE("token_ids"));
	put_tokens(to, e);
	put_text(to, SLICE("block_size"));
	put_uint(to, e->block_size);
	put_text(to, SLICE("lora_id"));
	put_nil(to);
	put_text(to, SLICE("medium"));
	put_text_or_nil(to, e->medium);
	put_text(to, SLICE("lora_name"));
	put_text_or_nil(to, e->lora_name);
	put_text(to, SLICE("extra_keys"));
	put_extra_keys(to, e);
	put_text(to, SLICE("group_idx"));
	put_uint(to, e->group);
	if (e->spec_kind.n > 0) {
		put_text(to, SLICE("kv_cache_spec_kind"));
		put_text(to, e->spec_kind);
	}
	put_locality(to, style);
}

static void put_removed_map(struct buf *to, const struct event_style *style,
			    const struct event_out *e)
{
	put_map(to, style->layout >= EVENT_V027 ? 5 : 4);
	put_text(to, SLICE("type"));
	put_text(to, slice_of(tag_of[e->kind]));
	put_text(to, SLICE("block_hashes"));
	put_hashes(to, style, e);
	put_text(to, SLICE("medium"));
	put_text_or_nil(to, e->medium);
	put_text(to, SLICE("group_idx"));
	put_uint(to, e->group);
	put_locality(to, style);
}

static void put_event(struct buf *to, const struct event_style *style,
		      const struct event_out *e)
{
	bool maps = style->layout >= EVENT_V024;

	ASSERT(e->kind < EVENT_OTHER);
	if (e->kind == EVENT_STORED && maps)
		put_stored_map(to, style, e);
	else if (e->kind == EVENT_STORED)
		put_stored_array(to, style, e);
	else if (e->kind == EVENT_REMOVED && maps)
		put_removed_map(to, style, e);
	else if (e->kind == EVENT_REMOVED)
		put_removed_array(to, style, e);
	else if (maps) {
		put_map(to, 1);
		put_text(to, SLICE("type"));
		put_text(to, slice_of(tag_of[e->kind]));
	} else {
		put_array(to, 1);
		put_text(to, slice_of(tag_of[e->kind]));
	}
}

void event_encode(struct buf *to, const struct event_style *style, double ts,
		  const struct event_out *event, size_t n, int64_t rank)
{
	put_array(to, 3);
	put_double(to, ts);
	put_array(to, n);
	for (size_t i = 0; i < n; i++)
		put_event(to, style, &event[i]);
	if (rank < 0)
		put_nil(to);
	else
		put_uint(to, (uint64_t)rank);
}
