/* KV event payloads: any bytes decode or are refused, and what is handed
 * out lies where it may be read. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/base/assert.h"
#include "common/event/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static volatile uint64_t sum;

static void read_all(void *arg, const struct event *e)
{
	(void)arg;
	ASSERT(e->n_hashes <= EVENT_MAX_HASHES);
	ASSERT(e->n_tokens <= EVENT_MAX_TOKENS);
	for (size_t i = 0; i < e->n_hashes; i++)
		sum += e->hash[i];
	for (size_t i = 0; i < e->n_tokens; i++)
		sum += e->token[i];
	for (size_t i = 0; i < e->salt.n; i++)
		sum += (uint8_t)e->salt.p[i];
	for (size_t i = 0; i < e->lora_name.n; i++)
		sum += (uint8_t)e->lora_name.p[i];
	ASSERT(!(e->salt.n > 0 && e->has_parent));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct event_batch batch = {.rank = -2};
	struct event_decoder d;
	enum status st;

	event_decoder_init(&d);
	st = event_decode(&d, (struct slice){(const char *)bytes, n}, read_all,
			  NULL, &batch);
	ASSERT((st == OK) == (batch.rank != -2));
	event_decoder_fini(&d);
	return 0;
}
