#include "router/admin/page.h"

#include "common/base/assert.h"

#include <event2/http.h>
#include <string.h>

#include "router/admin/answer.h"

/* The bytes of files, from `name` to `name`_end: the assembler reads them, so
 * only a macro can name both. */
#define ASSET(name, files)                                                     \
	__asm__(".pushsection .rodata\n" #name ":\n" files #name               \
		"_end:\n.popsection\n");                                       \
	extern const char name[], name##_end[]
#define PART(name) ".incbin \"router/admin/page/" name "\"\n"

ASSET(page_html, PART("page.html"));
ASSET(page_css, PART("page.css"));
/* One script: each goes by what stands before it. */
ASSET(page_js, PART("elements.js") PART("fleet.js") PART("prompts.js")
		       PART("decisions.js") PART("page.js"));

static const struct {
	const char *path, *type;
	const char *begin, *end;
} asset[] = {
	{"/", "text/html; charset=utf-8", page_html, page_html_end},
	{"/page.css", "text/css; charset=utf-8", page_css, page_css_end},
	{"/page.js", "text/javascript; charset=utf-8", page_js, page_js_end},
};

/* Scripts and styles of our own files alone, and no frame around them: what
 * a name of a worker might smuggle in would do nothing. */
static const char *const header[][2] = {
	{"Content-Security-Policy",
	 "default-src 'none'; script-src 'self'; style-src 'self'; "
	 "connect-src 'self'; img-src data:; base-uri 'none'; "
	 "form-action 'none'; frame-ancestors 'none'"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Frame-Options", "DENY"},
	{"Vary", "Accept"},
};

bool page_is_wanted(const struct visit *v)
{
	const char *accept = visit_header(v, "Accept");

	return accept != NULL && strstr(accept, "text/html") != NULL;
}

void page_serve(struct visit *v)
{
	struct evkeyvalq *h = evhttp_request_get_output_headers(v->req);
	size_t i = 0;

	while (!slice_equal(v->path, slice_of(asset[i].path)))
		ASSERT(++i < ARRAY_LEN(asset));
	for (size_t k = 0; k < ARRAY_LEN(header); k++)
		evhttp_add_header(h, header[k][0], header[k][1]);
	answer(v->req, 200, asset[i].type,
	       (struct slice){asset[i].begin,
			      (size_t)(asset[i].end - asset[i].begin)});
}
