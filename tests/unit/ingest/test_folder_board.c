#include <stdio.h>
#include <string.h>

#include "ingest/folder_board.h"

#include "../check_main.h"

static char text[1000];

static bool note(const struct folder_state *state, void *arg)
{
	size_t n = strlen(text);

	(void)arg;
	snprintf(text + n, sizeof(text) - n, STR_FMT "=%lld%s" STR_FMT " ", STR_ARG(state->folder),
		 (long long)state->messages, state->error.len ? ":" : "", STR_ARG(state->error));
	return true;
}

static const char *shown(struct folder_board *board)
{
	text[0] = '\0';
	folder_board_each(board, note, NULL);
	return text;
}

static void put(struct folder_board *board, const char *folder, int64_t messages, const char *error)
{
	char name[20], why[20];

	/* Nothing of what is put is kept by reference. */
	snprintf(name, sizeof(name), "%s", folder);
	snprintf(why, sizeof(why), "%s", error);
	folder_board_put(board, &(struct folder_state){ .folder = str_from(name), .messages = messages,
							.error = str_from(why) });
	memset(name, 'x', sizeof(name));
	memset(why, 'x', sizeof(why));
}

START_TEST(a_folder_that_a_good_run_does_not_speak_of_is_forgotten)
{
	struct folder_board *board = folder_board_create();

	ck_assert_str_eq(shown(board), "");
	folder_board_begin(board);
	put(board, "INBOX", 3, "");
	put(board, "Old", 1, "gone mad");
	ck_assert_str_eq(shown(board), "INBOX=3 Old=1:gone mad ");
	folder_board_end(board);
	/* A run that failed on its way says nothing of the others. */
	folder_board_begin(board);
	put(board, "INBOX", 4, "refused");
	folder_board_begin(board);
	ck_assert_str_eq(shown(board), "INBOX=4:refused Old=1:gone mad ");
	put(board, "INBOX", 4, "");
	put(board, "New", 9, "");
	folder_board_end(board);
	ck_assert_str_eq(shown(board), "INBOX=4 New=9 ");
	folder_board_destroy(board);
	folder_board_destroy(NULL);
}
END_TEST

RUN("ingest/folder_board", a_folder_that_a_good_run_does_not_speak_of_is_forgotten)
