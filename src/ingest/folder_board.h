/* How the folders of one mailbox stand: its worker writes, the loop reads at any time. */
#pragma once

#include <daybook/connector.h>

struct folder_board;

struct folder_board *folder_board_create(void);
void folder_board_destroy(struct folder_board *board);
void folder_board_begin(struct folder_board *board);	/* a run begins */
void folder_board_end(struct folder_board *board);	/* it went well: forgets the folders that it did not put */
void folder_board_put(struct folder_board *board, const struct folder_state *state);
/* What is shown is valid during the call; fn must not call the board, and false from it is enough. */
typedef bool (*folder_fn)(const struct folder_state *state, void *arg);
void folder_board_each(struct folder_board *board, folder_fn fn, void *arg);
