#include "router/decisions.h"

#include "common/base/mem.h"
#include "router/decision/table.h"
#include "router/decision/write.h"

/* A question to all lanes. */
struct inquiry {
	struct admin_recall what;
	char *id;      /* that `what` and the lanes look at */
	size_t n_open; /* lanes that have not answered */
	struct decision_list found;
	admin_done *done;
	void *done_arg;
};

struct lane_word {
	struct lane_question question;
	struct inquiry *inquiry;
};

static void tell_all(const struct decision_list *l, struct buf *out)
{
	buf_puts(out, "{\"decisions\":[");
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		decision_write(l->record[i], out);
	}
	buf_puts(out, "]}\n");
}

/* The first try first. */
static void tell_tables(const struct decision_list *l, struct buf *out)
{
	for (size_t i = l->n; i > 0; i--) {
		decision_table(l->record[i - 1], out);
		decision_table_outcome(&l->record[i - 1]->outcome, out);
		if (i > 1)
			buf_putc(out, '\n');
	}
}

static int tell_none(struct buf *out)
{
	buf_puts(out, "{\"error\":\"No decision of the last ones is of this "
		      "id. Either no request had it, or none that was routed, "
		      "or it is too long ago: explain.keep says how many are "
		      "remembered, log.decisions writes all down.\"}\n");
	return 404;
}

int decisions_tell(struct decision_list *found, const struct admin_recall *q,
		   struct buf *out)
{
	decision_list_sort(found, q->max);
	if (q->id.n > 0 && found->n == 0)
		return tell_none(out);
	if (!q->text)
		tell_all(found, out);
	else if (q->id.n > 0)
		tell_tables(found, out);
	else
		decision_lines(
			(const struct decision_record *const *)found->record,
			found->n, out);
	return 200;
}

static void finish(struct inquiry *i)
{
	struct buf out = {0};
	int status = decisions_tell(&i->found, &i->what, &out);

	i->done(i->done_arg, status, buf_slice(&out));
	buf_fini(&out);
	decision_list_fini(&i->found);
	mem_free(i->id);
	mem_free(i);
}

static void on_answer(struct mail *m, void *receiver)
{
	struct lane_question *q = CONTAINER_OF(m, struct lane_question, mail);
	struct lane_word *w = CONTAINER_OF(q, struct lane_word, question);
	struct inquiry *i = w->inquiry;

	(void)receiver;
	decision_list_take(&i->found, &q->found);
	mem_free(w);
	if (--i->n_open == 0)
		finish(i);
}

void decisions_recall(struct lane *const *lane, size_t n,
		      struct mailbox *mailbox, const struct admin_recall *q,
		      admin_done *done, void *done_arg)
{
	struct inquiry *i = mem_zalloc(sizeof(*i));

	i->what = *q;
	i->id = mem_strndup(q->id.n > 0 ? q->id.p : "", q->id.n);
	i->what.id = (struct slice){i->id, q->id.n};
	i->n_open = n;
	i->done = done;
	i->done_arg = done_arg;
	if (n == 0)
		finish(i);
	for (size_t k = 0; k < n; k++) {
		struct lane_word *w = mem_zalloc(sizeof(*w));

		w->inquiry = i;
		w->question = (struct lane_question){
			.answered = on_answer,
			.to = mailbox,
			.wanted = {i->what.id, q->max, q->ended},
		};
		lane_ask_decisions(lane[k], &w->question);
	}
}
