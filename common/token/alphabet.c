#include "common/token/alphabet.h"

#include "common/token/utf8.h"

#define FIRST_ODD  0x100 /* stands for the first byte that is not printable */
#define N_ODD_LOW  33    /* bytes 0 to 32 */
#define N_ODD_MID  34    /* bytes 127 to 160 */
#define BYTE_173   (FIRST_ODD + N_ODD_LOW + N_ODD_MID)
#define SOFT_BREAK 173

int alphabet_byte(uint32_t c)
{
	if ((c > 32 && c < 127) || (c > 160 && c < 256 && c != SOFT_BREAK))
		return (int)c;
	if (c < FIRST_ODD || c > BYTE_173)
		return -1;
	if (c == BYTE_173)
		return SOFT_BREAK;
	c -= FIRST_ODD;
	return (int)(c < N_ODD_LOW ? c : c - N_ODD_LOW + 127);
}

bool alphabet_decode(struct slice text, char *out, size_t *n)
{
	size_t made = 0, len;

	for (size_t at = 0; at < text.n; at += len) {
		int byte = alphabet_byte(utf8_get(text.p + at, &len));

		if (byte < 0)
			return false;
		out[made++] = (char)byte;
	}
	*n = made;
	return true;
}

static uint32_t letter(unsigned char byte)
{
	if (byte <= N_ODD_LOW - 1)
		return FIRST_ODD + byte;
	if (byte >= 127 && byte <= 160)
		return FIRST_ODD + N_ODD_LOW + byte - 127;
	return byte == SOFT_BREAK ? BYTE_173 : byte;
}

void alphabet_append(struct slice bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes.n; i++) {
		char *to = buf_reserve(out, 2);

		buf_commit(out,
			   utf8_put(to, letter((unsigned char)bytes.p[i])));
	}
}
