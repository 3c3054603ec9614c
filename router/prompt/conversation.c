#include "router/prompt/conversation.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/rng.h"

/* Of a text or list that is emptied. */
#define KEEP_BYTES (64 * 1024)
/* With fewer messages and less text it costs more to know what the template
 * did than to let it do it again. */
#define PASSES_TURNS 6
#define PASSES_BYTES 4096

struct conversation *conversation_create(void)
{
	struct conversation *c = mem_zalloc(sizeof(*c));

	list_init(&c->recent);
	return c;
}

static bool is_developer(struct value message)
{
	struct value *role = message.type == VALUE_DICT
				     ? dict_find_text(message.dict,
						      SLICE("role"))
				     : NULL;

	return role != NULL && value_is(*role, "developer");
}

static void drop_turns(struct conversation *c, size_t kept)
{
	while (c->n_turns > kept) {
		struct conversation_turn *turn = &c->turn[--c->n_turns];

		c->message_bytes -= frozen_bytes(turn->message);
		c->n_developers -= turn->is_developer;
		frozen_unref(&turn->message);
	}
}

static void drop_passes(struct conversation *c)
{
	if (c->passes != NULL)
		passes_fini(c->passes);
	mem_free(c->passes);
	c->passes = NULL;
}

void conversation_destroy(struct conversation **cp)
{
	struct conversation *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	drop_turns(c, 0);
	mem_free(c->turn);
	mem_free(c->message);
	buf_fini(&c->text);
	token_list_fini(&c->tokens);
	token_cuts_fini(&c->cuts);
	pieces_fini(&c->pieces);
	for (size_t i = 0; i < ARRAY_LEN(c->chain); i++)
		growing_chain_fini(&c->chain[i]);
	drop_passes(c);
	frozen_unref(&c->variables);
	mem_free(c->chunk);
	mem_free(c);
}

static void cut_chains(struct conversation *c, size_t n_tokens)
{
	for (size_t i = 0; i < ARRAY_LEN(c->chain); i++) {
		struct growing_chain *chain = &c->chain[i];

		if (chain->n > 0)
			growing_chain_cut(chain,
					  n_tokens / chain->scheme.block_size);
	}
}

/* Forgets what follows from the text behind the cut `n_cuts - 1`. */
static void cut_tokens(struct conversation *c, size_t n_cuts)
{
	c->cuts.n = n_cuts;
	c->tokens.n = n_cuts ? c->cuts.cut[n_cuts - 1].n_tokens : 0;
	cut_chains(c, c->tokens.n);
}

void conversation_clear(struct conversation *c)
{
	drop_turns(c, 0);
	cut_tokens(c, 0);
	c->pieces.n = 0;
	drop_passes(c);
	frozen_unref(&c->variables);
	buf_reset(&c->text, KEEP_BYTES);
	if (c->tokens.size > KEEP_BYTES / sizeof(*c->tokens.id))
		token_list_fini(&c->tokens);
}

static void push_turn(struct conversation *c, struct conversation_turn turn)
{
	if (c->n_turns == c->turn_room) {
		c->turn_room = c->turn_room ? 2 * c->turn_room : 4;
		c->turn = mem_realloc(c->turn, c->turn_room * sizeof(*c->turn));
		c->message = mem_realloc(c->message,
					 c->turn_room * sizeof(*c->message));
	}
	c->message[c->n_turns] = frozen_value(turn.message);
	c->message_bytes += frozen_bytes(turn.message);
	c->n_developers += turn.is_developer;
	c->turn[c->n_turns++] = turn;
}

/* How many cuts lie in the first `bytes` of the text. */
static size_t cuts_within(const struct token_cuts *cuts, size_t bytes)
{
	size_t low = 0, high = cuts->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (cuts->cut[mid].at <= bytes)
			low = mid + 1;
		else
			high = mid;
	}
	/* Of a seam there has to be a byte more. */
	if (low > 0 && cuts->cut[low - 1].seam &&
	    cuts->cut[low - 1].at == bytes)
		low--;
	return low;
}

static void *copy_of(const void *from, size_t n, size_t size)
{
	void *to = mem_alloc(n ? n * size : 1);

	if (n > 0)
		memcpy(to, from, n * size);
	return to;
}

