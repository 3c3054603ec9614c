#include "router/discover/kinds.h"

#include "router/conf/discover.h"

const struct finder_type *kinds_of(const struct conf_discover *d)
{
	if (d->dns.name != NULL)
		return &kinds_dns;
	return conf_uses_kubernetes(d) ? &kinds_kubernetes : &kinds_file;
}
