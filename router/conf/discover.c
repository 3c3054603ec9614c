#include "router/conf/discover.h"

#include "router/conf/schema.h"
#include "router/conf/value.h"

bool conf_discovers(const struct conf_model *m)
{
	return m->discover.file != NULL || m->discover.dns.name != NULL ||
	       conf_uses_kubernetes(&m->discover);
}

bool conf_uses_kubernetes(const struct conf_discover *d)
{
	const struct conf_kubernetes *k = &d->kubernetes;

	return k->service != NULL || k->pool != NULL || k->selector != NULL;
}

static bool same_value(const struct schema_row *r,
		       const struct conf_discover *a,
		       const struct conf_discover *b)
{
	struct buf x = {0}, y = {0};
	bool same = value_is_set(r, a) == value_is_set(r, b);

	if (same && value_is_set(r, a)) {
		value_print(r, a, &x);
		value_print(r, b, &y);
		same = slice_equal(buf_slice(&x), buf_slice(&y));
	}
	buf_fini(&x);
	buf_fini(&y);
	return same;
}

bool conf_discover_equal(const struct conf_discover *a,
			 const struct conf_discover *b)
{
	for (size_t i = 0; i < schema_discover_n; i++)
		if (!same_value(&schema_discover_row[i], a, b))
			return false;
	return true;
}
