/* Messages of a developer, for templates that know none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/chat_case.h"

#define SHOW "{% for m in messages %}{{ m.role ~ m.content }}{% endfor %}"
#define BOTH                                                                   \
	"[{\"role\":\"system\",\"content\":\"a\"},{\"role\":\"user\","         \
	"\"content\":\"u\"},{\"role\":\"developer\",\"content\":\"b\"}]"

static void all_of_the_system_become_one_in_front(void **state)
{
	(void)state;
	check(SHOW, request_of(BOTH, NULL), "systema\n\nbuseru");
}

static void a_template_that_knows_developers_gets_them(void **state)
{
	(void)state;
	check("{# 'developer' #}" SHOW, request_of(BOTH, NULL),
	      "systemauserudeveloperb");
	check("{# \"developer\" #}" SHOW, request_of(BOTH, NULL),
	      "systemauserudeveloperb");
}

static void one_in_front_stays_as_it_is_but_for_its_tools(void **state)
{
	struct chat_request r = request_of(
		"[{\"role\":\"developer\",\"name\":\"n\","
		"\"content\":\"b\",\"tools\":[]}]",
		NULL);
	(void)state;
	check(DUMP, r,
	      "[{\"role\": \"system\", \"content\": \"b\", \"name\": \"n\"}]"
	      "null");
	r.rules.content = CHAT_PARTS;
	check(SHOW, r, "system[{'type': 'text', 'text': 'b'}]");
}

static void without_a_developer_systems_stay_where_they_are(void **state)
{
	(void)state;
	check(SHOW,
	      request_of("[{\"role\":\"user\",\"content\":\"u\"},{\"role\":"
			 "\"system\",\"content\":\"a\"}]",
			 NULL),
	      "userusystema");
}

static void several_in_parts_are_refused(void **state)
{
	struct chat_request r = request_of(BOTH, NULL);
	(void)state;
	r.rules.content = CHAT_PARTS;
	check_refused(SHOW, r, ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_the_system_become_one_in_front),
		cmocka_unit_test(a_template_that_knows_developers_gets_them),
		cmocka_unit_test(one_in_front_stays_as_it_is_but_for_its_tools),
		cmocka_unit_test(
			without_a_developer_systems_stay_where_they_are),
		cmocka_unit_test(several_in_parts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
