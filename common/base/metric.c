#include "common/base/metric.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define DEFAULT_MAX_CELLS 1024
/* For each series that may be shown, those that were: their cells stay. */
#define HIDDEN_FOR_EACH 16

struct cells {
	struct metric_cell *first, **last;
	size_t n, shown;
};

struct metric_set {
	pthread_mutex_t lock;
	const struct metric_family *family;
	size_t n;
	struct cells *cells; /* by family */
	struct map by_labels;
};

struct metric_set *metric_set_create(const struct metric_family *family,
				     size_t n)
{
	struct metric_set *set = mem_zalloc(sizeof(*set));

	pthread_mutex_init(&set->lock, NULL);
	set->family = family;
	set->n = n;
	set->cells = mem_zalloc(n * sizeof(*set->cells));
	for (size_t i = 0; i < n; i++)
		set->cells[i].last = &set->cells[i].first;
	map_init(&set->by_labels);
	return set;
}

static struct metric_cell *next_part(const struct metric_cell *c)
{
	return atomic_load_explicit(&c->part, memory_order_acquire);
}

static void free_cell(struct metric_cell *c)
{
	struct metric_cell *part = next_part(c);

	while (part != NULL) {
		struct metric_cell *next = next_part(part);

		mem_free(part);
		part = next;
	}
	for (size_t i = 0; i < METRIC_MAX_LABELS; i++)
		mem_free(c->value[i]);
	mem_free(c);
}

void metric_set_destroy(struct metric_set **setp)
{
	struct metric_set *set = *setp;

	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n; i++) {
		struct metric_cell *c = set->cells[i].first;

		while (c != NULL) {
			struct metric_cell *next = c->next;

			free_cell(c);
			c = next;
		}
	}
	map_fini(&set->by_labels);
	mem_free(set->cells);
	pthread_mutex_destroy(&set->lock);
	mem_free(set);
	*setp = NULL;
}

static size_t label_count(const struct metric_family *f)
{
	size_t n = 0;

	while (n < METRIC_MAX_LABELS && f->label[n] != NULL)
		n++;
	return n;
}

/* Family number and values, each ended by NUL: unique. */
static void make_key(struct buf *key, size_t family, const char *const *value,
		     size_t n)
{
	buf_append(key, (struct slice){(const char *)&family, sizeof(family)});
	for (size_t i = 0; i < n; i++)
		buf_append(key, (struct slice){value[i], strlen(value[i]) + 1});
}

static struct metric_cell *make_cell(const struct metric_family *f)
{
	struct metric_cell *c = mem_zalloc(
		sizeof(*c) + (f->n_buckets + 1) * sizeof(c->count[0]));

	c->family = f;
	return c;
}

static struct metric_cell *add_cell(struct metric_set *set, size_t family,
				    const char *const *value, size_t n_labels)
{
	struct cells *cells = &set->cells[family];
	struct metric_cell *c = make_cell(&set->family[family]);

	for (size_t i = 0; i < n_labels; i++)
		c->value[i] = mem_strdup(value[i]);
	*cells->last = c;
	cells->last = &c->next;
	cells->n++;
	cells->shown++;
	return c;
}

static bool is_full(const struct cells *cells, const struct metric_family *f)
{
	size_t max = f->max_cells ? f->max_cells : DEFAULT_MAX_CELLS;

	return cells->shown >= max || cells->n >= max * HIDDEN_FOR_EACH;
}

static struct metric_cell *find_or_add(struct metric_set *set, size_t family,
				       const char *const *value)
{
	static const char *const other[METRIC_MAX_LABELS] = {"other", "other",
							     "other", "other"};
	const struct metric_family *f = &set->family[family];
	size_t n_labels = label_count(f);
	struct buf key = {0};
	struct metric_cell *c;

	make_key(&key, family, value, n_labels);
	c = map_find(&set->by_labels, buf_slice(&key));
	if (c == NULL && is_full(&set->cells[family], f) && value != other) {
		buf_fini(&key);
		make_key(&key, family, other, n_labels);
		c = map_find(&set->by_labels, buf_slice(&key));
		value = other;
	}
	if (c == NULL) {
		c = add_cell(set, family, value, n_labels);
		map_set(&set->by_labels, buf_slice(&key), c);
	}
	set->cells[family].shown += c->hidden;
	c->hidden = false;
	buf_fini(&key);
	return c;
}

