/* A configuration on its way from YAML to struct conf. */
#ifndef ROUTER_CONF_PARSE_H
#define ROUTER_CONF_PARSE_H

#include "router/conf/conf.h"
#include "router/conf/schema.h"
#include "router/conf/yaml.h"

struct parse {
	struct conf *conf;
	const char *file;
	struct conf_faults *faults;
	const struct yaml *root;
	struct conf_settings over;
	bool numeric; /* nothing is looked up */
};

/* As conf_parse(). */
struct conf *parse_with_settings(struct slice yaml, const char *file,
				 struct conf_settings over,
				 struct conf_faults *faults);

/* A fault of the key `key` ("hash.seed") in the mapping `map`, whose own
 * place is `path` ("models[0]."): in the line where the key stands, or
 * else its mapping. */
void parse_fault(struct parse *p, const struct yaml *map, const char *path,
		 const char *key, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* Fills `owner`, the struct of the scope, from a mapping whose place is
 * `path`: defaults, what is written, faults for what is missing. */
void parse_mapping(struct parse *p, enum schema_scope scope, void *owner,
		   const char *path, const struct yaml *map);

/* A worker in the mapping `node`, or its url alone; what is not written
 * there stands in `common`, which may be NULL. */
void parse_worker(struct parse *p, const char *path, struct conf_worker *w,
		  const struct yaml *common, const struct yaml *node);
/* Frees what it holds. */
void parse_worker_clear(struct conf_worker *w);

/* Item i of the list under a mapping's key; NULL. */
const struct yaml *parse_item(const struct yaml *map, struct slice key,
			      size_t i);

/* The same for workers that are not in the configuration's own text: each
 * one, and against those before it. */
struct check_seen;
struct check_seen *check_seen_create(void);
void check_seen_destroy(struct check_seen **s);
void check_one_worker(struct parse *p, struct check_seen *seen,
		      const char *path, const struct yaml *node,
		      const struct conf_model *m, const struct conf_worker *w);

/* Fills in what w->transfer does not say. `url_host`: without port and
 * brackets. */
void transfer_complete(struct parse *p, const struct yaml *node,
		       const char *path, struct conf_worker *w,
		       const char *url_host);

/* What no key can tell by itself: names that stand twice, and so on. */
void check_all(struct parse *p);
void check_tracing(struct parse *p);
/* Of it what is about TLS: files are read. */
void check_own_tls(struct parse *p);
void check_worker_tls(struct parse *p, const struct yaml *node,
		      const char *path, const struct conf_worker *w);
/* Of it what is about roles and connectors: of a worker, and of those of a
 * model together. */
void check_worker_transfer(struct parse *p, const struct yaml *node,
			   const char *path, const struct conf_worker *w);
void check_model_transfer(struct parse *p, const struct yaml *node,
			  const char *path, const struct conf_model *m);
void check_discover(struct parse *p, const struct yaml *node, const char *path,
		    const struct conf_model *m);
void check_tls_doubts(const struct conf *c);
/* Logs what is allowed but doubtful. */
void check_doubts(const struct conf *c);

#endif
