#include "router/overload.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/memory.h"

#define LOOK_MS   100
#define TRIM_EACH 10 /* looks */
#define MIB       ((uint64_t)1 << 20)

static void tell(struct overload *o, enum pressure level)
{
	if (level == o->told)
		return;
	o->told = level;
	metric_put(o->metrics->cell[METRICS_MEMORY_PRESSURE], level);
	for (size_t i = 0; i < o->n_lanes; i++)
		lane_set_pressure(o->lane[i], level);
}

static void note(const struct overload *o, enum pressure now, uint64_t used)
{
	if (now == o->level)
		return;
	log_write(now > o->level ? LOG_WARN : LOG_INFO,
		  "overload: memory pressure is %s: %llu of %llu MiB are used",
		  pressure_name(now), (unsigned long long)(used / MIB),
		  (unsigned long long)(o->max_bytes / MIB));
}

/* To keep everybody out helps only while somebody in here may leave. */
static enum pressure to_tell(const struct overload *o)
{
	const struct metric_cell *open =
		o->metrics->cell[METRICS_OPEN_CONNECTIONS];

	if (o->level == PRESSURE_CRITICAL && metric_value(open) == 0)
		return PRESSURE_HIGH;
	return o->level;
}

static void look(void *arg)
{
	struct overload *o = arg;
	uint64_t used = memory_used();
	enum pressure now = pressure_next(o->level, used, o->max_bytes);

	note(o, now, used);
	o->level = now;
	tell(o, to_tell(o));
	/* What has been freed is to be seen as such. */
	if (now != PRESSURE_NONE && o->looks++ % TRIM_EACH == 0)
		mem_trim();
	if (o->max_bytes > 0 || o->told != PRESSURE_NONE)
		timer_set(&o->timer, LOOK_MS);
}

void overload_start(struct overload *o, struct loop *l, struct metrics *m,
		    struct lane *const *lane, size_t n)
{
	*o = (struct overload){.metrics = m, .lane = lane, .n_lanes = n};
	timer_init(&o->timer, l, look, o);
}

void overload_stop(struct overload *o)
{
	timer_fini(&o->timer);
}

/* Caches alone must not be what there is no room for. */
static void compare(const struct overload *o, const struct conf *c)
{
	uint64_t caches = (uint64_t)c->index_max_bytes + c->approx_max_bytes +
			  c->conversations_max_bytes +
			  c->memo_max_bytes * o->n_lanes;

	if (o->max_bytes > 0 && caches > o->max_bytes / 2)
		log_warn("overload: index.* may take %llu MiB of the %llu "
			 "that the process may use: lower them, or raise "
			 "overload.max_memory or the container's limit",
			 (unsigned long long)(caches / MIB),
			 (unsigned long long)(o->max_bytes / MIB));
}

void overload_set_conf(struct overload *o, const struct conf *c)
{
	uint64_t max = c->max_memory_bytes ? c->max_memory_bytes
					   : memory_limit();

	if (max != o->max_bytes) {
		o->max_bytes = max;
		compare(o, c);
	}
	metric_put(o->metrics->cell[METRICS_MEMORY_LIMIT], (double)max);
	timer_set(&o->timer, 0);
}
