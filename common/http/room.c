#include "common/http/room.h"

#include "common/base/mem.h"

void http_rooms_init(struct http_rooms *r)
{
	*r = (struct http_rooms){0};
	slab_init(&r->slab, sizeof(struct http_room), 1);
}

static void free_spare(struct http_rooms *r)
{
	while (r->n > 0)
		slab_free(&r->slab, r->spare[--r->n]);
}

void http_rooms_fini(struct http_rooms *r)
{
	free_spare(r);
	slab_fini(&r->slab);
}

bool http_rooms_settle(struct http_rooms *r)
{
	if (!slab_settle(&r->slab))
		return false;
	free_spare(r);
	slab_trim(&r->slab);
	return true;
}

bool http_rooms_have_fallen(const struct http_rooms *r)
{
	return slab_has_fallen(&r->slab);
}

static void begin(struct http_room *room)
{
	buf_init_in(&room->bytes, room->first, sizeof(room->first));
	room->header = room->few;
	room->n_headers = HTTP_FEW_HEADERS;
	room->lines = room->line_bytes = 0;
}

struct http_room *http_room_take(struct http_rooms *r)
{
	struct http_room *room;
	if (r != NULL && r->n > 0)
		return r->spare[--r->n];
	room = r != NULL ? slab_alloc(&r->slab) : mem_alloc(sizeof(*room));
	begin(room);
	return room;
}

static void free_headers(struct http_room *room)
{
	if (room->header != room->few)
		mem_free(room->header);
}

void http_room_for_headers(struct http_room *room, size_t n)
{
	if (n <= room->n_headers)
		return;
	free_headers(room);
	room->header = mem_array(n, sizeof(*room->header));
	room->n_headers = n;
}

void http_room_reset(struct http_room *room)
{
	free_headers(room);
	buf_fini(&room->bytes);
	begin(room);
}

void http_room_give_back(struct http_rooms *r, struct http_room *room)
{
	if (room == NULL)
		return;
	http_room_reset(room);
	if (r == NULL)
		mem_free(room);
	else if (r->n < HTTP_SPARE_ROOMS)
		r->spare[r->n++] = room;
	else
		slab_free(&r->slab, room);
}