struct conversation *conversation_branch(const struct conversation *c,
					 size_t n_turns, size_t text_bytes)
{
	struct conversation *b = conversation_create();
	size_t n_cuts = cuts_within(&c->cuts, text_bytes);

	b->scope = c->scope;
	if (c->variables != NULL)
		b->variables = frozen_ref(c->variables);
	for (size_t i = 0; i < n_turns; i++) {
		struct conversation_turn turn = c->turn[i];

		frozen_ref(turn.message);
		push_turn(b, turn);
	}
	if (n_cuts == 0)
		return b;
	struct token_cut last = c->cuts.cut[n_cuts - 1];

	buf_append(&b->text,
		   (struct slice){c->text.p + c->text.start, last.at});
	b->tokens.id = copy_of(c->tokens.id, last.n_tokens,
			       sizeof(*c->tokens.id));
	b->tokens.n = b->tokens.size = last.n_tokens;
	b->cuts.cut = copy_of(c->cuts.cut, n_cuts, sizeof(*c->cuts.cut));
	b->cuts.n = b->cuts.size = n_cuts;
	return b;
}

static void *array_of(struct arena *arena, const void *from, size_t n,
		      size_t size)
{
	void *to = arena_array(arena, n + 1, size);

	if (n > 0)
		memcpy(to, from, n * size);
	return to;
}

/* The ids behind the first cut in the last `suffix` bytes of the text, whose
 * place one of `n` bytes takes that ends with the same; in the arena. */
static struct token_end end_of(const struct conversation *c, size_t suffix,
			       size_t n, struct arena *arena)
{
	size_t old = buf_len(&c->text), from = old - suffix;
	size_t i = from > 0 ? cuts_within(&c->cuts, from - 1) : 0, n_cuts;
	struct token_cut *cut, base;

	/* Seams lie where the text before them has them. */
	while (i < c->cuts.n && c->cuts.cut[i].seam)
		i++;
	if (i == c->cuts.n)
		return (struct token_end){0};
	base = c->cuts.cut[i];
	n_cuts = c->cuts.n - i - 1;
	cut = array_of(arena, c->cuts.cut + i + 1, n_cuts, sizeof(*cut));
	for (size_t k = 0; k < n_cuts; k++) {
		cut[k].at -= base.at;
		cut[k].n_tokens -= base.n_tokens;
	}
	return (struct token_end){
		.at = n - (old - base.at),
		.id = array_of(arena, c->tokens.id + base.n_tokens,
			       c->tokens.n - base.n_tokens,
			       sizeof(*c->tokens.id)),
		.n = c->tokens.n - base.n_tokens,
		.cut = cut,
		.n_cuts = n_cuts,
	};
}

/* The new text is the first `same` bytes of the old one, and `rest`: its
 * ids. Those of what the two end with are taken over, too. */
static enum status tokenize(struct conversation *c, const struct tokenizer *t,
			    size_t same, struct slice rest, bool begin,
			    size_t max_tokens, struct arena *arena)
{
	struct slice old = slice_from(buf_slice(&c->text), same);
	size_t more = slice_common_prefix(old, rest), suffix, at;
	struct token_end end;

	old = slice_from(old, more);
	rest = slice_from(rest, more);
	same += more;
	suffix = slice_common_suffix(old, rest);
	end = end_of(c, suffix, same + rest.n, arena);
	cut_tokens(c, cuts_within(&c->cuts, same));
	c->text.end = c->text.start + same;
	buf_append(&c->text, rest);
	at = c->cuts.n ? c->cuts.cut[c->cuts.n - 1].at : 0;
	if (at == 0 && begin)
		tokenizer_begin(t, &c->tokens);
	return tokenizer_resume(t, buf_slice(&c->text), at, &end, max_tokens,
				&c->tokens, &c->cuts);
}

static enum status tokenize_pieces(struct conversation *c,
				   const struct conversation_input *in,
				   const struct segments *s)
{
	struct slice text = buf_slice(s->text);
	size_t same = slice_common_prefix(buf_slice(&c->text), text), kept;
	enum status status = pieces_encode(&c->pieces, in->tokenizer, text,
					   same, s, in->max_tokens, &c->tokens,
					   &kept);

	cut_chains(c, kept);
	c->text.end = c->text.start + same;
	buf_append(&c->text, slice_from(text, same));
	return status;
}

/* More than this is no role that templates ask for. */
#define ROLE_BYTES 32

/* From those of the messages before it. `role` is a plain one's. */
static void set_kinds(const struct conversation *c, struct slice role,
		      struct conversation_turn *turn)
{
	struct {
		struct fingerprint_value before, mark;
		uint64_t type, n;
		char role[ROLE_BYTES];
	} k = {.before = c->scope};
	uint64_t secret = c->scope.low ^ c->scope.high;
	struct value message = frozen_value(turn->message);
	struct mark mark;

