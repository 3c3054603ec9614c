/* Feeds files to a fuzz target without libFuzzer, so that every build and
 * every sanitizer passes over the corpus.
 *
 * usage: replay FILE-OR-DIRECTORY...
 * Besides each file itself the target gets every start of it and a fixed
 * number of damaged copies; the damage is the same in every run. Each input
 * stands in its own exact allocation, so that AddressSanitizer sees a read
 * past the end. Exit status 1 if nothing could be read. */
#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_STARTS  256 /* starts tried of one file */
#define DAMAGED     128 /* damaged copies tried of one file */
#define MAX_MUTATED (64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static size_t n_files, n_inputs;

static void feed(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n);

	if (n > 0)
		memcpy(copy, bytes, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	n_inputs++;
}

static void feed_starts(const uint8_t *bytes, size_t n)
{
	size_t step = n / MAX_STARTS + 1;

	for (size_t cut = 0; cut < n; cut += step)
		feed(bytes, cut);
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

static void damage(uint8_t *bytes, size_t n, uint64_t *state)
{
	static const uint8_t odd[] = {0,   0xff, 0x80, 0x7f,
				      '"', '\\', '\n', '{'};
	size_t times = 1 + next_random(state) % 4;

	for (size_t i = 0; i < times; i++) {
		uint64_t r = next_random(state);
		uint8_t *at = &bytes[(r >> 8) % n];

		if (r & 1)
			*at = odd[(r >> 1) % sizeof(odd)];
		else
			*at ^= (uint8_t)(1u << ((r >> 1) % 8));
	}
}

static void feed_damaged(const uint8_t *bytes, size_t n)
{
	uint64_t state = 0x9e3779b97f4a7c15u ^ n;
	uint8_t *copy = malloc(n);

	for (size_t i = 0; i < DAMAGED; i++) {
		memcpy(copy, bytes, n);
		damage(copy, n, &state);
		feed(copy, n);
	}
	free(copy);
}

static bool read_whole(const char *path, uint8_t **out, size_t *n)
{
	struct stat st;
	FILE *f = fopen(path, "rb");

	if (!f)
		return false;
	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) {
		fclose(f);
		return false;
	}
	*n = (size_t)st.st_size;
	*out = malloc(*n + 1);
	bool whole = fread(*out, 1, *n, f) == *n;

	fclose(f);
	if (!whole)
		free(*out);
	return whole;
}

static bool replay_file(const char *path)
{
	uint8_t *bytes;
	size_t n;

	if (!read_whole(path, &bytes, &n)) {
		fprintf(stderr, "replay: cannot read %s\n", path);
		return false;
	}
	n_files++;
	printf("%s\n", path);
	fflush(stdout); /* the last name stands above a crash's report */
	feed(bytes, n);
	if (n > 0 && n <= MAX_MUTATED) {
		feed_starts(bytes, n);
		feed_damaged(bytes, n);
	}
	free(bytes);
	return true;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool replay(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, visible, alphasort);
	bool good = true;

	if (n < 0)
		return replay_file(path);
	for (int i = 0; i < n; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entry[i]->d_name);
		good = replay_file(name) && good;
		free(entry[i]);
	}
	free(entry);
	return good;
}

int main(int argc, char **argv)
{
	bool good = true;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		good = replay(argv[i]) && good;
	printf("replay: %zu files, %zu inputs\n", n_files, n_inputs);
	return good && n_files > 0 ? 0 : 1;
}
