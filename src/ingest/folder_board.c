#include "ingest/folder_board.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

struct entry {
	char *folder, *error;
	struct folder_state state;	/* its texts are those above */
	bool is_put;			/* in this run */
};

struct folder_board {
	pthread_mutex_t lock;
	struct entry *entries;
	size_t n;
};

struct folder_board *folder_board_create(void)
{
	struct folder_board *board = xnew(struct folder_board);

	pthread_mutex_init(&board->lock, NULL);
	return board;
}

static void free_entry(struct entry *e)
{
	free(e->folder);
	free(e->error);
}

void folder_board_destroy(struct folder_board *board)
{
	if (board == NULL)
		return;
	for (size_t i = 0; i < board->n; i++)
		free_entry(&board->entries[i]);
	free(board->entries);
	pthread_mutex_destroy(&board->lock);
	free(board);
}

void folder_board_begin(struct folder_board *board)
{
	pthread_mutex_lock(&board->lock);
	for (size_t i = 0; i < board->n; i++)
		board->entries[i].is_put = false;
	pthread_mutex_unlock(&board->lock);
}

void folder_board_end(struct folder_board *board)
{
	size_t kept = 0;

	pthread_mutex_lock(&board->lock);
	for (size_t i = 0; i < board->n; i++) {
		if (board->entries[i].is_put)
			board->entries[kept++] = board->entries[i];
		else
			free_entry(&board->entries[i]);
	}
	board->n = kept;
	pthread_mutex_unlock(&board->lock);
}

static struct entry *find(struct folder_board *board, struct str folder)
{
	for (size_t i = 0; i < board->n; i++)
		if (str_eq(board->entries[i].state.folder, folder))
			return &board->entries[i];
	board->entries = xrealloc(board->entries, board->n + 1, sizeof(*board->entries));
	board->entries[board->n] = (struct entry){ .folder = xstrndup(folder.ptr, folder.len) };
	return &board->entries[board->n++];
}

void folder_board_put(struct folder_board *board, const struct folder_state *state)
{
	struct entry *e;

	pthread_mutex_lock(&board->lock);
	e = find(board, state->folder);
	free(e->error);
	e->error = xstrndup(state->error.len ? state->error.ptr : "", state->error.len);
	e->state = *state;
	e->state.folder = str_from(e->folder);
	e->state.error = str_from(e->error);
	e->is_put = true;
	pthread_mutex_unlock(&board->lock);
}

void folder_board_each(struct folder_board *board, folder_fn fn, void *arg)
{
	pthread_mutex_lock(&board->lock);
	for (size_t i = 0; i < board->n && fn(&board->entries[i].state, arg); i++)
		;
	pthread_mutex_unlock(&board->lock);
}
