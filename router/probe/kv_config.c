#include "router/probe/kv_config.h"

#include "common/base/file.h"
#include "common/base/log.h"
#include "router/policy/kv_bytes.h"

#include <stdio.h>

#define MAX_BYTES ((size_t)1 << 20)

static enum status read_config(const char *dir, struct buf *out,
			       struct error *err)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/config.json", dir);

	if (n < 0 || (size_t)n >= sizeof(path))
		return error_set(err, ERR_NOT_FOUND, "a path too long");
	if (file_exists(path))
		return file_read(path, MAX_BYTES, out, err);
	snprintf(path, sizeof(path), "%s/config.json.gz", dir);
	return file_read_gzip(path, MAX_BYTES, out, err);
}

double kv_config_bytes(const struct conf_model *m)
{
	struct kv_shape shape;
	struct buf text = {0};
	struct error err;
	double bytes = 0;
	enum status st;

	if (m->tokenizer == NULL)
		return 0;
	st = read_config(m->tokenizer, &text, &err);
	if (st == OK)
		st = kv_shape_parse(buf_slice(&text), &shape, &err);
	if (st == OK)
		bytes = kv_bytes_usual(&shape);
	else if (st != ERR_NOT_FOUND)
		log_info("models: %s: %s; what its keys and values take is "
			 "guessed",
			 m->name, err.text);
	buf_fini(&text);
	return bytes;
}