	if (c->n_turns >= OUTLINE_MESSAGES ||
	    (c->n_turns > 0 && !c->turn[c->n_turns - 1].has_kinds))
		return;
	if (c->n_turns > 0)
		k.before = c->turn[c->n_turns - 1].kinds;
	if (turn->text.p != NULL && role.n <= ROLE_BYTES) {
		k.type = message.dict->entry[1].value.type;
		k.n = role.n;
		memcpy(k.role, role.p, role.n);
	} else {
		mark = mark_of(message, secret);
		if (mark.kind == 0)
			return;
		k.mark = mark.of;
	}
	turn->kinds = fingerprint128(
		(struct slice){(const char *)&k, sizeof(k)}, secret);
	turn->has_kinds = true;
}

static enum status parse_turn(struct conversation *c,
			      const struct conversation_input *in,
			      struct slice raw, struct arena *arena,
			      struct error *err)
{
	struct conversation_turn turn = {0};
	struct chat_plain plain = {0};
	struct value v;
	enum status status = OK;

	if (chat_model_plain(in->chat, &in->request, raw, arena, &plain)) {
		turn.message = frozen_plain(&plain, &turn.text);
	} else {
		status = chat_model_message(in->chat, &in->request, raw, arena,
					    &v, err);
		if (status != OK)
			return status;
		turn.message = frozen_create(v);
		turn.is_developer = is_developer(v);
		/* It may have become a plain one. */
		outline_text(frozen_value(turn.message), &plain.role,
			     &turn.text);
	}
	if (in->outlines != NULL)
		set_kinds(c, plain.role, &turn);
	push_turn(c, turn);
	return OK;
}

static enum status parse_turns(struct conversation *c,
			       const struct conversation_input *in,
			       struct arena *arena, struct error *err)
{
	enum status status = OK;

	/* The last message is cut open: it is taken as it came, with all. */
	if (in->request.continue_final_message)
		return OK;
	for (size_t i = 0; i < in->n_turns && status == OK; i++)
		status = parse_turn(c, in, in->turn[i], arena, err);
	return status;
}

/* Of values, besides two times their text: tens of times what real chats
 * take, and little enough for every helper to make some at a time. */
#define MAX_VALUE_BYTES ((size_t)128 << 20)

static void bound_values(const struct conversation_input *in,
			 struct arena *arena)
{
	size_t text = in->request.messages.n;

	for (size_t i = 0; i < in->n_turns; i++)
		text += in->turn[i].n;
	arena->max_bytes = arena->bytes + 2 * text + MAX_VALUE_BYTES;
}

static struct passes *create_passes(void)
{
	struct passes *p = mem_zalloc(sizeof(*p));

	rng_system(&p->secret, sizeof(p->secret));
	return p;
}

static void begin_passes(struct conversation *c, size_t kept)
{
	if (c->passes == NULL &&
	    (c->n_turns >= PASSES_TURNS || buf_len(&c->text) >= PASSES_BYTES))
		c->passes = create_passes();
	if (c->passes != NULL)
		passes_begin(c->passes, buf_slice(&c->text), c->message,
			     c->n_turns, kept);
}

/* They follow from the scope. */
static enum status set_variables(struct conversation *c,
				 const struct conversation_input *in,
				 struct arena *arena, struct error *err)
{
	struct dict *d;
	enum status status;

	if (c->variables != NULL)
		return OK;
	status = chat_model_variables(in->chat, &in->request, arena, &d, err);
	if (status == OK && d != NULL)
		c->variables = frozen_create(
			(struct value){.type = VALUE_DICT, .dict = d});
	return status;
}

/* An outline is of a template, and of all that is short: the passes of long
 * conversations are known. */
static bool has_outline(const struct conversation *c,
			const struct conversation_input *in)
{
	return in->outlines != NULL && c->passes == NULL && c->n_turns > 0 &&
	       c->turn[c->n_turns - 1].has_kinds && c->n_developers == 0 &&
	       !in->request.continue_final_message &&
	       !chat_model_has_pieces(in->chat);
}

/* The prompt as that of other messages of the same kinds. */
static bool fill(struct conversation *c, const struct conversation_input *in,
		 struct arena *arena, struct buf *out, size_t *same)
{
	struct outline *o = outlines_get(in->outlines,
					 c->turn[c->n_turns - 1].kinds);
	struct slice *text;
	bool done;

	if (o == NULL)
		return false;
	text = arena_array(arena, c->n_turns, sizeof(*text));
	for (size_t i = 0; i < c->n_turns; i++)
		text[i] = c->turn[i].text;
	done = outline_fill(o, text, in->request.now, in->limits.max_bytes,
			    buf_slice(&c->text), out, same);
	outline_unref(&o);
	return done;
}

static struct outlining *begin_outlining(struct arena *arena)
{
	struct outlining *o = arena_alloc(arena, sizeof(*o));

	o->begun = false;
	return o;
}

