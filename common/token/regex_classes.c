/* Sets of code points as bits, in pages that the classes share. */
#include "common/base/mem.h"
#include "common/token/regex_program.h"
#include "common/token/unicode.h"

#define PAGE_SIZE (1u << REGEX_PAGE_BITS)

/* These two come first, and every class shares them. */
enum { EMPTY, FULL };

static uint32_t add_page(struct regex *re, struct regex_page page)
{
	if (re->n_page == re->page_size) {
		re->page_size = re->page_size ? re->page_size * 2 : 16;
		re->page = mem_realloc(re->page,
				       re->page_size * sizeof(*re->page));
	}
	re->page[re->n_page++] = page;
	return (uint32_t)re->n_page - 1;
}

static void add_shared(struct regex *re)
{
	struct regex_page page = {0};

	(void)add_page(re, page);
	memset(&page, 0xff, sizeof(page));
	(void)add_page(re, page);
}

/* What the ranges from *at on have in the page that begins at `first`;
 * moves *at on to the first range that goes beyond. */
static struct regex_page fill(const struct regex_set *s, size_t *at,
			      uint32_t first)
{
	struct regex_page page = {0};
	uint32_t end = first + PAGE_SIZE;

	for (; *at < s->n && s->range[*at].first < end; ++*at) {
		struct regex_range r = s->range[*at];
		uint32_t low = r.first > first ? r.first : first;
		uint32_t high = r.last < end - 1 ? r.last : end - 1;

		for (uint32_t c = low - first; c <= high - first; c++)
			page.bit[c / 64] |= UINT64_C(1) << (c % 64);
		if (r.last >= end)
			break;
	}
	return page;
}

static uint32_t page_of(struct regex *re, const struct regex_set *s, size_t *at,
			uint32_t first)
{
	struct regex_range r;

	while (*at < s->n && s->range[*at].last < first)
		++*at;
	if (*at == s->n || s->range[*at].first >= first + PAGE_SIZE)
		return EMPTY;
	r = s->range[*at];
	if (r.first <= first && r.last >= first + PAGE_SIZE - 1)
		return FULL;
	return add_page(re, fill(s, at, first));
}

void regex_add_class(struct regex *re, const struct regex_set *s)
{
	struct regex_class *c = &re->class[re->n_class++];
	size_t at = 0;

	if (re->n_page == 0)
		add_shared(re);
	for (uint32_t first = 0; first <= UNICODE_LAST; first += PAGE_SIZE)
		c->page[first >> REGEX_PAGE_BITS] = page_of(re, s, &at, first);
	for (uint32_t i = 0; i < 128; i++)
		c->ascii[i] = regex_set_has(s, i);
}
