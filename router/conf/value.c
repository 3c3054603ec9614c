#include "router/conf/value.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/conf/fault.h"
#include "router/conf/quantity.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MAX_WORDS 32

static bool is_word(enum schema_type t)
{
	return t == SCHEMA_BOOL || t == SCHEMA_WORD || t == SCHEMA_POLICY;
}

static void *field(const struct schema_row *r, void *owner)
{
	return (char *)owner + r->offset;
}

static const void *field_of(const struct schema_row *r, const void *owner)
{
	return (const char *)owner + r->offset;
}

static size_t *count(const struct schema_row *r, void *owner)
{
	return (size_t *)((char *)owner + r->count_offset);
}

static size_t count_of(const struct schema_row *r, const void *owner)
{
	return *(const size_t *)((const char *)owner + r->count_offset);
}

static enum status refuse_word(struct slice text, const char *const *known,
			       size_t n, struct error *err)
{
	const char *near = fault_nearest(text, known, n);
	struct buf all;
	enum status st;

	buf_init(&all);
	for (size_t i = 0; i < n; i++)
		buf_printf(&all, "%s%s",
			   i == 0 ? "" : (i + 1 < n ? ", " : " and "),
			   known[i]);
	st = error_set(err, ERR_INVALID, "'%.*s' is not among %.*s%s%s%s",
		       SLICE_ARG(text), SLICE_ARG(buf_slice(&all)),
		       near ? "; did you mean " : "", near ? near : "",
		       near ? "?" : "");
	buf_fini(&all);
	return st;
}

static size_t words_of(const struct schema_row *r, const char *word[MAX_WORDS])
{
	size_t n = 0;

	if (r->type == SCHEMA_BOOL) {
		word[n++] = "false";
		word[n++] = "true";
	} else if (r->type == SCHEMA_POLICY) {
		for (; n < MAX_WORDS && policy_at(n) != NULL; n++)
			word[n] = policy_at(n)->name;
	} else {
		for (; r->word[n] != NULL; n++)
			word[n] = r->word[n];
	}
	return n;
}

static enum status set_word(const struct schema_row *r, void *owner,
			    struct slice text, struct error *err)
{
	const char *word[MAX_WORDS];
	size_t n = words_of(r, word), i = 0;

	while (i < n && !slice_equal(slice_of(word[i]), text))
		i++;
	if (i == n)
		return refuse_word(text, word, n, err);
	if (r->type == SCHEMA_BOOL)
		*(bool *)field(r, owner) = i == 1;
	else if (r->type == SCHEMA_POLICY)
		*(const struct policy **)field(r, owner) = policy_at(i);
	else
		*(unsigned *)field(r, owner) = (unsigned)i;
	return OK;
}

static const char *word_of(const struct schema_row *r, const void *owner)
{
	const void *f = field_of(r, owner);

	if (r->type == SCHEMA_BOOL)
		return *(const bool *)f ? "true" : "false";
	if (r->type == SCHEMA_POLICY)
		return (*(const struct policy *const *)f)->name;
	return r->word[*(const unsigned *)f];
}
static enum status check_length(const struct schema_row *r, struct slice text,
				struct error *err)
{
	if ((double)text.n < r->min)
		return error_set(err, ERR_LIMIT, "must not be empty");
	if ((double)text.n > r->max)
		return error_set(err, ERR_LIMIT,
				 "%zu bytes are above the maximum, %.0f",
				 text.n, r->max);
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return error_set(err, ERR_INVALID,
					 "must not have control characters");
	return OK;
}

static enum status check_header(struct slice text, struct error *err)
{
	for (size_t i = 0; i < text.n; i++)
		if (!isalnum((unsigned char)text.p[i]) && text.p[i] != '-' &&
		    text.p[i] != '_')
			return error_set(err, ERR_INVALID,
					 "'%.*s' is not a header's name; write "
					 "letters, digits, - and _",
					 SLICE_ARG(text));
	return OK;
}

