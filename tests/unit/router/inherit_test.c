#include "router/inherit.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/abort.h"
#include "tests/unit/tcp.h"

/* --- words ---------------------------------------------------------- */

static enum status parse(const char *pid, const char *fds, const char *names,
			 struct inherited_socket **s, size_t *n)
{
	const struct inherit_words w = {pid, fds, names};
	struct error err = {0};
	enum status status = inherit_parse(&w, 42, s, n, &err);

	assert_true(status == OK || err.text[0] != '\0');
	return status;
}

static void each_has_a_number_from_3_and_its_name(void **unused)
{
	struct inherited_socket *s;
	size_t n;

	(void)unused;
	assert_int_equal(parse("42", "3", "clients:admin", &s, &n), OK);
	assert_int_equal(n, 3);
	assert_int_equal(s[0].fd, 3);
	assert_string_equal(s[0].name, "clients");
	assert_int_equal(s[1].fd, 4);
	assert_string_equal(s[1].name, "admin");
	assert_int_equal(s[2].fd, 5);
	assert_string_equal(s[2].name, "");
	mem_free(s);
}

static void names_may_be_missing(void **unused)
{
	struct inherited_socket *s;
	size_t n;

	(void)unused;
	assert_int_equal(parse("42", "1", NULL, &s, &n), OK);
	assert_int_equal(n, 1);
	assert_string_equal(s[0].name, "");
	mem_free(s);
}

