#include "router/tenant_notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define KEYS                                                                   \
	"keys: \"sha256:"                                                      \
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\""

/* Lines go straight to standard error before log_start(). */
static char said[16384];
static FILE *file;
static int saved;

static void listen_to_log(void)
{
	fflush(stderr);
	file = tmpfile();
	assert_non_null(file);
	saved = dup(2);
	dup2(fileno(file), 2);
}

static void take_log(void)
{
	size_t n;

	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	rewind(file);
	n = fread(said, 1, sizeof(said) - 1, file);
	said[n] = '\0';
	fclose(file);
}

static struct conf *conf_of(const char *more)
{
	struct conf_faults faults = {0};
	char text[512];
	struct conf *c;

	snprintf(text, sizeof(text),
		 "models: [{name: m, aliases: [a], loras: [l],\n"
		 "  workers: [http://127.0.0.1:1]}]\n%s",
		 more);
	c = conf_parse_numeric(slice_of(text), "c", &faults);
	assert_non_null(c);
	return c;
}

static struct conf_tenants *tenants_of(const char *models)
{
	struct conf_faults faults = {0};
	char text[1024];
	struct conf_tenants *t;

	snprintf(text, sizeof(text),
		 "tenants:\n- {name: acme, models: %s, " KEYS "}\n", models);
	t = conf_tenants_parse(slice_of(text), "t", &faults);
	assert_non_null(t);
	return t;
}

static void doubts(const char *models)
{
	struct conf_tenants *list = tenants_of(models);
	struct conf *c = conf_of("");

	listen_to_log();
	tenant_notice_doubts(c, list);
	take_log();
	conf_tenants_unref(&list);
	conf_unref(&c);
}

static void models_that_nobody_has_are_told_with_their_line(void **state)
{
	(void)state;
	doubts("[m, typo, a]");
	assert_non_null(strstr(said, " warn tenants: t:2: acme: no model is "
				     "called typo\n"));
	assert_null(strstr(said, "called m"));
	assert_null(strstr(said, "called a"));
}

static void names_aliases_and_adapters_are_no_doubt(void **state)
{
	(void)state;
	doubts("[m, a, l]");
	assert_string_equal(said, "");
	doubts("'*'");
	assert_string_equal(said, "");
}

static void many_doubts_are_cut_short(void **state)
{
	size_t lines = 0;

	(void)state;
	doubts("[b,c,d,e,f,g,h,i,j,k,n,o,p,q,r]");
	for (const char *at = said; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, 10);
}

static void an_open_door_is_told_by_how_far_it_is_open(void **state)
{
	struct conf *c = conf_of("");
	struct addr here, world;

	(void)state;
	assert_int_equal(addr_parse("127.0.0.1:80", &here, NULL), OK);
	assert_int_equal(addr_parse("0.0.0.0:80", &world, NULL), OK);
	listen_to_log();
	tenant_notice_open(c, &here);
	tenant_notice_open(c, &world);
	tenant_notice(c);
	take_log();
	assert_non_null(strstr(said, " info tenants: off: anyone who reaches "
				     "127.0.0.1:80 is served\n"));
	assert_non_null(strstr(said, " warn tenants: off: anyone who reaches "
				     "0.0.0.0:80 is served\n"));
	conf_unref(&c);
}

static void what_is_shut_by_salts_is_told(void **state)
{
	struct conf *c = conf_of("");
	struct addr world;

	(void)state;
	assert_int_equal(addr_parse("0.0.0.0:80", &world, NULL), OK);
	c->tenants.list = tenants_of("'*'");
	listen_to_log();
	tenant_notice_open(c, &world);
	tenant_notice(c);
	take_log();
	assert_null(strstr(said, "off"));
	assert_null(strstr(said, "refused"));
	assert_non_null(strstr(said, "1 tenants with 1 keys"));
	c->tenants.cache_salt = CONF_SALT_TENANT;
	listen_to_log();
	tenant_notice(c);
	take_log();
	assert_non_null(strstr(said, "/v1/messages, "));
	assert_null(strstr(said, "/v1/chat/completions,"));
	conf_unref(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			models_that_nobody_has_are_told_with_their_line),
		cmocka_unit_test(names_aliases_and_adapters_are_no_doubt),
		cmocka_unit_test(many_doubts_are_cut_short),
		cmocka_unit_test(an_open_door_is_told_by_how_far_it_is_open),
		cmocka_unit_test(what_is_shut_by_salts_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