static void keep_outline(const struct conversation *c,
			 const struct conversation_input *in,
			 const struct outlining *outlining, struct slice text)
{
	struct outline *o = outline_create(outlining, text, in->request.now);

	if (o != NULL)
		outlines_put(in->outlines, c->turn[c->n_turns - 1].kinds, o);
}

/* To `out`, what is behind the first `same` bytes of the old text. */
static enum status render(struct conversation *c,
			  const struct conversation_input *in,
			  struct arena *arena, struct segments *out,
			  size_t *same, struct error *err)
{
	static const struct value none;
	struct chat_request request;
	enum status status;

	if (has_outline(c, in) && fill(c, in, arena, out->text, same))
		return OK;
	request = in->request;
	if (!request.continue_final_message) {
		request.parsed = c->n_turns > 0 ? c->message : &none;
		request.n_parsed = c->n_turns;
		begin_passes(c, in->kept);
		request.passes = c->passes;
		if (has_outline(c, in))
			request.outlining = begin_outlining(arena);
		request.no_developer = c->n_developers == 0;
	}
	status = set_variables(c, in, arena, err);
	if (status != OK)
		return status;
	if (c->variables != NULL)
		request.variables = frozen_value(c->variables).dict;
	status = chat_model_prompt(in->chat, &request, &in->limits, out, err);
	*same = request.passes != NULL ? request.passes->same : 0;
	if (status == OK && request.outlining != NULL)
		keep_outline(c, in, request.outlining, buf_slice(out->text));
	return status;
}

enum status conversation_go_on(struct conversation *c,
			       const struct conversation_input *in,
			       struct arena *arena, struct buf *room,
			       struct error *err)
{
	struct segments segments;
	enum status status;
	size_t same = 0;

	ASSERT(in->kept <= c->n_turns);
	drop_turns(c, in->kept);
	buf_reset(room, SIZE_MAX);
	segments_init(&segments, room, arena);
	bound_values(in, arena);
	status = parse_turns(c, in, arena, err);
	if (status == OK)
		status = render(c, in, arena, &segments, &same, err);
	/* Some of it may have passed for what is not JSON. */
	if (arena_is_over(arena))
		status = error_set(err, ERR_LIMIT,
				   "its values take more than %zu bytes",
				   arena->max_bytes);
	if (status == OK) {
		status = chat_model_has_pieces(in->chat)
				 ? tokenize_pieces(c, in, &segments)
				 : tokenize(c, in->tokenizer, same,
					    buf_slice(room), false,
					    in->max_tokens, arena);
		if (status != OK)
			error_set(err, status,
				  "the prompt is not UTF-8 or has "
				  "too many tokens");
	}
	if (status != OK)
		conversation_clear(c);
	return status;
}

/* Ids behind the text would stand between it and what comes next: such a
 * prompt is never gone on with. */
static enum status encode_whole(struct conversation *c,
				const struct tokenizer *t, struct slice text,
				size_t max_tokens)
{
	conversation_clear(c);
	return tokenizer_encode(t, text, true, max_tokens, &c->tokens);
}

enum status conversation_set_text(struct conversation *c,
				  const struct tokenizer *t, struct slice text,
				  bool add_special, size_t max_tokens,
				  struct arena *arena)
{
	enum status status = add_special && tokenizer_ends(t)
				     ? encode_whole(c, t, text, max_tokens)
				     : tokenize(c, t, 0, text, add_special,
						max_tokens, arena);

	if (status != OK)
		conversation_clear(c);
	return status;
}

enum status conversation_chain(struct conversation *c,
			       enum conversation_keys which,
			       const struct hash_scheme *s,
			       const struct hash_extra *extra,
			       struct chain_keys **held, struct chain *out)
{
	struct growing_chain *chain = &c->chain[which];
	enum status status = growing_chain_extend(chain, s, extra, c->tokens.id,
						  c->tokens.n);

	if (status == OK)
		*out = growing_chain_lend(chain, held);
	return status;
}

size_t conversation_bytes(const struct conversation *c)
{
	size_t n = sizeof(*c) + c->message_bytes +
		   (c->variables ? frozen_bytes(c->variables) : 0) +
		   c->turn_room * (sizeof(*c->turn) + sizeof(*c->message)) +
		   c->text.size + c->tokens.size * sizeof(*c->tokens.id) +
		   c->cuts.size * sizeof(*c->cuts.cut) +
		   c->chunk_room * sizeof(*c->chunk) + pieces_bytes(&c->pieces);

	if (c->passes != NULL)
		n += passes_bytes(c->passes);
	for (size_t i = 0; i < ARRAY_LEN(c->chain); i++)
		n += growing_chain_bytes(&c->chain[i]);
	return n;
}
