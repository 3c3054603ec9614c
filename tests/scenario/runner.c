/* Replays scenarios: fleets in virtual time, routed by the real index and
 * the real policies.
 *
 * usage: runner SCRIPT...
 * Prints "ok" or "FAIL file:line: …" for each, and the counts at the end. */
#include "tests/scenario/script.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	int passed = 0, failed = 0;

	for (int i = 1; i < argc; i++) {
		if (script_run(argv[i])) {
			printf("ok %s\n", argv[i]);
			passed++;
		} else {
			failed++;
		}
		fflush(stdout);
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
