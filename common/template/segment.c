#include "common/template/segment.h"

#include <string.h>

void segments_init(struct segments *s, struct buf *text, struct arena *arena)
{
	*s = (struct segments){
		.text = text,
		.start = buf_len(text),
		.arena = arena,
	};
}

static void push(struct segments *s, struct segment one)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 16;
		struct segment *item = arena_array(s->arena, room,
						   sizeof(*item));
		if (s->n > 0)
			memcpy(item, s->item, s->n * sizeof(*item));
		s->item = item;
		s->room = room;
	}
	s->item[s->n++] = one;
}

void segments_close(struct segments *s, bool special)
{
	size_t end = buf_len(s->text) - s->start;
	size_t begin = s->n ? s->item[s->n - 1].end : 0;
	if (end > begin)
		push(s, (struct segment){end, special});
}

void segments_put(struct segments *s, struct slice text, bool special)
{
	buf_append(s->text, text);
	segments_close(s, special);
}

void segments_token(struct segments *s, const char *name)
{
	segments_put(s, slice_of(name), true);
}