static void nothing_is_meant_for_another_process(void **unused)
{
	struct inherited_socket *s;
	size_t n;

	(void)unused;
	assert_int_equal(parse("41", "2", NULL, &s, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(parse(NULL, "2", NULL, &s, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(parse("42", NULL, "a", &s, &n), OK);
	assert_int_equal(n, 0);
}

static void nonsense_is_a_fault(void **unused)
{
	char name[INHERIT_NAME_BYTES + 1];
	struct inherited_socket *s;
	size_t n;

	(void)unused;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(parse("4x", "2", NULL, &s, &n), ERR_INVALID);
	assert_int_equal(parse("", "2", NULL, &s, &n), ERR_INVALID);
	assert_int_equal(parse("42", "-1", NULL, &s, &n), ERR_INVALID);
	assert_int_equal(parse("42", "1025", NULL, &s, &n), ERR_INVALID);
	assert_int_equal(parse("42", "1", name, &s, &n), ERR_INVALID);
	assert_null(s);
	assert_int_equal(n, 0);
}

/* --- who gets them -------------------------------------------------- */

static struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a, NULL), OK);
	return a;
}

static struct inherited three(struct inherited_socket s[3])
{
	s[0] = (struct inherited_socket){10, "clients", at("127.0.0.1:80")};
	s[1] = (struct inherited_socket){11, "admin", at("127.0.0.1:90")};
	s[2] = (struct inherited_socket){12, "clients", at("127.0.0.1:80")};
	return (struct inherited){INHERIT_GATEWAY, s, 3, -1, NULL};
}

static void all_sockets_of_an_address_are_found_once(void **unused)
{
	struct inherited_socket s[3];
	struct inherited in = three(s);
	struct addr a = at("127.0.0.1:80");
	int fd[3];

	(void)unused;
	assert_int_equal(inherit_find(&in, &a, false, fd, 3), 2);
	assert_int_equal(fd[0], 10);
	assert_int_equal(fd[1], 12);
	assert_int_equal(inherit_find(&in, &a, false, fd, 3), 0);
}

static void port_0_means_the_port_that_it_became(void **unused)
{
	struct inherited_socket s[3];
	struct inherited in = three(s);
	struct addr a = at("127.0.0.1:0");
	int fd[3];

	(void)unused;
	s[2].addr = at("127.0.0.1:81");
	assert_int_equal(inherit_find(&in, &a, false, fd, 3), 1);
	assert_int_equal(fd[0], 10);
	assert_int_equal(inherit_find(&in, &a, false, fd, 3), 1);
	assert_int_equal(fd[0], 12);
}

static void other_addresses_and_the_admins_stay(void **unused)
{
	struct inherited_socket s[3];
	struct inherited in = three(s);
	struct addr host = at("127.0.0.2:80"), port = at("127.0.0.1:81"),
		    family = at("[::1]:80"), path = at("unix:/a"),
		    admin = at("127.0.0.1:90");
	int fd[3];

	(void)unused;
	assert_int_equal(inherit_find(&in, &host, false, fd, 3), 0);
	assert_int_equal(inherit_find(&in, &port, false, fd, 3), 0);
	assert_int_equal(inherit_find(&in, &family, false, fd, 3), 0);
	assert_int_equal(inherit_find(&in, &path, false, fd, 3), 0);
	assert_int_equal(inherit_find(&in, &admin, false, fd, 3), 0);
	assert_int_equal(inherit_find(&in, &admin, true, fd, 3), 1);
	assert_int_equal(fd[0], 11);
	assert_null(inherit_next(&in, true));
	assert_non_null(inherit_next(&in, false));
}

/* --- a process that gets some --------------------------------------- */

/* What a child finds that runs with these words and descriptor 3. */
static int in_child(int fd, const char *pid, bool (*holds)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		dup2(fd, INHERIT_FIRST_FD);
		setenv("WARMPATH_LISTEN_PPID", pid, 1);
		setenv("WARMPATH_LISTEN_FDS", "1", 1);
		setenv("WARMPATH_LISTEN_FDNAMES", "clients", 1);
		_exit(holds() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static bool takes_one(void)
{
	struct inherited in;

	if (inherit_take(&in, NULL) != OK || in.n != 1)
		return false;
	return in.from == INHERIT_GATEWAY && in.socket[0].fd == 3 &&
	       (fcntl(3, F_GETFD) & FD_CLOEXEC) != 0 &&
	       (fcntl(3, F_GETFL) & O_NONBLOCK) != 0 &&
	       getenv("WARMPATH_LISTEN_FDS") == NULL;
}

static bool takes_none(void)
{
	struct inherited in;

	return inherit_take(&in, NULL) == OK && in.n == 0 && in.ready_fd == -1;
}

static bool complains(void)
{
	struct error err = {0};
	struct inherited in;

	return inherit_take(&in, &err) == ERR_INVALID &&
	       strstr(err.text, "not a listening stream socket") != NULL;
}

static void a_child_takes_what_its_parent_left(void **unused)
{
	struct addr a;
	int fd = tcp_listen(&a), other = tcp_connect(&a);
	char us[16];

	(void)unused;
	snprintf(us, sizeof(us), "%ld", (long)getpid());
	assert_int_equal(in_child(fd, us, takes_one), 0);
	assert_int_equal(in_child(fd, "1", takes_none), 0);
	assert_int_equal(in_child(other, us, complains), 0);
	assert_int_equal(in_child(0, us, complains), 0);
	close(fd);
	close(other);
}

static const char *find_word(char **words, const char *name)
{
	for (; *words != NULL; words++)
		if (strncmp(*words, name, strlen(name)) == 0)
			return *words + strlen(name);
	return NULL;
}

static void the_environment_says_what_is_handed_over(void **unused)
{
	const char *const name[] = {"clients", "admin"};
	char **words, us[16];

	(void)unused;
	setenv("KEPT", "yes", 1);
	words = inherit_environment(name, 2, SLICE("worker-1\n"));
	snprintf(us, sizeof(us), "%ld", (long)getpid());
	assert_string_equal(find_word(words, "WARMPATH_LISTEN_PPID="), us);
	assert_string_equal(find_word(words, "WARMPATH_LISTEN_FDS="), "2");
	assert_string_equal(find_word(words, "WARMPATH_LISTEN_FDNAMES="),
			    "clients:admin");
	assert_string_equal(find_word(words, "KEPT="), "yes");
	assert_string_equal(find_word(words, "WARMPATH_DRAINED_WORKERS="),
			    "worker-1\n");
	inherit_free_environment(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_number_from_3_and_its_name),
		cmocka_unit_test(names_may_be_missing),
		cmocka_unit_test(nothing_is_meant_for_another_process),
		cmocka_unit_test(nonsense_is_a_fault),
		cmocka_unit_test(all_sockets_of_an_address_are_found_once),
		cmocka_unit_test(port_0_means_the_port_that_it_became),
		cmocka_unit_test(other_addresses_and_the_admins_stay),
		cmocka_unit_test(a_child_takes_what_its_parent_left),
		cmocka_unit_test(the_environment_says_what_is_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
