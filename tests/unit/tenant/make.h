/* Tenants for tests, from a short text. */
#ifndef TESTS_UNIT_TENANT_MAKE_H
#define TESTS_UNIT_TENANT_MAKE_H

#include "router/tenant/tenant.h"

/* Of all tables and tenants of a test, as a lane's. */
static inline struct key_memo *make_memo(void)
{
	static struct key_memo memo;

	if (memo.secret == 0)
		key_memo_init(&memo);
	return &memo;
}

static inline void make_one(struct buf *yaml, struct slice one,
			    const char *more)
{
	struct slice name = slice_split(&one, ':');

	buf_printf(yaml, "- name: %.*s\n  keys: [", SLICE_ARG(name));
	for (int i = 0; one.n > 0; i++) {
		struct slice key = slice_split(&one, ',');
		uint8_t digest[SHA256_BYTES];
		char hex[SHA256_HEX];

		sha256_digest(key, digest);
		sha256_hex(digest, hex);
		buf_printf(yaml, "%s\"sha256:%.*s\"", i ? ", " : "", SHA256_HEX,
			   hex);
	}
	buf_puts(yaml, "]\n");
	if (strstr(more, "models:") == NULL)
		buf_puts(yaml, "  models: '*'\n");
	if (more[0] != '\0')
		buf_printf(yaml, "  %s\n", more);
}

/* `who`: "name:key,key;name:key"; `more`: further lines of each of them;
 * `secret`: of salts, which are off if it is NULL. */
static inline struct tenants *make_tenants(const struct tenants *old,
					   const char *secret, const char *who,
					   const char *more)
{
	struct conf conf = {0};
	struct conf_faults faults = {0};
	struct conf_tenants *list;
	struct slice rest = slice_of(who);
	struct tenants *made;
	struct buf yaml = {0};

	buf_puts(&yaml, "tenants:\n");
	while (rest.n > 0)
		make_one(&yaml, slice_split(&rest, ';'), more);
	list = conf_tenants_parse(buf_slice(&yaml), "t", &faults);
	if (list == NULL)
		print_error("%.*s", SLICE_ARG(buf_slice(&faults.text)));
	assert_non_null(list);
	if (secret != NULL) {
		conf.tenants.cache_salt = CONF_SALT_TENANT;
		buf_puts(&conf.tenants.salt_secret, secret);
	}
	made = tenants_create(&conf, list, old);
	conf_tenants_unref(&list);
	buf_fini(&conf.tenants.salt_secret);
	buf_fini(&yaml);
	return made;
}

#endif