static enum status set_text(const struct schema_row *r, void *owner,
			    struct slice text, struct error *err)
{
	char **to = field(r, owner);
	enum status st = check_length(r, text, err);

	if (st == OK && r->type == SCHEMA_HEADER)
		st = check_header(text, err);
	if (st != OK)
		return st;
	mem_free(*to);
	*to = mem_strndup(text.p, text.n);
	for (char *c = *to; r->type == SCHEMA_HEADER && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return OK;
}

static enum status add_text(const struct schema_row *r, void *owner,
			    struct slice text, struct error *err)
{
	char ***to = field(r, owner);
	size_t *n = count(r, owner);
	enum status st = check_length(r, text, err);

	if (st != OK)
		return st;
	*to = mem_realloc(*to, (*n + 1) * sizeof(**to));
	(*to)[(*n)++] = mem_strndup(text.p, text.n);
	return OK;
}

static bool is_numeric(struct slice text)
{
	struct in6_addr any;
	char host[64];

	while (text.n > 0 && text.p[text.n - 1] != ':')
		text.n--;
	text.n -= text.n > 0;
	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = (struct slice){text.p + 1, text.n - 2};
	if (text.n >= sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", SLICE_ARG(text));
	return text.n == 0 || inet_pton(AF_INET, host, &any) == 1 ||
	       inet_pton(AF_INET6, host, &any) == 1;
}

enum status value_parse_addr(struct slice text, bool numeric, struct addr *out,
			     struct error *err)
{
	struct schema_row plain = {.min = 1, .max = 512};
	enum status st = check_length(&plain, text, err);
	char *copy;

	if (st != OK)
		return st;
	if (numeric && !slice_starts(text, SLICE("unix:")) && !is_numeric(text))
		return error_set(err, ERR_UNSUPPORTED,
				 "%.*s: not the number of a host",
				 SLICE_ARG(text));
	copy = mem_strndup(text.p, text.n);
	st = addr_parse(copy, out, err);
	mem_free(copy);
	return st;
}

static enum status set_addr(const struct schema_row *r, void *owner,
			    struct slice text, bool numeric, struct error *err)
{
	struct addr a = {0}, **to;
	enum status st = value_parse_addr(text, numeric, &a, err);
	size_t *n;

	if (st != OK)
		return st;
	if (r->type == SCHEMA_ADDR) {
		*(struct addr *)field(r, owner) = a;
		return OK;
	}
	to = field(r, owner);
	n = count(r, owner);
	*to = mem_realloc(*to, (*n + 1) * sizeof(**to));
	(*to)[(*n)++] = a;
	return OK;
}

enum status value_set(const struct schema_row *r, void *owner,
		      struct slice text, bool numeric, struct error *err)
{
	if (quantity_is(r->type))
		return quantity_set(r, owner, text, err);
	if (is_word(r->type))
		return set_word(r, owner, text, err);
	switch (r->type) {
	case SCHEMA_TEXT:
	case SCHEMA_HEADER: return set_text(r, owner, text, err);
	case SCHEMA_TEXTS: return add_text(r, owner, text, err);
	default: return set_addr(r, owner, text, numeric, err);
	}
}

void value_preset(const struct schema_row *r, void *owner)
{
	struct slice text;
	enum status st;

	if (r->preset == NULL || strcmp(r->preset, "[]") == 0)
		return;
	text = slice_of(strcmp(r->preset, "\"\"") == 0 ? "" : r->preset);
	st = value_set(r, owner, text, true, NULL);
	ASSERT(st == OK);
}

void value_clear(const struct schema_row *r, void *owner)
{
	char **text;

	switch (r->type) {
	case SCHEMA_TEXT:
	case SCHEMA_FLOW:
	case SCHEMA_HEADER:
		mem_free(*(char **)field(r, owner));
		*(char **)field(r, owner) = NULL;
		break;
	case SCHEMA_TEXTS:
		text = *(char ***)field(r, owner);
		for (size_t i = 0; i < count_of(r, owner); i++)
			mem_free(text[i]);
		mem_free(text);
		*(char ***)field(r, owner) = NULL;
		*count(r, owner) = 0;
		break;
	case SCHEMA_ADDRS:
		mem_free(*(struct addr **)field(r, owner));
		*(struct addr **)field(r, owner) = NULL;
		*count(r, owner) = 0;
		break;
	default: break;
	}
}

bool value_is_list(const struct schema_row *r)
{
	return r->type == SCHEMA_TEXTS || r->type == SCHEMA_ADDRS;
}

bool value_is_set(const struct schema_row *r, const void *owner)
{
	const void *f = field_of(r, owner);

	if (r->type == SCHEMA_POLICY)
		return *(const struct policy *const *)f != NULL;
	if (r->type == SCHEMA_TEXT || r->type == SCHEMA_HEADER ||
	    r->type == SCHEMA_FLOW)
		return *(char *const *)f != NULL;
	return true;
}

/* --- printing ------------------------------------------------------- */

/* Plain where no reader of YAML could take it for something else. */
static bool is_plain(struct slice s)
{
	if (s.n == 0 || !(isalpha((unsigned char)s.p[0]) || s.p[0] == '/') ||
	    s.p[s.n - 1] == ':' || slice_equal_nocase(s, SLICE("null")) ||
	    slice_equal_nocase(s, SLICE("true")) ||
	    slice_equal_nocase(s, SLICE("false")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) &&
		    memchr("/._-:", s.p[i], 5) == NULL)
			return false;
	return true;
}

static void print_text(struct slice text, struct buf *out)
{
	if (is_plain(text))
		buf_append(out, text);
	else
		buf_json_string(out, text);
}

static void print_addr(const struct addr *a, struct buf *out)
{
	char text[ADDR_TEXT_BYTES];

	print_text(slice_of(addr_text(a, text)), out);
}

/* Of what is "name: secret" the name is none. */
static void print_item(const struct schema_row *r, const char *text,
		       struct buf *out)
{
	struct buf shown = {0};

	if (r->flags & SCHEMA_SECRET) {
		buf_append(&shown, (struct slice){text, strcspn(text, ":")});
		buf_puts(&shown, ": ***");
		print_text(buf_slice(&shown), out);
	} else {
		print_text(slice_of(text), out);
	}
	buf_fini(&shown);
}

static void print_list(const struct schema_row *r, const void *owner,
		       struct buf *out)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < count_of(r, owner); i++) {
		if (i > 0)
			buf_puts(out, ", ");
		if (r->type == SCHEMA_ADDRS)
			print_addr(*(struct addr *const *)field_of(r, owner) +
					   i,
				   out);
		else
			print_item(r, (*(char **const *)field_of(r, owner))[i],
				   out);
	}
	buf_putc(out, ']');
}

void value_print(const struct schema_row *r, const void *owner, struct buf *out)
{
	if (quantity_is(r->type))
		quantity_print(r, owner, out);
	else if (is_word(r->type))
		buf_puts(out, word_of(r, owner));
	else if (value_is_list(r))
		print_list(r, owner, out);
	else if (r->type == SCHEMA_ADDR)
		print_addr(field_of(r, owner), out);
	else if (r->flags & SCHEMA_SECRET)
		buf_puts(out, "\"***\"");
	else
		print_text(slice_of(*(char *const *)field_of(r, owner)), out);
}

void value_print_bounds(const struct schema_row *r, struct buf *out)
{
	const char *word[MAX_WORDS];
	size_t n;

	if (quantity_is(r->type))
		quantity_print_bounds(r, out);
	if (!is_word(r->type))
		return;
	n = words_of(r, word);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s",
			   i == 0 ? "" : (i + 1 < n ? ", " : " or "), word[i]);
}