struct metric_cell *metric_cell(struct metric_set *set, size_t family,
				const char *const *value)
{
	struct metric_cell *c;

	ASSERT(family < set->n);
	pthread_mutex_lock(&set->lock);
	c = find_or_add(set, family, value);
	pthread_mutex_unlock(&set->lock);
	return c;
}

/* Readers go along the parts at any time: a new one is whole before it is
 * to be seen. */
static struct metric_cell *find_or_add_part(struct metric_cell *c,
					    const void *owner)
{
	struct metric_cell *part, *last = c;

	for (part = next_part(c); part != NULL; part = next_part(part)) {
		if (part->owner == owner)
			return part;
		last = part;
	}
	part = make_cell(c->family);
	part->owner = owner;
	atomic_store_explicit(&last->part, part, memory_order_release);
	return part;
}

struct metric_cell *metric_part(struct metric_set *set, size_t family,
				const char *const *value, const void *owner)
{
	struct metric_cell *c;

	ASSERT(family < set->n && owner != NULL);
	pthread_mutex_lock(&set->lock);
	c = find_or_add_part(find_or_add(set, family, value), owner);
	pthread_mutex_unlock(&set->lock);
	return c;
}

static void count_in_part(struct metric_cell *c, size_t i)
{
	uint64_t now = atomic_load_explicit(&c->count[i], memory_order_relaxed);

	atomic_store_explicit(&c->count[i], now + 1, memory_order_relaxed);
}

void metric_add_among_others(struct metric_cell *c, double by)
{
	double now = atomic_load_explicit(&c->number, memory_order_relaxed);

	while (!atomic_compare_exchange_weak_explicit(
		&c->number, &now, now + by, memory_order_relaxed,
		memory_order_relaxed))
		;
}

void metric_put(struct metric_cell *c, double value)
{
	ASSERT(c->owner == NULL);
	atomic_store_explicit(&c->number, value, memory_order_relaxed);
}

void metric_observe(struct metric_cell *c, double value)
{
	const struct metric_family *f = c->family;
	size_t i = 0;

	ASSERT(f->kind == METRIC_HISTOGRAM);
	while (i < f->n_buckets && value > f->bucket[i])
		i++;
	if (c->owner != NULL)
		count_in_part(c, i);
	else
		atomic_fetch_add_explicit(&c->count[i], 1,
					  memory_order_relaxed);
	metric_add(c, value);
}

double metric_value(const struct metric_cell *c)
{
	double sum = 0;

	for (; c != NULL; c = next_part(c))
		sum += atomic_load_explicit(&c->number, memory_order_relaxed);
	return sum;
}

static uint64_t count_at(const struct metric_cell *c, size_t i)
{
	uint64_t n = 0;

	for (; c != NULL; c = next_part(c))
		n += atomic_load_explicit(&c->count[i], memory_order_relaxed);
	return n;
}

uint64_t metric_count(const struct metric_cell *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= c->family->n_buckets; i++)
		n += count_at(c, i);
	return n;
}

static bool has_label(const struct metric_cell *c, const char *label,
		      const char *value)
{
	for (size_t k = 0; k < label_count(c->family); k++)
		if (strcmp(c->family->label[k], label) == 0 &&
		    strcmp(c->value[k], value) == 0)
			return true;
	return false;
}

struct metric_total metric_total(struct metric_set *set, size_t family,
				 const char *label, const char *value)
{
	struct metric_total t = {0};
	const struct metric_cell *c;

	ASSERT(family < set->n);
	pthread_mutex_lock(&set->lock);
	for (c = set->cells[family].first; c != NULL; c = c->next) {
		if (c->hidden || (label != NULL && !has_label(c, label, value)))
			continue;
		t.sum += metric_value(c);
		if (c->family->kind == METRIC_HISTOGRAM)
			t.count += metric_count(c);
	}
	pthread_mutex_unlock(&set->lock);
	return t;
}

