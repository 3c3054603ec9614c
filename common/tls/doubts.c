#include "common/tls/context.h"

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/tls/pem.h"

#include <openssl/err.h>
#include <sys/stat.h>
#include <time.h>

/* An expired certificate is not refused: the clock may be wrong, and a
 * gateway that serves is better than one that does not start. */
static void doubt_expiry(const char *path, struct buf *out)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int64_t now_s = (int64_t)(clock_wall_us() / 1000000);
	struct buf text = {0};
	struct tm tm;
	time_t at = 0;

	if (file_read(path, PEM_MAX_BYTES, &text, NULL) == OK &&
	    pem_load_chain(ctx, buf_slice(&text), path, NULL) == OK)
		at = (time_t)pem_expiry(ctx);
	if (at != 0 && at <= now_s && gmtime_r(&at, &tm) != NULL)
		buf_printf(out,
			   "%s: a certificate in it has expired on "
			   "%04d-%02d-%02d; renew it\n",
			   path, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	buf_fini(&text);
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

static void doubt_mode(const char *path, struct buf *out)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		buf_printf(out,
			   "%s: everybody on this machine can read the key; "
			   "chmod o-r %s\n",
			   path, path);
}

void tls_doubts(const struct tls_options *o, struct buf *out)
{
	if (o->certificate != NULL)
		doubt_expiry(o->certificate, out);
	if (o->key != NULL)
		doubt_mode(o->key, out);
	for (size_t i = 0; i < o->n_others; i++) {
		doubt_expiry(o->others[i], out);
		doubt_mode(o->others[i], out);
	}
}

static uint64_t mix(uint64_t stamp, uint64_t value)
{
	return (stamp ^ value) * UINT64_C(0x100000001b3);
}

static uint64_t mix_file(uint64_t stamp, const char *path)
{
	struct stat st;

	if (path == NULL || stat(path, &st) != 0)
		return mix(stamp, 0);
	stamp = mix(stamp, (uint64_t)st.st_mtim.tv_sec);
	stamp = mix(stamp, (uint64_t)st.st_mtim.tv_nsec);
	stamp = mix(stamp, (uint64_t)st.st_size);
	return mix(stamp, (uint64_t)st.st_ino);
}

uint64_t tls_stamp(const struct tls_options *o)
{
	uint64_t stamp = UINT64_C(0xcbf29ce484222325);

	stamp = mix_file(stamp, o->certificate);
	stamp = mix_file(stamp, o->key);
	for (size_t i = 0; i < o->n_others; i++)
		stamp = mix_file(stamp, o->others[i]);
	return mix_file(stamp, o->ca);
}
