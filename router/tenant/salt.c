#include "router/tenant/salt.h"

static void make(struct slice key, struct slice text, struct salt *out)
{
	sha256_mac(key, text, out->raw);
	/* base64 needs no escapes. */
	out->json[0] = out->json[SALT_BYTES + 1] = '"';
	sha256_base64(out->raw, out->json + 1);
}

void salt_of_tenant(struct slice secret, struct slice name, struct salt *out)
{
	make(secret, name, out);
}

void salt_combine(const struct salt *tenant, struct slice client,
		  struct salt *out)
{
	make((struct slice){(const char *)tenant->raw, sizeof(tenant->raw)},
	     client, out);
}
