/* Any text through the demo tokenizer: what is UTF-8 gives ids, and these
 * give the text back, in normal form. */
#include <stdio.h>
#include <stdlib.h>

#include "common/token/form.h"
#include "common/token/tokenizer.h"
#include "common/token/utf8.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct tokenizer *demo;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct error err;

	(void)argc;
	(void)argv;
	demo = tokenizer_load("models/demo", &err);
	if (demo == NULL) {
		fprintf(stderr, "%s; run this from the tree's root\n",
			err.text);
		exit(1);
	}
	return 0;
}

/* Added tokens are cut out before normalization, so a mark behind one does
 * not join it: normal form is compared after a second round. */
static bool is_same(struct slice text, struct slice back)
{
	struct buf a, b;
	bool same;

	buf_init(&a);
	buf_init(&b);
	form_append(FORM_NFC, text, &a);
	form_append(FORM_NFC, back, &b);
	same = slice_equal(buf_slice(&a), buf_slice(&b));
	if (form_quick(FORM_NFC, text))
		same = same && slice_equal(text, back);
	buf_fini(&a);
	buf_fini(&b);
	return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice text = {(const char *)bytes, n};
	struct token_list ids;
	struct buf out;
	enum status status;

	token_list_init(&ids);
	buf_init(&out);
	status = tokenizer_encode(demo, text, true, SIZE_MAX, &ids);
	if ((status == OK) != utf8_valid(text))
		abort();
	if (status == OK) {
		tokenizer_decode(demo, ids.id, ids.n, &out);
		if (!is_same(text, buf_slice(&out)))
			abort();
	}
	buf_fini(&out);
	token_list_fini(&ids);
	return 0;
}
