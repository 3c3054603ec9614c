#include "router/discover/kube_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/mem.h"

struct bed {
	struct kube_access access;
	struct conf_kubernetes conf;
	struct error err;
	char dir[64], token[80];
};

static int set_up(void **state)
{
	static struct bed b;

	memset(&b, 0, sizeof(b));
	snprintf(b.dir, sizeof(b.dir), "/tmp/warmpath-kube-XXXXXX");
	assert_non_null(mkdtemp(b.dir));
	snprintf(b.token, sizeof(b.token), "%s/token", b.dir);
	unsetenv("KUBERNETES_SERVICE_HOST");
	unsetenv("KUBERNETES_SERVICE_PORT");
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	kube_access_clear(&b->access);
	unlink(b->token);
	assert_int_equal(rmdir(b->dir), 0);
	return 0;
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static enum status read_access(struct bed *b)
{
	return kube_access_read(&b->access, &b->conf, &b->err);
}

static void assert_token(struct bed *b, struct slice wanted)
{
	assert_true(slice_equal(b->access.server.token, wanted));
}

static void a_token_is_read_anew_each_time(void **state)
{
	struct bed *b = *state;

	b->conf.api = (char *)"http://127.0.0.1:8001";
	b->conf.token_file = b->token;
	put(b->token, " one\n");
	assert_int_equal(read_access(b), OK);
	assert_token(b, SLICE(" one"));
	assert_string_equal(b->access.server.host, "127.0.0.1:8001");
	assert_null(b->access.server.at.context);
	put(b->token, "two\r\n\n");
	assert_int_equal(read_access(b), OK);
	assert_token(b, SLICE("two"));
}

static void a_pod_learns_of_it_from_its_environment(void **state)
{
	struct bed *b = *state;

	setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "6443", 1);
	assert_int_equal(read_access(b), OK);
	assert_string_equal(b->access.server.host, "127.0.0.1:6443");
	assert_int_equal(addr_port(&b->access.server.at.addr), 6443);
	assert_non_null(b->access.server.at.context);
	setenv("KUBERNETES_SERVICE_HOST", "::1", 1);
	unsetenv("KUBERNETES_SERVICE_PORT");
	assert_int_equal(read_access(b), OK);
	assert_string_equal(b->access.server.host, "[::1]:443");
	unsetenv("KUBERNETES_SERVICE_HOST");
}

static void outside_of_one_it_must_be_written(void **state)
{
	struct bed *b = *state;

	assert_int_equal(read_access(b), ERR_INVALID);
	assert_non_null(strstr(b->err.text, "set kubernetes.api"));
}

static void what_cannot_be_read_is_a_failure(void **state)
{
	struct bed *b = *state;

	b->conf.api = (char *)"http://127.0.0.1:8001";
	b->conf.token_file = b->token;
	assert_int_equal(read_access(b), ERR_NOT_FOUND);
	assert_token(b, SLICE(""));
	b->conf.token_file = NULL;
	b->conf.api = (char *)"https://127.0.0.1:8001";
	b->conf.ca_file = b->token;
	assert_int_not_equal(read_access(b), OK);
	b->conf.api = (char *)"127.0.0.1:8001";
	assert_int_equal(read_access(b), ERR_INVALID);
}

static void the_namespace_is_the_written_one(void **state)
{
	struct bed *b = *state;
	char *name;

	b->conf.namespace = (char *)"llm";
	name = kube_namespace(&b->conf, &b->err);
	assert_string_equal(name, "llm");
	mem_free(name);
	b->conf.namespace = NULL;
	assert_null(kube_namespace(&b->conf, &b->err));
	assert_int_equal(b->err.status, ERR_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_is_read_anew_each_time),
		TEST(a_pod_learns_of_it_from_its_environment),
		TEST(outside_of_one_it_must_be_written),
		TEST(what_cannot_be_read_is_a_failure),
		TEST(the_namespace_is_the_written_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
