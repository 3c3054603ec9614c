#include "tests/unit/token/fixture.h"

#include <stdio.h>

#include "common/base/file.h"
#include "common/token/form.h"
#include "common/token/utf8.h"

static struct buf out;

static const char *in(enum form form, const char *text)
{
	buf_reset(&out, SIZE_MAX);
	form_append(form, slice_of(text), &out);
	buf_putc(&out, '\0');
	return buf_slice(&out).p;
}

static const char *nfc(const char *text)
{
	return in(FORM_NFC, text);
}

static void a_letter_and_its_mark_become_one(void **state)
{
	(void)state;
	assert_string_equal(nfc("cafe\u0301"), "caf\u00e9");
	assert_string_equal(nfc("A\u030a"), "\u00c5");
	assert_string_equal(nfc("\u212b"), "\u00c5");
	assert_string_equal(nfc("s\u0323\u0307"), "\u1e69");
}

static void marks_are_put_in_order(void **state)
{
	(void)state;
	assert_string_equal(nfc("s\u0307\u0323"), "\u1e69");
	assert_string_equal(nfc("q\u0307\u0323"), "q\u0323\u0307");
	assert_string_equal(nfc("q\u0323\u0307"), "q\u0323\u0307");
}

static void a_mark_of_the_same_class_blocks(void **state)
{
	(void)state;
	/* U+0315 has a class of its own; two of 230 block each other. */
	assert_string_equal(nfc("x\u0302\u0301"), "x\u0302\u0301");
	assert_string_equal(nfc("a\u0302\u0301"), "\u1ea5");
	assert_string_equal(nfc("a\u0301\u0302"), "\u00e1\u0302");
}

static void a_starter_between_them_keeps_marks_apart(void **state)
{
	(void)state;
	assert_string_equal(nfc("eb\u0301"), "eb\u0301");
	assert_string_equal(nfc("e\u200d\u0301"), "e\u200d\u0301");
	assert_string_equal(nfc("\u0301e"), "\u0301e");
}

static void hangul_is_composed_by_arithmetic(void **state)
{
	(void)state;
	assert_string_equal(nfc("\u1112\u1161\u11ab"), "\ud55c");
	assert_string_equal(nfc("\u1100\u1161"), "\uac00");
	assert_string_equal(nfc("\uac00\u11a8"), "\uac01");
	assert_string_equal(nfc("\uac01\u11a8"), "\uac01\u11a8");
	assert_string_equal(nfc("\uac00\u11a7"), "\uac00\u11a7");
	assert_string_equal(nfc("\ud55c"), "\ud55c");
}

static void what_is_excluded_from_composition_stays_apart(void **state)
{
	(void)state;
	assert_string_equal(nfc("\u0958"), "\u0915\u093c");
	assert_string_equal(nfc("\u0915\u093c"), "\u0915\u093c");
	assert_string_equal(nfc("\u2126"), "\u03a9");
}

static void marks_newer_than_the_reference_stay_where_they_are(void **state)
{
	(void)state;
	assert_string_equal(nfc("q\u1df9\u0334"), "q\u1df9\u0334");
	assert_string_equal(nfc("q\u0898\u0323"), "q\u0898\u0323");
	assert_string_equal(nfc("\U00011935\U00011930"),
			    "\U00011935\U00011930");
	assert_string_equal(nfc("\U00011938"), "\U00011938");
	assert_string_equal(nfc("q\u1df5\u0334"), "q\u0334\u1df5");
}

static void the_decomposed_form_takes_letters_and_hangul_apart(void **state)
{
	(void)state;
	assert_string_equal(in(FORM_NFD, "caf\u00e9"), "cafe\u0301");
	assert_string_equal(in(FORM_NFD, "\u1e69"), "s\u0323\u0307");
	assert_string_equal(in(FORM_NFD, "\ud55c"), "\u1112\u1161\u11ab");
	assert_string_equal(in(FORM_NFD, "q\u0307\u0323"), "q\u0323\u0307");
	assert_string_equal(in(FORM_NFD, "\ufb01\u00b2"), "\ufb01\u00b2");
}

static void the_forms_of_compatibility_replace_what_only_looks_different(
	void **state)
{
	(void)state;
	assert_string_equal(in(FORM_NFKC, "\ufb01\u00b2\uff21"), "fi2A");
	assert_string_equal(in(FORM_NFKD, "\u1e9b\u0323"), "s\u0323\u0307");
	assert_string_equal(in(FORM_NFKC, "\u1e9b\u0323"), "\u1e69");
	assert_string_equal(in(FORM_NFKC, "\u00a8"), " \u0308");
	assert_int_equal(strlen(in(FORM_NFKC, "\ufdfa")), 33);
}

