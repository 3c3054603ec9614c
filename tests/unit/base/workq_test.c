#include "common/base/workq.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/abort.h"
#include "tests/unit/stage.h"

struct task {
	struct job job;
	int in, out;
	bool back;
	pthread_mutex_t *gate; /* or NULL */
};

static void square(struct job *j)
{
	struct task *t = CONTAINER_OF(j, struct task, job);

	if (t->gate != NULL) {
		pthread_mutex_lock(t->gate);
		pthread_mutex_unlock(t->gate);
	}
	t->out = t->in * t->in;
}

static void come_back(struct mail *m, void *receiver)
{
	struct task *t = CONTAINER_OF(m, struct task, job.mail);

	t->back = true;
	(*(int *)receiver)++;
}

static void task_init(struct task *t, struct mailbox *back_to, int in)
{
	*t = (struct task){.in = in};
	t->job.run = square;
	t->job.mail.deliver = come_back;
	t->job.back_to = back_to;
}

static void jobs_come_back_to_the_loop_done(void **unused)
{
	static struct task task[1000];
	struct workq *q = workq_create(3);
	struct mailbox *mb;
	struct stage s;
	int n = 0;

	(void)unused;
	stage_open(&s);
	mb = mailbox_create(&s.loop, &n);
	for (int i = 0; i < 1000; i++) {
		task_init(&task[i], mb, i);
		workq_post(q, &task[i].job);
	}
	STAGE_UNTIL(&s, n == 1000);
	for (int i = 0; i < 1000; i++) {
		assert_true(task[i].back);
		assert_int_equal(task[i].out, i * i);
	}
	assert_int_equal(workq_depth(q), 0);
	workq_destroy(&q);
	assert_null(q);
	workq_destroy(&q);
	mailbox_destroy(&mb);
	stage_close(&s);
}

static void depth_counts_those_that_nobody_has_taken(void **unused)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct workq *q = workq_create(1);
	struct task task[5];
	struct mailbox *mb;
	int n = 0;

	(void)unused;
	mb = mailbox_create_plain(&n);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 5; i++) {
		task_init(&task[i], mb, i);
		task[i].gate = &gate;
		workq_post(q, &task[i].job);
	}
	assert_in_range(workq_depth(q), 4, 5);
	pthread_mutex_unlock(&gate);
	workq_destroy(&q);
	mailbox_destroy(&mb);
	assert_int_equal(n, 5);
}

static void destroying_waits_for_every_job(void **unused)
{
	static struct task task[200];
	struct workq *q = workq_create(2);
	struct mailbox *mb;
	int n = 0;

	(void)unused;
	mb = mailbox_create_plain(&n);
	for (int i = 0; i < 200; i++) {
		task_init(&task[i], mb, i);
		workq_post(q, &task[i].job);
	}
	workq_destroy(&q);
	mailbox_drain(mb);
	assert_int_equal(n, 200);
	mailbox_destroy(&mb);
}

static void create_without_threads(void *arg)
{
	(void)arg;
	workq_create(0);
}

static void a_queue_that_nobody_works_aborts(void **unused)
{
	(void)unused;
	assert_true(aborts(create_without_threads, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_come_back_to_the_loop_done),
		cmocka_unit_test(depth_counts_those_that_nobody_has_taken),
		cmocka_unit_test(destroying_waits_for_every_job),
		cmocka_unit_test(a_queue_that_nobody_works_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
