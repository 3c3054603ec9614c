#include "router/announce.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"

static void write_json(struct buf *out, const struct addr *listen, size_t n,
		       const struct addr *admin)
{
	char text[ADDR_TEXT_BYTES];

	buf_puts(out, "{\"listen\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		buf_json_string(out, slice_of(addr_text(&listen[i], text)));
	}
	buf_puts(out, "],\"admin\":");
	buf_json_string(out, slice_of(addr_text(admin, text)));
	buf_printf(out, ",\"pid\":%ld}\n", (long)getpid());
}

static bool write_file(const char *path, struct slice s)
{
	FILE *f = fopen(path, "w");
	bool ok;

	if (f == NULL)
		return false;
	ok = fwrite(s.p, 1, s.n, f) == s.n;
	return fclose(f) == 0 && ok;
}

enum status announce_write(const char *file, const struct addr *listen,
			   size_t n, const struct addr *admin,
			   struct error *err)
{
	struct buf json = {0}, partial = {0};
	enum status status = OK;

	write_json(&json, listen, n, admin);
	buf_printf(&partial, "%s.partial", file);
	buf_putc(&partial, '\0');
	if (!write_file(partial.p, buf_slice(&json)) ||
	    rename(partial.p, file) != 0)
		status = error_set(err, ERR_IO, "%s: cannot be written: %s",
				   file, strerror(errno));
	buf_fini(&json);
	buf_fini(&partial);
	return status;
}
