#include "router/command_hash_key.h"

#include "common/base/rng.h"
#include "common/hash/sha256.h"
#include "router/command_options.h"
#include "router/tenant/key.h"

#include <stdio.h>

static const char help[] =
	"usage: warmpath hash-key [--new]\n"
	"\n"
	"Prints what stands in the tenants' file for an API key, which is "
	"read\n"
	"from standard input: keys: [\"sha256:...\"].\n"
	"\n"
	"  --new   make a random key, and print it first; it is kept nowhere\n"
	"  --help  this text\n"
	"\n"
	"Exit status: 0, 1 if what was read is no key, 2 for wrong usage.\n";

/* Fewer can be found by trying. */
#define FEW_BYTES 20
#define NEW_BYTES 24 /* of chance, in a key made here */

struct options {
	bool make, help;
};

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;

	(void)value;
	(void)err;
	o->make |= letter == 'n';
	o->help |= letter == 'h';
	return OK;
}

static const struct option known[] = {
	{"new", no_argument, NULL, 'n'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {known, "a key", take_option};

static struct slice make_key(char text[KEY_MAX_BYTES])
{
	static const char digit[] = "0123456789abcdef";
	uint8_t chance[NEW_BYTES];
	size_t n = (size_t)sprintf(text, "wp-");

	rng_system(chance, sizeof(chance));
	for (size_t i = 0; i < sizeof(chance); i++) {
		text[n++] = digit[chance[i] >> 4];
		text[n++] = digit[chance[i] & 15];
	}
	return (struct slice){text, n};
}

static enum status read_key(char *text, size_t room, struct slice *key,
			    struct error *err)
{
	size_t n = fread(text, 1, room, stdin);

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	*key = (struct slice){text, n};
	if (key_is_sound(*key))
		return OK;
	return error_set(err, ERR_INVALID,
			 "a key has 1 to %d visible ASCII characters and no "
			 "blanks",
			 KEY_MAX_BYTES);
}

static int print(struct slice key, bool is_new)
{
	uint8_t digest[SHA256_BYTES];
	char hex[SHA256_HEX];

	sha256_digest(key, digest);
	sha256_hex(digest, hex);
	if (is_new)
		printf("%.*s\n", SLICE_ARG(key));
	printf("sha256:%.*s\n", SHA256_HEX, hex);
	if (key.n < FEW_BYTES)
		fprintf(stderr,
			"warmpath hash-key: a key of fewer than %d characters "
			"may be guessed from its digest\n",
			FEW_BYTES);
	return fflush(stdout) == 0 ? COMMAND_FINE : COMMAND_BAD_LINE;
}

int command_hash_key(int argc, char **argv)
{
	/* One more than a key and its line's end have. */
	char text[KEY_MAX_BYTES + 3];
	struct options o = {0};
	struct slice key;
	struct error err;

	if (command_options_parse(&command, &o, argc, argv, &err) != OK) {
		fprintf(stderr, "warmpath hash-key: %s\n", err.text);
		return COMMAND_USAGE;
	}
	if (o.help) {
		fputs(help, stdout);
		return COMMAND_FINE;
	}
	if (o.make)
		return print(make_key(text), true);
	if (read_key(text, sizeof(text), &key, &err) != OK) {
		fprintf(stderr, "warmpath hash-key: %s\n", err.text);
		return COMMAND_BAD_LINE;
	}
	return print(key, false);
}
