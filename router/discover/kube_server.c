#include "router/discover/kube_server.h"

#include <stdlib.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "router/conf/url.h"

#define ACCOUNT         "/var/run/secrets/kubernetes.io/serviceaccount/"
#define MAX_TOKEN_BYTES ((size_t)64 << 10)
#define MAX_NAME_BYTES  256

/* What is configured, or else the account's if there is one; or NULL. */
static const char *file_of(const char *given, const char *by_itself)
{
	if (given != NULL)
		return given;
	return file_exists(by_itself) ? by_itself : NULL;
}

static void trim(struct buf *b)
{
	while (buf_len(b) > 0 && (unsigned char)b->p[b->end - 1] <= ' ')
		b->end--;
}

/* Of the environment; NULL: it is not that of a pod. */
static char *url_of_pod(void)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT");
	struct buf url = {0};
	char *text;

	if (host == NULL || *host == '\0')
		return NULL;
	buf_printf(&url,
		   strchr(host, ':') != NULL ? "https://[%s]:%s"
					     : "https://%s:%s",
		   host, port != NULL && *port != '\0' ? port : "443");
	text = mem_strndup(buf_slice(&url).p, buf_len(&url));
	buf_fini(&url);
	return text;
}

static enum status read_tls(struct kube_access *a,
			    const struct conf_kubernetes *c, const char *name,
			    struct error *err)
{
	const struct tls_options o = {
		.side = TLS_WORKERS,
		.ca = file_of(c->ca_file, ACCOUNT "ca.crt"),
		.name = name,
	};
	struct tls_context *old = a->context;

	a->context = tls_context_create(&o, old, err);
	tls_context_unref(&old);
	return a->context != NULL ? OK : err->status;
}

static enum status read_place(struct kube_access *a,
			      const struct conf_kubernetes *c,
			      struct error *err)
{
	char *url = c->api != NULL ? mem_strdup(c->api) : url_of_pod();
	struct url_parts parts = {0};
	enum status st;

	if (url == NULL)
		return error_set(err, ERR_INVALID,
				 "this is no pod of Kubernetes; set "
				 "kubernetes.api");
	st = url_parse(url, false, &parts, err);
	mem_free(url);
	if (st != OK)
		return st;
	mem_free(a->host);
	a->host = parts.host;
	a->server.host = a->host;
	a->server.at.addr = parts.addr;
	if (parts.secure)
		st = read_tls(a, c, parts.server_name, err);
	a->server.at.context = parts.secure ? a->context : NULL;
	mem_free(parts.server_name);
	return st;
}

enum status kube_access_read(struct kube_access *a,
			     const struct conf_kubernetes *c, struct error *err)
{
	const char *file = file_of(c->token_file, ACCOUNT "token");
	enum status st = read_place(a, c, err);

	buf_reset(&a->token, 0);
	if (st == OK && file != NULL)
		st = file_read(file, MAX_TOKEN_BYTES, &a->token, err);
	trim(&a->token);
	a->server.token = buf_slice(&a->token);
	return st;
}

void kube_access_clear(struct kube_access *a)
{
	mem_free(a->host);
	buf_fini(&a->token);
	tls_context_unref(&a->context);
	*a = (struct kube_access){0};
}

char *kube_namespace(const struct conf_kubernetes *c, struct error *err)
{
	struct buf text = {0};
	char *name = NULL;

	if (c->namespace != NULL)
		return mem_strdup(c->namespace);
	if (file_read(ACCOUNT "namespace", MAX_NAME_BYTES, &text, err) == OK) {
		trim(&text);
		name = mem_strndup(buf_slice(&text).p, buf_len(&text));
	}
	buf_fini(&text);
	return name;
}
