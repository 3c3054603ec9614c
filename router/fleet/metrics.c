#include "router/fleet/metrics.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

static const double bucket_latency[] = {0.005, 0.01, 0.025, 0.05, 0.1,
					0.25,  0.5,  1,     2.5,  5,
					10,    30,   60,    120,  300};
static const double bucket_short[] = {0.00001, 0.000025, 0.00005, 0.0001,
				      0.00025, 0.0005,   0.001,   0.0025,
				      0.005,   0.01,     0.025,   0.1};
static const double bucket_pace[] = {0.002, 0.005, 0.01, 0.015, 0.02, 0.03,
				     0.05,  0.075, 0.1,  0.2,   0.5,  1};
/* To the largest body that is taken unless it is said otherwise. */
static const double bucket_bytes[] = {256,      1024,    4096,    16384,
				      65536,    262144,  1048576, 4194304,
				      16777216, 33554432};
/* To the longest contexts that engines serve. */
static const double bucket_tokens[] = {16,    64,     256,    512,    1024,
				       2048,  4096,   8192,   16384,  32768,
				       65536, 131072, 262144, 1048576};

#define BUCKETS_LATENCY bucket_latency, ARRAY_LEN(bucket_latency)
#define BUCKETS_SHORT   bucket_short, ARRAY_LEN(bucket_short)
#define BUCKETS_PACE    bucket_pace, ARRAY_LEN(bucket_pace)
#define BUCKETS_BYTES   bucket_bytes, ARRAY_LEN(bucket_bytes)
#define BUCKETS_TOKENS  bucket_tokens, ARRAY_LEN(bucket_tokens)
#define BUCKETS_NONE    NULL, 0
/* A row's buckets are two initialisers, so they are expanded first. */
#define ROW(id, name, kind, help, pair, ...)                                   \
	ROW_FLAT(id, name, kind, help, pair, __VA_ARGS__)
#define ROW_FLAT(id, name, kind, help, bucket, n, ...)                         \
	[METRICS_##id] = {name, METRIC_##kind, help, {__VA_ARGS__}, bucket, n},

const struct metric_family metrics_family[METRICS_N] = {
#define X(id, name, kind, buckets, help, ...)                                  \
	ROW(id, name, kind, help, BUCKETS_##buckets, ##__VA_ARGS__)
	METRICS_ROWS(X)
#undef X
};

struct metrics *metrics_create(const char *version, const char *commit)
{
	struct metrics *m = mem_zalloc(sizeof(*m));

	m->set = metric_set_create(metrics_family, METRICS_N);
	for (size_t i = 0; i < METRICS_N; i++)
		if (metrics_family[i].label[0] == NULL)
			m->cell[i] = metric_cell(m->set, i, NULL);
	metric_put(metrics_cell(m, METRICS_BUILD, version, commit), 1);
	metric_put(m->cell[METRICS_PROCESS_START],
		   (double)clock_wall_us() / 1e6);
	return m;
}

void metrics_destroy(struct metrics **m)
{
	if (*m == NULL)
		return;
	metric_set_destroy(&(*m)->set);
	mem_free(*m);
	*m = NULL;
}

static double count_fds(void)
{
	/* Opened by open(), which ThreadSanitizer follows; it would take a
	 * number that opendir() got for the one another thread has closed. */
	int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	double n = -1; /* this directory's own */

	if (d == NULL)
		return 0;
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		if (e->d_name[0] != '.')
			n++;
	closedir(d);
	return n;
}

static void put_memory(struct metrics *m)
{
	char text[128];
	double pages, resident;
	long page = sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return;
	if (fgets(text, sizeof(text), f) != NULL &&
	    sscanf(text, "%lf %lf", &pages, &resident) == 2) {
		metric_put(m->cell[METRICS_PROCESS_VIRTUAL],
			   pages * (double)page);
		metric_put(m->cell[METRICS_PROCESS_RSS],
			   resident * (double)page);
	}
	fclose(f);
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

void metrics_raise(struct metric_cell *c, double total)
{
	double by = total - metric_value(c);

	if (by > 0)
		metric_add(c, by);
}

void metrics_refresh(struct metrics *m)
{
	struct rusage use;
	struct rlimit limit;

	if (getrusage(RUSAGE_SELF, &use) == 0)
		metrics_raise(m->cell[METRICS_PROCESS_CPU],
			      seconds(use.ru_utime) + seconds(use.ru_stime));
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		metric_put(m->cell[METRICS_PROCESS_MAX_FDS],
			   (double)limit.rlim_cur);
	metric_put(m->cell[METRICS_PROCESS_FDS], count_fds());
	put_memory(m);
	metrics_raise(m->cell[METRICS_LOG_DROPPED], (double)log_dropped());
}
