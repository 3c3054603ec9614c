#include "router/discover/kube_escape.h"

#include <ctype.h>

void kube_escape(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x80 && (isalnum(c) || strchr("-._~", c) != NULL) &&
		    c != '\0')
			buf_putc(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}