void metric_hide(struct metric_set *set, const char *label, const char *value)
{
	pthread_mutex_lock(&set->lock);
	for (size_t i = 0; i < set->n; i++) {
		struct metric_cell *c = set->cells[i].first;

		for (; c != NULL; c = c->next) {
			if (c->hidden || !has_label(c, label, value))
				continue;
			c->hidden = true;
			set->cells[i].shown--;
		}
	}
	pthread_mutex_unlock(&set->lock);
}

static void write_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buf_puts(out, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
}

/* {a="x",b="y",le="…"}; nothing if there is no label at all. */
static void write_labels(struct buf *out, const struct metric_cell *c,
			 const char *le)
{
	size_t n = label_count(c->family);

	if (n == 0 && le == NULL)
		return;
	buf_putc(out, '{');
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s%s=\"", i ? "," : "", c->family->label[i]);
		write_escaped(out, c->value[i]);
		buf_putc(out, '"');
	}
	if (le != NULL)
		buf_printf(out, "%sle=\"%s\"", n ? "," : "", le);
	buf_putc(out, '}');
}

static void write_number(struct buf *out, double value)
{
	if (isnan(value))
		buf_puts(out, " NaN\n");
	else if (isinf(value))
		buf_puts(out, value > 0 ? " +Inf\n" : " -Inf\n");
	else if (fabs(value) < 1e15 && value == floor(value))
		buf_printf(out, " %.0f\n", value);
	else
		buf_printf(out, " %.15g\n", value);
}

static void write_histogram(struct buf *out, const struct metric_cell *c)
{
	const struct metric_family *f = c->family;
	uint64_t total = 0;
	char le[32];

	for (size_t i = 0; i <= f->n_buckets; i++) {
		total += count_at(c, i);
		if (i < f->n_buckets)
			snprintf(le, sizeof(le), "%.9g", f->bucket[i]);
		else
			strcpy(le, "+Inf");
		buf_printf(out, "%s_bucket", f->name);
		write_labels(out, c, le);
		buf_printf(out, " %llu\n", (unsigned long long)total);
	}
	buf_printf(out, "%s_sum", f->name);
	write_labels(out, c, NULL);
	write_number(out, metric_value(c));
	buf_printf(out, "%s_count", f->name);
	write_labels(out, c, NULL);
	buf_printf(out, " %llu\n", (unsigned long long)total);
}

static const char *kind_name(enum metric_kind kind)
{
	return kind == METRIC_COUNTER ? "counter"
	       : kind == METRIC_GAUGE ? "gauge"
				      : "histogram";
}

static void write_family(struct buf *out, const struct metric_family *f,
			 const struct metric_cell *c)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help,
		   f->name, kind_name(f->kind));
	for (; c != NULL; c = c->next) {
		if (c->hidden)
			continue;
		if (f->kind == METRIC_HISTOGRAM) {
			write_histogram(out, c);
			continue;
		}
		buf_puts(out, f->name);
		write_labels(out, c, NULL);
		write_number(out, metric_value(c));
	}
}

void metric_write(struct metric_set *set, struct buf *out)
{
	pthread_mutex_lock(&set->lock);
	for (size_t i = 0; i < set->n; i++)
		write_family(out, &set->family[i], set->cells[i].first);
	pthread_mutex_unlock(&set->lock);
}

void metric_describe(const struct metric_family *family, size_t n,
		     struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct metric_family *f = &family[i];

		buf_printf(out, "%s %s {", f->name, kind_name(f->kind));
		for (size_t k = 0; k < label_count(f); k++)
			buf_printf(out, "%s%s", k ? "," : "", f->label[k]);
		buf_printf(out, "} %s\n", f->help);
	}
}
