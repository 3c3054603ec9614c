#include "common/token/charsmap.h"

#include "common/base/mem.h"
#include "common/token/base64.h"
#include "common/token/cluster.h"
#include "common/token/utf8.h"

#define WHERE "normalizer: Precompiled: "
/* Parts of a unit. */
#define HAS_VALUE  (1u << 8)
#define VALUE      0x7fffffffu
#define LABEL      0x800000ffu
#define FAR_OFFSET (1u << 9)

static size_t offset_of(uint32_t unit)
{
	return (size_t)(unit >> 10) << ((unit & FAR_OFFSET) >> 6);
}

/* Index of the replacement for the shortest key at the start of `s`. */
static bool shortest(const struct charsmap *m, struct slice s, size_t *value)
{
	size_t at = m->n ? offset_of(m->unit[0]) : 0;

	for (size_t i = 0; i < s.n && s.p[i] != '\0'; i++) {
		unsigned char byte = (unsigned char)s.p[i];
		uint32_t unit;

		at ^= byte;
		if (at >= m->n || (m->unit[at] & LABEL) != byte)
			return false;
		unit = m->unit[at];
		at ^= offset_of(unit);
		if (at >= m->n)
			return false;
		if (unit & HAS_VALUE) {
			*value = m->unit[at] & VALUE;
			return true;
		}
	}
	return false;
}

/* What stands for the cluster or character `s`. An index that points
 * nowhere, or into a character, maps nothing. */
static bool find(const struct charsmap *m, struct slice s, struct slice *to)
{
	struct slice text = buf_slice(&m->text);
	size_t value;

	if (!shortest(m, s, &value) || value >= text.n ||
	    ((unsigned char)text.p[value] & 0xc0) == 0x80)
		return false;
	*to = (struct slice){text.p + value, strlen(text.p + value)};
	return true;
}

static uint32_t number(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static enum status read(struct charsmap *m, const unsigned char *p, size_t n,
			struct error *err)
{
	size_t units = n >= 4 ? number(p) / 4 : 0;
	struct slice text;

	if (n < 4 || units > (n - 4) / 4)
		return error_set(err, ERR_INVALID,
				 WHERE "the table is longer than its bytes");
	text.p = (const char *)p + 4 + units * 4;
	text.n = n - 4 - units * 4;
	if (!utf8_valid(text))
		return error_set(err, ERR_INVALID,
				 WHERE "the replacements are not UTF-8");
	m->n = units;
	m->unit = mem_array(units + 1, sizeof(*m->unit));
	for (size_t i = 0; i < units; i++)
		m->unit[i] = number(p + 4 + i * 4);
	buf_append(&m->text, text);
	buf_putc(&m->text, '\0');
	return OK;
}

static void find_plain(struct charsmap *m)
{
	for (int i = 0; i < 128; i++) {
		char c = (char)i;
		struct slice to;

		m->keeps[i] = !find(m, (struct slice){&c, 1}, &to);
	}
}

enum status charsmap_parse(struct charsmap *m, struct slice base64,
			   struct error *err)
{
	struct buf bytes;
	enum status status;

	*m = (struct charsmap){0};
	buf_init(&m->text);
	buf_init(&bytes);
	if (base64_decode(base64, &bytes))
		status = read(m, (const unsigned char *)bytes.p,
			      buf_len(&bytes), err);
	else
		status = error_set(err, ERR_INVALID, WHERE "not base64");
	if (status == OK)
		find_plain(m);
	buf_fini(&bytes);
	return status;
}

void charsmap_fini(struct charsmap *m)
{
	mem_free(m->unit);
	buf_fini(&m->text);
	*m = (struct charsmap){0};
}

size_t charsmap_bytes(const struct charsmap *m)
{
	return m->n * sizeof(*m->unit) + m->text.size;
}

static bool is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

/* ASCII joins nothing but a line's two ends. */
static size_t end_of_cluster(struct slice text, size_t at)
{
	if (is_ascii(text.p[at]) && text.p[at] != '\r' &&
	    (at + 1 == text.n || is_ascii(text.p[at + 1])))
		return at + 1;
	return cluster_end(text.p, text.n, at);
}

static void take_character(struct charsmap_walk *w, struct charsmap_part *part)
{
	size_t len;

	(void)utf8_get(w->text.p + w->at, &len);
	part->from = part->to = (struct slice){w->text.p + w->at, len};
	part->mapped = find(w->map, part->from, &part->to);
	w->at += len;
}

bool charsmap_next(struct charsmap_walk *w, struct charsmap_part *part)
{
	size_t n;

	if (w->at == w->text.n)
		return false;
	if (w->at < w->end) {
		take_character(w, part);
		return true;
	}
	w->end = end_of_cluster(w->text, w->at);
	n = w->end - w->at;
	part->from = (struct slice){w->text.p + w->at, n};
	part->mapped = n <= CLUSTER_MAX && find(w->map, part->from, &part->to);
	if (part->mapped)
		w->at = w->end;
	else
		take_character(w, part);
	return true;
}

/* End of the plain characters from `at` on: each is a cluster of its own
 * that stays as it is. */
static size_t skip_plain(const struct charsmap *m, struct slice text, size_t at)
{
	while (at + 1 < text.n && is_ascii(text.p[at + 1]) &&
	       is_ascii(text.p[at]) && m->keeps[(unsigned char)text.p[at]] &&
	       text.p[at] != '\r')
		at++;
	return at;
}

bool charsmap_append(const struct charsmap *m, struct slice text,
		     struct buf *out)
{
	struct charsmap_walk w = {m, text};
	struct charsmap_part part;
	bool mapped = false;

	do {
		size_t at = w.at >= w.end ? skip_plain(m, text, w.at) : w.at;

		buf_append(out, (struct slice){text.p + w.at, at - w.at});
		w.at = at;
		if (!charsmap_next(&w, &part))
			return mapped;
		mapped = mapped || part.mapped;
		buf_append(out, part.to);
	} while (true);
}