static void each_form_has_its_own_quick_check(void **state)
{
	(void)state;
	assert_true(form_quick(FORM_NFD, slice_of("cafe, \ufb01")));
	assert_false(form_quick(FORM_NFD, slice_of("caf\u00e9")));
	assert_false(form_quick(FORM_NFD, slice_of("\ud55c")));
	assert_true(form_quick(FORM_NFKC, slice_of("caf\u00e9 \ud55c")));
	assert_false(form_quick(FORM_NFKC, slice_of("\ufb01")));
	assert_false(form_quick(FORM_NFKD, slice_of("\u00e9")));
	assert_false(form_quick(FORM_NFKD, slice_of("\uff21")));
}

static void plain_text_passes_the_quick_check(void **state)
{
	(void)state;
	assert_true(form_quick(FORM_NFC, slice_of("")));
	assert_true(form_quick(FORM_NFC,
			       slice_of("caf\u00e9, \u4f60\u597d, \ud55c")));
	assert_false(form_quick(FORM_NFC, slice_of("cafe\u0301")));
	assert_false(form_quick(FORM_NFC, slice_of("\u1112\u1161")));
	assert_false(form_quick(FORM_NFC, slice_of("\u212b")));
}

static void a_long_run_of_marks_is_sorted_and_kept(void **state)
{
	struct buf text, again;

	(void)state;
	buf_init(&text);
	buf_init(&again);
	buf_puts(&text, "q");
	for (size_t i = 0; i < 50000; i++)
		buf_puts(&text, i % 2 ? "\u0323" : "\u0307");
	form_append(FORM_NFC, buf_slice(&text), &again);
	assert_int_equal(buf_len(&again), buf_len(&text));
	assert_memory_equal(again.p, "q\u0323\u0323", 5);
	assert_memory_equal(again.p + 1 + 49999, "\xa3\xcc\x87", 3);
	buf_fini(&text);
	buf_fini(&again);
}

static void check_row(const char *key, const char *value)
{
	char text[5] = {0}, want[32] = {0};
	size_t n = 0;

	utf8_put(text, (uint32_t)strtoul(key, NULL, 16));
	for (char *end; *value; value = end)
		n += utf8_put(want + n, (uint32_t)strtoul(value, &end, 16));
	assert_string_equal(nfc(text), want);
	assert_false(form_quick(FORM_NFC, slice_of(text)));
}

static void the_reference_agrees_on_every_code_point_alone(void **state)
{
	const char *env = getenv("WARMPATH_TESTDATA");
	char path[4096];
	json_t *root, *value;
	const char *key;

	(void)state;
	snprintf(path, sizeof(path), "%s/unicode/nfc_singletons.json",
		 env ? env : "../shared/testdata");
	root = json_load_file(path, 0, NULL);
	if (!root) {
		print_message("SKIPPED: no %s; set WARMPATH_TESTDATA\n", path);
		skip();
	}
	json_object_del(root, "produced_with");
	json_object_foreach(root, key, value)
		check_row(key, json_string_value(value));
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char text[5] = {0}, name[16];

		snprintf(name, sizeof(name), "%x", c);
		if ((c >= 0xd800 && c <= 0xdfff) || json_object_get(root, name))
			continue;
		utf8_put(text, c);
		assert_string_equal(nfc(text), text);
	}
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_letter_and_its_mark_become_one),
		cmocka_unit_test(marks_are_put_in_order),
		cmocka_unit_test(a_mark_of_the_same_class_blocks),
		cmocka_unit_test(a_starter_between_them_keeps_marks_apart),
		cmocka_unit_test(hangul_is_composed_by_arithmetic),
		cmocka_unit_test(what_is_excluded_from_composition_stays_apart),
		cmocka_unit_test(
			marks_newer_than_the_reference_stay_where_they_are),
		cmocka_unit_test(
			the_decomposed_form_takes_letters_and_hangul_apart),
		cmocka_unit_test(
			the_forms_of_compatibility_replace_what_only_looks_different),
		cmocka_unit_test(each_form_has_its_own_quick_check),
		cmocka_unit_test(plain_text_passes_the_quick_check),
		cmocka_unit_test(a_long_run_of_marks_is_sorted_and_kept),
		cmocka_unit_test(
			the_reference_agrees_on_every_code_point_alone),
	};
	int failed;

	buf_init(&out);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_fini(&out);
	return failed;
}
